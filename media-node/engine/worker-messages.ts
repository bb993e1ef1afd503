import type { Cidr } from "../../schema/values/cidr.ts";
import type { DigestAccount } from "./digest-client.ts";
import type {
  BoundListener,
  CertificateReload,
  EngineEvent,
  RefusedSource,
  RelayRoster,
} from "./engine-config.ts";
import type { EngineCounts } from "./sip-counts.ts";

/** What the engine's thread tells the main one. */
export type FromWorker =
  | {
      readonly kind: "ready";
      readonly controlPort: number;
      readonly listeners: readonly BoundListener[];
      readonly relayPort: number | null;
    }
  /** The engine could not start: `code` is the system's, `EADDRINUSE` and the like. */
  | { readonly kind: "failed"; readonly message: string; readonly code: string | null }
  | { readonly kind: "event"; readonly event: EngineEvent }
  | { readonly kind: "reloaded"; readonly outcome: CertificateReload }
  | { readonly kind: "counts"; readonly counts: EngineCounts };

export type ToWorker =
  | { readonly kind: "close" }
  | { readonly kind: "reload" }
  | { readonly kind: "watch" | "unwatch"; readonly sipCallId: string }
  | { readonly kind: "count" }
  | { readonly kind: "refused"; readonly source: RefusedSource }
  | { readonly kind: "relay"; readonly roster: RelayRoster }
  | { readonly kind: "trusted"; readonly cidrs: readonly Cidr[] }
  | { readonly kind: "account"; readonly name: string; readonly account: DigestAccount | null };
