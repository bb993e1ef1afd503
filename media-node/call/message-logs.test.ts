import { expect, test } from "vitest";
import { type MessageLog, messageLogSchema } from "../../schema/contracts/sip-messages.ts";
import { FakeNode, ROUTE } from "../../tests/support/fake-call.ts";
import { createMessageLogs, type SeenSipMessage } from "./message-logs.ts";

const node = new FakeNode();
const CALL = {
  callId: node.newCallId(),
  workspaceId: ROUTE.workspaceId,
  phoneNumberId: ROUTE.phoneNumberId,
  phoneNumbers: ["+15005550100", "+4930123456"],
};

function message(text: string, more: Partial<SeenSipMessage> = {}): SeenSipMessage {
  return {
    direction: "in",
    atMs: 1_750_000_000_000.5,
    transport: "tls",
    localAddress: "192.0.2.1",
    localPort: 5061,
    remoteAddress: "2001:db8::7",
    remotePort: 40_000,
    sipCallId: "call@peer",
    text,
    ...more,
  };
}

function logging() {
  const { clock } = new FakeNode();
  const watched: string[] = [];
  const finished: MessageLog[] = [];
  const logs = createMessageLogs({
    clock,
    watch(sipCallId) {
      watched.push(sipCallId);
      return () => watched.splice(watched.indexOf(sipCallId), 1);
    },
    finished: (log) => finished.push(messageLogSchema.parse(log)),
  });
  return { clock, watched, finished, logs };
}

test("the messages of a call's dialogs are one log, in their order, until two seconds after its end", async () => {
  const { clock, finished, logs, watched } = logging();
  const log = logs.open(CALL);
  logs.follow(CALL.callId, "call@peer");
  logs.follow(CALL.callId, "call@peer");
  logs.follow(CALL.callId, "second@us");
  expect(watched).toEqual(["call@peer", "second@us"]);
  logs.seen(message("INVITE"));
  logs.seen(message("INVITE 2", { sipCallId: "second@us", direction: "out" }));
  logs.seen(message("INVITE 3", { sipCallId: "other" }));
  log[Symbol.dispose]();
  await clock.advance(1_999);
  logs.seen(message("SIP/2.0 200 OK"));
  expect(finished).toEqual([]);
  await clock.advance(1);
  logs.seen(message("too late"));
  expect(finished).toHaveLength(1);
  expect(finished[0]).toMatchObject({ ...CALL, startedAtMs: 1_750_000_000_000 });
  expect(finished[0]?.messages.map(({ text }) => text)).toEqual([
    "INVITE",
    "INVITE 2",
    "SIP/2.0 200 OK",
  ]);
  expect(finished[0]?.messages[0]).toEqual({
    direction: "in",
    atMicros: 1_750_000_000_000_500,
    transport: "tls",
    localAddress: "192.0.2.1:5061",
    remoteAddress: "[2001:db8::7]:40000",
    sipCallId: "call@peer",
    text: "INVITE",
    error: null,
  });
  expect(watched).toEqual([]);
  expect(clock.pendingTimers).toBe(0);
});

test("a call of which nothing was seen leaves no log, and one that is not logged follows nothing", async () => {
  const { clock, finished, logs, watched } = logging();
  logs.follow("call_unknown", "call@peer");
  expect(watched).toEqual([]);
  logs.open(CALL)[Symbol.dispose]();
  await clock.advance(2_000);
  expect(finished).toEqual([]);
});

test.each([
  ["200 messages", "a", 200],
  ["256 KiB", "x".repeat(60_000), 4],
])("a log ends at %s with a note of how many came after", (_limit, text, kept) => {
  const { finished, logs } = logging();
  logs.open(CALL);
  logs.follow(CALL.callId, "call@peer");
  for (let count = 0; count < kept + 7; count += 1) logs.seen(message(text));
  logs.seen(message("BYE"));
  logs.close();
  const messages = finished[0]?.messages ?? [];
  expect(messages).toHaveLength(kept + 1);
  expect(messages.at(-1)).toMatchObject({
    text: "",
    error: "8 later messages of the call were not kept.",
  });
  expect(JSON.stringify(finished[0]).length).toBeLessThan(512 * 1024);
});

test("of a Call-ID that another call has as well, a log has what bears its own caller's tag", () => {
  const { finished, logs } = logging();
  const other = { ...CALL, callId: node.newCallId().replace(/.$/, "0") as typeof CALL.callId };
  const head = (from: string, to: string) =>
    `INVITE sip:1@us SIP/2.0\r\nFrom: "tag=mine" <sip:a@b>${from}\r\nt: <sip:c@d>\r\n ${to}\r\nCall-ID: call@peer`;
  logs.open(CALL);
  logs.follow(CALL.callId, "call@peer", "mine");
  logs.open(other);
  logs.follow(other.callId, "call@peer", "theirs");
  const mine = [head(";tag=mine", ""), head(";tag=ours", ";tag=mine")];
  const theirs = [head(";tag=theirs", ""), `${head(";tag=theirs", "")}\r\n\r\nFrom: x;tag=mine`];
  for (const text of [...mine, ...theirs, head("", ""), "no header"]) logs.seen(message(text));
  logs.close();
  const texts = finished.map(({ messages }) => messages.map(({ text }) => text));
  expect(texts).toEqual([mine, theirs]);
});
