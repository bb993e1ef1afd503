import { DurableObject } from "cloudflare:workers";
import type { DnsView } from "../../schema/contracts/dns.ts";
import type { AppDeps } from "../app-type.ts";
import { listNodes } from "../db/media-nodes.ts";
import { createDeps } from "../deps.ts";
import type { Env } from "../env.ts";
import { regionHub } from "../hub/objects.ts";
import { errorName, log } from "../log.ts";
import type { DnsReconcilerRpc } from "../objects-rpc.ts";
import { type RoundDeps, type RoundEnd, reconcile, viewOf } from "./reconcile.ts";
import { type RegionNode, regionNodesOf } from "./region-nodes.ts";
import { createRoute53Zone } from "./route53.ts";

/** Pokes that come together are one round. */
const POKE_MS = 250;
const HUB_MS = 5_000;
const AFTER_FAULT_MS = 15_000;
const QUIET_UNTIL = "quiet_until_ms";

/**
 * Keeps the records of the dialled names in step with the nodes' states; one per residency, named
 * `<residency>/dns`. What stands and what was removed is in the zone itself, so that this object may lose its storage.
 */
export class DnsReconciler extends DurableObject<Env> implements DnsReconcilerRpc {
  readonly #deps: AppDeps;
  /** Null: the deployment has none. */
  readonly #round: RoundDeps | null;

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    this.#deps = createDeps(env);
    const { clock, config } = this.#deps;
    const { kv } = context.storage;
    this.#round =
      config.dns === null
        ? null
        : {
            config: config.dns,
            owner: config.residency,
            zone: createRoute53Zone(config.dns),
            regionNodes: (region) => this.#regionNodes(region),
            memory: { get: (key) => kv.get(key), put: (key, value) => kv.put(key, value) },
            clock,
            log,
          };
  }

  async poke(): Promise<void> {
    if (this.#round === null) return;
    const quietUntilMs = this.ctx.storage.kv.get<number>(QUIET_UNTIL) ?? 0;
    await this.#wakeBy(Math.max(this.#deps.clock() + POKE_MS, quietUntilMs));
  }

  async view(): Promise<DnsView | null> {
    return this.#round === null ? null : viewOf(this.#round.config, this.#round.memory);
  }

  override async alarm(): Promise<void> {
    if (this.#round === null) return;
    let end: RoundEnd = { isFailed: true, nextInMs: AFTER_FAULT_MS };
    try {
      end = await reconcile(this.#round);
    } catch (error) {
      log("error", "dns_round_failed", { error: errorName(error) });
    }
    const nextAtMs = this.#deps.clock() + end.nextInMs;
    // A poke does not shorten the pause after a failure.
    this.ctx.storage.kv.put(QUIET_UNTIL, end.isFailed ? nextAtMs : 0);
    if (end.isFailed) await this.ctx.storage.setAlarm(nextAtMs);
    else await this.#wakeBy(nextAtMs);
  }

  async #wakeBy(atMs: number): Promise<void> {
    const alarmAtMs = await this.ctx.storage.getAlarm();
    if (alarmAtMs === null || alarmAtMs > atMs) await this.ctx.storage.setAlarm(atMs);
  }

  async #regionNodes(region: string): Promise<readonly RegionNode[] | null> {
    const { clock, config, db } = this.#deps;
    const hub = regionHub(this.env, config.residency, region);
    try {
      const [rows, linked] = await inTime(Promise.all([listNodes(db, region), hub.linkedNodes()]));
      return regionNodesOf(rows, linked, clock());
    } catch {
      // The view and the outcome of its names say so.
      return null;
    }
  }
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("the hub does not answer")), HUB_MS);
  return Promise.race([answer, late.promise]).finally(() => clearTimeout(timer));
}
