import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { libsqlSettings } from "../deps.ts";
import { parseWorkerConfig } from "../env.ts";
import { bindings } from "../hub/test-fixture.ts";
import { createDatabase, type LibsqlSettings } from "./client.ts";

const settings = libsqlSettings(bindings, parseWorkerConfig(bindings));

function failureOf(query: ReturnType<typeof sql>, fetch: LibsqlSettings["fetch"] = settings.fetch) {
  const db = createDatabase({ ...settings, fetch });
  return db
    .read((reader) => reader.all(query))
    .then(
      () => null,
      (error: unknown) => error,
    );
}

/** Everything of an error and its causes that a log could print. */
function printed(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.stack} ${JSON.stringify(error)} ${printed(error.cause)}`;
}

describe("reads", () => {
  test("a refused query throws ours, and its parameters are nowhere in it", async () => {
    const failure = await failureOf(sql`SELECT * FROM no_such_table WHERE a = ${"value-7"}`);
    expect(failure).toMatchObject({ code: "database_fault" });
    expect(printed(failure)).not.toContain("value-7");
  });

  test("a lost connection and an answer of 5xx are unavailable, without parameters", async () => {
    const lost = () => Promise.reject(new TypeError("connection lost"));
    const broken = () => Promise.resolve(new Response("restarting", { status: 503 }));
    for (const fetch of [lost, broken]) {
      const failure = await failureOf(sql`SELECT ${"value-7"}`, fetch);
      expect(failure).toMatchObject({ code: "database_unavailable", retryAfterSecs: 2 });
      expect(printed(failure)).not.toContain("value-7");
    }
  });

  test("a database that does not answer is given up by its signal within 3 s", async () => {
    const silent: LibsqlSettings["fetch"] = (_request, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    const startedAtMs = Date.now();
    const failure = await failureOf(sql`SELECT 1`, silent);
    expect(failure).toMatchObject({ code: "database_unavailable" });
    expect(Date.now() - startedAtMs).toBeLessThan(3_000);
  });
});
