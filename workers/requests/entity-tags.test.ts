import { describe, expect, test } from "vitest";
import { createApp } from "../app.ts";
import { actAs } from "../auth/require-api-key.ts";
import { commit, deps, request, sql } from "../hub/test-fixture.ts";
import {
  AGENTS,
  importNumber,
  NUMBERS,
  newAgent,
  newClient,
  type TestClient,
} from "../routes/test-client.ts";

async function tagOf(client: TestClient, path: string): Promise<string> {
  const etag = (await client.call("GET", path)).headers.get("etag");
  expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
  return etag ?? "";
}

function send(client: TestClient, method: string, path: string, match: string, body?: unknown) {
  const headers = { "xi-api-key": client.key, "if-match": match };
  return request(method, path, body === undefined ? { headers } : { headers, body });
}

describe("the ETag of an answer", () => {
  test("is the same until something changes, and If-None-Match with it is 304 without a body", async () => {
    const client = await newClient();
    const path = `${AGENTS}/${await newAgent(client)}`;
    const etag = await tagOf(client, path);
    const ask = (tag: string) =>
      request("GET", path, { headers: { "xi-api-key": client.key, "if-none-match": tag } });
    const same = await ask(`W/${etag}`);
    expect([same.status, await same.text()]).toEqual([304, ""]);
    expect(same.headers.get("etag")).toBe(etag);
    expect(same.headers.get("ratelimit")).not.toBeNull();
    await client.ok("PATCH", path, { name: "Other" });
    const changed = await ask(etag);
    expect(changed.status).toBe(200);
    expect(changed.headers.get("etag")).not.toBe(etag);
  });

  test("of a key does not change with its use, and the key is sent whole all the same", async () => {
    const client = await newClient();
    const { api_key_id: id } = await client.ok("GET", "/v1/api-keys/self");
    const path = `/v1/api-keys/${id}`;
    const etag = await tagOf(client, path);
    await commit(sql("UPDATE api_keys SET last_used_at_ms = 1 WHERE id = ?", id));
    const headers = { "xi-api-key": client.key, "if-none-match": etag };
    const again = await request("GET", path, { headers });
    expect([again.status, again.headers.get("etag")]).toEqual([200, etag]);
  });
});

describe("If-Match", () => {
  test.each([
    ["PATCH", { label: "Desk" }],
    ["DELETE", undefined],
  ])(
    "with a stale tag, %s is 412 with the present one and writes nothing",
    async (method, body) => {
      const client = await newClient();
      const { id } = await importNumber(client);
      const path = `${NUMBERS}/${id}`;
      const stale = await tagOf(client, path);
      await client.ok("PATCH", path, { label: "Front" });
      const present = await tagOf(client, path);
      for (const tag of [stale, `W/${present}`, '"other"']) {
        const refused = await send(client, method, path, tag, body);
        expect(refused.status).toBe(412);
        expect(refused.headers.get("etag")).toBe(present);
        expect(await refused.json()).toMatchObject({ detail: { status: "precondition_failed" } });
      }
      expect(await tagOf(client, path)).toBe(present);
      expect((await send(client, method, path, `${stale}, ${present}`, body)).status).toBe(200);
    },
  );

  test("of ten requests with the same tag at the same time, lets one write", async () => {
    const client = await newClient();
    const path = `${AGENTS}/${await newAgent(client)}`;
    const etag = await tagOf(client, path);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, at) => send(client, "PATCH", path, etag, { name: `N${at}` })),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array(9).fill(412)]);
    const winner = answers.findIndex(({ status }) => status === 200);
    expect((await client.ok("GET", path)).name).toBe(`N${winner}`);
    for (const answer of answers.filter(({ status }) => status === 412)) {
      expect(answer.headers.get("etag")).toMatch(/^"[0-9a-f]{32}"$/);
    }
  });

  test("of our own surface is a problem of the catalogue", async () => {
    const client = await newClient();
    const { api_key_id: id } = await client.ok("GET", "/v1/api-keys/self");
    const refused = await send(client, "PATCH", `/v1/api-keys/${id}`, '"x"', { name: "Mine" });
    expect(refused.status).toBe(412);
    expect(await refused.json()).toMatchObject({
      code: "precondition_failed",
      type: "http://control-plane/errors#precondition_failed",
    });
  });

  test("of what is not there is 404, and of what has no tag 412", async () => {
    const client = await newClient();
    const gone = await send(client, "DELETE", `${NUMBERS}/phnum_none`, '"x"');
    expect(gone.status).toBe(404);
    const hook = await client.ok("POST", "/v1/workspace/webhooks", {
      settings: { auth_type: "hmac", name: "Hook", webhook_url: "https://hook.example.com/x" },
    });
    const path = `/v1/workspace/webhooks/${hook.webhook_id}`;
    expect((await send(client, "DELETE", path, "*")).status).toBe(412);
  });
});

test("a request of our own is let in without a key, and no other is", async () => {
  const client = await newClient();
  const { principal } = await (async () => {
    const { findApiKey } = await import("../db/api-keys.ts");
    const { sha256Hex } = await import("../auth/api-key.ts");
    const found = await findApiKey(deps.db, await sha256Hex(client.key));
    if (found === null) throw new Error("the key was made");
    return found;
  })();
  const app = createApp(deps);
  const url = `http://control-plane${NUMBERS}`;
  expect((await app.fetch(actAs(new Request(url), principal))).status).toBe(200);
  expect((await app.fetch(new Request(url))).status).toBe(401);
});
