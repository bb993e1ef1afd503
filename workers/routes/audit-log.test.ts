import { describe, expect, test } from "vitest";
import {
  type AuditVerdict,
  auditPageSchema,
  auditVerdictSchema,
} from "../../schema/contracts/audit-log.ts";
import { newId } from "../../schema/values/ids.ts";
import { auditHash, NO_HASH, readAuditChain } from "../db/audit-log.ts";
import type { Statement } from "../db/write-unit.ts";
import {
  asOperator,
  bindings,
  commit,
  deps,
  newRegion,
  request,
  sql,
} from "../hub/test-fixture.ts";
import {
  AGENTS,
  importNumber,
  NUMBERS,
  newAgent,
  newClient,
  type TestClient,
} from "./test-client.ts";

const LOG = "/v1/audit-log";

async function entries(client: TestClient, query = "") {
  return auditPageSchema.parse(await client.ok("GET", `${LOG}${query}`)).data;
}

async function verdict(client: TestClient, query = ""): Promise<AuditVerdict> {
  return auditVerdictSchema.parse(await client.ok("GET", `${LOG}/verify${query}`));
}

/** As somebody would who may write to the database: the triggers are in the way of nobody else. */
async function tamper(...statements: readonly Statement[]): Promise<void> {
  await commit(
    sql("DROP TRIGGER audit_log_never_changed"),
    sql("DROP TRIGGER audit_log_never_removed"),
    ...statements,
    sql(
      `CREATE TRIGGER audit_log_never_changed BEFORE UPDATE ON audit_log
       BEGIN SELECT RAISE(ABORT, 'audit_log rows are never changed'); END`,
    ),
    sql(
      `CREATE TRIGGER audit_log_never_removed BEFORE DELETE ON audit_log
       BEGIN SELECT RAISE(ABORT, 'audit_log rows are never removed'); END`,
    ),
  );
}

describe("the audit log", () => {
  test("tells who changed what, before and after, under the request's identifier", async () => {
    const client = await newClient();
    const number = await importNumber(client);
    const { api_key_id: keyId } = await client.ok("GET", "/v1/api-keys/self");
    const changed = await client.call("PATCH", `${NUMBERS}/${number.id}`, { label: "Desk" });
    const [newest, first, ...others] = await entries(client);
    expect(others).toEqual([]);
    expect(newest).toMatchObject({
      sequence: 2,
      actor: { kind: "api_key", id: keyId },
      operation: `PATCH ${NUMBERS}/${number.id}`,
      target: number.id,
      request_id: changed.headers.get("request-id"),
      before: { label: "Reception", phone_number: number.phoneNumber },
      after: { label: "Desk" },
    });
    expect(first).toMatchObject({ sequence: 1, operation: `POST ${NUMBERS}`, before: null });
    expect(newest?.previous_hash).toBe(first?.hash);
  });

  test("holds no secret that a request brings or its answer shows", async () => {
    const client = await newClient();
    const secrets = ["trunk-secret-1", "header-secret-2", "sip-header-secret-3"];
    await importNumber(client, {
      outbound_trunk_config: {
        address: "sip.example.com",
        credentials: { username: "u", password: secrets[0] },
        headers: { "X-Key": secrets[2] },
      },
    });
    await client.ok("POST", `${AGENTS}/create`, {
      name: "Agent",
      conversation_config: {},
      connection: {
        protocol: "native",
        url: "wss://agent.example.com",
        headers: { authorization: secrets[1] },
      },
    });
    const hook = await client.ok("POST", "/v1/workspace/webhooks", {
      settings: { auth_type: "hmac", name: "Hook", webhook_url: "https://hook.example.com/x" },
    });
    const key = await client.call("POST", "/v1/api-keys", { name: "K", scopes: ["*"] });
    const { api_key: made } = await key.json<{ api_key: string }>();
    const text = JSON.stringify(await entries(client));
    expect(await entries(client)).toHaveLength(4);
    for (const secret of [...secrets, hook.webhook_secret, made, client.key]) {
      expect(text).not.toContain(secret);
    }
  });

  test("says nothing of what is refused, asked or read", async () => {
    const client = await newClient();
    await client.call("PATCH", `${NUMBERS}/${newId("phoneNumber")}`, { label: "x" });
    await client.call("POST", NUMBERS, { phone_number: "" });
    await client.call("POST", "/v1/route-tests", {});
    await client.ok("GET", NUMBERS);
    expect(await entries(client)).toEqual([]);
  });

  test("is read in pages and by what was changed", async () => {
    const client = await newClient();
    const [agent] = [await newAgent(client), await newAgent(client), await newAgent(client)];
    await client.ok("PATCH", `${AGENTS}/${agent}`, { name: "Other" });
    expect((await entries(client, `?target=${agent}`)).map(({ sequence }) => sequence)).toEqual([
      4,
    ]);
    const page = await client.ok("GET", `${LOG}?page_size=3`);
    const rest = await client.ok("GET", `${LOG}?page_size=3&cursor=${page.next_cursor}`);
    const all = [...page.data, ...rest.data] as { sequence: number }[];
    expect(all.map(({ sequence }) => sequence)).toEqual([4, 3, 2, 1]);
    expect(rest).toMatchObject({ has_more: false, next_cursor: null });
  });

  test("keeps its chain under 24 writers at the same time", async () => {
    const client = await newClient();
    const writers = Array.from({ length: 24 }, (_, at) => newAgent(client, `Agent ${at}`));
    await Promise.all(writers);
    const rows = await readAuditChain(deps.db, client.workspaceId, 0, 100);
    expect(rows.map(({ sequence }) => sequence)).toEqual(writers.map((_, at) => at + 1));
    expect(rows[0]?.previousHash).toBe(NO_HASH);
    expect(await verdict(client)).toMatchObject({ valid: true, entries: 24, broken: null });
  });

  test("goes on after a unit of its group was refused, without a gap", async () => {
    const client = await newClient();
    const { phoneNumber } = await importNumber(client);
    const again = () =>
      client.call("POST", NUMBERS, {
        phone_number: phoneNumber,
        label: "x",
        provider: "sip_trunk",
      });
    const answers = await Promise.all([newAgent(client), again(), newAgent(client), again()]);
    expect(answers.map((answer) => (answer instanceof Response ? answer.status : 200))).toEqual([
      200, 409, 200, 409,
    ]);
    expect(await verdict(client)).toMatchObject({ valid: true, entries: 3 });
  });

  test("refuses to have a row changed or removed", async () => {
    const client = await newClient();
    await newAgent(client);
    await expect(
      commit(sql("UPDATE audit_log SET after = '{}' WHERE chain = ?", client.workspaceId)),
    ).rejects.toThrow();
    await expect(
      commit(sql("DELETE FROM audit_log WHERE chain = ?", client.workspaceId)),
    ).rejects.toThrow();
    expect(await verdict(client)).toMatchObject({ valid: true, entries: 1 });
  });

  test("shows where a row was altered, though its own hash was made anew, removed or cut off", async () => {
    const client = await newClient();
    for (let made = 0; made < 4; made += 1) await newAgent(client);
    const { head } = await verdict(client);
    const rows = await readAuditChain(deps.db, client.workspaceId, 0, 10);
    const [, second] = rows;
    if (second === undefined || head === null) throw new Error("four entries were made");
    const where = "WHERE chain = ? AND sequence = 2";
    const id = client.workspaceId;

    await tamper(sql(`UPDATE audit_log SET actor_id = 'key_other' ${where}`, id));
    expect((await verdict(client)).broken).toEqual({ sequence: 2, reason: "altered" });

    const forged = await auditHash({ ...second, actorId: "key_other" });
    await tamper(sql(`UPDATE audit_log SET hash = ? ${where}`, forged, id));
    expect((await verdict(client)).broken).toEqual({ sequence: 3, reason: "unlinked" });

    await tamper(sql(`DELETE FROM audit_log ${where}`, id));
    expect((await verdict(client)).broken).toEqual({ sequence: 3, reason: "missing" });

    const other = await newClient();
    for (let made = 0; made < 3; made += 1) await newAgent(other);
    const kept = (await verdict(other)).head;
    await tamper(sql("DELETE FROM audit_log WHERE chain = ? AND sequence = 3", other.workspaceId));
    expect((await verdict(other)).valid).toBe(true);
    const query = `?sequence=${kept?.sequence}&hash=${kept?.hash}`;
    expect((await verdict(other, query)).broken).toEqual({ sequence: 3, reason: "missing" });
  });

  test("of another workspace is not seen", async () => {
    const [client, other] = await Promise.all([newClient(), newClient()]);
    await newAgent(other);
    expect(await entries(client)).toEqual([]);
    expect(await verdict(client)).toMatchObject({ valid: true, entries: 0, head: null });
  });

  test("has what operators do in a chain of its own, or in the workspace's whose limit they set", async () => {
    const client = await newClient();
    const bearer = bindings.TEST_OPERATOR_TOKEN;
    const path = `/v1/admin/workspaces/${client.workspaceId}`;
    await request("PATCH", path, { bearer, body: { concurrency_limit: 3 } });
    const [entry] = await entries(client);
    expect(entry).toMatchObject({
      actor: { kind: "operator", id: null },
      after: { concurrency_limit: 3 },
    });
    const made = await asOperator("/v1/admin/join-tokens", { region: newRegion() });
    const listed = await request("GET", "/v1/admin/audit-log?page_size=1", { bearer });
    const [newest] = auditPageSchema.parse(await listed.json()).data;
    expect(newest?.request_id).toBe(made.headers.get("request-id"));
    const verified = await request("GET", "/v1/admin/audit-log/verify", { bearer });
    expect(await verified.json()).toMatchObject({ valid: true });
  });
});
