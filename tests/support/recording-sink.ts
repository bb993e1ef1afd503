import type { AgentSink } from "../../media-node/call/agent-ports.ts";
import { deadline } from "./deadline.ts";

/** Everything that the call is told by its agent, in order. */
export function recordingSink() {
  const told: (string | Int16Array)[] = [];
  const waiting: { readonly count: number; readonly reached: () => void }[] = [];
  const tell = (event: string | Int16Array) => {
    told.push(event);
    for (const { count, reached } of waiting) if (told.length >= count) reached();
  };
  const sink: AgentSink = {
    audio: (pcm) => tell(pcm),
    clear: () => tell("clear"),
    mark: (name) => tell(`mark ${name}`),
    sendDigits: (digits, mode) => {
      tell(`send ${digits} ${mode}`);
      return digits !== "9";
    },
    act: (action) => tell(`act ${JSON.stringify(action)}`),
    transfer: ({ destination, method }) => tell(`transfer ${destination} ${method}`),
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
  return { sink, told, until };
}
