import type { CallActionOutcome, CallActionToNode } from "../schema/contracts/call-control.ts";
import type { DnsView } from "../schema/contracts/dns.ts";
import type { KeptEchoReport } from "../schema/contracts/echo-report.ts";
import type { Subscriptions } from "../schema/contracts/network.ts";
import type { LinkedNode } from "../schema/contracts/nodes.ts";
import type { RouteQuestion } from "../schema/contracts/route-test.ts";
import type { TrunkTestQuestion } from "../schema/contracts/trunk-test.ts";
import type { WriteOutcome, WriteUnit } from "./db/write-unit.ts";
import type { Claim } from "./hub/epoch.ts";
import type { PlacesAsked } from "./hub/kept-places.ts";
import type { PlacedOrder } from "./hub/order-dispatch.ts";
import type { OrderAnswer } from "./hub/order-life.ts";
import type { RouteTestOutcome } from "./hub/route-tests.ts";
import type { TestCallOrder, TestCallStart } from "./hub/test-calls.ts";
import type { TrunkTestRun } from "./hub/trunk-tests.ts";
import type { WebhookJob, WebhookPosted } from "./hub/webhook-jobs.ts";

/**
 * What the Durable Objects offer to the Worker and to each other. Bindings are typed by these, not by
 * the classes, which need the bindings themselves.
 */

export interface DatabaseWriterRpc extends Rpc.DurableObjectBranded {
  write(unit: WriteUnit): Promise<WriteOutcome>;
}

/** What a pull may be answered with, at an epoch that is stored. */
export interface PullVerdict {
  readonly kind: "changes" | "gone";
  readonly epoch: number;
  readonly version: number;
}

export interface RegionHubRpc extends Rpc.DurableObjectBranded {
  /** Compares with the database, and says whether the node's place in the log still stands. */
  pull(claim: Claim): Promise<PullVerdict>;
  /** What a snapshot is made of. */
  position(): Promise<Claim>;
  /** Called after each commit that has changed routing: tells the linked nodes. */
  routingChanged(): Promise<void>;
  /**
   * Has a node place the call, and answers when there is something to tell. As often as anybody asks:
   * it is placed once. Null: too old to begin, and not known.
   */
  placeOrder(order: PlacedOrder): Promise<OrderAnswer | null>;
  /** Begins these orders, each once, and answers when they are kept. Too old ones are not begun. */
  beginOrders(orders: readonly PlacedOrder[]): Promise<void>;
  /** Of these orders, those that were never begun here, or are settled in the database. */
  unknownOrders(orderIds: readonly string[]): Promise<readonly string[]>;
  /** Keeps places for calls that are about to be ordered. For how many, from the first on; 0 while no node is ready. */
  keepPlaces(asked: PlacesAsked): Promise<number>;
  /** Asks a ready node what would become of an INVITE; three seconds at most. */
  testRoute(question: RouteQuestion): Promise<RouteTestOutcome>;
  /** Has a ready node test a trunk; its stages come as they end, for a minute or so. */
  testTrunk(question: TrunkTestQuestion): Promise<TrunkTestRun>;
  /** Has a ready node place a test call to itself. */
  startTestCall(order: TestCallOrder): Promise<TestCallStart>;
  /** Has a ready node post a delivery from its static address; a minute or so at most. */
  postWebhook(job: WebhookJob): Promise<WebhookPosted>;
  /** What a node was given to post under this identifier; null: nothing, or no longer. */
  webhookJob(nodeId: string, jobId: string): Promise<WebhookJob | null>;
  /** Has a node do something to a call of its own; null: it does not answer in three seconds. */
  actOnCall(
    nodeId: string,
    message: Omit<CallActionToNode, "type">,
  ): Promise<CallActionOutcome | null>;
  /** Ends the node's links, and carries the change of the region's key on. */
  nodeRevoked(nodeId: string): Promise<void>;
  /** Whether an API key may start another outbound call now, at so many a second. */
  takeCall(apiKeyId: string, callsPerSecond: number): Promise<boolean>;
  /** Nodes that are up on their links, by their newest word. */
  linkedNodes(): Promise<readonly LinkedNode[]>;
  /** Has a node take no new calls. The calls that it has left, once it says so; null: it has not in three seconds. */
  drainNode(nodeId: string): Promise<number | null>;
  /** The upgrade request of an authenticated node's link. */
  fetch(request: Request): Promise<Response>;
}

export interface ObjectShardRpc extends Rpc.DurableObjectBranded {
  put(key: string, bytes: Uint8Array, expiresAtMs: number | null): Promise<void>;
  get(key: string): Promise<Uint8Array | null>;
  delete(key: string): Promise<void>;
}

/** Who asks for a file of the feed. */
export interface FeedReader {
  readonly kind: "api_key" | "user_agent";
  readonly name: string;
}

export type FeedAnswer =
  | {
      readonly kind: "file";
      readonly version: number;
      readonly body: string;
      readonly contentType: string;
      /** Strong, in quotation marks. */
      readonly etag: string;
      readonly modifiedAtMs: number;
    }
  /** There is a feed, and no such file in it. */
  | { readonly kind: "absent" }
  /** The deployment has published no range. */
  | { readonly kind: "no_ranges" }
  /** Nothing has been kept, and the database does not answer. */
  | { readonly kind: "unavailable" };

export interface NetworkFeedRpc extends Rpc.DurableObjectBranded {
  /** Renders and switches to what the database has by now. The version that is served then; 0: none. */
  publish(): Promise<number>;
  /** 0: none. */
  publishedVersion(): Promise<number>;
  /** `since` is of `changes` only. A null reader is not counted. */
  read(path: string, since: number | null, reader: FeedReader | null): Promise<FeedAnswer>;
  subscriptions(): Promise<Subscriptions>;
  /** For an hour; the oldest give way. */
  keepEchoReport(kept: KeptEchoReport): Promise<void>;
  /** As JSON; null: unknown, or too old. */
  echoReport(token: string): Promise<string | null>;
}

/** A key's window after a request was counted into it. */
export interface CountedRequest {
  readonly remaining: number;
  readonly resetMs: number;
  readonly isExceeded: boolean;
}

export interface RequestQuotaRpc extends Rpc.DurableObjectBranded {
  /** Counts a request of `id`, of which `limit` may come in `windowMs`. */
  take(id: string, limit: number, windowMs: number): Promise<CountedRequest>;
  /** Counts `count` requests of `id` that were let in before they were told. */
  add(id: string, count: number, limit: number, windowMs: number): Promise<CountedRequest>;
}

export interface WebhookEndpointRpc extends Rpc.DurableObjectBranded {
  /** There may be something to deliver. As often as anybody likes: pauses are kept. */
  poke(): Promise<void>;
}

export interface DnsReconcilerRpc extends Rpc.DurableObjectBranded {
  /** A node's state may have changed. As often as anybody likes. */
  poke(): Promise<void>;
  /** Null in a deployment that has no reconciler. */
  view(): Promise<DnsView | null>;
}

export interface LiveCallsRpc extends Rpc.DurableObjectBranded {
  /** Calls of the workspace have begun, were answered or have ended. */
  callsChanged(callIds: readonly string[]): Promise<void>;
  /** The upgrade request of somebody who may see the workspace's calls. */
  fetch(request: Request): Promise<Response>;
}

export interface TestCallAudioRpc extends Rpc.DurableObjectBranded {
  /** Both ends may come now: somebody of the workspace, and whoever has the ticket of this digest (SHA-256, hex). */
  open(workspaceId: string, ticketSha256: string): Promise<void>;
  /** It has come to nothing: whoever waits is told why. */
  ended(reason: string): Promise<void>;
  /** The upgrade request of one end. */
  fetch(request: Request): Promise<Response>;
}

export interface BatchDialerRpc extends Rpc.DurableObjectBranded {
  /** Somebody may be to be called, now or later. As often as anybody likes. */
  poke(): Promise<void>;
}
