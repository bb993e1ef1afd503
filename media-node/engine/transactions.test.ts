import { expect, test } from "vitest";
import {
  isRequest,
  isResponse,
  parseMessage,
  type SipMessage,
  type SipRequest,
} from "../protocol/sip/message.ts";
import { SipSyntaxError } from "../protocol/sip/syntax.ts";
import { InviteClientTransaction, NonInviteClientTransaction } from "./client-transactions.ts";
import { type CheckedRequest, checkRequest, checkResponse, makeResponse } from "./message-parts.ts";
import {
  InviteServerTransaction,
  NonInviteServerTransaction,
  type ResponsePath,
} from "./server-transactions.ts";
import { TestClock } from "./test-clock.ts";
import { requestLines } from "./test-engine.ts";
import { DEFAULT_TIMERS } from "./timers.ts";

function parse(lines: readonly string[]): SipMessage {
  const message = parseMessage(Buffer.from(`${lines.join("\r\n")}\r\n\r\n`));
  if (message instanceof SipSyntaxError) throw new Error(message.detail);
  return message;
}

function request(method: string, changes: Record<string, string> = {}): CheckedRequest {
  const message = parse(requestLines(method, changes));
  const checked = isRequest(message) ? checkRequest(message) : null;
  if (checked === null || "detail" in checked) throw new Error("not a request");
  return checked;
}

function client(method: string, isReliable: boolean) {
  const clock = new TestClock();
  const sent: string[] = [];
  const told: string[] = [];
  const Transaction = method === "INVITE" ? InviteClientTransaction : NonInviteClientTransaction;
  const { message } = request(method);
  const transaction = new Transaction({
    request: message,
    path: {
      isReliable,
      send: (out: SipRequest) => sent.push(out.startLine.method) > 0,
    },
    clock,
    timers: DEFAULT_TIMERS,
    onResponse: ({ status }) => told.push(String(status)),
    onFailure: (cause) => told.push(cause),
    onTerminated: () => told.push("terminated"),
  });
  const answer = (status: number, toTag = "b"): void => {
    const response = makeResponse(message, status, { toTag });
    const checked = isResponse(response) ? checkResponse(response) : null;
    if (checked !== null) transaction.receive(checked);
  };
  transaction.start();
  return { clock, sent, told, answer };
}

function server(method: string, isReliable: boolean) {
  const lost = { isLost: false };
  const clock = new TestClock();
  const sent: number[] = [];
  const told: string[] = [];
  const Transaction = method === "INVITE" ? InviteServerTransaction : NonInviteServerTransaction;
  const checked = request(method);
  const path: ResponsePath = {
    isReliable,
    get isLost() {
      return lost.isLost;
    },
    moveTo: () => undefined,
    learn: () => undefined,
    send: (response) => sent.push(response.startLine.status),
  };
  const transaction = new Transaction(checked.name, path, {
    clock,
    timers: DEFAULT_TIMERS,
    onTerminated: () => told.push("terminated"),
  });
  const respond = (status: number): void =>
    transaction.respond(makeResponse(checked.message, status));
  const repeat = (): void => transaction.receive(checked);
  const ack = (): void => transaction.receive({ ...checked, method: "ACK" });
  return { clock, sent, told, lost, respond, repeat, ack };
}

/** When, in ms from now, something was sent while time passes in steps of T1. */
function sendTimes(clock: TestClock, sent: readonly unknown[], untilMs: number): number[] {
  const times: number[] = [];
  for (let atMs = 100; atMs <= untilMs; atMs += 100) {
    const before = sent.length;
    clock.advance(100);
    if (sent.length > before) times.push(atMs);
  }
  return times;
}

test("timers A and B: INVITE doubles from T1 over UDP and fails at 64*T1 (RFC 3261 §17.1.1.2)", () => {
  const { clock, sent, told } = client("INVITE", false);
  expect(sendTimes(clock, sent, 32_000)).toEqual([500, 1_500, 3_500, 7_500, 15_500, 31_500]);
  expect(told).toEqual(["terminated", "timeout"]);
});

test("over a reliable transport nothing is repeated, and timer B still strikes", () => {
  const { clock, sent, told } = client("INVITE", true);
  expect(sendTimes(clock, sent, 32_000)).toEqual([]);
  expect(told).toContain("timeout");
});

test("timer D: a repeated non-2xx is acknowledged again and told once (RFC 3261 §17.1.1.2)", () => {
  const { clock, sent, told, answer } = client("INVITE", false);
  answer(100);
  answer(486);
  answer(486);
  expect(sent).toEqual(["INVITE", "ACK", "ACK"]);
  clock.advance(31_999);
  expect(told).toEqual(["100", "486"]);
  clock.advance(1);
  expect(told).toEqual(["100", "486", "terminated"]);
});

test("timer M: every 2xx within 64*T1 goes to the core, repeats and forks (RFC 6026 §7.2)", () => {
  const { clock, told, answer } = client("INVITE", true);
  answer(200);
  answer(200);
  answer(200, "fork");
  clock.advance(32_000);
  answer(200);
  expect(told).toEqual(["200", "200", "200", "terminated"]);
  expect(clock.pendingCount).toBe(0);
});

test("a provisional response stops timers A and B", () => {
  const { clock, sent, told, answer } = client("INVITE", false);
  answer(180);
  clock.advance(100_000);
  expect(sent).toEqual(["INVITE"]);
  expect(told).toEqual(["180"]);
});

test("timers E and F: a non-INVITE doubles to T2 and fails at 64*T1 (RFC 3261 §17.1.2.2)", () => {
  const { clock, sent, told } = client("OPTIONS", false);
  const times = sendTimes(clock, sent, 32_000);
  expect(times.slice(0, 5)).toEqual([500, 1_500, 3_500, 7_500, 11_500]);
  expect(told).toEqual(["terminated", "timeout"]);
});

test("timer K: a repeated final response of a non-INVITE is absorbed (RFC 3261 §17.1.2.2)", () => {
  const { clock, told, answer } = client("BYE", false);
  answer(200);
  answer(200);
  clock.advance(4_999);
  expect(told).toEqual(["200"]);
  clock.advance(1);
  expect(told).toEqual(["200", "terminated"]);
});

test("timers G and H: a refused INVITE repeats its response over UDP until the ACK (RFC 3261 §17.2.1)", () => {
  const { clock, sent, told, respond, ack } = server("INVITE", false);
  respond(404);
  expect(sendTimes(clock, sent, 8_000)).toEqual([500, 1_500, 3_500, 7_500]);
  ack();
  clock.advance(4_999);
  expect(told).toEqual([]);
  clock.advance(1); // Timer I
  expect(told).toEqual(["terminated"]);
  expect(clock.pendingCount).toBe(0);
});

test("timer H: a refused INVITE that is never acknowledged ends at 64*T1 (RFC 3261 §17.2.1)", () => {
  const { clock, told, respond } = server("INVITE", true);
  respond(404);
  clock.advance(31_999);
  expect(told).toEqual([]);
  clock.advance(1);
  expect(told).toEqual(["terminated"]);
});

test("over TCP a refusal is sent again once, and only when its connection is lost before the ACK (RFC 3261 §18.2.2)", () => {
  const { clock, sent, lost, respond } = server("INVITE", true);
  respond(486);
  clock.advance(5_000);
  expect(sent).toEqual([486]);
  lost.isLost = true;
  clock.advance(27_000);
  expect(sent).toEqual([486, 486]);
});

test("a repeated INVITE gets the last response again, and nothing after a 2xx (RFC 6026 §7.1)", () => {
  const { clock, sent, told, respond, repeat } = server("INVITE", true);
  respond(100);
  repeat();
  respond(180);
  repeat();
  respond(200);
  repeat();
  expect(sent).toEqual([100, 100, 180, 180, 200]);
  clock.advance(32_000); // Timer L
  expect(told).toEqual(["terminated"]);
});

test("timer J: a repeated non-INVITE gets its response again (RFC 3261 §17.2.2)", () => {
  const { clock, sent, told, respond, repeat } = server("OPTIONS", false);
  repeat();
  respond(200);
  repeat();
  expect(sent).toEqual([200, 200]);
  clock.advance(32_000);
  expect(told).toEqual(["terminated"]);
});
