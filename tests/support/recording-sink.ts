import type { AgentSink, TranscriptEvent } from "../../media-node/call/agent-ports.ts";
import { deadline } from "./deadline.ts";

/** Everything that the call is told by its agent, in order. */
export function recordingSink() {
  const told: (string | Int16Array)[] = [];
  const rates: number[] = [];
  const transcript: TranscriptEvent[] = [];
  const waiting: { readonly count: number; readonly reached: () => void }[] = [];
  const tell = (event: string | Int16Array) => {
    told.push(event);
    for (const { count, reached } of waiting) if (told.length >= count) reached();
  };
  const sink: AgentSink = {
    audio: (pcm, sampleRateHz = 8_000) => {
      rates.push(sampleRateHz);
      tell(pcm);
    },
    clear: () => tell("clear"),
    mark: (name) => tell(`mark ${name}`),
    sendDigits: (digits, mode) => {
      tell(`send ${digits} ${mode}`);
      return digits !== "9";
    },
    act: (action) => tell(`act ${JSON.stringify(action)}`),
    transfer: ({ destination, method }) => tell(`transfer ${destination} ${method}`),
    transcript: (event) => {
      transcript.push(event);
      tell(event.kind === "said" ? `${event.role}: ${event.text}` : `corrected: ${event.text}`);
    },
    hangUp: (reason) => tell(`hang up: ${reason}`),
    closed: (detail, mayReturn) => tell(`closed${mayReturn ? "" : " for good"}: ${detail}`),
  };
  const until = (count: number) =>
    deadline(
      new Promise<void>((reached) => {
        if (told.length >= count) reached();
        else waiting.push({ count, reached });
      }),
      2_000,
      `${count} events were not told`,
    );
  return { sink, told, rates, transcript, until };
}
