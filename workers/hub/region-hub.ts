import { DurableObject } from "cloudflare:workers";
import type { CallActionOutcome, CallActionToNode } from "../../schema/contracts/call-control.ts";
import type { NodeToHub } from "../../schema/contracts/node-link.ts";
import type { LinkedNode } from "../../schema/contracts/nodes.ts";
import type { RouteQuestion } from "../../schema/contracts/route-test.ts";
import type { TrunkTestQuestion } from "../../schema/contracts/trunk-test.ts";
import type { AppDeps } from "../app-type.ts";
import { findWorkspacesWithOpenBatchCalls } from "../db/batch-calls.ts";
import { findRevokedNodes } from "../db/media-nodes.ts";
import { findEndpointsWithPending } from "../db/webhooks.ts";
import { createDeps } from "../deps.ts";
import type { Env } from "../env.ts";
import { errorName, log } from "../log.ts";
import type { PullVerdict, RegionHubRpc } from "../objects-rpc.ts";
import { closeLostCalls } from "../services/lost-calls.ts";
import { prune, pruneRoutingChanges } from "../services/retention.ts";
import { rotateRegionKey } from "../services/rotate-region-key.ts";
import { settleOrder, sweepOrders } from "../services/settle-order.ts";
import { AskedNodes } from "./asked-nodes.ts";
import type { Claim } from "./epoch.ts";
import type { PlacesAsked } from "./kept-places.ts";
import { NodeLeases } from "./node-leases.ts";
import { chooseVersion, close, NodeLinks, parseNodeMessage } from "./node-links.ts";
import { pokeDialers, pokeEndpoints, pokeReconciler, regionOf } from "./objects.ts";
import { OrderDispatch, type PlacedOrder } from "./order-dispatch.ts";
import type { OrderAnswer } from "./order-life.ts";
import { PermitDesk } from "./permit-desk.ts";
import { RelayPeers } from "./relay-peers.ts";
import type { RouteTestOutcome } from "./route-tests.ts";
import { ServedRouting } from "./served-routing.ts";
import type { TrunkTestRun } from "./trunk-tests.ts";
import type { WebhookJob, WebhookPosted } from "./webhook-jobs.ts";

/** Header of the upgrade request that the Worker hands over: who it has authenticated. */
export const LINK_NODE_HEADER = "x-trunkline-node-id";

/** Of the registry that RFC 6455 §11.7 opened. */
const CLOSE_TRY_AGAIN_LATER = 1013;

type Hello = Extract<NodeToHub, { type: "hello" }>;

const SWEEP_INTERVAL_MS = 60_000;
const PRUNE_LOG_INTERVAL_MS = 3_600_000;
/** How long a restored database or a lost notice may go unseen while nodes are linked. */
const WATCH_INTERVAL_MS = 2_000;

/**
 * The hub of one region, named `<residency>/region/<region>`: links to its nodes, and the epoch of
 * its routing table. Its storage may be lost: the next epoch is then greater than any before.
 */
export class RegionHub extends DurableObject<Env> implements RegionHubRpc {
  readonly #deps: AppDeps;
  readonly #links: NodeLinks;
  readonly #asked: AskedNodes;
  readonly #permits: PermitDesk;
  readonly #relayPeers: RelayPeers;
  readonly #leases: NodeLeases;
  readonly #region: string;
  readonly #served: ServedRouting;
  readonly #orders: OrderDispatch;
  /** Looks at the log happen one after the other: each is compared with what the last one served. */
  #turns: Promise<unknown> = Promise.resolve();
  #isPushQueued = false;
  #isWatchFailing = false;
  #sweptAtMs = 0;
  #prunedLogAtMs = 0;

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    this.#deps = createDeps(env);
    this.#links = new NodeLinks(context);
    this.#asked = new AskedNodes(this.#links, this.#deps.clock);
    this.#permits = new PermitDesk(context.storage, this.#links, this.#deps.clock);
    this.#region = regionOf(context.id.name);
    const { kv } = context.storage;
    const { db, clock } = this.#deps;
    this.#served = new ServedRouting({ kv, db, clock, region: this.#region, links: this.#links });
    this.#relayPeers = new RelayPeers({ kv, db, clock, links: this.#links });
    this.#leases = new NodeLeases(this.#links, clock);
    this.#orders = this.#createDispatch();
    void context.blockConcurrencyWhile(async () => {
      await this.#orders.load();
      // A start sweeps at once: deliveries may have been left behind by what has just ended.
      if ((await context.storage.getAlarm()) === null) await context.storage.setAlarm(Date.now());
    });
  }

  async pull(claim: Claim): Promise<PullVerdict> {
    const { epoch, version } = await this.#inTurn(() => this.#served.look(claim));
    return { kind: claim.epoch === epoch ? "changes" : "gone", epoch, version };
  }

  async position(): Promise<Claim> {
    const { epoch, version } = await this.#inTurn(() => this.#served.look(null));
    return { epoch, version };
  }

  async routingChanged(): Promise<void> {
    if (this.#isPushQueued) return;
    this.#isPushQueued = true;
    await this.#inTurn(async () => {
      this.#isPushQueued = false;
      await this.#served.lookAndPush();
    });
  }

  async placeOrder(order: PlacedOrder): Promise<OrderAnswer | null> {
    await this.#hint();
    return this.#orders.place(order);
  }

  async beginOrders(orders: readonly PlacedOrder[]): Promise<void> {
    await this.#hint();
    for (const order of orders) await this.#orders.begin(order);
  }

  async unknownOrders(orderIds: readonly string[]): Promise<readonly string[]> {
    return this.#orders.unknown(orderIds);
  }

  async keepPlaces(asked: PlacesAsked): Promise<number> {
    const isReady = this.#links.welcomed().some(({ link }) => link.state?.state === "ready");
    return isReady ? this.#permits.keepPlaces(asked) : 0;
  }

  /** The node must know the trunk and the agent when an order comes: this goes ahead of it. */
  async #hint(): Promise<void> {
    try {
      await this.#inTurn(() => this.#served.lookAndPush());
    } catch (error) {
      log("warn", "order_without_hint", { region: this.#region, error: errorName(error) });
    }
  }

  async testRoute(question: RouteQuestion): Promise<RouteTestOutcome> {
    const { answer, failure } = await this.#asked.routeTests.ask(question);
    if (answer === null) return { answer, failure };
    return { answer: this.#permits.withLimits(question.workspaceId, answer), failure };
  }

  async testTrunk(question: TrunkTestQuestion): Promise<TrunkTestRun> {
    return this.#asked.trunkTests.start(question);
  }

  async postWebhook(job: WebhookJob): Promise<WebhookPosted> {
    return this.#asked.webhookJobs.post(job);
  }

  async webhookJob(nodeId: string, jobId: string): Promise<WebhookJob | null> {
    return this.#asked.webhookJobs.read(nodeId, jobId);
  }

  /** Has the node that has a call do something to it. Null: it is not linked, or has not answered in time. */
  async actOnCall(
    nodeId: string,
    message: Omit<CallActionToNode, "type">,
  ): Promise<CallActionOutcome | null> {
    const [newest] = this.#links.of(nodeId).filter(({ link }) => link.isWelcome);
    if (newest === undefined) return null;
    const { actionId } = message;
    const to = { nodeId, socket: newest.socket };
    return this.#asked.callActions.ask(to, actionId, { type: "call_action", ...message });
  }

  async nodeRevoked(nodeId: string): Promise<void> {
    for (const { socket } of this.#links.of(nodeId)) this.#links.bye(socket, "revoked");
    this.#relayPeers.gone(nodeId);
    this.#links.broadcast({ type: "region_keys_changed" });
    await this.#rotateKey();
  }

  async #rotateKey(): Promise<void> {
    const held = new Map(
      this.#links
        .welcomed()
        .map(({ link: { nodeId, state } }) => [nodeId, state?.regionKeyId ?? ""] as const),
    );
    if (await rotateRegionKey(this.#deps, this.#region, held)) await this.routingChanged();
  }

  async linkedNodes(): Promise<readonly LinkedNode[]> {
    return this.#links.linkedNodes();
  }

  async drainNode(nodeId: string): Promise<number | null> {
    const [newest] = this.#links.of(nodeId).filter(({ link }) => link.isWelcome);
    if (newest === undefined) return null;
    const { state } = newest.link;
    if (state?.state === "draining") return state.activeCalls;
    return this.#asked.drains.ask({ nodeId, socket: newest.socket }, nodeId, { type: "drain" });
  }

  /** Whether an API key may start another outbound call now. */
  async takeCall(apiKeyId: string, callsPerSecond: number): Promise<boolean> {
    return this.#permits.takeCall(apiKeyId, callsPerSecond);
  }

  override async fetch(request: Request): Promise<Response> {
    const nodeId = request.headers.get(LINK_NODE_HEADER);
    if (nodeId === null || request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
      return new Response(null, { status: 426, headers: { upgrade: "websocket" } });
    }
    return new Response(null, {
      status: 101,
      webSocket: this.#links.accept(nodeId, this.#deps.clock()),
    });
  }

  override async webSocketMessage(socket: WebSocket, text: string | ArrayBuffer): Promise<void> {
    const link = this.#links.read(socket);
    if (link === null) return;
    const parsed = parseNodeMessage(text);
    if (parsed === null) {
      // What a newer node says beyond our version is not for us.
      log("warn", "link_message_unknown", { nodeId: link.nodeId });
      if (link.bootId === null) this.#links.bye(socket, "protocol_error");
      return;
    }
    const { nodeId } = link;
    const message = this.#asked.heard(nodeId, parsed);
    if (message === null) return;
    if (message.type !== "hello" && message.type !== "state") {
      if ("orderId" in message) this.#orders.heard(nodeId, message);
      else if (link.bootId !== null) {
        this.#permits.receive(socket, { nodeId, bootId: link.bootId }, message);
      }
      return;
    }
    const { state } = message;
    const bootId = message.type === "hello" ? message.bootId : link.bootId;
    const abilities = message.type === "hello" ? (message.abilities ?? []) : link.abilities;
    const takesRelay = message.type === "hello" ? message.relay !== undefined : link.takesRelay;
    const seenAtMs = this.#deps.clock();
    this.#links.save(socket, { ...link, bootId, state, abilities, takesRelay, seenAtMs });
    if (state.state === "draining") this.#asked.drains.answered(nodeId, nodeId, state.activeCalls);
    if (message.type === "state" && bootId !== null) {
      this.#permits.beat({ nodeId, bootId }, message.sentAtMs);
    }
    try {
      if (message.type === "hello") await this.#welcome(socket, link.nodeId, message);
      // After the welcome: a node takes orders on a link that is up.
      if (message.type === "hello") this.#orders.linked(link.nodeId);
      else this.#orders.nodesChanged();
      if (message.type === "hello" || link.state?.state !== state.state) this.#tellReconciler();
      await this.#served.compare(socket, link.nodeId, state);
    } catch (error) {
      log("warn", "link_message_failed", { nodeId: link.nodeId, error: errorName(error) });
      // Without a welcome the node would wait: it links again after a pause.
      if (message.type === "hello") close(socket, CLOSE_TRY_AGAIN_LATER, "unavailable");
    }
  }

  override async webSocketClose(socket: WebSocket, code: number): Promise<void> {
    // 1005 and 1006 stand for a close frame that never was (RFC 6455 §7.4.1) and cannot be sent.
    close(socket, code === 1005 || code === 1006 ? 1000 : code, "");
    const link = this.#links.read(socket);
    if (link !== null) {
      this.#asked.unlinked(link.nodeId);
      this.#leases.unlinked(link.nodeId);
      log("info", "node_unlinked", { nodeId: link.nodeId, code });
    }
    this.#orders.nodesChanged();
    this.#tellReconciler();
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    const link = this.#links.read(socket);
    if (link !== null) log("warn", "node_link_failed", { nodeId: link.nodeId });
  }

  override async alarm(): Promise<void> {
    const nowMs = this.#deps.clock();
    this.#permits.sweep();
    try {
      this.#orders.tick();
      if (this.#leases.hasDue())
        await closeLostCalls(this.#deps, this.#region, this.#leases.isLost);
      if (this.#links.greeted().length > 0) await this.routingChanged();
      if (nowMs - this.#sweptAtMs >= SWEEP_INTERVAL_MS) {
        await this.#sweep();
        this.#sweptAtMs = nowMs;
      }
      this.#isWatchFailing = false;
    } catch (error) {
      // A database that is down for long is one line.
      if (!this.#isWatchFailing) {
        log("warn", "watch_failed", { region: this.#region, error: errorName(error) });
      }
      this.#isWatchFailing = true;
    }
    await this.#watchSoon();
  }

  /** With nodes to tell, the log is looked at often; without, only sweeps are due. */
  async #watchSoon(): Promise<void> {
    const pauseMs = this.#links.greeted().length > 0 ? WATCH_INTERVAL_MS : SWEEP_INTERVAL_MS;
    const dueAtMs = Math.min(this.#deps.clock() + pauseMs, this.#leases.dueAtMs());
    await this.#wakeBy(Math.min(dueAtMs, this.#orders.dueAtMs() ?? dueAtMs));
  }

  async #wakeBy(dueAtMs: number): Promise<void> {
    const alarmAtMs = await this.ctx.storage.getAlarm();
    if (alarmAtMs === null || alarmAtMs > dueAtMs) await this.ctx.storage.setAlarm(dueAtMs);
  }

  #createDispatch(): OrderDispatch {
    const { kv } = this.ctx.storage;
    return new OrderDispatch({
      storage: {
        put: (key, value) => kv.put(key, value),
        delete: (key) => void kv.delete(key),
        list: (prefix) => kv.list({ prefix }),
      },
      secrets: this.#deps.secrets,
      clock: this.#deps.clock,
      nodes: () =>
        this.#links.welcomed().map(({ link: { nodeId, state }, socket }) => ({
          nodeId,
          heardAtMs: this.#links.heardAtMs(socket),
          isReady: state?.state === "ready",
          calls: (state?.activeCalls ?? 0) + this.#orders.heldBy(nodeId),
        })),
      send: (nodeId, message) => {
        const [newest] = this.#links.of(nodeId).filter(({ link }) => link.isWelcome);
        return newest !== undefined && this.#links.send(newest.socket, message);
      },
      settle: (order, answer, end) => {
        this.#permits.dropPlace(order.callId);
        return settleOrder(this.#deps, order, answer, end, this.#poke);
      },
      wakeAt: (atMs) => this.ctx.waitUntil(this.#wakeBy(atMs)),
      log,
    });
  }

  readonly #poke = (endpointIds: readonly string[]): Promise<void> =>
    pokeEndpoints(this.env, this.#deps.config.residency, endpointIds);

  /** In the background: it looks at the nodes of every region, this one's too. */
  #tellReconciler(): void {
    if (this.#deps.config.dns === null) return;
    this.ctx.waitUntil(pokeReconciler(this.env, this.#deps.config.residency));
  }

  /** Repairs what a lost message or a crash has left: undelivered webhooks, dead and revoked links. */
  async #sweep(): Promise<void> {
    this.#links.closeSilent(this.#deps.clock());
    this.#relayPeers.sweep();
    const revoked = await findRevokedNodes(this.#deps.db, this.#links.nodeIds());
    for (const nodeId of revoked) {
      for (const { socket } of this.#links.of(nodeId)) this.#links.bye(socket, "revoked");
    }
    const endpointIds = await findEndpointsWithPending(this.#deps.db, this.#region);
    await this.#poke(endpointIds);
    this.#tellReconciler();
    const dialling = await findWorkspacesWithOpenBatchCalls(this.#deps.db, this.#region);
    await pokeDialers(this.env, this.#deps.config.residency, dialling);
    const isKnown = (orderId: string) => this.#orders.has(orderId);
    await sweepOrders(this.#deps, this.#region, isKnown, this.#leases.isLost, this.#poke);
    // Before the pruning: what a revoked node holds must not wait for a store that is down.
    await this.#rotateKey();
    await prune(this.#deps);
    // A look through the whole log: not with every sweep.
    if (this.#deps.clock() - this.#prunedLogAtMs < PRUNE_LOG_INTERVAL_MS) return;
    await pruneRoutingChanges(this.#deps, this.#region, this.#served.hashedVersion());
    this.#prunedLogAtMs = this.#deps.clock();
  }

  async #welcome(socket: WebSocket, nodeId: string, hello: Hello): Promise<void> {
    const version = chooseVersion(hello.versions);
    if (version === null) {
      this.#links.bye(socket, "version_unsupported");
      return;
    }
    const { epoch, routingVersion } = hello.state;
    const served = await this.#inTurn(() => this.#served.look({ epoch, version: routingVersion }));
    log("info", "node_linked", { nodeId, bootId: hello.bootId, version });
    this.#links.welcome(socket, { type: "welcome", version, epoch: served.epoch });
    await this.#relayPeers.linked(nodeId, hello.relay);
    await this.#watchSoon();
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#turns.then(task);
    this.#turns = turn.catch(() => {});
    return turn;
  }
}
