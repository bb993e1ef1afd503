import type { RecordChange, StandingName } from "./record-sets.ts";

/**
 * Why a zone did not do what it was asked: `throttled` and `unreachable` pass; `conflict` means that the zone is not
 * what the change was made for; `refused` needs an operator; after `unconfirmed` the change may have been made or not.
 */
export type ZoneFault = "throttled" | "unreachable" | "conflict" | "refused" | "unconfirmed";

export type ZoneAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly fault: ZoneFault /** The server's own code, or an error's name. */;
      readonly code: string;
    };

/** The DNS zone of a deployment, as far as the reconciler knows it. Nothing is tried twice in here. */
export interface Zone {
  /** Every page of what is at the name and at the names below it that belong to it. */
  read(name: string): Promise<ZoneAnswer<StandingName>>;
  /** All of it or nothing. The value is what `isInSync` asks for. */
  change(changes: readonly RecordChange[]): Promise<ZoneAnswer<string>>;
  /** Whether every server of the zone answers with the change. */
  isInSync(changeId: string): Promise<ZoneAnswer<boolean>>;
}
