import { DurableObject } from "cloudflare:workers";
import type { AppDeps } from "../app-type.ts";
import { createDeps } from "../deps.ts";
import type { Env } from "../env.ts";
import { ServiceUnavailable } from "../errors/trunkline-error.ts";
import { errorName, log } from "../log.ts";
import type { BatchDialerRpc } from "../objects-rpc.ts";
import { type BatchHub, type DialerMemory, dialBatches } from "../services/dial-batches.ts";
import { regionHub } from "./objects.ts";

/** Rounds begin no sooner than this after one another, however often it is poked. */
const MIN_PAUSE_MS = 100;
const HUB_MS = 15_000;
const RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;

/**
 * Places the calls of one workspace's batches, named `<residency>/batches/<workspace id>`. What is to be done stands in
 * the database; this object says when, and does it from its alarm. It keeps nothing that may not be lost.
 */
export class BatchDialer extends DurableObject<Env> implements BatchDialerRpc {
  readonly #deps: AppDeps;
  readonly #workspaceId: string;
  readonly #memory: DialerMemory = { rates: new Map(), lookedAtMs: 0 };
  #begunAtMs = 0;
  #failedRounds = 0;

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    this.#deps = createDeps(env);
    this.#workspaceId = workspaceIdOf(context.id.name);
  }

  async poke(): Promise<void> {
    await this.#wakeBy(Math.max(this.#deps.clock(), this.#begunAtMs + MIN_PAUSE_MS));
  }

  override async alarm(): Promise<void> {
    this.#begunAtMs = this.#deps.clock();
    let nextAtMs: number | null;
    try {
      const { residency } = this.#deps.config;
      nextAtMs = await dialBatches(
        this.#deps,
        this.#workspaceId,
        (region) => inTime(regionHub(this.env, residency, region)),
        this.#memory,
      );
      this.#failedRounds = 0;
    } catch (error) {
      const name = errorName(error);
      log("warn", "dialer_round_failed", { workspaceId: this.#workspaceId, error: name });
      nextAtMs = this.#deps.clock() + Math.min(RETRY_MS * 2 ** this.#failedRounds, MAX_RETRY_MS);
      this.#failedRounds += 1;
      // What was on its way may not have arrived.
      this.#memory.lookedAtMs = 0;
    }
    if (nextAtMs !== null) await this.#wakeBy(Math.max(nextAtMs, this.#begunAtMs + MIN_PAUSE_MS));
  }

  /** A poke that came during a round has set an earlier alarm, which stands. */
  async #wakeBy(atMs: number): Promise<void> {
    const alarmAtMs = await this.ctx.storage.getAlarm();
    if (alarmAtMs === null || alarmAtMs > atMs) await this.ctx.storage.setAlarm(atMs);
  }
}

/** A hub that does not answer is asked again in the next round: nothing that a dialer asks for happens twice. */
function inTime(hub: BatchHub): BatchHub {
  return {
    keepPlaces: (asked) => within(HUB_MS, hub.keepPlaces(asked)),
    beginOrders: (orders) => within(HUB_MS, hub.beginOrders(orders)),
    unknownOrders: (orderIds) => within(HUB_MS, hub.unknownOrders(orderIds)),
  };
}

async function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new ServiceUnavailable("the region's hub does not answer", 1)),
    ms,
  );
  return Promise.race([answer, late.promise]).finally(() => clearTimeout(timer));
}

function workspaceIdOf(objectName: string | undefined): string {
  const workspaceId = objectName?.split("/batches/")[1];
  if (workspaceId === undefined) throw new TypeError("BatchDialer is reached by its name only");
  return workspaceId;
}
