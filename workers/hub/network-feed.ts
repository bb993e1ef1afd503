import { DurableObject } from "cloudflare:workers";
import type { KeptEchoReport } from "../../schema/contracts/echo-report.ts";
import type { Subscriptions } from "../../schema/contracts/network.ts";
import type { AppDeps } from "../app-type.ts";
import { createDeps } from "../deps.ts";
import type { Env } from "../env.ts";
import { errorName, log } from "../log.ts";
import { CHANGES_PATH, changesAfter } from "../network/changes.ts";
import { type FeedDocument, type FeedFile, FeedRefused } from "../network/document.ts";
import { renderFeed } from "../network/render-feed.ts";
import { openFeedSigner, sha256Text, siblingsOf } from "../network/siblings.ts";
import type { FeedAnswer, FeedReader, NetworkFeedRpc } from "../objects-rpc.ts";
import { activateRangesDue } from "../services/change-ranges.ts";
import { readFeedDocument } from "../services/read-feed.ts";
import { EchoReports } from "./echo-reports.ts";
import { FeedKeys } from "./feed-keys.ts";
import { FeedReaders } from "./feed-readers.ts";
import { unannouncedRange } from "./feed-switch.ts";

/** What is served now, as far as the next version is compared with it. */
interface Published {
  readonly version: number;
  /** Ids of ranges. */
  readonly inUse: readonly string[];
  readonly pending: readonly string[];
}

/** How long a change that nobody has told of, or a range whose day has come, may wait. */
const WATCH_MS = 60_000;
/** Requests that find nothing kept look at the database this often, all together. */
const EMPTY_LOOK_MS = 5_000;
const DAY_MS = 86_400_000;

/**
 * The published address block, named `<residency>/network`: the last version that was rendered and
 * signed as a whole. It is served whatever happens to the database, and rebuilt from it when lost.
 */
export class NetworkFeed extends DurableObject<Env> implements NetworkFeedRpc {
  readonly #deps: AppDeps;
  readonly #readers: FeedReaders;
  readonly #keys: FeedKeys;
  readonly #echoes: EchoReports;
  #turns: Promise<unknown> = Promise.resolve();
  /** Digest of what the files were last rendered from in this life of the object, and the day. */
  #renderedFrom = "";
  #emptyLookAtMs = 0;
  #emptyLook: Promise<"none" | "unavailable"> | null = null;

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    this.#deps = createDeps(env);
    context.storage.sql.exec(
      `CREATE TABLE IF NOT EXISTS files (
         path TEXT PRIMARY KEY, content_type TEXT NOT NULL, body TEXT NOT NULL, etag TEXT NOT NULL,
         modified_at_ms INTEGER NOT NULL
       ) WITHOUT ROWID`,
    );
    this.#readers = new FeedReaders(context.storage.sql);
    this.#keys = new FeedKeys(context.storage.sql);
    this.#echoes = new EchoReports(context.storage.sql);
    void context.blockConcurrencyWhile(async () => {
      // A new version of the software may render the same block otherwise.
      if (this.#published() !== null) await context.storage.setAlarm(Date.now());
    });
  }

  async publishedVersion(): Promise<number> {
    return this.#published()?.version ?? 0;
  }

  publish(): Promise<number> {
    return this.#inTurn(async () => {
      try {
        return await this.#look();
      } finally {
        await this.ctx.storage.setAlarm(this.#deps.clock() + WATCH_MS);
      }
    });
  }

  async read(path: string, since: number | null, reader: FeedReader | null): Promise<FeedAnswer> {
    if (this.#published() === null) {
      const found = await this.#lookWhenEmpty();
      if (this.#published() === null) {
        return { kind: found === "none" ? "no_ranges" : "unavailable" };
      }
    }
    const published = this.#published();
    const [file] = this.ctx.storage.sql
      .exec<{ content_type: string; body: string; etag: string; modified_at_ms: number }>(
        "SELECT content_type, body, etag, modified_at_ms FROM files WHERE path = ?",
        path,
      )
      .toArray();
    if (file === undefined || published === null) return { kind: "absent" };
    const { version } = published;
    if (reader !== null) this.#readers.note(reader, path, version, this.#deps.clock());
    const isPart = path === CHANGES_PATH && since !== null;
    return {
      kind: "file",
      version,
      body: isPart ? changesAfter(file.body, since) : file.body,
      contentType: file.content_type,
      etag: file.etag,
      modifiedAtMs: file.modified_at_ms,
    };
  }

  async subscriptions(): Promise<Subscriptions> {
    const version = this.#published()?.version ?? null;
    return { version, data: this.#readers.list(version ?? 0) };
  }

  async keepEchoReport({ token, report }: KeptEchoReport): Promise<void> {
    this.#echoes.keep(token, JSON.stringify(report), this.#deps.clock());
  }

  async echoReport(token: string): Promise<string | null> {
    return this.#echoes.read(token, this.#deps.clock());
  }

  override async alarm(): Promise<void> {
    try {
      await this.publish();
    } catch (error) {
      // What is served stays: the database is down, or holds what must not go out.
      log("warn", "feed_not_refreshed", {
        error: errorName(error),
        code: error instanceof FeedRefused ? error.code : null,
      });
    }
  }

  #published(): Published | null {
    return this.ctx.storage.kv.get<Published>("published") ?? null;
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#turns.then(task);
    this.#turns = turn.catch(() => {});
    return turn;
  }

  /** Nothing is kept: either there is nothing, or storage was lost. */
  #lookWhenEmpty(): Promise<"none" | "unavailable"> {
    const nowMs = this.#deps.clock();
    if (this.#emptyLook === null || nowMs - this.#emptyLookAtMs >= EMPTY_LOOK_MS) {
      this.#emptyLookAtMs = nowMs;
      this.#emptyLook = this.#inTurn(async () => {
        const version = await this.#look();
        // From now on there is something whose changes are to be looked for.
        if (version > 0) await this.ctx.storage.setAlarm(this.#deps.clock() + WATCH_MS);
      }).then(
        () => "none" as const,
        () => "unavailable" as const,
      );
    }
    return this.#emptyLook;
  }

  /**
   * Puts ranges in use whose day has come, and switches to what the database then has.
   * @throws DatabaseUnavailable; FeedRefused for what must not go out
   */
  async #look(): Promise<number> {
    const before = this.#published();
    if (before !== null) await activateRangesDue(this.#deps, before.version);
    const document = await readFeedDocument(this.#deps);
    const version = document?.version ?? 0;
    if (before !== null && version < before.version) {
      const fields = { served: before.version, database: version };
      log("error", "feed_version_lower", fields);
      throw new FeedRefused("version_lower", "the database is behind what is served");
    }
    if (document === null) return 0;
    const unannounced = before === null ? null : unannouncedRange(before, document);
    if (unannounced !== null) {
      log("error", "feed_range_unannounced", { rangeId: unannounced, version });
      throw new FeedRefused("range_unannounced", `${unannounced} is in use without notice`);
    }
    await this.#switchTo(document);
    return version;
  }

  /** Renders and signs everything first; then the old files go and the new ones come in one transaction. */
  async #switchTo(document: FeedDocument): Promise<void> {
    const { version, ranges } = document;
    const { signingKey, nextPublicKey } = this.#deps.config.feed;
    if (signingKey === null) throw new FeedRefused("feed_key_missing", "there is no signing key");
    const signer = await openFeedSigner(signingKey.reveal());
    const nowMs = this.#deps.clock();
    // Keys grow old by the day.
    const source = [document, signer.publicKey.kid, nextPublicKey, Math.floor(nowMs / DAY_MS)];
    const renderedFrom = await sha256Text(JSON.stringify(source));
    if (renderedFrom === this.#renderedFrom) return;
    const rendered = await renderFeed(document);
    const siblings = await Promise.all(rendered.map((file) => siblingsOf(file, version, signer)));
    const keys = await this.#keys.announce(signer.publicKey, nextPublicKey, nowMs);
    const files = await Promise.all([...rendered, ...siblings.flat(), keys].map(withEtag(version)));
    const isFirst = this.#published() === null;
    const modifiedAtMs = isFirst ? document.publishedAtMs : nowMs;
    const { sql, kv } = this.ctx.storage;
    const before = new Set(
      sql.exec<{ etag: string; path: string }>("SELECT path, etag FROM files").toArray().map(keyOf),
    );
    this.#renderedFrom = renderedFrom;
    if (before.size === files.length && files.every((file) => before.has(keyOf(file)))) return;
    this.ctx.storage.transactionSync(() => {
      sql.exec("DELETE FROM files");
      for (const { path, contentType, body, etag } of files) {
        sql.exec(
          "INSERT INTO files VALUES (?, ?, ?, ?, ?)",
          path,
          contentType,
          body,
          etag,
          modifiedAtMs,
        );
      }
      kv.put("published", {
        version,
        inUse: ranges.filter(({ state }) => state !== "pending").map(({ id }) => id),
        pending: ranges.filter(({ state }) => state === "pending").map(({ id }) => id),
      } satisfies Published);
    });
    log("info", "feed_published", { version, files: files.length });
  }
}

function withEtag(version: number) {
  return async (file: FeedFile) => ({
    ...file,
    etag: `"${version}-${(await sha256Text(file.body)).slice(0, 16)}"`,
  });
}

function keyOf({ path, etag }: { readonly path: string; readonly etag: string }): string {
  return `${path} ${etag}`;
}
