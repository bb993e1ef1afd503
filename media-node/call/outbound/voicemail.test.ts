import { describe, expect, test } from "vitest";
import type { VoicemailRoute } from "../../../schema/contracts/agent-voicemail.ts";
import { answerTo, FakeOutboundNode } from "../../../tests/support/fake-outbound.ts";
import { settle } from "../../../tests/support/virtual-clock.ts";
import { Sounds } from "../../../tests/support/voicemail-sounds.ts";

const VOICE = { pitchHz: 120, tract: 1 };
const HELLO = new Int16Array(160).fill(1);
const MESSAGE = new Int16Array(160).fill(2);

/** A call that is up, whose agent's settings are these. */
async function answered(voicemail: Partial<VoicemailRoute> | null) {
  const node = new FakeOutboundNode();
  const route = {
    action: "continue",
    message: null,
    decisionTimeoutMs: 6_000,
    beepTimeoutMs: 45_000,
    ...voicemail,
  } as const;
  node.agentSettings = { ...node.agentSettings, voicemail: voicemail === null ? null : route };
  const call = await node.place();
  const invite = node.dialer.last;
  invite.answer(answerTo(invite.call.sdp), node.dialog);
  await settle();
  return { node, call, agent: node.agent };
}

type Answered = Awaited<ReturnType<typeof answered>>;

/** Time passes and this is heard of the called side. */
async function hear({ node }: Answered, make: (sounds: Sounds) => void): Promise<void> {
  let seed = 7;
  const sounds = new Sounds(8_000, () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  });
  make(sounds);
  const pcm = sounds.over(-65);
  for (let at = 0; at + 160 <= pcm.length; at += 160) {
    await node.clock.advance(20);
    node.session.sink?.audio(pcm.subarray(at, at + 160));
  }
  await settle();
}

const person = (sounds: Sounds): void => {
  sounds.silence(500);
  sounds.speech(700, -22, VOICE);
  sounds.silence(1_500);
};
const greeting = (sounds: Sounds): void => {
  sounds.silence(500);
  sounds.speech(5_000, -22, VOICE, 200);
};
const beep = (sounds: Sounds): void => {
  sounds.silence(500);
  sounds.tones([1_000], 400, -18);
  sounds.silence(600);
};
const sit = (sounds: Sounds): void => {
  sounds.silence(500);
  for (const hz of [950, 1_400, 1_776.7]) sounds.tones([hz === 950 ? 913.8 : hz], 330, -18);
  sounds.silence(600);
};

async function hangUp({ call, node }: Answered) {
  node.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
  await call.ended;
  return node.record;
}

describe("continue", () => {
  test("a person is told to agent and record, and held back is nothing", async () => {
    const call = await answered({ action: "continue" });
    call.agent.sink?.audio(HELLO);
    expect(call.node.session.sent).toEqual([HELLO]);
    await hear(call, person);
    expect(call.agent.told.at(-1)).toBe("voicemail human short_greeting");
    expect(await hangUp(call)).toMatchObject({
      end: { code: "callee_hung_up" },
      voicemail: { verdict: "human", cause: "short_greeting", action: "continue", message: null },
    });
  });

  test("a machine and its beep are told one after the other; the first at once to the control plane", async () => {
    const call = await answered({ action: "continue" });
    await hear(call, greeting);
    const screened = call.node.events.filter(({ kind }) => kind === "call_screened");
    expect(screened).toMatchObject([
      {
        call: {
          answeredAtMs: expect.any(Number),
          voicemail: { verdict: "machine", beepAtMs: null },
        },
      },
    ]);
    await hear(call, beep);
    expect(call.agent.told.slice(-2)).toEqual([
      "voicemail machine long_greeting",
      "voicemail machine_beep beep",
    ]);
    const record = await hangUp(call);
    expect(record?.voicemail).toMatchObject({ verdict: "machine_beep", confidence: 0.98 });
    expect(Math.abs((record?.voicemail?.beepAtMs ?? 0) - 6_400)).toBeLessThanOrEqual(60);
    expect(record?.voicemail?.atMs).toBeLessThan(3_500);
    expect(call.node.events.filter(({ kind }) => kind === "call_screened")).toHaveLength(1);
  });
});

describe("hang_up", () => {
  test("a machine ends the call as voicemail_detected, and a person does not", async () => {
    const machine = await answered({ action: "hang_up" });
    await hear(machine, greeting);
    expect(await machine.call.ended).toBe("voicemail_detected");
    expect(machine.node.record).toMatchObject({
      end: { code: "voicemail_detected" },
      voicemail: { verdict: "machine", action: "hang_up" },
    });
    expect(machine.node.clock.pendingTimers).toBe(0);

    const call = await answered({ action: "hang_up" });
    await hear(call, person);
    await hear(call, greeting);
    expect((await hangUp(call))?.end.code).toBe("callee_hung_up");
  });

  test("a line without a single packet is unknown in time, and goes on", async () => {
    const call = await answered({ action: "hang_up", decisionTimeoutMs: 3_000 });
    await call.node.clock.advance(3_300);
    expect(call.agent.told.at(-1)).toBe("voicemail unknown no_speech");
    expect((await hangUp(call))?.voicemail).toMatchObject({ verdict: "unknown", confidence: 0 });
  });
});

describe("leave_message", () => {
  test("what the agent says is held back until the beep, then all of it is heard", async () => {
    const call = await answered({ action: "leave_message", message: "Call {{customer}}." });
    const { agent, node } = call;
    agent.sink?.audio(MESSAGE);
    await hear(call, greeting);
    expect(agent.told.at(-1)).toBe('voicemail machine long_greeting held back "Call 42."');
    agent.sink?.mark("end");
    expect([node.session.sent, node.session.marks]).toEqual([[], []]);
    await hear(call, (sounds) => {
      sounds.silence(500);
      sounds.tones([1_000], 300, -18);
    });
    expect(node.session.sent).toEqual([]);
    await hear(call, (sounds) => sounds.silence(400));
    expect(agent.told.at(-1)).toBe('voicemail machine_beep beep "Call 42."');
    expect([node.session.sent, node.session.marks]).toEqual([[MESSAGE], ["end"]]);
    const record = await hangUp(call);
    expect(record?.voicemail?.message?.after).toBe("beep");
    expect(record?.voicemail?.message?.atMs).toBeGreaterThan(record?.voicemail?.beepAtMs ?? 0);
  });

  test("what it clears while it waits is not heard, and what it says instead is", async () => {
    const call = await answered({ action: "leave_message" });
    call.agent.sink?.audio(HELLO);
    await hear(call, greeting);
    call.agent.sink?.clear();
    call.agent.sink?.audio(MESSAGE);
    await hear(call, beep);
    expect(call.node.session.sent).toEqual([MESSAGE]);
  });

  test("a person hears it as soon as it is known that it is one", async () => {
    const call = await answered({ action: "leave_message" });
    call.agent.sink?.audio(HELLO);
    expect(call.node.session.sent).toEqual([]);
    await hear(call, person);
    expect(call.node.session.sent).toEqual([HELLO]);
    call.agent.sink?.audio(MESSAGE);
    expect(call.node.session.sent).toEqual([HELLO, MESSAGE]);
    expect((await hangUp(call))?.voicemail).toMatchObject({ verdict: "human", message: null });
  });

  test("without a beep the end of the greeting is the time", async () => {
    const call = await answered({ action: "leave_message" });
    call.agent.sink?.audio(MESSAGE);
    await hear(call, greeting);
    await hear(call, (sounds) => sounds.silence(2_500));
    expect(call.node.session.sent).toEqual([]);
    await hear(call, (sounds) => sounds.silence(800));
    expect(call.node.session.sent).toEqual([MESSAGE]);
    expect((await hangUp(call))?.voicemail?.message?.after).toBe("greeting_end");
  });

  test("a machine that talks on and on is spoken to at the limit", async () => {
    const call = await answered({ action: "leave_message", beepTimeoutMs: 8_000 });
    call.agent.sink?.audio(MESSAGE);
    await hear(call, greeting);
    await hear(call, greeting);
    expect(call.node.session.sent).toEqual([MESSAGE]);
    expect((await hangUp(call))?.voicemail?.message).toEqual({ atMs: 8_000, after: "timeout" });
  });

  test("an agent that hangs up after its message hangs up after it was heard", async () => {
    const call = await answered({ action: "leave_message" });
    call.agent.sink?.audio(MESSAGE);
    call.agent.sink?.hangUp("done");
    await hear(call, greeting);
    expect(call.node.session.sent).toEqual([]);
    await hear(call, beep);
    expect(call.node.session.sent).toEqual([MESSAGE]);
    await call.node.clock.advance(1_000);
    expect(await call.call.ended).toBe("agent_hung_up");
  });

  test("to an announcement of the network nothing is said: the call ends", async () => {
    const call = await answered({ action: "leave_message" });
    call.agent.sink?.audio(MESSAGE);
    await hear(call, sit);
    expect(await call.call.ended).toBe("voicemail_detected");
    expect(call.node.session.sent).toEqual([]);
  });

  test("a message with a variable that is not set is left out, and the record says so", async () => {
    const call = await answered({ action: "leave_message", message: "{{nobody}}" });
    await hear(call, greeting);
    expect(call.agent.told.at(-1)).toBe("voicemail machine long_greeting held back");
    expect((await hangUp(call))?.warnings).toEqual([
      "The voicemail message has a variable that is not set.",
    ]);
  });
});

test("without the setting nobody listens: no verdict, no event, no timer", async () => {
  const call = await answered(null);
  const timers = call.node.clock.pendingTimers;
  await hear(call, greeting);
  expect(call.agent.told.some((told) => told.startsWith("voicemail"))).toBe(false);
  expect(call.node.clock.pendingTimers).toBe(timers);
  const record = await hangUp(call);
  expect(record?.voicemail).toBeUndefined();
  expect(call.node.events.map(({ kind }) => kind)).not.toContain("call_screened");
});
