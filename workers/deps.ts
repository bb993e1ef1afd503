import type { AppDeps, FeedClient } from "./app-type.ts";
import { createKeyCache } from "./auth/key-cache.ts";
import { QuotaCounter } from "./auth/quota-counter.ts";
import { createDatabase, type LibsqlSettings } from "./db/client.ts";
import { withinSchemaWindow } from "./db/schema-window.ts";
import type { Writer } from "./db/write-unit.ts";
import { type Env, objectNames, parseWorkerConfig, type WorkerConfig } from "./env.ts";
import { askHub, dnsReconciler, networkFeed } from "./hub/objects.ts";
import { errorName, log } from "./log.ts";
import { createObjectStore } from "./objects/object-store.ts";
import type { FeedAnswer } from "./objects-rpc.ts";
import { auditedWriter } from "./requests/audited-writer.ts";
import { createSecrets } from "./secrets/secrets.ts";
import { NumberTexts } from "./services/number-texts.ts";

/** Builds what routes and objects need from the bindings. */
export function createDeps(env: Env): AppDeps {
  const config = parseWorkerConfig(env);
  const db = withinSchemaWindow(createDatabase(libsqlSettings(env, config)));
  const clock = () => Date.now();
  const { keys, writer } = createKeyCache(db, createWriter(env, config.residency), clock);
  const quota = createQuotaCounter(env, config, clock);
  return {
    config,
    db,
    writer: auditedWriter(writer),
    housekeeping: writer,
    keys,
    secrets: createSecrets({
      masterKey: config.masterKey,
      heldMasterKeys: config.heldMasterKeys,
      db,
      writer,
      clock,
    }),
    objects: createObjectStore(env, config.residency),
    numberTexts: new NumberTexts(),
    clock,
    inFlight: new Set(),
    feed: createFeedClient(env, config.residency),
    dnsView: async () =>
      config.dns === null ? null : askHub(dnsReconciler(env, config.residency).view()),
    takeRequest: (sha256, background) => quota.take(sha256, background),
    notifyRouting: async (region) => {
      try {
        const name = objectNames.regionHub(config.residency, region);
        await env.REGION_HUB.get(env.REGION_HUB.idFromName(name)).routingChanged();
      } catch (error) {
        // Nodes poll, so that a lost hint costs seconds and no change.
        log("warn", "routing_notice_failed", { region, error: errorName(error) });
      }
    },
  };
}

export function libsqlSettings(env: Env, config: WorkerConfig): LibsqlSettings {
  const binding = env.LIBSQL;
  return {
    url: config.libsql.url,
    authToken: config.libsql.authToken?.reveal() ?? null,
    fetch: (url, init) => (binding === undefined ? fetch(url, init) : binding.fetch(url, init)),
  };
}

/** Few enough to be kept in memory, and enough to share the work. */
const QUOTA_SHARDS = 16;

function createQuotaCounter(env: Env, config: WorkerConfig, clock: () => number): QuotaCounter {
  const { limit, windowSecs } = config.requestQuota;
  const windowMs = windowSecs * 1000;
  const objectOf = (sha256: string) => {
    const shard = Number.parseInt(sha256.slice(0, 8), 16) % QUOTA_SHARDS;
    const name = objectNames.requestQuota(config.residency, shard);
    return env.REQUEST_QUOTA.get(env.REQUEST_QUOTA.idFromName(name));
  };
  const object = {
    take: async (sha256: string) => objectOf(sha256).take(sha256, limit, windowMs),
    add: async (sha256: string, count: number) =>
      objectOf(sha256).add(sha256, count, limit, windowMs),
  };
  return new QuotaCounter(object, config.requestQuota, clock);
}

function createFeedClient(env: Env, residency: string): FeedClient {
  const feed = () => networkFeed(env, residency);
  return {
    publish: () => askHub(feed().publish()),
    publishedVersion: () => askHub(feed().publishedVersion()),
    read(path, since, reader) {
      const answer = async (): Promise<FeedAnswer> => feed().read(path, since, reader);
      return askHub(answer());
    },
    subscriptions: () => askHub(feed().subscriptions()),
    keepEchoReport: (kept) => askHub(feed().keepEchoReport(kept)),
    echoReport: (token) => askHub(feed().echoReport(token)),
  };
}

/** Reaches the residency's `DatabaseWriter`. A lost object is asked once more: units are applied once. */
function createWriter(env: Env, residency: string): Writer {
  return {
    async write(unit) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          const id = env.DATABASE_WRITER.idFromName(objectNames.writer(residency));
          return await env.DATABASE_WRITER.get(id).write(unit);
        } catch (error) {
          log("warn", "writer_unreachable", { attempt, error: errorName(error) });
          if (attempt === 2) return { ok: false, code: "unavailable", retryAfterSecs: 1 };
        }
      }
    },
  };
}
