import type { IsLost } from "../services/lost-calls.ts";
import type { NodeLinks } from "./node-links.ts";

/** A node that has not been heard for so long has its calls no more; the same is given to all of them when the hub starts. */
export const NODE_LEASE_MS = 25_000;
/** A call of this age is in what its node says of its calls. */
const SETTLED_MS = 60_000;

type Heard = Pick<NodeLinks, "of" | "greeted" | "heardAtMs">;

/** Which nodes are lost, and when to look for calls of such nodes. Lease time counts only while there is a hub to hear them. */
export class NodeLeases {
  readonly #links: Heard;
  readonly #clock: () => number;
  readonly #startedAtMs: number;
  /** When links ended that have not been looked after. */
  readonly #gone = new Map<string, number>();
  /** Nodes whose links are there and silent, and have been looked after. */
  readonly #silent = new Set<string>();
  #isStartLooked = false;

  constructor(links: Heard, clock: () => number) {
    this.#links = links;
    this.#clock = clock;
    this.#startedAtMs = clock();
  }

  unlinked(nodeId: string): void {
    this.#gone.set(nodeId, this.#clock());
  }

  /** When somebody's lease ends, in ms since 1970; infinite: nobody is away. */
  dueAtMs(): number {
    const since = [...this.#gone.values(), ...(this.#isStartLooked ? [] : [this.#startedAtMs])];
    return Math.min(...since) + NODE_LEASE_MS;
  }

  /** Whether leases have ended since it was asked last. */
  hasDue(): boolean {
    const nowMs = this.#clock();
    let isDue = false;
    if (!this.#isStartLooked && nowMs - this.#startedAtMs >= NODE_LEASE_MS) {
      this.#isStartLooked = true;
      isDue = true;
    }
    for (const [nodeId, sinceMs] of this.#gone) {
      if (nowMs - sinceMs < NODE_LEASE_MS) continue;
      this.#gone.delete(nodeId);
      isDue = true;
    }
    for (const { link, socket } of this.#links.greeted()) {
      if (nowMs - this.#links.heardAtMs(socket) < NODE_LEASE_MS) this.#silent.delete(link.nodeId);
      else if (!this.#silent.has(link.nodeId)) {
        this.#silent.add(link.nodeId);
        isDue = true;
      }
    }
    return isDue;
  }

  /** Whether a call that began then is over, because its node is gone or has no call any more. */
  readonly isLost: IsLost = (nodeId, startedAtMs) => {
    const nowMs = this.#clock();
    const links = this.#links.of(nodeId).map(({ link, socket }) => ({
      heardAtMs: this.#links.heardAtMs(socket),
      calls: link.state?.activeCalls ?? null,
    }));
    const goneAtMs = this.#gone.get(nodeId) ?? 0;
    const heardAtMs = Math.max(
      this.#startedAtMs,
      goneAtMs,
      ...links.map(({ heardAtMs: at }) => at),
    );
    if (nowMs - heardAtMs >= NODE_LEASE_MS) return true;
    // It has begun anew since.
    const isEmpty = links.length > 0 && links.every(({ calls }) => calls === 0);
    return isEmpty && nowMs - startedAtMs >= SETTLED_MS;
  };
}
