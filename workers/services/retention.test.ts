import { expect, test, vi } from "vitest";
import { conversationIdOf, newId } from "../../schema/values/ids.ts";
import { Secret } from "../../schema/values/secret.ts";
import { readTable } from "../db/routing-changes.ts";
import {
  agentChange,
  commit,
  deps,
  newAgent,
  newRegion,
  newWorkspace,
  sql,
} from "../hub/test-fixture.ts";
import { prune, pruneRoutingChanges } from "./retention.ts";

const DAY_MS = 86_400_000;

async function countOf(table: string, where: string): Promise<number> {
  const [row] = await deps.db.read((reader) =>
    reader.all<{ rows: number }>(`SELECT count(*) AS rows FROM ${table} WHERE ${where}`),
  );
  return row?.rows ?? 0;
}

/** Rows by age are looked for from the oldest row number on: these are given the lowest ones. */
let rowId = -1_000_000;

test("what is older than its time goes, what is younger or goes on stays", async () => {
  const region = newRegion();
  const { workspace_id: workspaceId } = await newWorkspace(region);
  const nowMs = Date.now();
  const endpointId = newId("webhookEndpoint");
  await commit(
    sql(
      `INSERT INTO webhook_endpoints (id, workspace_id, name, url, secret, is_disabled, created_at_ms, updated_at_ms)
       VALUES (?, ?, 'x', 'https://x.example', 'v1.test.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAA', 1, 1, 1)`,
      endpointId,
      workspaceId,
    ),
    ...[31, 29].flatMap((days) => {
      const atMs = nowMs - days * DAY_MS;
      rowId -= 1;
      return [
        sql(
          `INSERT INTO webhook_deliveries (rowid, id, endpoint_id, workspace_id, event_type, conversation_id,
             sequence, body, status, attempts, created_at_ms)
           VALUES (?, ?, ?, ?, 'x', 'conv', 1, 'said', 'delivered', 1, ?)`,
          rowId,
          newId("delivery"),
          endpointId,
          workspaceId,
          atMs,
        ),
        sql(
          `INSERT INTO join_tokens (rowid, sha256, region, created_at_ms, expires_at_ms) VALUES (?, ?, ?, 1, ?)`,
          rowId,
          crypto.randomUUID(),
          region,
          atMs,
        ),
        sql(
          `INSERT INTO outbound_orders (rowid, id, workspace_id, region, call_id, phone_number_id, agent_id,
             to_number, api_key_id, status, created_at_ms)
           VALUES (?, ?, ?, ?, ?, 'p', 'a', '+1', 'k', ?, ?)`,
          rowId,
          newId("order"),
          workspaceId,
          region,
          newId("call"),
          "settled",
          atMs,
        ),
      ];
    }),
    sql(
      `INSERT INTO idempotency_keys (workspace_id, operation, key, body_sha256, answer, expires_at_ms)
       VALUES (?, 'o', 'k', 'b', 'v1.test.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAA', ?)`,
      workspaceId,
      nowMs - 1,
    ),
  );
  await prune(deps);
  const own = `workspace_id = '${workspaceId}'`;
  expect(await countOf("webhook_deliveries", own)).toBe(1);
  expect(await countOf("outbound_orders", own)).toBe(1);
  expect(await countOf("join_tokens", `region = '${region}'`)).toBe(1);
  expect(await countOf("idempotency_keys", own)).toBe(0);
});

test("replaced changes of a log go, and the table that is read from it stays the same", async () => {
  const region = newRegion();
  const [agent, removed] = [newAgent("first"), newAgent("removed")];
  await commit(
    agentChange(region, agent),
    agentChange(region, { ...agent, name: "second" }),
    agentChange(region, removed),
    agentChange(region, removed, true),
    agentChange(region, { ...agent, name: "third" }),
    agentChange(region, newAgent("other")),
    sql("UPDATE routing_changes SET created_at_ms = 1 WHERE region = ?", region),
  );
  const page = { after: 0, upTo: Number.MAX_SAFE_INTEGER, limit: 100 };
  const before = await readTable(deps.db, region, page);
  // The hub has hashed up to version 4 only: what version 5 has replaced is still known to it.
  await pruneRoutingChanges(deps, region, 4);
  expect(await countOf("routing_changes", `region = '${region}'`)).toBe(4);
  await pruneRoutingChanges(deps, region, 6);
  expect(await countOf("routing_changes", `region = '${region}'`)).toBe(3);
  expect(await readTable(deps.db, region, page)).toEqual(before);
  // The removal stays: it is what a node that was away is told.
  expect(await countOf("routing_changes", `region = '${region}' AND value IS NULL`)).toBe(1);
});

test("a conversation whose recording the bucket does not give up stays, and holds no other back", async () => {
  const bucket = {
    bucket: "recordings",
    endpoint: "https://bucket.example.com",
    region: "eu-1",
    accessKeyId: "id",
    secretAccessKey: new Secret("secret"),
  };
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response(null, { status: 503 }));
  const { workspace_id: workspaceId } = await newWorkspace(newRegion());
  const [held, free] = [newId("call"), newId("call")];
  const old = (callId: typeof held) => {
    rowId -= 1;
    return sql(
      `INSERT INTO conversations (rowid, id, workspace_id, call_id, agent_id, agent_name, phone_number_id,
         node_id, direction, status, started_at_ms, ended_at_ms, record)
       VALUES (?, ?, ?, ?, 'a', 'a', 'p', 'n', 'inbound', 'done', 1, 1, '{}')`,
      rowId,
      conversationIdOf(callId),
      workspaceId,
      callId,
    );
  };
  await commit(
    // The row with the lowest number is looked at first.
    old(free),
    old(held),
    sql(
      `INSERT INTO recordings (call_id, conversation_id, workspace_id, agent_id, state, format, started_at_ms,
         expires_at_ms, place)
       VALUES (?, ?, ?, 'a', 'ready', 'mp3', 1, ?, '{"kind":"bucket","key":"x"}')`,
      held,
      conversationIdOf(held),
      workspaceId,
      Date.now() + DAY_MS,
    ),
  );
  await prune({ ...deps, config: { ...deps.config, bucket } });
  vi.restoreAllMocks();
  const left = (callId: string) => countOf("conversations", `call_id = '${callId}'`);
  expect([await left(held), await left(free)]).toEqual([1, 0]);
});
