import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import type { CallRecord } from "../schema/contracts/call-record.ts";
import { type Carrier, type CarrierCall, startCarrier } from "../tests/support/carrier.ts";
import { deadline, eventually } from "../tests/support/deadline.ts";
import { createRandom } from "../tests/support/impairment.ts";
import { OutboundPlane } from "../tests/support/outbound-plane.ts";
import { audioPort, openRtpPeer } from "../tests/support/rtp-peer.ts";
import { startToneAgent } from "../tests/support/tone-agent.ts";
import { Sounds } from "../tests/support/voicemail-sounds.ts";
import { parseMediaNodeConfig } from "./config.ts";
import { type MediaNode, startMediaNode } from "./node.ts";

/** Persons and machines answer a whole node's calls: link, engine, media session, agent and outbox are the real ones. */

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let plane: OutboundPlane;
let node: MediaNode;
let carrier: Carrier;
/** By the number that was called. */
const invited = new Map<string, (call: CarrierCall) => void>();

beforeAll(async () => {
  plane = await OutboundPlane.start();
  carrier = await startCarrier((call, invite) => {
    const [, number = ""] = /sip:([^@]+)@/.exec(invite.startLine) ?? [];
    invited.get(number)?.(call);
  });
  node = await startMediaNode(parseMediaNodeConfig(plane.environment));
  await deadline(node.ready, 10_000, "ready");
});

afterAll(async () => {
  await node.stop({ code: "node_shutdown" });
  await carrier[Symbol.asyncDispose]();
  await plane[Symbol.asyncDispose]();
});

type Action = "hang_up" | "leave_message" | "continue";

/** A call to a number that answers at once and says this. */
async function callTo(number: string, action: Action, make: (sounds: Sounds) => void) {
  const agent = await startToneAgent(440, 1);
  onTestFinished(() => agent[Symbol.asyncDispose]());
  const phone = await openRtpPeer(437);
  onTestFinished(() => phone[Symbol.asyncDispose]());
  const sounds = new Sounds(8_000, createRandom(7));
  make(sounds);
  const voicemail = { action, message: null, decisionTimeoutMs: 6_000, beepTimeoutMs: 45_000 };
  const order = await plane.number({ address: carrier.address }, agent.url, { voicemail });
  const called = new Promise<CarrierCall>((resolve) => invited.set(number, resolve));
  const opened = agent.nextSession();
  const given = await plane.give(order({ toNumber: number }));
  const call = await called;
  call.answer(phone.port);
  await call.saw("ACK");
  phone.talk(audioPort(call.invites[0]?.body ?? ""), null);
  const beganAtMs = phone.say(sounds.over(-65));
  const session = await opened;
  return {
    phone,
    session,
    beganAtMs,
    record: (): Promise<CallRecord> => plane.record(given),
    verdict: (verdict: string) =>
      eventually(
        () =>
          session.messages.find((one) => one.type === "voicemail" && one.verdict === verdict) ??
          null,
        20_000,
        `the agent was not told of ${verdict}`,
      ),
    hangUp: () => call.send("BYE"),
  };
}

const VOICE = { pitchHz: 120, tract: 1 };

const person = (sounds: Sounds): void => {
  sounds.silence(400);
  sounds.speech(600, -22, VOICE);
};

/** 300 ms, a greeting of 3.5 s, a pause, and a beep of 400 ms. */
const machine = (sounds: Sounds): void => {
  sounds.silence(300);
  sounds.speech(3_500, -22, VOICE, 200);
  sounds.silence(600);
  sounds.tones([1_000], 400, -18);
};
const BEEP_AT_MS = 4_400;
const BEEP_ENDS_MS = 4_800;

test.concurrent("a person who answers is a person, and hears the agent 1.5 s after the last word at the latest", async () => {
  const call = await callTo("+15005550201", "leave_message", person);
  expect(await call.verdict("human")).toMatchObject({ cause: "short_greeting", confidence: 0.95 });
  const { atMs } = await call.phone.speechAfter(0);
  expect(atMs - call.beganAtMs).toBeGreaterThan(1_000);
  expect(atMs - call.beganAtMs).toBeLessThan(2_500);
  call.hangUp();
  expect(await call.record()).toMatchObject({
    end: { code: "callee_hung_up" },
    voicemail: { verdict: "human", action: "leave_message", beepAtMs: null, message: null },
  });
});

test.concurrent("a machine is left the message after its beep, and not a word before", async () => {
  const call = await callTo("+15005550202", "leave_message", machine);
  expect(await call.verdict("machine")).toMatchObject({ is_held_back: true });
  expect(await call.verdict("machine_beep")).toMatchObject({ is_held_back: false });
  const { atMs } = await call.phone.speechAfter(0);
  const afterBeginMs = atMs - call.beganAtMs;
  expect(afterBeginMs).toBeGreaterThan(BEEP_ENDS_MS);
  expect(afterBeginMs).toBeLessThan(BEEP_ENDS_MS + 700);
  call.hangUp();
  const { voicemail } = await call.record();
  expect(voicemail).toMatchObject({ verdict: "machine_beep", message: { after: "beep" } });
  expect(voicemail?.beepAtMs).toBeGreaterThan(BEEP_AT_MS);
});

test.concurrent("a machine is hung up on while it still talks", async () => {
  const call = await callTo("+15005550203", "hang_up", machine);
  const record = await call.record();
  expect(record).toMatchObject({
    end: { code: "voicemail_detected", blame: "none", sipStatus: null },
    voicemail: { verdict: "machine", cause: "long_greeting", action: "hang_up" },
  });
  expect(record.durationMs).toBeLessThan(BEEP_AT_MS);
});

test.concurrent("with continue the agent talks to whoever it is, and is told", async () => {
  const call = await callTo("+15005550204", "continue", machine);
  const { atMs } = await call.phone.speechAfter(0);
  expect(atMs - call.beganAtMs).toBeLessThan(1_000);
  expect(await call.verdict("machine_beep")).toMatchObject({ is_held_back: false });
  call.hangUp();
  expect((await call.record()).end.code).toBe("callee_hung_up");
});
