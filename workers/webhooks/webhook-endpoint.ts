import { DurableObject } from "cloudflare:workers";
import {
  type EndpointDisabledEvent,
  OPERATOR_EVENTS,
} from "../../schema/contracts/operator-events.ts";
import { newId } from "../../schema/values/ids.ts";
import type { AppDeps } from "../app-type.ts";
import {
  type AttemptResult,
  noteWaiting,
  recordAttempt,
  recordOutcome,
} from "../db/delivery-attempts.ts";
import { findSubscribers, insertOperatorEvent } from "../db/operator-events.ts";
import {
  disableEndpoint,
  type EndpointRow,
  findDelivery,
  findEndpoint,
  listPending,
  type PendingRow,
} from "../db/webhooks.ts";
import { findWorkspace } from "../db/workspaces.ts";
import type { Statement } from "../db/write-unit.ts";
import { createDeps } from "../deps.ts";
import type { Env } from "../env.ts";
import { pokeEndpoints, regionHub } from "../hub/objects.ts";
import { log } from "../log.ts";
import type { WebhookEndpointRpc } from "../objects-rpc.ts";
import { deliveryBody } from "./delivery-body.ts";
import {
  attemptsAllowed,
  type Circuit,
  CLOSED_CIRCUIT,
  chooseDeliveries,
  circuitAfterFailure,
  nextAttemptAtMs,
} from "./delivery-schedule.ts";
import { checkOutboundUrl } from "./outbound-policy.ts";
import { isOfEndpoint, type PostResult, postDelivery, resultOfNode } from "./post-delivery.ts";
import type { Signing } from "./sign-delivery.ts";
import { signingOf } from "./signing-of.ts";

/** How many pending deliveries one round looks at, attempts, and attempts at the same time. */
const PENDING_ROWS = 500;
const ATTEMPTS_PER_ROUND = 40;
const PARALLEL_ATTEMPTS = 4;
/** An alarm has 15 minutes, and a round takes 13 when a node is silent about every attempt: none begins later than this. */
const RUN_MS = 60_000;
/** While the database does not answer, or does not take a result. */
const RETRY_RUN_MS = 2_000;
const MAX_RETRY_RUN_MS = 60_000;

/** While there is no node to post from a static address. */
const NO_NODE_PAUSE_MS = 5_000;
const MAX_NO_NODE_PAUSE_MS = 30_000;

/** Kept while the endpoint is disabled and the others have been told. */
const TOLD_DISABLED = "told disabled";

/** Of an address that may not be asked. */
const UNREACHABLE: PostResult = {
  kind: "failed",
  statusCode: null,
  error: "unreachable",
  retryAfterSecs: null,
  latencyMs: 0,
  excerpt: null,
};

/** What results did not tell that an earlier version has kept. */
const KEPT_BEFORE = { latencyMs: 0, excerpt: null, isEndpoints: true } as const;

/** Kept of a delivery in the object's storage; a lost one is due at once. */
interface DeliveryState {
  readonly dueAtMs: number;
  /** An attempt's result that the outbox has not taken yet: never posted again before it has. */
  readonly unwritten: AttemptResult | null;
}

/**
 * Delivers to one webhook endpoint, named `<residency>/webhook/<endpoint id>`. The outbox in the
 * database says what is pending; this object says when, and posts it from its alarm.
 */
export class WebhookEndpoint extends DurableObject<Env> implements WebhookEndpointRpc {
  readonly #deps: AppDeps;
  readonly #endpointId: string;
  #failedRuns = 0;
  #runsWithoutNode = 0;

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    this.#deps = createDeps(env);
    this.#endpointId = endpointIdOf(context.id.name);
  }

  async poke(): Promise<void> {
    await this.ctx.storage.setAlarm(this.#deps.clock());
  }

  override async alarm(): Promise<void> {
    let nextRunAtMs: number | null;
    try {
      nextRunAtMs = await this.#run();
      this.#failedRuns = 0;
    } catch (error) {
      log("warn", "webhook_run_failed", { endpointId: this.#endpointId, error: nameOf(error) });
      const pauseMs = Math.min(RETRY_RUN_MS * 2 ** this.#failedRuns, MAX_RETRY_RUN_MS);
      this.#failedRuns += 1;
      nextRunAtMs = this.#deps.clock() + pauseMs;
    }
    if (nextRunAtMs === null) return;
    // A poke that came during the run has set an earlier alarm, which stands.
    const alarmAtMs = await this.ctx.storage.getAlarm();
    if (alarmAtMs === null || alarmAtMs > nextRunAtMs) {
      await this.ctx.storage.setAlarm(nextRunAtMs);
    }
  }

  /** Attempts what is due; returns when to run again, or null when nothing is pending. */
  async #run(): Promise<number | null> {
    for (const untilMs = this.#deps.clock() + RUN_MS; this.#deps.clock() < untilMs; ) {
      if (!(await this.#writeResults())) return this.#deps.clock() + RETRY_RUN_MS;
      const endpoint = await findEndpoint(this.#deps.db, this.#endpointId);
      if (endpoint === null) {
        await this.ctx.storage.deleteAll();
        return null;
      }
      if (endpoint.isDisabled) {
        return (await this.#tellDisabled(endpoint)) ? null : this.#deps.clock() + RETRY_RUN_MS;
      }
      this.ctx.storage.kv.delete(TOLD_DISABLED);
      const rows = await listPending(this.#deps.db, this.#endpointId, PENDING_ROWS);
      this.#forgetAllBut(rows);
      const nowMs = this.#deps.clock();
      const { due, nextDueAtMs } = chooseDeliveries(
        rows.map((row) => ({ ...row, dueAtMs: this.#stateOf(row.id)?.dueAtMs ?? 0 })),
        nowMs,
      );
      if (due.length === 0) return nextDueAtMs;
      const circuit = this.#circuit();
      const allowed = Math.min(attemptsAllowed(circuit, nowMs), ATTEMPTS_PER_ROUND);
      if (allowed === 0) return circuit.openUntilMs;
      if (!(await this.#attempt(endpoint, due.slice(0, allowed)))) {
        const pauseMs = NO_NODE_PAUSE_MS * 2 ** this.#runsWithoutNode;
        this.#runsWithoutNode += 1;
        return this.#deps.clock() + Math.min(pauseMs, MAX_NO_NODE_PAUSE_MS);
      }
      this.#runsWithoutNode = 0;
    }
    return this.#deps.clock();
  }

  /** Tells the workspace's other endpoints, once, that this one is no longer served. False: not yet. */
  async #tellDisabled(endpoint: EndpointRow): Promise<boolean> {
    const { disabledReason: reason, id, name, updatedAtMs, workspaceId } = endpoint;
    // By the workspace itself: it knows.
    if (reason === null || this.ctx.storage.kv.get(TOLD_DISABLED) === true) return true;
    const eventType = OPERATOR_EVENTS.endpointDisabled;
    const within = { workspaceId, exceptId: id };
    const endpointIds = await findSubscribers(this.#deps.db, eventType, within);
    const disabled_at = new Date(updatedAtMs).toISOString();
    const data: EndpointDisabledEvent = {
      webhook_endpoint_id: id,
      name,
      disabled_reason: reason,
      disabled_at,
    };
    const nowMs = this.#deps.clock();
    // Once for each time that it is disabled, whatever a write that was thought lost has done.
    const subject = `${id} ${disabled_at}`;
    const event = { endpointIds, eventType, subject, data, isToldOnce: true, nowMs } as const;
    const isWritten = endpointIds.length === 0 || (await this.#write([insertOperatorEvent(event)]));
    if (!isWritten) return false;
    this.ctx.storage.kv.put(TOLD_DISABLED, true);
    await pokeEndpoints(this.env, this.#deps.config.residency, endpointIds);
    return true;
  }

  /** False: what is left waits for a node. */
  async #attempt(endpoint: EndpointRow, due: readonly PendingRow[]): Promise<boolean> {
    const post = await this.#poster(endpoint);
    const queue = [...due];
    const unposted: string[] = [];
    const attemptNext = async (): Promise<void> => {
      for (let row = queue.shift(); row !== undefined; row = queue.shift()) {
        const result = await post(row.id);
        if (result === "not_pending") continue;
        if (result === "no_node") {
          unposted.push(row.id);
          queue.length = 0;
          continue;
        }
        this.#keep(row, result);
        if (result.kind === "gone") {
          queue.length = 0;
          await this.#write([disableEndpoint(this.#endpointId, this.#deps.clock())]);
          log("warn", "webhook_endpoint_gone", { endpointId: this.#endpointId });
        }
        // What opened the circuit stops this run as well.
        if (attemptsAllowed(this.#circuit(), this.#deps.clock()) === 0) queue.length = 0;
      }
    };
    // All of them: the next run would post once more what is still being posted.
    const ends = await Promise.allSettled(Array.from({ length: PARALLEL_ATTEMPTS }, attemptNext));
    await this.#writeResults();
    const fault = ends.find((end) => end.status === "rejected");
    if (fault !== undefined) throw fault.reason;
    if (unposted.length === 0) return true;
    log("warn", "webhook_without_node", {
      endpointId: this.#endpointId,
      deliveries: unposted.length,
    });
    await this.#write([noteWaiting(unposted)]);
    return false;
  }

  /** How one delivery is posted, by the endpoint's choice and in no other way. */
  async #poster(
    endpoint: EndpointRow,
  ): Promise<(deliveryId: string) => Promise<PostResult | "not_pending" | "no_node">> {
    const checked = checkOutboundUrl(endpoint.url, "https:", this.#deps.config.outboundPolicy);
    if (!checked.ok) return async () => UNREACHABLE;
    if (endpoint.egress === "static") {
      const workspace = await findWorkspace(this.#deps.db, endpoint.workspaceId);
      if (workspace === null) return async () => "not_pending";
      const hub = regionHub(this.env, this.#deps.config.residency, workspace.region);
      const job = { endpointId: endpoint.id, sampleType: null };
      return async (deliveryId) =>
        resultOfNode(await hub.postWebhook({ ...job, deliveryId })) ?? "no_node";
    }
    const signing = await signingOf(this.#deps, endpoint);
    return (deliveryId) => this.#postFromHere(checked.url, signing, deliveryId);
  }

  async #postFromHere(
    url: URL,
    signing: Signing,
    deliveryId: string,
  ): Promise<PostResult | "not_pending"> {
    const delivery = await findDelivery(this.#deps.db, deliveryId);
    if (delivery === null) return "not_pending";
    const body = deliveryBody(this.#deps, signing.style, { ...delivery, id: deliveryId });
    return postDelivery({ url, signing, deliveryId, body, nowMs: this.#deps.clock() });
  }

  /** Remembers what an attempt came to before anything else can go wrong. */
  #keep(row: PendingRow, result: PostResult): void {
    const nowMs = this.#deps.clock();
    const attempts = row.attempts + 1;
    const isDelivered = result.kind === "delivered";
    const isEndpoints = isOfEndpoint(result);
    if (isEndpoints) {
      this.ctx.storage.kv.put(
        "circuit",
        isDelivered ? CLOSED_CIRCUIT : circuitAfterFailure(this.#circuit(), nowMs),
      );
    }
    const retryAfterSecs = result.kind === "failed" ? result.retryAfterSecs : null;
    const dueAtMs = nextAttemptAtMs(attempts, nowMs, Math.random(), retryAfterSecs);
    const unwritten: AttemptResult = {
      status: isDelivered ? "delivered" : dueAtMs === null ? "failed" : "pending",
      attempts,
      statusCode: result.statusCode,
      error: isDelivered ? null : result.kind === "gone" ? "gone" : result.error,
      atMs: nowMs,
      latencyMs: result.latencyMs,
      excerpt: result.excerpt,
      isEndpoints,
    };
    this.#save(row.id, { dueAtMs: dueAtMs ?? 0, unwritten });
    log(isDelivered ? "info" : "warn", "webhook_attempted", {
      endpointId: this.#endpointId,
      deliveryId: row.id,
      attempts,
      status: unwritten.status,
      statusCode: unwritten.statusCode,
      error: unwritten.error,
    });
  }

  /** Brings results to the outbox; false when it did not take them. */
  async #writeResults(): Promise<boolean> {
    const unwritten = this.#states().flatMap(([id, state]) =>
      state.unwritten === null
        ? []
        : [{ id, dueAtMs: state.dueAtMs, result: { ...KEPT_BEFORE, ...state.unwritten } }],
    );
    if (unwritten.length === 0) return true;
    const statements = unwritten.flatMap(({ id, result }) => [
      // Before the attempt: it tells of each result once.
      ...recordOutcome(this.#endpointId, id, result),
      recordAttempt(id, result),
    ]);
    if (!(await this.#write(statements))) return false;
    for (const { id, dueAtMs, result } of unwritten) {
      if (result.status === "pending") this.#save(id, { dueAtMs, unwritten: null });
      else this.#forget(id);
    }
    return true;
  }

  async #write(statements: readonly Statement[]): Promise<boolean> {
    const outcome = await this.#deps.writer.write({
      writeId: newId("write"),
      priority: "normal",
      statements,
    });
    if (!outcome.ok) {
      log("warn", "webhook_result_unwritten", {
        endpointId: this.#endpointId,
        code: outcome.code,
      });
    }
    return outcome.ok;
  }

  #circuit(): Circuit {
    return this.ctx.storage.kv.get<Circuit>("circuit") ?? CLOSED_CIRCUIT;
  }

  #stateOf(deliveryId: string): DeliveryState | null {
    return this.ctx.storage.kv.get<DeliveryState>(deliveryKey(deliveryId)) ?? null;
  }

  #states(): [string, DeliveryState][] {
    const prefix = deliveryKey("");
    return Array.from(this.ctx.storage.kv.list<DeliveryState>({ prefix }), ([key, state]) => [
      key.slice(prefix.length),
      state,
    ]);
  }

  #save(deliveryId: string, state: DeliveryState): void {
    this.ctx.storage.kv.put(deliveryKey(deliveryId), state);
  }

  #forget(deliveryId: string): void {
    this.ctx.storage.kv.delete(deliveryKey(deliveryId));
  }

  /** What is no longer pending needs no time. */
  #forgetAllBut(rows: readonly PendingRow[]): void {
    if (rows.length === PENDING_ROWS) return;
    const pending = new Set(rows.map((row) => row.id));
    for (const [deliveryId] of this.#states()) {
      if (!pending.has(deliveryId)) this.#forget(deliveryId);
    }
  }
}

function deliveryKey(deliveryId: string): string {
  return `delivery/${deliveryId}`;
}

function endpointIdOf(objectName: string | undefined): string {
  const endpointId = objectName?.split("/webhook/")[1];
  if (endpointId === undefined) throw new TypeError("WebhookEndpoint is reached by its name only");
  return endpointId;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "unknown";
}
