import { describe, expect, test } from "vitest";
import { conversationIdOf } from "../../schema/values/ids.ts";
import { deadline } from "../../tests/support/deadline.ts";
import { FakeNode } from "../../tests/support/fake-call.ts";
import type { AgentConnection } from "../call/agent-ports.ts";
import { createTone } from "../protocol/audio/tone.ts";
import { analyseTone, tonePower } from "../protocol/audio/tone-analysis.ts";
import { createAddressPolicy } from "./address-policy.ts";
import { createAgentConnector } from "./connector.ts";
import { confirmationHz, ECHO_DELAY_MS, startDemoAgent } from "./demo-agent.ts";

/** A call to the built-in agent as the call domain sees it, over the real protocol. */
async function callDemoAgent(monotonicMs: () => number = () => 0) {
  const node = new FakeNode();
  const agent = await startDemoAgent(monotonicMs);
  const connector = createAgentConnector({
    logger: node.logger,
    builtinUrl: () => agent.url,
    addressPolicy: createAddressPolicy({ allowLoopback: false }),
    connectBudgetMs: 2_000,
  });
  const callId = node.newCallId();
  const connection: AgentConnection = await connector.connect(
    { protocol: "builtin" },
    {
      callId,
      conversationId: conversationIdOf(callId),
      direction: "inbound",
      from: "+4930123456",
      to: "+15005550100",
      dynamicVariables: {},
    },
    new AbortController().signal,
  );
  let heard = new Int16Array(0);
  const marks: string[] = [];
  const hungUp = Promise.withResolvers<string>();
  let changed = Promise.withResolvers<void>();
  const notify = () => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  connection.attach({
    audio(pcm) {
      const joined = new Int16Array(heard.length + pcm.length);
      joined.set(heard);
      joined.set(pcm, heard.length);
      heard = joined;
      notify();
    },
    sendDigits: () => false,
    act() {},
    transfer() {},
    transcript() {},
    clear() {
      marks.push("clear");
      notify();
    },
    mark(name) {
      marks.push(name);
      notify();
    },
    hangUp: hungUp.resolve,
    closed() {},
  });
  return {
    connection,
    marks,
    hungUp: hungUp.promise,
    heard: () => heard,
    async until(isReached: () => boolean, what: string): Promise<void> {
      const reached = async () => {
        while (!isReached()) await changed.promise;
      };
      await deadline(reached(), 3_000, what);
    },
    async [Symbol.asyncDispose]() {
      await connection[Symbol.asyncDispose]();
      await agent.close();
    },
  };
}

/** As `callDemoAgent`, with the greeting played. */
async function greetedCall(monotonicMs?: () => number) {
  const call = await callDemoAgent(monotonicMs);
  call.connection.answered();
  await call.until(() => call.marks.length === 1, "no greeting");
  call.connection.markReached("greeting", "played", 1_500);
  const greetingSamples = call.heard().length;
  return { ...call, afterGreeting: () => call.heard().subarray(greetingSamples) };
}

describe("the built-in agent", () => {
  test("has its greeting, 1.5 s of speech-like audio, on the node before the answer", async () => {
    await using call = await callDemoAgent();
    await call.until(() => call.marks.length === 1, "no greeting");
    expect(call.heard().length).toBe(12_000);
    const power = call.heard().reduce((sum, sample) => sum + sample ** 2, 0) / 12_000;
    expect(10 * Math.log10(power / 32_768 ** 2)).toBeGreaterThan(-35);
  });

  test("echoes what it hears, 60 ms late, without a gap", async () => {
    await using call = await greetedCall();
    const tone = createTone(8_000, 437);
    const frame = new Int16Array(160);
    for (let i = 0; i < 10; i++) {
      tone.fill(frame);
      call.connection.audio(frame);
    }
    const delaySamples = ECHO_DELAY_MS * 8;
    await call.until(() => call.afterGreeting().length === delaySamples + 1_600, "no echo");
    expect(
      call
        .afterGreeting()
        .subarray(0, delaySamples)
        .every((sample) => sample === 0),
    ).toBe(true);
    const echo = analyseTone(call.afterGreeting().subarray(delaySamples), 8_000, 437);
    expect(echo.snrDb).toBeGreaterThan(40);
    expect(echo.longestGapMs).toBe(0);
  });

  test("echoes later where the caller's audio came with more jitter during the greeting", async () => {
    let nowMs = 0;
    await using call = await callDemoAgent(() => nowMs);
    call.connection.answered();
    await call.until(() => call.marks.length === 1, "no greeting");
    for (const atMs of [0, 20, 40, 60 + 90, 80 + 90]) {
      nowMs = atMs;
      call.connection.audio(new Int16Array(160));
      // Its tone says that the agent has heard the frame before it, on its clock of then.
      const before = call.heard().length;
      call.connection.digit("1", 100);
      await call.until(() => call.heard().length === before + 1_280, "no tone");
    }
    call.connection.markReached("greeting", "played", 0);
    const before = call.heard().length;
    call.connection.audio(new Int16Array(160).fill(7));
    await call.until(() => call.heard().at(-1) === 7, "no echo");
    expect((call.heard().length - before - 160) / 8).toBe(ECHO_DELAY_MS + 90 - 20);
  });

  test("queues twice as much each time its queue has run dry, up to 200 ms, but not after a hold", async () => {
    let nowMs = 0;
    await using call = await greetedCall(() => nowMs);
    const queuedMs: number[] = [];
    const hearOne = async () => {
      const before = call.afterGreeting().length;
      call.connection.audio(new Int16Array(160).fill(7));
      await call.until(
        () => call.afterGreeting().at(-1) === 7 && call.afterGreeting().length > before,
        "no echo",
      );
      queuedMs.push((call.afterGreeting().length - before - 160) / 8);
    };
    for (let i = 0; i < 4; i++) {
      await hearOne();
      nowMs += 1_000;
    }
    expect(queuedMs).toEqual([60, 120, 200, 200]);
    call.connection.held(true);
    await call.until(() => call.marks.at(-1) === "clear", "nothing cleared");
    call.connection.held(false);
    nowMs += 1_000;
    await hearOne();
    expect(queuedMs.at(-1)).toBe(200);
  });

  test("echoes nothing while it greets", async () => {
    await using call = await callDemoAgent();
    call.connection.answered();
    call.connection.audio(new Int16Array(160).fill(1_000));
    await call.until(() => call.marks.length === 1, "no greeting");
    call.connection.digit("1", 100); // its tone is the next audio if the frame was dropped
    await call.until(() => call.heard().length > 12_000, "no tone");
    expect(call.heard().length).toBe(12_000 + 1_280);
  });

  test("confirms each digit with a pitch of its own", async () => {
    await using call = await greetedCall();
    const digits = [..."0123456789*#ABCD"];
    expect(new Set(digits.map(confirmationHz)).size).toBe(16);
    for (const [index, digit] of digits.entries()) {
      call.connection.digit(digit, 100);
      await call.until(() => call.afterGreeting().length === (index + 1) * 1_280, "no tone");
      const tone = call.afterGreeting().slice(index * 1_280);
      const powers = digits.map((other) => tonePower(tone, 8_000, confirmationHz(other)));
      expect(powers.indexOf(Math.max(...powers))).toBe(index);
    }
  });

  test("a confirmation takes the echo's place, so that the echo does not come later", async () => {
    await using call = await greetedCall();
    call.connection.digit("5", 100);
    for (let i = 0; i < 8; i++) call.connection.audio(new Int16Array(160).fill(9));
    call.connection.audio(new Int16Array(160).fill(11));
    const expected = 1_280 + 160;
    await call.until(() => call.afterGreeting().length >= expected, "no echo");
    expect(call.afterGreeting().length).toBe(expected);
    expect(call.afterGreeting().at(-1)).toBe(11);
  });

  test("drops what is queued when it is put on hold, so that the echo after it is not late", async () => {
    await using call = await greetedCall();
    call.connection.held(true);
    await call.until(() => call.marks.at(-1) === "clear", "nothing cleared");
  });

  test.each(["##", "*9"])("hangs up on %s", async (digits) => {
    await using call = await greetedCall();
    for (const digit of digits) call.connection.digit(digit, 100);
    expect(await deadline(call.hungUp, 2_000, "no hang-up")).toBe(`digits ${digits}`);
  });
});
