import {
  dayOf,
  type PermitNodeMessage,
  type PermitRequest,
} from "../../schema/contracts/permits.ts";
import type { Clock } from "../call/ports.ts";

type AgentId = PermitRequest["agentId"];

interface Tally {
  readonly day: string;
  calls: number;
  toldCalls: number;
  limit: number;
  /** The hub wants to be asked. */
  isNear: boolean;
}

/** The calls of the day that this process has taken without asking the hub, by agent. */
export class DailyTally {
  readonly #clock: Pick<Clock, "nowMs">;
  /** False when there is no link to say it on. */
  readonly #tell: (message: PermitNodeMessage) => boolean;
  readonly #tallies = new Map<AgentId, Tally>();

  constructor(clock: Pick<Clock, "nowMs">, tell: (message: PermitNodeMessage) => boolean) {
    this.#clock = clock;
    this.#tell = tell;
  }

  count(agentId: AgentId, limit: number): void {
    const tally = this.#today(agentId);
    tally.calls += 1;
    tally.limit = limit;
    this.#say(agentId, tally);
  }

  /** Calls that the hub has not been told of. */
  untold(agentId: AgentId): number {
    const { calls, toldCalls } = this.#today(agentId);
    return calls - toldCalls;
  }

  isNear(agentId: AgentId): boolean {
    return this.#today(agentId).isNear;
  }

  near(agentId: AgentId, day: string): void {
    const tally = this.#today(agentId);
    if (tally.day === day) tally.isNear = true;
  }

  /** A hub that has just said welcome; days that are over are forgotten. */
  tellAll(): void {
    const day = dayOf(this.#clock.nowMs());
    for (const [agentId, tally] of this.#tallies) {
      if (tally.day < day) this.#tallies.delete(agentId);
      else if (tally.calls > 0) this.#say(agentId, tally);
    }
  }

  #say(agentId: AgentId, tally: Tally): void {
    const { day, calls, limit } = tally;
    if (this.#tell({ type: "daily_used", agentId, day, calls, limit })) tally.toldCalls = calls;
  }

  #today(agentId: AgentId): Tally {
    const day = dayOf(this.#clock.nowMs());
    const known = this.#tallies.get(agentId);
    if (known?.day === day) return known;
    const tally = { day, calls: 0, toldCalls: 0, limit: 0, isNear: false };
    this.#tallies.set(agentId, tally);
    return tally;
  }
}
