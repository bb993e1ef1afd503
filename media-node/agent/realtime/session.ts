import type { OpenaiSettings } from "../../../schema/contracts/agent-openai.ts";
import { recordableVariables } from "../../../schema/contracts/client-data.ts";
import type { AgentCall } from "../../call/agent-ports.ts";
import { fillTemplate } from "../../call/outbound/template.ts";
import { functionTools } from "./functions.ts";

/** G.711 µ-law both ways: what most callers' codec is, and a third of the bytes of the session's own 24 kHz. */
const FORMAT = { type: "audio/pcmu" } as const;

/**
 * The session that the settings ask for, as this call has it: its audio formats and functions are the node's, its instructions have
 * the call's variables in the place of `{{name}}`, and nothing for one that is not set. Secret variables are not for a model.
 */
export function sessionOf(settings: OpenaiSettings, call: AgentCall) {
  const { session } = settings;
  const { prompt } = overridesOf(call);
  const instructions = prompt ?? session["instructions"];
  const audio = objectOf(session["audio"]);
  const ours = functionTools(settings.functions);
  const theirs = listOf(session["tools"]).filter(
    (tool) => !ours.some(({ name }) => objectOf(tool)["name"] === name),
  );
  return {
    ...session,
    type: "realtime",
    output_modalities: ["audio"],
    ...(typeof instructions === "string"
      ? { instructions: fillTemplate(instructions, recordableVariables(call.dynamicVariables)) }
      : {}),
    audio: {
      ...audio,
      input: { ...objectOf(audio["input"]), format: FORMAT },
      output: { ...objectOf(audio["output"]), format: FORMAT },
    },
    tools: [...theirs, ...ours],
  } as const;
}

/** What the first response is told beside the session; null: nothing. */
export function greetingOf(call: AgentCall): string | null {
  const { firstMessage } = overridesOf(call);
  if (firstMessage === null) return null;
  const text = fillTemplate(firstMessage, recordableVariables(call.dynamicVariables));
  return `Say exactly this, and nothing else: ${text}`;
}

/** Of the vendor-neutral override, what a session has a place for. */
function overridesOf(call: AgentCall): { prompt: string | null; firstMessage: string | null } {
  const agent = objectOf(call.clientData?.conversationConfigOverride["agent"]);
  return {
    prompt: textOf(objectOf(agent["prompt"])["prompt"]),
    firstMessage: textOf(agent["first_message"]),
  };
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
