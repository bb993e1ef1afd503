import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { problemSchema } from "../../schema/contracts/errors.ts";
import { subscriptionsSchema } from "../../schema/contracts/network.ts";
import { fromBase64Url } from "../../schema/sealing/sealing.ts";
import { feedPublicKey } from "../network/siblings.ts";
import { newClient } from "../routes/test-client.ts";
import { FeedKeys } from "./feed-keys.ts";
import { newBlock, proposal, RANGES, type TestBlock, withoutBlock } from "./test-feed.ts";
import { commit, sql } from "./test-fixture.ts";

withoutBlock();

const EVICTION_WITHIN_MS = 20_000;

async function published(...prefixes: string[]): Promise<TestBlock> {
  const block = newBlock();
  const ranges = prefixes.map((prefix) => proposal(prefix, "eu"));
  await block.ok(RANGES, { ranges, notice: "initial" });
  return block;
}

async function text(block: TestBlock, path: string): Promise<string> {
  const response = await block.get(path);
  if (response.status !== 200) throw new Error(`${path}: ${response.status}`);
  return response.text();
}

/** As long as `use` runs, no query of the block is answered. */
async function withoutDatabase<T>(use: () => Promise<T>): Promise<T> {
  await commit(sql("ALTER TABLE address_ranges RENAME TO address_ranges_away"));
  try {
    return await use();
  } finally {
    await commit(sql("ALTER TABLE address_ranges_away RENAME TO address_ranges"));
  }
}

function encode(part: string): string {
  return btoa(part).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

describe("what is served", () => {
  test("strong tag, dates, caching, cross-origin, and nothing to HEAD", async () => {
    const block = await published("25.10.20.0/24");
    const response = await block.get("/network/v4.txt");
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "public, max-age=300, stale-if-error=604800",
      "access-control-allow-origin": "*",
      etag: expect.stringMatching(/^"1-[0-9a-f]{16}"$/),
      "last-modified": expect.stringMatching(/ GMT$/),
    });
    expect(await response.text()).toBe("25.10.20.0/24\n");
    const head = await block.get("/network/v4.txt", {}, "HEAD");
    expect([head.status, head.headers.get("etag"), await head.text()]).toEqual([
      200,
      response.headers.get("etag"),
      "",
    ]);
  });

  test("304 to whoever has it, by tag or by time; 200 to whoever has another", async () => {
    const block = await published("25.10.20.0/24");
    const { headers } = await block.get("/network/v4.txt");
    const etag = headers.get("etag") ?? "";
    const modified = headers.get("last-modified") ?? "";
    const status = async (sent: Record<string, string>) => {
      const response = await block.get("/network/v4.txt", sent);
      if (response.status === 304) expect(response.headers.get("etag")).toBe(etag);
      return response.status;
    };
    expect(await status({ "if-none-match": etag })).toBe(304);
    expect(await status({ "if-none-match": `"other", W/${etag}` })).toBe(304);
    expect(await status({ "if-none-match": "*" })).toBe(304);
    expect(await status({ "if-modified-since": modified })).toBe(304);
    expect(await status({ "if-none-match": '"other"' })).toBe(200);
    expect(await status({ "if-none-match": '"other"', "if-modified-since": modified })).toBe(200);
    expect(await status({ "if-modified-since": "Thu, 01 Jan 1970 00:00:00 GMT" })).toBe(200);
    expect(await status({ "if-modified-since": "yesterday" })).toBe(200);
  });

  test("every file has its digests and a signature by a key of the key set, over these bytes and this path", async () => {
    const block = await published("25.10.20.0/24", "2a0f:ffff:0:1::/64");
    const { keys } = JSON.parse(await text(block, "/.well-known/jwks.json"));
    const jwk = await crypto.subtle.importKey("jwk", keys[0], "Ed25519", false, ["verify"]);
    for (const path of [
      "/network/v6.txt",
      "/network/ip-ranges.json",
      "/network/snippets/nftables",
    ]) {
      const body = await text(block, path);
      const bytes = new TextEncoder().encode(body);
      for (const [ending, name] of [
        ["md5", "MD5"],
        ["sha256", "SHA-256"],
      ] as const) {
        const digest = new Uint8Array(await crypto.subtle.digest(name, bytes));
        const hex = digest.toHex();
        expect(await text(block, `${path}.${ending}`)).toBe(`${hex}\n`);
      }
      const [header = "", payload, signature = ""] = (await text(block, `${path}.jws`))
        .trimEnd()
        .split(".");
      expect(payload).toBe("");
      expect(JSON.parse(atob(header))).toEqual({
        alg: "EdDSA",
        kid: keys[0].kid,
        path,
        version: 1,
      });
      const signed = new TextEncoder().encode(`${header}.${encode(body)}`);
      const isGood = await crypto.subtle.verify("Ed25519", jwk, fromBase64Url(signature), signed);
      expect(isGood).toBe(true);
    }
  });

  test("the well-known name leads to the list", async () => {
    const block = await published("25.10.20.0/24");
    const response = await block.get("/.well-known/ip-ranges.json");
    expect([response.status, response.headers.get("location")]).toEqual([
      302,
      "/network/ip-ranges.json",
    ]);
  });

  test("a list that is not there is 404, another method 405", async () => {
    const block = await published("25.10.20.0/24");
    const absent = await block.get("/network/v6.txt");
    expect([absent.status, problemSchema.parse(await absent.json()).code]).toEqual([
      404,
      "no_such_list",
    ]);
    const posted = await block.change("/network/v4.txt", {});
    expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET"]);
  });

  test("changes since a version are those above it", async () => {
    const block = await published("25.10.20.0/24");
    await block.ok(RANGES, { ranges: [proposal("25.11.0.0/24", "eu")] });
    const since = async (query: string) => {
      const body = JSON.parse(await text(block, `/network/changes${query}`));
      return body.versions.map(({ version }: { version: number }) => version);
    };
    expect(await since("")).toEqual([1, 2]);
    expect(await since("?since=1")).toEqual([2]);
    expect(await since("?since=2")).toEqual([]);
    expect(await since("?since=x")).toEqual([1, 2]);
  });
});

describe("without ranges", () => {
  test("503 with a hint, to machines and to people; nothing that a firewall could load", async () => {
    const block = newBlock();
    const list = await block.get("/network/v4.txt");
    expect([list.status, list.headers.get("retry-after")]).toEqual([503, "3600"]);
    expect(problemSchema.parse(await list.json())).toMatchObject({
      code: "no_ranges",
      hint: expect.stringContaining("/v1/admin/network/ranges"),
    });
    const page = await block.get("/network");
    expect([page.status, page.headers.get("content-type")]).toEqual([
      503,
      "text/html; charset=utf-8",
    ]);
  });

  test("and without a database: 503, which says to keep what one has", async () => {
    const block = newBlock();
    await withoutDatabase(async () => {
      const list = await block.get("/network/v4.txt");
      expect([list.status, problemSchema.parse(await list.json()).code]).toEqual([
        503,
        "feed_unavailable",
      ]);
    });
  });
});

describe("the last good version", () => {
  test(
    "is served while the database does not answer, also after the object was restarted",
    async () => {
      const block = await published("25.10.20.0/24");
      const before = await block.get("/network/v4.txt");
      await withoutDatabase(async () => {
        await runDurableObjectAlarm(block.feed);
        await evictDurableObject(block.feed);
        const after = await block.get("/network/v4.txt");
        expect([after.status, after.headers.get("etag"), await after.text()]).toEqual([
          200,
          before.headers.get("etag"),
          "25.10.20.0/24\n",
        ]);
      });
    },
    EVICTION_WITHIN_MS,
  );

  test("is rebuilt from the database, byte for byte, when the object has lost its storage", async () => {
    const block = await published("25.10.20.0/24");
    const before = await block.get("/network/ip-ranges.json");
    const another = newBlock();
    const after = await another.get("/network/ip-ranges.json");
    expect(after.headers.get("etag")).toBe(before.headers.get("etag"));
    expect(await after.text()).toBe(await before.text());
    // What changes from now on is seen by its own look.
    expect(await runDurableObjectAlarm(another.feed)).toBe(true);
  });

  test("stands against a database that was put back, and the next change is above it", async () => {
    const block = await published("25.10.20.0/24");
    await block.ok(RANGES, { ranges: [proposal("25.11.0.0/24", "eu")] });
    await commit(
      sql("DELETE FROM network_versions WHERE version = 2"),
      sql("DELETE FROM address_ranges WHERE announced_version = 2"),
    );
    await runDurableObjectAlarm(block.feed);
    expect(await text(block, "/network/next/v4.txt")).toBe("25.10.20.0/24\n25.11.0.0/24\n");
    const made = await block.ok(RANGES, { ranges: [proposal("25.12.0.0/24", "eu")] });
    expect(made).toMatchObject({ version: 3, published_version: 3 });
    expect(await text(block, "/network/next/v4.txt")).toBe("25.10.20.0/24\n25.12.0.0/24\n");
  });

  test("stands against a table that holds what is never published", async () => {
    const block = await published("25.10.20.0/24");
    await commit(
      sql("UPDATE address_ranges SET prefix = '127.0.0.0/24', changed_version = 2"),
      sql(
        `INSERT INTO network_versions (version, published_at_ms, notice, changes)
         VALUES (2, 1, 'emergency', '[]')`,
      ),
    );
    await runDurableObjectAlarm(block.feed);
    expect(await text(block, "/network/v4.txt")).toBe("25.10.20.0/24\n");
  });

  test("stands against a range in use that no version has announced", async () => {
    const block = await published("25.10.20.0/24");
    await commit(
      sql(
        `INSERT INTO address_ranges (id, prefix, region, country, services, direction, form, holder,
           state, announced_version, changed_version, announced_at_ms, active_from_ms)
         VALUES ('rng_x', '25.11.0.0/24', 'eu', 'DE', '["sip"]', '["ingress"]', 'brought_block', 'x',
           'active', 2, 2, 1, 1)`,
      ),
      sql(
        `INSERT INTO network_versions (version, published_at_ms, notice, changes)
         VALUES (2, 1, 'scheduled', '[]')`,
      ),
    );
    await runDurableObjectAlarm(block.feed);
    expect(await text(block, "/network/v4.txt")).toBe("25.10.20.0/24\n");
  });
});

describe("the clock", () => {
  test("puts an announced range in use on its day, as a version of its own", async () => {
    const block = await published("25.10.20.0/24");
    await block.ok(RANGES, { ranges: [proposal("25.11.0.0/24", "eu")] });
    await runDurableObjectAlarm(block.feed);
    expect(await text(block, "/network/v4.txt")).toBe("25.10.20.0/24\n");
    await commit(sql("UPDATE address_ranges SET active_from_ms = 1 WHERE state = 'pending'"));
    await runDurableObjectAlarm(block.feed);
    expect(await text(block, "/network/v4.txt")).toBe("25.10.20.0/24\n25.11.0.0/24\n");
    expect(JSON.parse(await text(block, "/network/version"))).toMatchObject({ version: 3 });
  });

  test("does not where the feed has never told of the range", async () => {
    const block = await published("25.10.20.0/24");
    await block.ok(RANGES, { ranges: [proposal("25.11.0.0/24", "eu")] });
    await commit(
      sql(
        "UPDATE address_ranges SET active_from_ms = 1, announced_version = 9 WHERE state = 'pending'",
      ),
    );
    await runDurableObjectAlarm(block.feed);
    expect(await text(block, "/network/v4.txt")).toBe("25.10.20.0/24\n");
  });
});

describe("subscriptions", () => {
  test("tell who has fetched which version, by API key or user agent, the longest behind first", async () => {
    const block = await published("25.10.20.0/24");
    const { key } = await newClient();
    await block.get("/network/v4.txt", { "user-agent": "PAN-OS/11.1" });
    await block.get("/network/v4.txt", { "user-agent": "curl/8", "xi-api-key": key });
    await block.ok(RANGES, { ranges: [proposal("25.11.0.0/24", "eu")] });
    await block.get("/network/v4.txt", { "user-agent": "curl/8", "xi-api-key": key });
    await block.get("/network", { "user-agent": "somebody's browser" });
    const { version, data } = subscriptionsSchema.parse(await block.feed.subscriptions());
    expect(version).toBe(2);
    expect(data).toMatchObject([
      { kind: "user_agent", name: "PAN-OS/11.1", version: 1, behind: 1, fetches: 1 },
      { kind: "api_key", version: 2, behind: 0, fetches: 2, path: "/network/v4.txt" },
    ]);
    expect(data[1]?.name).toMatch(/^key_/);
    expect(JSON.stringify(data)).not.toContain(key);
  });

  test("are bounded, whoever asks under however many names, and API keys outlast them", async () => {
    const block = await published("25.10.20.0/24");
    const { key } = await newClient();
    await block.get("/network/v4.txt", { "xi-api-key": key });
    await runInDurableObject(block.feed, (_instance, state) => {
      state.storage.sql.exec(
        `WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 2000)
         INSERT INTO readers SELECT 'user_agent', 'agent ' || n, 1, '/', 1, n, n FROM number`,
      );
    });
    await block.get("/network/v4.txt", { "user-agent": "agent 2001" });
    const { data } = await block.feed.subscriptions();
    const kinds = data.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "user_agent")).toHaveLength(2_000);
    expect(kinds.filter((kind) => kind === "api_key")).toHaveLength(1);
    const names = data.map(({ name }) => name);
    expect([names.includes("agent 1"), names.includes("agent 2001")]).toEqual([false, true]);
  });

  test("are for the operator only", async () => {
    const block = await published("25.10.20.0/24");
    const { key } = await newClient();
    expect((await block.get("/v1/network/subscriptions", { "xi-api-key": key })).status).toBe(401);
  });
});

test("the key that is to sign next is told before it does", async () => {
  const block = await published("25.10.20.0/24");
  const next = "C".repeat(43);
  const body = await runInDurableObject(block.feed, async (_instance, state) => {
    const current = await feedPublicKey("D".repeat(43));
    const file = await new FeedKeys(state.storage.sql).announce(current, next, Date.now());
    return file.body;
  });
  const told = JSON.parse(body).keys.map(({ x }: { x: string }) => x);
  expect(told).toEqual(expect.arrayContaining(["D".repeat(43), next]));
});

test(
  "the key that signs is told, and one that has signed for 30 days more",
  async () => {
    const block = await published("25.10.20.0/24");
    const before = JSON.parse(await text(block, "/.well-known/jwks.json"));
    expect(before.keys).toMatchObject([{ kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig" }]);
    await runInDurableObject(block.feed, (_instance, state) => {
      const old = "A".repeat(43);
      state.storage.sql.exec("INSERT INTO keys VALUES (?, ?)", old, Date.now() - 29 * 86_400_000);
      const gone = "B".repeat(43);
      state.storage.sql.exec("INSERT INTO keys VALUES (?, ?)", gone, Date.now() - 31 * 86_400_000);
    });
    // The day is over, or the object starts anew.
    await evictDurableObject(block.feed);
    await runDurableObjectAlarm(block.feed);
    const { keys } = JSON.parse(await text(block, "/.well-known/jwks.json"));
    expect(keys.map(({ x }: { x: string }) => x).sort()).toEqual(
      ["A".repeat(43), before.keys[0].x].sort(),
    );
  },
  EVICTION_WITHIN_MS,
);
