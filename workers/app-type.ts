import type { OpenAPIHono } from "@hono/zod-openapi";
import type { DnsView } from "../schema/contracts/dns.ts";
import type { KeptEchoReport } from "../schema/contracts/echo-report.ts";
import type { Subscriptions } from "../schema/contracts/network.ts";
import type { Principal } from "./auth/api-key.ts";
import type { KeyCache } from "./auth/key-cache.ts";
import type { Quota } from "./auth/request-quota.ts";
import type { Database } from "./db/client.ts";
import type { EnrolledNode } from "./db/media-nodes.ts";
import type { Writer } from "./db/write-unit.ts";
import type { Env, WorkerConfig } from "./env.ts";
import type { ObjectStore } from "./objects/object-store.ts";
import type { FeedAnswer, FeedReader } from "./objects-rpc.ts";
import type { Secrets } from "./secrets/secrets.ts";
import type { NumberTexts } from "./services/number-texts.ts";

/** What every handler may read of its request besides the request itself. */
interface AppVariables {
  /** `req_…`: in the `Request-Id` header of the answer and in every log line of the request. */
  requestId: string;
  /** Set by `requireApiKey`; routes behind it may read it. */
  principal: Principal;
  /** Of the key, after this request; null: not known. Set by `requireApiKey`. */
  quota: Quota | null;
  /** The body of the answer, where it was text before it was answered (requests/answer.ts). */
  answerText: string | undefined;
  /** Set by the guard of `/v1/nodes/**`; routes behind it may read it. */
  node: EnrolledNode;
}

export interface AppEnv {
  Bindings: Env;
  Variables: AppVariables;
}

export type App = OpenAPIHono<AppEnv>;

/** The published address block. @throws ServiceUnavailable when its object does not answer */
export interface FeedClient {
  publish(): Promise<number>;
  publishedVersion(): Promise<number>;
  read(path: string, since: number | null, reader: FeedReader | null): Promise<FeedAnswer>;
  subscriptions(): Promise<Subscriptions>;
  keepEchoReport(kept: KeptEchoReport): Promise<void>;
  /** As JSON; null: unknown, or too old. */
  echoReport(token: string): Promise<string | null>;
}

/**
 * What routes and objects need, built once per isolate by `createDeps` (deps.ts). Nothing in it holds
 * a connection or a stub, so that requests may share it.
 */
export interface AppDeps {
  readonly config: WorkerConfig;
  readonly db: Database;
  readonly writer: Writer;
  readonly keys: KeyCache;
  /** For what no request has asked for: as `writer`, and nothing of it is in the audit log. */
  readonly housekeeping: Writer;
  readonly secrets: Secrets;
  readonly objects: ObjectStore;
  readonly numberTexts: NumberTexts;
  readonly clock: () => number;
  /** Keyed requests that this isolate works on now (create-once.ts). */
  readonly inFlight: Set<string>;
  readonly feed: FeedClient;
  /** What the DNS reconciler has found; null without one. @throws ServiceUnavailable when it does not answer */
  readonly dnsView: () => Promise<DnsView | null>;
  /** Counts a request of the API key with this digest; null: its object does not answer. `background` outlives the answer. */
  readonly takeRequest: (
    sha256: string,
    background: (work: Promise<void>) => void,
  ) => Promise<Quota | null>;
  /** Tells the region's hub that its log has grown. Never rejects: a failure is logged. */
  readonly notifyRouting: (region: string) => Promise<void>;
}
