import type { ConversationView } from "../../schema/contracts/conversation.ts";
import { durationWords } from "../model/words.ts";
import { Empty } from "../ui/parts.tsx";
import { Foreign } from "../ui/values.tsx";

/** What both said, as far as the agent told. */
export function Transcript({ call }: { call: ConversationView }) {
  if (call.transcript.length === 0) {
    return (
      <Empty title="There is no transcript">
        <p>The agent told nothing of what was said. Agents send it over their connection.</p>
      </Empty>
    );
  }
  return (
    <ol className="talk">
      {call.transcript.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines are only ever added at the end.
        <li key={index} data-role={line.role}>
          <header>
            {line.role === "agent" ? "Agent" : "Caller"} · {durationWords(line.time_in_call_secs)}
            {line.interrupted ? " · interrupted" : ""}
          </header>
          <Foreign text={line.message} />
        </li>
      ))}
    </ol>
  );
}
