import type { CallAction, CallActionOutcome } from "../../schema/contracts/call-control.ts";
import type { CallEnding } from "./ending.ts";

/** Of one call: an action that is asked for again has the answer of the first time. */
const MAX_REMEMBERED = 64;

type TalkAction = Exclude<CallAction, { kind: "hangup" }>;

/** What somebody who is neither caller nor agent has done to a call. */
export interface CallControl {
  act(actionId: string, action: CallAction): CallActionOutcome;
  /** From the answer on there is somebody to transfer, and to press keys for. */
  answered(act: (action: TalkAction) => CallActionOutcome): void;
}

export function createCallControl(ending: Pick<CallEnding, "code" | "end">): CallControl {
  const outcomes = new Map<string, CallActionOutcome>();
  let talk: ((action: TalkAction) => CallActionOutcome) | null = null;

  function run(action: CallAction): CallActionOutcome {
    if (ending.code !== null) return "call_ended";
    if (action.kind === "hangup") {
      ending.end("hung_up_by_api", "the API");
      return "done";
    }
    return talk === null ? "call_not_answered" : talk(action);
  }

  return {
    act(actionId, action) {
      const known = outcomes.get(actionId);
      if (known !== undefined) return known;
      const outcome = run(action);
      const [oldest] = outcomes.keys();
      if (outcomes.size >= MAX_REMEMBERED && oldest !== undefined) outcomes.delete(oldest);
      outcomes.set(actionId, outcome);
      return outcome;
    },
    answered(act) {
      talk = act;
    },
  };
}
