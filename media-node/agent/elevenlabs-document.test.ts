import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  audio,
  interruption,
  metadata,
  startConversation,
  toolCall,
} from "../../tests/support/elevenlabs-call.ts";
import { CALL } from "../../tests/support/media-stream-call.ts";
import { suiteName } from "../../tests/support/skip.ts";

/** The vendor's AsyncAPI document, where it is at hand: what the node says and what these tests say as the platform. */
const DOCUMENT = "../shared/corpora/vendor-api/elevenlabs-agent.asyncapi.yaml";
const missing = existsSync(DOCUMENT) ? null : `${DOCUMENT} is absent`;
const lines = missing === null ? readFileSync(DOCUMENT, "utf8").split("\n") : [];

/** Members of an object of the document: all, and those that must be there. */
function schemaOf(name: string): { readonly all: string[]; readonly required: string[] } {
  const from = lines.indexOf(`    ${name}:`);
  expect(from, name).toBeGreaterThan(0);
  const rest = lines.slice(from + 1);
  const end = rest.findIndex((line) => /^ {4}\S/.test(line));
  const block = rest.slice(0, end < 0 ? undefined : end);
  const all = block.flatMap((line) => /^ {8}(\w+):/.exec(line)?.[1] ?? []);
  const [, list = ""] = /required:\s*\[([^\]]*)\]/.exec(block.join(" ")) ?? [];
  return { all, required: list.split(",").flatMap((word) => word.trim() || []) };
}

function expectDocumented(message: object, schema: string): void {
  const { all, required } = schemaOf(schema);
  const names = Object.keys(message);
  expect(all, schema).toEqual(expect.arrayContaining(names));
  expect(names, schema).toEqual(expect.arrayContaining(required));
}

const SCHEMAS: Readonly<Record<string, string>> = {
  conversation_initiation_client_data: "ConversationInitiationPayload",
  pong: "PongPayload",
  user_message: "UserMessagePayload",
  user_activity: "UserActivityPayload",
  contextual_update: "ContextualUpdatePayload",
  client_tool_result: "ClientToolResultPayload",
};

test.skipIf(missing !== null)(
  suiteName(
    "every kind of message that the node sends has the members of the vendor's document, and no other",
    missing,
  ),
  async () => {
    await using started = await startConversation({
      input: "ulaw_8000",
      call: {
        ...CALL,
        clientData: {
          dynamicVariables: {},
          conversationConfigOverride: { agent: { language: "de" } },
          customLlmExtraBody: { temperature: 0 },
          userId: "u",
          branchId: null,
          environment: null,
        },
      },
    });
    const { agent, connection } = started;
    const said: Record<string, unknown>[] = [JSON.parse(started.opening)];
    agent.say({ type: "ping", ping_event: { event_id: 1 } });
    agent.say(toolCall("skip_turn", "t1", {}));
    connection.digitsCollected({ digits: "1", endedBy: "timeout" });
    connection.farEndChanged?.("+4930");
    const kinds = new Set<string>();
    while (kinds.size < Object.keys(SCHEMAS).length + 1) {
      const last = said.at(-1) ?? {};
      const kind = String(last["type"] ?? "audio");
      kinds.add(kind);
      expectDocumented(last, kind === "audio" ? "UserAudioPayload" : (SCHEMAS[kind] ?? kind));
      said.push(JSON.parse(String(await agent.next())));
    }
  },
);

test.skipIf(missing !== null)(
  suiteName(
    "what these tests say as the platform has the members of the vendor's document, and no other",
    missing,
  ),
  () => {
    expectDocumented(metadata(), "ConversationMetadataPayload");
    expectDocumented(metadata().conversation_initiation_metadata_event, "ConversationMetadataData");
    expectDocumented(audio(Buffer.alloc(2), 1), "AudioPayload");
    expectDocumented(audio(Buffer.alloc(2), 1).audio_event, "AudioEventData");
    expectDocumented(interruption(1), "InterruptionPayload");
    expectDocumented(interruption(1).interruption_event, "InterruptionData");
    const call = toolCall("end_call", "t1", {});
    expectDocumented(call, "ClientToolCallPayload");
    expectDocumented(call.client_tool_call, "ClientToolCallData");
  },
);
