import type { CallLogger, Clock } from "../call/ports.ts";

/** What the client of the control plane counts. Implemented by telemetry, faked in tests. */
export interface ControlMetrics {
  controlPlaneUp(isUp: boolean): void;
  linkUp(isUp: boolean): void;
  routingPulled(result: "changed" | "unchanged" | "snapshot" | "refused" | "failed"): void;
  routingRefused(code: string): void;
  routingPersisted(ok: boolean): void;
  outboxDelivered(events: number): void;
  outboxRejected(events: number): void;
  outboxRefused(): void;
  outboxDiskError(): void;
  /** The SIP messages of one call: what became of them. */
  messageLog(fate: MessageLogFate): void;
}

/** `full`: no room for more on the disk. `refused`: the control plane will never take it. */
type MessageLogFate = "delivered" | "full" | "refused" | "disk_error";

/** What every loop of this folder is given. */
export interface ControlDeps {
  readonly clock: Clock;
  readonly logger: CallLogger;
  readonly metrics: ControlMetrics;
  /** At least 0 and below 1: spreads the nodes of a region in time. */
  readonly random: () => number;
}
