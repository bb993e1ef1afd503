import { expect, test } from "vitest";
import { parseMessage } from "../protocol/sip/message.ts";
import { SipSyntaxError } from "../protocol/sip/syntax.ts";
import { MessageWatch, type SeenMessage } from "./message-watch.ts";

function seen(callId: string, startLine: string, cseq: string, atMs = 0): SeenMessage {
  const text = `${startLine}\r\nCall-ID: ${callId}\r\nCSeq: ${cseq}\r\nContent-Length: 0\r\n\r\n`;
  const message = parseMessage(Buffer.from(text));
  if (message instanceof SipSyntaxError) throw new TypeError(message.detail);
  return {
    direction: startLine.startsWith("SIP/2.0") ? "out" : "in",
    atMs,
    transport: "tcp",
    localAddress: "192.0.2.1",
    localPort: 5060,
    remoteAddress: "192.0.2.2",
    remotePort: 40_000,
    message,
  };
}

function watching(scope: "all" | "watched_calls" = "watched_calls") {
  const lines: string[] = [];
  const watch = new MessageWatch(scope, (event) => {
    if (event.kind === "message") lines.push(`${event.sipCallId} ${event.startLine}`);
  });
  const invite = (callId: string, atMs = 0) =>
    watch.note(seen(callId, "INVITE sip:1@a SIP/2.0", "1 INVITE", atMs));
  return { watch, lines, invite };
}

test("the INVITE and what answered it before the call was watched are told first, in their order", () => {
  const { watch, lines, invite } = watching();
  invite("a");
  invite("b");
  watch.note(seen("a", "SIP/2.0 100 Trying", "1 INVITE"));
  expect(lines).toEqual([]);
  watch.add("a");
  watch.note(seen("a", "BYE sip:1@a SIP/2.0", "2 BYE"));
  expect(lines).toEqual([
    "a INVITE sip:1@a SIP/2.0",
    "a SIP/2.0 100 Trying",
    "a BYE sip:1@a SIP/2.0",
  ]);
});

test("where all messages are events, those before the call was watched are events again and say so", () => {
  const events: string[] = [];
  const watch = new MessageWatch("all", (event) => {
    if (event.kind !== "message") return;
    events.push(`${event.startLine.split(" ", 1)[0]} ${event.isWatched} ${event.isRepeated}`);
  });
  watch.note(seen("a", "INVITE sip:1@a SIP/2.0", "1 INVITE"));
  watch.add("a");
  watch.note(seen("a", "BYE sip:1@a SIP/2.0", "2 BYE"));
  expect(events).toEqual(["INVITE false false", "INVITE true true", "BYE true false"]);
});

test("nothing but the messages of an INVITE is held", () => {
  const { watch, lines } = watching();
  watch.note(seen("a", "OPTIONS sip:1@a SIP/2.0", "1 OPTIONS"));
  watch.note(seen("a", "BYE sip:1@a SIP/2.0", "2 BYE"));
  watch.add("a");
  expect(lines).toEqual([]);
});

test("what is held is given up after five seconds, beyond 256 calls, and beyond eight messages of one", () => {
  const { watch, lines, invite } = watching();
  invite("old");
  invite("young", 5_001);
  watch.add("old");
  expect(lines).toEqual([]);
  for (let count = 0; count < 256; count += 1) invite(`call-${count}`, 5_001);
  watch.add("young");
  expect(lines).toEqual([]);
  for (let count = 0; count < 20; count += 1) invite("many", 5_001);
  watch.add("many");
  expect(lines).toHaveLength(8);
});

test("what was told once is not told again to a second watcher, and nothing after the last has gone", () => {
  const { watch, lines, invite } = watching();
  invite("a");
  watch.add("a");
  watch.add("a");
  watch.remove("a");
  invite("a");
  watch.remove("a");
  invite("a");
  expect(lines).toHaveLength(2);
});
