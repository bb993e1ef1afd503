import { expect, test } from "vitest";
import { openAgentMediaCall } from "../../tests/support/agent-media-call.ts";
import { deadline, eventually } from "../../tests/support/deadline.ts";
import { expectTone } from "../../tests/support/expect-tone.ts";
import {
  functionCall,
  responseCreated,
  responseDone,
  sessionCreated,
  sessionUpdated,
  speechStarted,
} from "../../tests/support/realtime-events.ts";
import { AGENT_HZ, observeRealtime } from "../../tests/support/realtime-server.ts";
import { startTextAgent } from "../../tests/support/scripted-agent.ts";

const CALLER_HZ = 437;

test("a session hears the caller over SRTP and is heard, is cut off within 60 ms and told to the frame what was heard, is told keys, presses keys, transfers and hangs up after its last word", async () => {
  await using server = await startTextAgent();
  const accepted = server.accepted();
  await using call = await openAgentMediaCall(
    {
      protocol: "openai",
      url: server.url,
      headers: {},
      settings: {
        model: "gpt-realtime",
        session: {},
        speaksFirst: true,
        functions: ["end_call", "transfer_call", "send_digits"],
      },
      collectsDigits: false,
    },
    { callerHz: CALLER_HZ },
  );
  const agent = await accepted;
  const { say, speak, find, heard } = observeRealtime(agent);
  say(sessionCreated());
  await find("session.update");
  say(sessionUpdated({ type: "realtime" }));
  await call.answer();
  const { caller } = call;
  const spoken = () => caller.arrived.filter((packet) => !packet.isSilent);

  await find("response.create");
  speak("1", 1_000);
  say(responseDone("resp_1"));
  await eventually(() => (spoken().length === 50 ? true : null), 15_000, "not all was heard");
  expectTone(caller.heard(), AGENT_HZ, { leastMs: 800 });

  // Barge-in: of ten seconds that came at once a good one is heard.
  speak("2", 10_000);
  await eventually(() => (spoken().length >= 100 ? true : null), 15_000, "nothing is heard");
  const startedAtMs = performance.now();
  say(speechStarted("item_3", 2_000));
  say(responseDone("resp_2", "cancelled"));
  const [truncate] = await find("conversation.item.truncate");
  await caller.heardAfter(startedAtMs + 300);
  const heardMs = (spoken().length - 50) * 20;
  expect((spoken().at(-1)?.atMs ?? 0) - startedAtMs).toBeLessThan(60);
  expect(truncate).toEqual({
    type: "conversation.item.truncate",
    item_id: "item_2",
    content_index: 0,
    audio_end_ms: heardMs,
  });

  call.media.infoDigit("5", 160);
  const [pressed] = await find("conversation.item.create");
  expect(pressed?.item).toMatchObject({
    content: [{ type: "input_text", text: "The caller pressed 5 on the keypad." }],
  });

  say(responseCreated("resp_4"));
  const press = functionCall("send_digits", "call_1", { digits: "1#" });
  say(responseDone("resp_4", "completed", [press]));
  const outputs = await find("conversation.item.create", 2);
  expect(outputs[1]?.item).toMatchObject({ call_id: "call_1", output: `{"status":"sent"}` });
  const events = caller.arrived.flatMap(({ telephoneEvent: event }) => event ?? []);
  expect([...new Set(events)]).toEqual([1, 11]);

  say(responseCreated("resp_5"));
  const transfer = functionCall("transfer_call", "call_2", { destination: "+4930123" });
  say(responseDone("resp_5", "completed", [transfer]));
  const request = await deadline(call.transfer, 2_000, "no transfer");
  expect(request).toMatchObject({ id: "call_2", destination: "+4930123", method: "conference" });
  call.link.transferring({ id: "call_2", state: "failed", sipStatus: 486, reason: "Busy Here" });
  const answers = await find("conversation.item.create", 3);
  expect(answers[2]?.item).toMatchObject({
    call_id: "call_2",
    output: `{"status":"failed","reason":"Busy Here"}`,
  });

  const spokenBefore = spoken().filter((packet) => packet.telephoneEvent === null).length;
  speak("6", 600);
  const bye = functionCall("end_call", "call_3", { reason: "goodbye" });
  say(responseDone("resp_6", "completed", [bye]));
  expect(await deadline(call.hungUp, 3_000, "no hang-up")).toBe("goodbye");
  const spokenAfter = () => spoken().filter((packet) => packet.telephoneEvent === null).length;
  await eventually(
    () => (spokenAfter() === spokenBefore + 30 ? true : null),
    1_000,
    "its last word was not heard",
  );

  expectTone(heard(), CALLER_HZ, { leastMs: 2_000 });
}, 30_000);
