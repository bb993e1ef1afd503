import type { NodeState } from "../../schema/contracts/node-link.ts";
import type { RoutingChange } from "../../schema/contracts/routing.ts";
import type { AppDeps } from "../app-type.ts";
import { readChanges, readLogIdentity, readReplacedChanges } from "../db/routing-changes.ts";
import { log } from "../log.ts";
import { type Claim, nextServed, type Served } from "./epoch.ts";
import type { NodeLinks } from "./node-links.ts";
import { EMPTY_TABLE_HASH, hashAfter, type TableHash } from "./table-hash.ts";

const PUSHED_CHANGES = 200;
/** A hint for more than this is a word to pull: a page of large rows would break the link. */
const PUSHED_CHARS = 1_000_000;
const HASH_PAGE_ROWS = 2_000;

interface ServedRoutingDeps extends Pick<AppDeps, "db" | "clock"> {
  readonly kv: DurableObjectStorage["kv"];
  readonly region: string;
  readonly links: NodeLinks;
}

/** What of the region's log its nodes are told: epoch and version, hints of what is new, and the hash that their tables should have. */
export class ServedRouting {
  readonly #kv: DurableObjectStorage["kv"];
  readonly #db: AppDeps["db"];
  readonly #clock: AppDeps["clock"];
  readonly #region: string;
  readonly #links: NodeLinks;
  #hashing: Promise<unknown> = Promise.resolve();

  constructor({ kv, db, clock, region, links }: ServedRoutingDeps) {
    this.#kv = kv;
    this.#db = db;
    this.#clock = clock;
    this.#region = region;
    this.#links = links;
  }

  /**
   * Looks at the log and stores what may be told from now on: the runtime holds answers and messages
   * back until what was stored before them is durable.
   * @throws DatabaseUnavailable
   */
  async look(claim: Claim | null): Promise<Served> {
    const kv = this.#kv;
    const served = kv.get<Served>("served") ?? null;
    const identity = await readLogIdentity(this.#db, this.#region, served?.version ?? 0);
    const next = nextServed(served, identity, claim, this.#clock());
    if (next.epoch !== served?.epoch) {
      kv.put("served", next);
      this.#startEpoch(served, next);
    } else if (next.version !== served.version) {
      kv.put("served", next);
    }
    return next;
  }

  #startEpoch(served: Served | null, next: Served): void {
    const kv = this.#kv;
    kv.put("pushedVersion", next.version);
    kv.delete("tableHash");
    log("warn", "epoch_started", {
      region: this.#region,
      epoch: next.epoch,
      version: next.version,
      previousEpoch: served?.epoch ?? null,
      previousVersion: served?.version ?? null,
    });
    this.#links.broadcast({ type: "pull" });
  }

  /**
   * Looks at the log and hints what is new to the linked nodes. What is new is asked for together with
   * the look, because a change waits for both.
   */
  async lookAndPush(): Promise<void> {
    const after = this.#kv.get<number>("pushedVersion") ?? 0;
    const isHeard = this.#links.greeted().length > 0;
    const [served, found] = await Promise.all([
      this.look(null),
      isHeard ? this.#readChanges(after, Number.MAX_SAFE_INTEGER) : [],
    ]);
    // An epoch may have begun, and the log may have grown since it was looked at.
    const isSame = after === (this.#kv.get<number>("pushedVersion") ?? 0);
    const known = isSame ? found.filter((change) => change.version <= served.version) : [];
    await this.#push(served, known);
  }

  #readChanges(after: number, upTo: number): Promise<RoutingChange[]> {
    const page = { after, upTo, limit: PUSHED_CHANGES };
    return readChanges(this.#db, this.#region, page);
  }

  /** In messages that are small enough each; `known` is the first page, or empty. */
  async #push({ epoch, version }: Served, known: readonly RoutingChange[]): Promise<void> {
    const kv = this.#kv;
    let previousVersion = kv.get<number>("pushedVersion") ?? 0;
    if (previousVersion === version) return;
    kv.put("pushedVersion", version);
    if (this.#links.greeted().length === 0) return;
    let page = [...known];
    while (previousVersion < version) {
      const changes = page.length > 0 ? page : await this.#readChanges(previousVersion, version);
      page = [];
      const last = changes.at(-1);
      if (last === undefined) return;
      if (JSON.stringify(changes).length > PUSHED_CHARS) {
        this.#links.broadcast({ type: "pull" });
        return;
      }
      this.#links.broadcast({ type: "routing_changed", epoch, previousVersion, changes });
      previousVersion = last.version;
    }
  }

  /** The version that the table hash has come to; 0 before the first. */
  hashedVersion(): number {
    return this.#kv.get<TableHash>("tableHash")?.version ?? 0;
  }

  /** Asks a node to pull whose table is not what the log says it is. */
  async compare(socket: WebSocket, nodeId: string, state: NodeState): Promise<void> {
    const served = this.#kv.get<Served>("served");
    if (served?.epoch !== state.epoch || served.version !== state.routingVersion) return;
    const expected = await this.#tableHash(served);
    if (expected === null || expected.version !== state.routingVersion) return;
    if (expected.hash === state.routingHash) return;
    log("error", "table_hash_differs", {
      nodeId,
      epoch: state.epoch,
      version: state.routingVersion,
    });
    this.#links.send(socket, { type: "pull" });
  }

  /** The hash at `served`, carried on from the last one known; null when an epoch began meanwhile. */
  #tableHash(served: Served): Promise<TableHash | null> {
    const hashing = this.#hashing.then(async () => {
      const kv = this.#kv;
      let known = kv.get<TableHash>("tableHash") ?? EMPTY_TABLE_HASH;
      while (known.version < served.version) {
        const changes = await readReplacedChanges(this.#db, this.#region, {
          after: known.version,
          upTo: served.version,
          limit: HASH_PAGE_ROWS,
        });
        known = await hashAfter(known, changes);
        if (changes.length === 0 || kv.get<Served>("served")?.epoch !== served.epoch) return null;
        kv.put("tableHash", known);
      }
      return known;
    });
    this.#hashing = hashing.catch(() => {});
    return hashing;
  }
}
