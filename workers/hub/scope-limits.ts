import type { PermitRequest } from "../../schema/contracts/permits.ts";
import type { LedgerStore } from "./ledger-store.ts";

interface ScopeLimit {
  readonly limit: number | null;
  readonly epoch: number;
  readonly version: number;
}

const PREFIX = "permit-limit/";

/** How many calls a workspace or an agent may have, as the newest routing table that was heard of says. */
export class ScopeLimits {
  readonly #store: LedgerStore;
  readonly #limits = new Map<string, ScopeLimit>();

  constructor(store: LedgerStore) {
    this.#store = store;
    for (const [key, limit] of store.list<ScopeLimit>({ prefix: PREFIX })) {
      this.#limits.set(key.slice(PREFIX.length), limit);
    }
  }

  /** Null: no limit. */
  of(scopeId: string): number | null {
    return this.#limits.get(scopeId)?.limit ?? null;
  }

  /**
   * A node that lags behind does not bring an old limit back. Returns whether a limit is another than
   * before.
   */
  learn({ workspaceId, agentId, limits, limitsAt }: PermitRequest): boolean {
    let hasChanged = false;
    for (const [scopeId, limit] of [
      [workspaceId, limits.workspace],
      [agentId, limits.agent],
    ] as const) {
      const known = this.#limits.get(scopeId);
      if (known === undefined ? limit === null : isNewer(known, limitsAt)) continue;
      this.#limits.set(scopeId, { limit, ...limitsAt });
      if (known?.limit === limit) continue;
      this.#store.put(PREFIX + scopeId, { limit, ...limitsAt });
      hasChanged ||= known !== undefined;
    }
    return hasChanged;
  }

  forget(scopeId: string): void {
    if (this.#limits.delete(scopeId)) this.#store.delete(PREFIX + scopeId);
  }
}

function isNewer(known: ScopeLimit, at: { readonly epoch: number; readonly version: number }) {
  return known.epoch > at.epoch || (known.epoch === at.epoch && known.version > at.version);
}
