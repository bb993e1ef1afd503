import { type CallRate, takeCall } from "../../schema/values/call-rate.ts";
import type { Clock, PermitQuery } from "../call/ports.ts";

/** Trunks that are remembered: beyond, those asked longest ago begin with a full bucket. */
const MAX_TRUNKS = 10_000;

/** How many new calls a second each trunk has had at this node. */
export function createTrunkRates(clock: Pick<Clock, "monotonicMs">): {
  /** Whether the trunk may have another call now. */
  take(trunk: PermitQuery["trunk"]): boolean;
} {
  const rates = new Map<string, CallRate>();
  return {
    take({ id, callsPerSecond }) {
      if (callsPerSecond === null) return true;
      const { isAllowed, rate } = takeCall(
        rates.get(id) ?? null,
        callsPerSecond,
        clock.monotonicMs(),
      );
      rates.delete(id);
      rates.set(id, rate);
      const [oldest] = rates.keys();
      if (rates.size > MAX_TRUNKS && oldest !== undefined) rates.delete(oldest);
      return isAllowed;
    },
  };
}
