import type { AgentDraft, Protocol } from "../model/agent-form.ts";
import type { Wrong } from "../ui/field.tsx";

/** What the parts of the form are given. */
export interface AgentFormPart {
  readonly draft: AgentDraft;
  readonly change: (part: Partial<AgentDraft>) => void;
  readonly wrong: (pointer: string) => Wrong | null;
  /** Names of headers that it has now. */
  readonly headerNames: readonly string[];
  readonly hasSecret: boolean;
}

export const PROTOCOLS: readonly { readonly value: Protocol; readonly label: string }[] = [
  { value: "native", label: "Trunkline's own WebSocket" },
  { value: "elevenlabs", label: "ElevenLabs agent" },
  { value: "openai", label: "OpenAI Realtime" },
  { value: "twilio", label: "Twilio media streams" },
  { value: "telnyx", label: "Telnyx media streams" },
  { value: "builtin", label: "Demonstration agent" },
];
