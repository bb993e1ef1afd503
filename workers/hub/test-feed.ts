import { afterAll, beforeEach } from "vitest";
import { createApp } from "../app.ts";
import type { AppDeps, FeedClient } from "../app-type.ts";
import type { FeedAnswer, NetworkFeedRpc } from "../objects-rpc.ts";
import { bindings, commit, deps, sql } from "./test-fixture.ts";

/** What tests of the address block share. The block is one of the whole database: each test begins without. */

export const RANGES = "/v1/admin/network/ranges";

export interface TestBlock {
  readonly feed: DurableObjectStub<NetworkFeedRpc>;
  /** As anybody asks for a file. */
  get(path: string, headers?: Record<string, string>, method?: string): Promise<Response>;
  /** As the operator; `laterMs` is how far on the clock is. */
  change(path: string, body: unknown, laterMs?: number): Promise<Response>;
  /** The JSON of a change that must be taken. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  ok(path: string, body: unknown, laterMs?: number): Promise<any>;
  /** The code of a change that must be refused, with what it says. */
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  refused(path: string, body: unknown, laterMs?: number): Promise<any>;
}

/** A deployment with a feed of its own. */
export function newBlock(more: Partial<AppDeps> = {}): TestBlock {
  const name = `test/${crypto.randomUUID()}/network`;
  const feed = bindings.NETWORK_FEED.get(bindings.NETWORK_FEED.idFromName(name));
  const client: FeedClient = {
    publish: async () => feed.publish(),
    publishedVersion: async () => feed.publishedVersion(),
    read: async (path, since, reader): Promise<FeedAnswer> => feed.read(path, since, reader),
    subscriptions: async () => feed.subscriptions(),
    keepEchoReport: async (kept) => feed.keepEchoReport(kept),
    echoReport: async (token) => feed.echoReport(token),
  };
  const context = {
    waitUntil: () => undefined,
    passThroughOnException: () => undefined,
    props: {},
  };
  const ask = (path: string, init: RequestInit, laterMs: number) => {
    const clock = () => Date.now() + laterMs;
    const app = createApp({ ...deps, feed: client, clock, ...more });
    return Promise.resolve(app.request(path, init, bindings, context));
  };
  const change = (path: string, body: unknown, laterMs = 0) =>
    ask(
      path,
      {
        method: "POST",
        body: JSON.stringify(body),
        headers: {
          authorization: `Bearer ${bindings.TEST_OPERATOR_TOKEN}`,
          "content-type": "application/json",
        },
      },
      laterMs,
    );
  return {
    feed,
    get: (path, headers = {}, method = "GET") => ask(path, { method, headers }, 0),
    change,
    async ok(path, body, laterMs) {
      const response = await change(path, body, laterMs);
      if (response.status >= 300) throw new Error(`${response.status} ${await response.text()}`);
      return response.json();
    },
    async refused(path, body, laterMs) {
      const response = await change(path, body, laterMs);
      if (response.status < 400) throw new Error(`taken: ${await response.text()}`);
      return response.json();
    },
  };
}

export function proposal(prefix: string, region: string, more: Record<string, unknown> = {}) {
  return {
    prefix,
    region,
    geo: { country: "DE", subdivision: "DE-HE", city: "Frankfurt" },
    services: ["sip", "rtp", "webhook", "agent", "probe"],
    form: "brought_block",
    holder: "Example, Inc.",
    asn: 64_500,
    ...more,
  };
}

/** In every test of the file: no range, no version, and none left for other files. */
export function withoutBlock(): void {
  beforeEach(clearBlock);
  afterAll(clearBlock);
}

async function clearBlock(): Promise<void> {
  await commit(
    sql("DELETE FROM address_ranges"),
    sql("DELETE FROM network_versions"),
    // Nodes of these tests' ranges, which another test would find in its own.
    sql("DELETE FROM media_nodes WHERE public_address LIKE '25.%'"),
  );
}
