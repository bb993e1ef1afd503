import { expect, test } from "vitest";
import { openAgentMediaCall } from "../../tests/support/agent-media-call.ts";
import { deadline, eventually } from "../../tests/support/deadline.ts";
import { expectTone } from "../../tests/support/expect-tone.ts";
import { startFrameworkAgent } from "../../tests/support/framework-agent.ts";
import { WORKSPACE } from "../../tests/support/media-stream-call.ts";
import {
  responseDone,
  sessionCreated,
  sessionUpdated,
  speechStarted,
} from "../../tests/support/realtime-events.ts";
import { AGENT_HZ, observeRealtime } from "../../tests/support/realtime-server.ts";
import { startTextAgent } from "../../tests/support/scripted-agent.ts";

const CALLER_HZ = 437;

test("an application of the OpenAI Agents SDK for Twilio, as it stands, is heard over SRTP, hears the caller and keys, breaks off within 60 ms by clear, knows by marks what was heard, and hangs up", async () => {
  await using realtime = await startTextAgent();
  await using framework = await startFrameworkAgent(realtime.url);
  const accepted = realtime.accepted();
  await using call = await openAgentMediaCall(
    { protocol: "twilio", url: framework.url, headers: {}, workspaceId: WORKSPACE },
    { callerHz: CALLER_HZ },
  );
  await call.answer();
  const { say, speak, find, heard } = observeRealtime(await accepted);
  say(sessionCreated());
  const session = await eventually(
    async () => {
      const updates = (await find("session.update")).map((update) => update.session);
      return updates.find((one) => one.type === "realtime" && one.audio !== undefined) ?? null;
    },
    15_000,
    "the session was not configured",
  );
  expect(session).toMatchObject({ audio: { output: { format: { type: "audio/pcmu" } } } });
  say(sessionUpdated({ ...session, type: "realtime" }));

  const { caller } = call;
  const spoken = () => caller.arrived.filter((packet) => !packet.isSilent);
  speak("1", 1_000);
  say(responseDone("resp_1"));
  await eventually(() => (spoken().length === 50 ? true : null), 15_000, "not all was heard");
  expectTone(caller.heard(), AGENT_HZ, { leastMs: 800 });

  // Half a minute at once, with as many marks as pieces.
  speak("2", 28_000);
  await eventually(() => (spoken().length >= 100 ? true : null), 15_000, "nothing is heard");
  const startedAtMs = performance.now();
  say(speechStarted("item_3", 2_000));
  const [truncate] = await find("conversation.item.truncate");
  await caller.heardAfter(startedAtMs + 300);
  expect((spoken().at(-1)?.atMs ?? 0) - startedAtMs).toBeLessThan(60);
  // It counts by marks, of which it sets one every 50 ms, and adds 50.
  const heardMs = (spoken().length - 50) * 20;
  expect(truncate?.item_id).toBe("item_2");
  expect(Math.abs((truncate?.audio_end_ms ?? 0) - heardMs)).toBeLessThanOrEqual(100);

  await eventually(
    () => (heard().length > 24_000 ? true : null),
    15_000,
    "the caller is not heard",
  );
  expectTone(heard(), CALLER_HZ, { leastMs: 2_000 });
  call.media.infoDigit("5", 160);
  call.media.infoDigit("#", 160);
  expect(await deadline(call.hungUp, 5_000, "no hang-up")).toContain("1000");
  expect(framework.keys).toEqual(["5", "#"]);
  expect(framework.faults).toEqual([]);
}, 30_000);
