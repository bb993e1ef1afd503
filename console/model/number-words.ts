import type { NumberActivity } from "../../schema/contracts/number-activity.ts";
import type { PhoneNumberView } from "../../schema/contracts/phone-number.ts";

/** What stops working when a number is deleted, one sentence each. */
export function brokenBy(number: PhoneNumberView, activity: NumberActivity | null): string[] {
  const { assigned_agent: agent, inbound_trunk: inbound, outbound_trunk: outbound } = number;
  const live = activity?.live_calls ?? 0;
  const batches = activity?.open_batch_calls ?? 0;
  const lines = [
    inbound === null ? "" : "Calls to it are refused from now on, whoever sends them.",
    outbound === null ? "" : "No call can be placed from it.",
    batches === 0
      ? ""
      : `${counted(batches, "batch", "batches")} that call${batches === 1 ? "s" : ""} from it cannot go on.`,
    live === 0 ? "" : `${counted(live, "call", "calls")} that it has now go on until they end.`,
    agent === null
      ? ""
      : `${agent.agent_name} is no longer reached by it, and keeps its other numbers.`,
  ].filter(Boolean);
  return lines.length === 0 ? ["Nothing: it takes no calls and places none."] : lines;
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
