import { expect, test } from "vitest";
import { openAgentMediaCall } from "../../tests/support/agent-media-call.ts";
import { deadline, eventually } from "../../tests/support/deadline.ts";
import {
  audio,
  interruption,
  isSpoken,
  metadata,
  targetOf,
  toolCall,
} from "../../tests/support/elevenlabs-call.ts";
import { expectTone } from "../../tests/support/expect-tone.ts";
import { startTextAgent } from "../../tests/support/scripted-agent.ts";
import { sine } from "../../tests/support/tone-agent.ts";

const CALLER_HZ = 437;
const AGENT_HZ = 1_037;
const RATE_HZ = 16_000;

const tone = (seconds: number): Buffer =>
  Buffer.from(sine(AGENT_HZ, RATE_HZ, seconds * RATE_HZ).buffer);

test("a conversation hears the caller over SRTP and is heard, is cut off within 60 ms of its interruption, is told keys, presses keys, transfers and hangs up after its last word", async () => {
  await using server = await startTextAgent();
  const accepted = server.accepted();
  await using call = await openAgentMediaCall(targetOf(server.url), {
    callerHz: CALLER_HZ,
    digitInput: { timeoutMs: 2_000, hashTerminator: true },
  });
  const agent = await accepted;
  const said: string[] = [];
  agent.socket.on("message", (text: Buffer) => said.push(text.toString()));
  const find = (part: string) =>
    eventually(
      () => said.find((text) => isSpoken(text) && text.includes(part)) ?? null,
      5_000,
      `${part} was not said`,
    );
  await find("conversation_initiation_client_data");
  agent.say(metadata());
  await call.answer();
  const { caller } = call;
  const spoken = () =>
    caller.arrived.filter((packet) => !packet.isSilent && packet.telephoneEvent === null);

  agent.say(audio(tone(1), 1));
  await eventually(() => (spoken().length >= 50 ? true : null), 5_000, "not all was heard");
  expectTone(caller.heard(), AGENT_HZ, { leastMs: 800 });

  // Barge-in: of ten seconds that came at once one is heard.
  agent.say({
    type: "agent_response",
    agent_response_event: { agent_response: "Long.", event_id: 2 },
  });
  agent.say(audio(tone(10), 2));
  await eventually(() => (spoken().length >= 100 ? true : null), 5_000, "nothing is heard");
  const interruptedAtMs = performance.now();
  agent.say(interruption(2));
  agent.say(audio(tone(1), 2));
  await caller.heardAfter(interruptedAtMs + 300);
  expect((spoken().at(-1)?.atMs ?? 0) - interruptedAtMs).toBeLessThan(60);
  expect(call.transcript).toEqual([{ kind: "said", role: "agent", text: "Long.", eventId: "2" }]);

  call.media.infoDigit("5", 160);
  call.media.infoDigit("#", 160);
  expect(await find("user_message")).toBe(`{"type":"user_message","text":"5"}`);

  agent.say(toolCall("play_keypad_touch_tone", "t1", { dtmf_tones: "1#" }));
  expect(await find(`"t1"`)).toContain(`"is_error":false`);
  const events = caller.arrived.flatMap(({ telephoneEvent: event }) => event ?? []);
  expect([...new Set(events)]).toEqual([1, 11]);

  agent.say(toolCall("transfer_to_number", "t2", { transfer_number: "+4930123" }));
  const request = await deadline(call.transfer, 2_000, "no transfer");
  expect(request).toMatchObject({ id: "t2", destination: "+4930123", method: "conference" });
  call.link.transferring({ id: "t2", state: "failed", sipStatus: 486, reason: "Busy Here" });
  expect(await find(`"t2"`)).toContain(`"is_error":true`);

  const before = spoken().length;
  agent.say(audio(tone(0.6), 3));
  agent.say(toolCall("end_call", "t3", { reason: "goodbye" }));
  expect(await deadline(call.hungUp, 3_000, "no hang-up")).toBe("goodbye");
  await eventually(
    () => (spoken().length >= before + 29 ? true : null),
    2_000,
    "its last word was not heard",
  );

  const heard = said.flatMap((text) => {
    const chunk: unknown = JSON.parse(text).user_audio_chunk;
    return typeof chunk === "string" ? [Buffer.from(chunk, "base64")] : [];
  });
  const bytes = Buffer.concat(heard);
  const pcm = Int16Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readInt16LE(2 * i));
  // For the tone's measure, which is at 8 kHz.
  expectTone(
    pcm.filter((_, i) => i % 2 === 0),
    CALLER_HZ,
    { leastMs: 2_000 },
  );
});
