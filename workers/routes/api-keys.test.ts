import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import {
  API_KEY_PATTERN,
  type ApiKeyCreated,
  apiKeyCreatedSchema,
  apiKeyPageSchema,
  apiKeyRotatedSchema,
  apiKeyViewSchema,
} from "../../schema/contracts/api-keys.ts";
import { createApp } from "../app.ts";
import { bindings, commit, deps, request, sql } from "../hub/test-fixture.ts";
import { newClient, type TestClient } from "./test-client.ts";

const KEYS = "/v1/api-keys";

async function newKey(client: TestClient, more: object = {}): Promise<ApiKeyCreated> {
  const answer = await client.call("POST", KEYS, { name: "Script", scopes: ["*"], ...more });
  expect(answer.status).toBe(201);
  return apiKeyCreatedSchema.parse(await answer.json());
}

function call(key: string, method: string, path: string, headers: Record<string, string> = {}) {
  return request(method, path, { headers: { "xi-api-key": key, ...headers } });
}

async function code(answer: Response): Promise<unknown> {
  return (await answer.json<{ code: string }>()).code;
}

describe("an API key", () => {
  test("is shown once, has a checksum, and its SHA-256 is all that is kept", async () => {
    const client = await newClient();
    const made = await newKey(client);
    expect(made.api_key).toMatch(new RegExp(`^${API_KEY_PATTERN}$`));
    const listed = await client.ok("GET", KEYS);
    expect(apiKeyPageSchema.parse(listed).data).toHaveLength(2);
    expect(JSON.stringify(listed)).not.toContain(made.api_key);
    const dumped = await deps.db.read((reader) =>
      reader.all<object>("SELECT * FROM api_keys" as never),
    );
    expect(JSON.stringify(dumped)).not.toContain(made.api_key);
  });

  test("tells of itself under /self whatever its scopes are", async () => {
    const client = await newClient();
    const { api_key: key, api_key_id: id } = await newKey(client, { scopes: ["usage:read"] });
    const self = apiKeyViewSchema.parse(await (await call(key, "GET", `${KEYS}/self`)).json());
    expect(self).toMatchObject({ api_key_id: id, scopes: ["usage:read"], status: "active" });
  });

  test("that lacks a request's scope is 403 with the scope that would pass", async () => {
    const client = await newClient();
    const { api_key: key } = await newKey(client, { scopes: ["numbers:read"] });
    expect((await call(key, "GET", "/v1/convai/phone-numbers")).status).toBe(200);
    const vendor = await call(key, "DELETE", "/v1/convai/phone-numbers/phnum_x");
    expect(vendor.status).toBe(403);
    expect(await vendor.json()).toMatchObject({ detail: { status: "scope_missing" } });
    const own = await call(key, "GET", KEYS);
    expect(own.status).toBe(403);
    expect(await own.json()).toMatchObject({ code: "scope_missing", hint: "keys:admin" });
  });

  test("gives no scope that it does not hold, and manages no key that holds more", async () => {
    const client = await newClient();
    const narrow = await newKey(client, { scopes: ["keys:admin", "numbers:read"] });
    const body = { name: "More", scopes: ["numbers:write"] };
    const headers = { "xi-api-key": narrow.api_key };
    const wider = await request("POST", KEYS, { headers, body });
    expect(await wider.json()).toMatchObject({ code: "scope_not_held", hint: "numbers:write" });
    const full = await newKey(client);
    const path = `${KEYS}/${full.api_key_id}`;
    const rotated = await request("POST", `${path}/rotate`, { headers, body: {} });
    expect([rotated.status, await code(rotated)]).toEqual([403, "scope_not_held"]);
    const widened = await request("PATCH", `${KEYS}/${narrow.api_key_id}`, {
      headers,
      body: { scopes: ["*"] },
    });
    expect([widened.status, await code(widened)]).toEqual([403, "scope_not_held"]);
  });

  test("holds nodes:admin only in a workspace that operates nodes", async () => {
    const client = await newClient();
    const refused = await client.call("POST", KEYS, { name: "Ops", scopes: ["nodes:admin"] });
    expect([refused.status, await code(refused)]).toEqual([403, "scope_not_held"]);
    await commit(sql("UPDATE workspaces SET operates_nodes = 1 WHERE id = ?", client.workspaceId));
    await newKey(client, { scopes: ["nodes:admin"] });
  });

  test("that is bound to addresses is used from them only, and from nowhere that is not known", async () => {
    const client = await newClient();
    const allowed_cidrs = ["192.0.2.0/24", "2001:db8::/32"];
    const { api_key: key } = await newKey(client, { allowed_cidrs });
    const from = (address: string) =>
      call(key, "GET", `${KEYS}/self`, { "cf-connecting-ip": address });
    expect((await from("192.0.2.77")).status).toBe(200);
    expect((await from("::ffff:192.0.2.77")).status).toBe(200);
    expect((await from("2001:db8::1")).status).toBe(200);
    const outside = await from("198.51.100.1");
    expect(outside.status).toBe(403);
    expect(await outside.json()).toMatchObject({
      code: "address_not_allowed",
      hint: "198.51.100.1",
    });
    expect((await call(key, "GET", `${KEYS}/self`)).status).toBe(403);
  });

  test("with bits behind its prefix is refused at the place", async () => {
    const client = await newClient();
    const body = { name: "Bound", scopes: ["*"], allowed_cidrs: ["192.0.2.1/24"] };
    const refused = await client.call("POST", KEYS, body);
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({ errors: [{ pointer: "/allowed_cidrs/0" }] });
  });

  test("ends when it expires, and cannot be made to have expired", async () => {
    const client = await newClient();
    const past = await client.call("POST", KEYS, {
      name: "Past",
      scopes: ["*"],
      expires_at: "2020-01-01T00:00:00Z",
    });
    expect(await past.json()).toMatchObject({ errors: [{ code: "in_the_past" }] });
    const expires_at = new Date(Date.now() + 60_000).toISOString();
    const { api_key: key, api_key_id: id } = await newKey(client, { expires_at });
    expect((await call(key, "GET", `${KEYS}/self`)).status).toBe(200);
    await commit(sql("UPDATE api_keys SET expires_at_ms = 1 WHERE id = ?", id));
    expect((await call(key, "GET", `${KEYS}/self`)).status).toBe(401);
    expect((await client.ok("GET", `${KEYS}/${id}`)).status).toBe("expired");
  });

  test("that is revoked is 401 from the next request on, and its second revocation 404", async () => {
    const client = await newClient();
    const { api_key: key, api_key_id: id } = await newKey(client);
    expect((await client.call("DELETE", `${KEYS}/${id}`)).status).toBe(204);
    expect((await call(key, "GET", `${KEYS}/self`)).status).toBe(401);
    expect((await client.call("DELETE", `${KEYS}/${id}`)).status).toBe(404);
    expect((await client.ok("GET", `${KEYS}/${id}`)).status).toBe("revoked");
  });

  test("that is the last to manage keys cannot be revoked, narrowed or bound", async () => {
    const client = await newClient();
    const { api_key_id: id } = await client.ok("GET", `${KEYS}/self`);
    for (const [method, body] of [
      ["DELETE", undefined],
      ["PATCH", { scopes: ["numbers:read"] }],
      ["PATCH", { allowed_cidrs: ["192.0.2.1"] }],
    ] as const) {
      const refused = await client.call(method, `${KEYS}/${id}`, body);
      expect([refused.status, await code(refused)]).toEqual([409, "last_key"]);
    }
    await newKey(client);
    expect((await client.call("DELETE", `${KEYS}/${id}`)).status).toBe(204);
  });

  test("of another workspace is 404 for every verb", async () => {
    const [client, other] = await Promise.all([newClient(), newClient()]);
    const { api_key_id: id } = await newKey(other);
    const path = `${KEYS}/${id}`;
    for (const [method, at, body] of [
      ["GET", path, undefined],
      ["PATCH", path, { name: "Mine" }],
      ["DELETE", path, undefined],
      ["POST", `${path}/rotate`, {}],
    ] as const) {
      expect([method, (await client.call(method, at, body)).status]).toEqual([method, 404]);
    }
  });

  test("takes a new name, scopes, addresses and expiry, and keeps what is not named", async () => {
    const client = await newClient();
    const { api_key_id: id } = await newKey(client, { member: "ana@example.com" });
    const path = `${KEYS}/${id}`;
    const changed = await client.ok("PATCH", path, {
      scopes: ["calls:read", "calls:read"],
      allowed_cidrs: ["192.0.2.9"],
    });
    expect(changed).toMatchObject({
      name: "Script",
      member: "ana@example.com",
      scopes: ["calls:read"],
      allowed_cidrs: ["192.0.2.9/32"],
    });
    expect(await client.ok("PATCH", path, { allowed_cidrs: null, name: "Other" })).toMatchObject({
      name: "Other",
      scopes: ["calls:read"],
      allowed_cidrs: null,
    });
  });

  test("is made once for an Idempotency-Key", async () => {
    const client = await newClient();
    const post = (name: string) =>
      request("POST", KEYS, {
        headers: { "xi-api-key": client.key, "idempotency-key": "one" },
        body: { name, scopes: ["*"] },
      });
    const [first, second] = [await post("A"), await post("A")];
    expect(await second.json()).toEqual(await first.json());
    expect(second.headers.get("idempotent-replayed")).toBe("true");
    expect((await post("B")).status).toBe(422);
  });
});

describe("a rotation", () => {
  test("leaves two keys active until the overlap is over, and no third", async () => {
    const client = await newClient();
    const old = await newKey(client, { scopes: ["numbers:read"], member: "ci" });
    const path = `${KEYS}/${old.api_key_id}/rotate`;
    const answer = await client.call("POST", path, { overlap_secs: 3600 });
    expect(answer.status).toBe(201);
    const rotated = apiKeyRotatedSchema.parse(await answer.json());
    expect(rotated).toMatchObject({
      rotated_from: old.api_key_id,
      scopes: ["numbers:read"],
      member: "ci",
    });
    for (const key of [old.api_key, rotated.api_key]) {
      expect((await call(key, "GET", `${KEYS}/self`)).status).toBe(200);
    }
    for (const id of [old.api_key_id, rotated.api_key_id]) {
      const third = await client.call("POST", `${KEYS}/${id}/rotate`, {});
      expect([third.status, await code(third)]).toEqual([409, "rotation_running"]);
    }
    await commit(sql("UPDATE api_keys SET expires_at_ms = 1 WHERE id = ?", old.api_key_id));
    expect((await call(old.api_key, "GET", `${KEYS}/self`)).status).toBe(401);
    expect((await call(rotated.api_key, "GET", `${KEYS}/self`)).status).toBe(200);
    const next = await client.call("POST", `${KEYS}/${rotated.api_key_id}/rotate`, {});
    expect(next.status).toBe(201);
  });
});

describe("last_used_at", () => {
  test("is written after the answer, once a minute at most", async () => {
    const client = await newClient();
    const { api_key: key, api_key_id: id } = await newKey(client);
    let nowMs = Date.now();
    let writes = 0;
    const app = createApp({
      ...deps,
      clock: () => nowMs,
      housekeeping: {
        write: (unit) => {
          writes += 1;
          return deps.housekeeping.write(unit);
        },
      },
    });
    const use = async () => {
      const context = createExecutionContext();
      const made = new Request(`http://control-plane${KEYS}/self`, {
        headers: { "xi-api-key": key },
      });
      expect((await app.fetch(made, bindings, context)).status).toBe(200);
      await waitOnExecutionContext(context);
    };
    await use();
    await use();
    expect(writes).toBe(1);
    const first = (await client.ok("GET", `${KEYS}/${id}`)).last_used_at;
    expect(Date.parse(first)).toBe(nowMs);
    nowMs += 60_000;
    await use();
    expect(writes).toBe(2);
    expect(Date.parse((await client.ok("GET", `${KEYS}/${id}`)).last_used_at)).toBe(nowMs);
  });
});
