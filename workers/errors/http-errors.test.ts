import { createExecutionContext } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import {
  problemSchema,
  vendorErrorSchema,
  vendorValidationErrorSchema,
} from "../../schema/contracts/errors.ts";
import { createApp } from "../app.ts";
import { mintApiKey } from "../auth/api-key.ts";
import { createKeyCache } from "../auth/key-cache.ts";
import { createDatabase } from "../db/client.ts";
import {
  bindings,
  commit,
  deps,
  newRegion,
  newWorkspace,
  request,
  sql,
} from "../hub/test-fixture.ts";
import { NUMBERS, newClient } from "../routes/test-client.ts";

const ADMIN = "/v1/admin/workspaces";

function post(path: string, body: BodyInit, headers: Record<string, string>): Promise<Response> {
  const app = createApp(deps);
  const context = {
    waitUntil: () => undefined,
    passThroughOnException: () => undefined,
    props: {},
  };
  return Promise.resolve(app.request(path, { method: "POST", body, headers }, bindings, context));
}

describe("authentication", () => {
  test("a key opens by xi-api-key and by Bearer; without one it is 401 in the vendor's shape", async () => {
    const { key } = await newClient();
    const byHeader = await request("GET", NUMBERS, { headers: { "xi-api-key": key } });
    const byBearer = await request("GET", NUMBERS, { bearer: key });
    const without = await request("GET", NUMBERS);
    expect([byHeader.status, byBearer.status, without.status]).toEqual([200, 200, 401]);
    expect(vendorErrorSchema.parse(await without.json()).detail.status).toBe("missing_api_key");
  });

  test("an unknown, a revoked and an expired key are 401 alike", async () => {
    const workspace = await newWorkspace(newRegion());
    const insert = async (revokedAtMs: number | null, expiresAtMs: number | null) => {
      const { key, last4, sha256 } = await mintApiKey();
      await commit(
        sql(
          `INSERT INTO api_keys (id, workspace_id, name, sha256, last4, created_at_ms, expires_at_ms,
             revoked_at_ms) VALUES (?, ?, 'k', ?, ?, 1, ?, ?)`,
          `key_${crypto.randomUUID()}`,
          workspace.workspace_id,
          sha256,
          last4,
          expiresAtMs,
          revokedAtMs,
        ),
      );
      return key;
    };
    const unknown = (await mintApiKey()).key;
    const bodies: unknown[] = [];
    for (const key of [unknown, await insert(1, null), await insert(null, Date.now())]) {
      const response = await request("GET", NUMBERS, { headers: { "xi-api-key": key } });
      expect(response.status).toBe(401);
      bodies.push(await response.json());
    }
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
    const valid = await insert(null, Date.now() + 60_000);
    expect((await request("GET", NUMBERS, { bearer: valid })).status).toBe(200);
  });

  test("what a key reads is kept in no shared cache and asked for again, refusals as well", async () => {
    const { key } = await newClient();
    for (const headers of [{ "xi-api-key": key }, {}]) {
      const answer = await request("GET", NUMBERS, { headers });
      expect(answer.headers.get("cache-control")).toBe("private, no-cache");
    }
    expect((await request("GET", "/errors.json")).headers.get("cache-control")).toMatch(/^public/);
  });

  test("a misspelt key is refused without a read of the database", async () => {
    const { key } = await newClient();
    const unreachable = createDatabase({
      url: "http://libsql",
      authToken: null,
      fetch: () => Promise.reject(new TypeError("must not be reached")),
    });
    const { keys } = createKeyCache(unreachable, deps.writer, deps.clock);
    const app = createApp({ ...deps, db: unreachable, keys });
    const misspelt = key.slice(0, -1) + (key.endsWith("a") ? "b" : "a");
    const ask = async (one: string) =>
      (await app.request(NUMBERS, { headers: { "xi-api-key": one } })).status;
    expect(await ask(misspelt)).toBe(401);
    expect(await ask(key)).toBe(503);
  });

  test("only the operator token opens the admin paths", async () => {
    const { key } = await newClient();
    const body = { name: "x", host_label: "x", region: "x" };
    for (const bearer of [key, "", `${bindings.TEST_OPERATOR_TOKEN}x`]) {
      const response = await request("POST", ADMIN, { bearer, body });
      expect(response.status).toBe(401);
      expect(problemSchema.parse(await response.json()).code).toBe("invalid_operator_token");
    }
  });
});

describe("API keys", () => {
  test("a key has the published form, and its digest is what is kept", async () => {
    const { key, last4, sha256 } = await mintApiKey("test");
    expect(key).toMatch(/^tk_test_[0-9A-Za-z]{36}$/);
    expect(key.endsWith(last4)).toBe(true);
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
    const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0"));
    expect(sha256).toBe(hex.join(""));
  });
});

describe("error shapes", () => {
  test("the vendor's paths answer in the vendor's shape, all others in RFC 9457", async () => {
    const { key } = await newClient();
    const json = { "content-type": "application/json" };
    const cases = [
      ["/v1/convai/nothing", "", 404, "not_found"],
      ["/v1/nothing", "", 404, "not_found"],
      [`${NUMBERS}/phnum_x`, "{}", 405, "method_not_allowed"],
      ["/openapi.json", "{}", 405, "method_not_allowed"],
      [NUMBERS, "{", 400, "malformed_json"],
      [ADMIN, "{", 400, "malformed_json"],
      [NUMBERS, "x".repeat(1_100_000), 413, "body_too_large"],
      [ADMIN, "x".repeat(1_100_000), 413, "body_too_large"],
    ] as const;
    for (const [path, body, status, code] of cases) {
      const isVendor = path.startsWith("/v1/convai");
      const credential = isVendor ? key : bindings.TEST_OPERATOR_TOKEN;
      const headers = { ...json, authorization: `Bearer ${credential}` };
      const response = await post(path, body, headers);
      expect([path, response.status]).toEqual([path, status]);
      expect(response.headers.get("request-id")).toMatch(/^req_/);
      const answer: unknown = await response.json();
      if (isVendor) {
        expect(vendorErrorSchema.parse(answer).detail.status).toBe(code);
      } else {
        expect(response.headers.get("content-type")).toBe("application/problem+json");
        expect(problemSchema.parse(answer)).toMatchObject({ code, status });
      }
    }
  });

  test("a body that is not declared as JSON is 415, with what to send", async () => {
    const { key } = await newClient();
    const vendor = await post(NUMBERS, "{}", { "xi-api-key": key, "content-type": "text/plain" });
    const own = await post(ADMIN, "{}", { "content-type": "text/plain" });
    expect([vendor.status, own.status]).toEqual([415, 415]);
    expect(problemSchema.parse(await own.json()).hint).toBe("content-type: application/json");
  });

  test.each(["application/json ; charset=utf-8", "application/a+b+json", "application/json;;"])(
    "a body declared as %s is read or 415, never a fault or ignored",
    async (type) => {
      const { key } = await newClient();
      const agent = JSON.stringify({ name: "Named" });
      const headers = { "xi-api-key": key, "content-type": type };
      const response = await post("/v1/convai/agents/create", agent, headers);
      expect(response.status).toBe(415);
      expect(vendorErrorSchema.parse(await response.json()).detail.status).toBe(
        "unsupported_media_type",
      );
    },
  );

  test.each([
    ["a label", NUMBERS, { label: "\ud800", phone_number: "+442071838750" }, ["body", "label"]],
    ["a name", "/v1/convai/agents/create", { name: "a\udc00" }, ["body", "name"]],
    ["an element", "/v1/convai/agents/create", { tags: ["a", "\ud83d"] }, ["body", "tags", 1]],
  ])("half of a surrogate pair in %s is 422 at its place", async (_what, path, body, loc) => {
    const { key } = await newClient();
    const response = await request("POST", path, { bearer: key, body });
    expect(response.status).toBe(422);
    const { detail } = vendorValidationErrorSchema.parse(await response.json());
    expect(detail).toMatchObject([{ loc, type: "not_unicode" }]);
  });

  test.each([
    ["lists", "[".repeat(400_000)],
    ["objects with half of a surrogate pair", `${'{"a":'.repeat(150_000)}"\\ud800"`],
    ["65 levels", `{"name":${"[".repeat(64)}${"]".repeat(64)}}`],
  ])("a body of %s inside each other is 422, in either shape", async (_what, body) => {
    const { key } = await newClient();
    const type = { "content-type": "application/json" };
    for (const [path, credential] of [
      ["/v1/convai/agents/create", key],
      [ADMIN, bindings.TEST_OPERATOR_TOKEN],
    ] as const) {
      const headers = { ...type, authorization: `Bearer ${credential}` };
      const response = await post(path, body, headers);
      expect(response.status).toBe(422);
      expect(await response.text()).toContain("nests_too_deep");
    }
  });

  test("brackets in texts are no nesting, and 64 levels are not too many", async () => {
    const { key } = await newClient();
    const headers = { "xi-api-key": key, "content-type": "application/json" };
    const deep = `${"[".repeat(62)}${"]".repeat(62)}`;
    const body = `{"name":"\\"${"[{".repeat(100)}","platform_settings":{"x":${deep}}}`;
    expect((await post("/v1/convai/agents/create", body, headers)).status).toBe(200);
  });

  test("a whole surrogate pair, escaped, is text", async () => {
    const { key } = await newClient();
    const headers = { "xi-api-key": key, "content-type": "application/json" };
    const path = "/v1/convai/agents/create";
    const response = await post(path, '{"name":"\\ud83d\\ude00"}', headers);
    expect(response.status).toBe(200);
  });

  test("405 says in Allow what the path offers (RFC 9110 §15.5.6)", async () => {
    const { key } = await newClient();
    const response = await request("PUT", `${NUMBERS}/x`, { bearer: key, body: {} });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("DELETE, GET, PATCH");
  });

  test("422 lists every wrong place, by loc in the vendor's shape and by pointer in ours", async () => {
    const { key } = await newClient();
    const vendor = await request("POST", NUMBERS, { bearer: key, body: { label: 7 } });
    expect(vendor.status).toBe(422);
    const { detail } = vendorValidationErrorSchema.parse(await vendor.json());
    expect(detail).toMatchObject([
      { loc: ["body", "phone_number"], type: "missing" },
      { loc: ["body", "label"], type: "invalid_type" },
    ]);
    const own = await request("POST", ADMIN, { bearer: bindings.TEST_OPERATOR_TOKEN, body: {} });
    expect(own.status).toBe(422);
    const { errors } = problemSchema.parse(await own.json());
    expect(errors?.map(({ pointer }) => pointer)).toEqual(["/name", "/host_label", "/region"]);
  });

  test("an unavailable database or writer is 503 with Retry-After", async () => {
    const { key } = await newClient();
    const app = createApp({
      ...deps,
      writer: { write: async () => ({ ok: false, code: "unavailable", retryAfterSecs: 7 }) },
    });
    const made = new Request(`http://control-plane${NUMBERS}`, {
      method: "POST",
      headers: { "xi-api-key": key, "content-type": "application/json" },
      body: JSON.stringify({ phone_number: "1000", label: "x" }),
    });
    const response = await app.fetch(made, bindings, createExecutionContext());
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("7");
    expect(vendorErrorSchema.parse(await response.json()).detail.status).toBe("unavailable");
  });

  test("a fault says nothing of its cause", async () => {
    const { key } = await newClient();
    const app = createApp({
      ...deps,
      writer: { write: () => Promise.reject(new Error("secret detail")) },
    });
    const made = new Request(`http://control-plane${NUMBERS}`, {
      method: "POST",
      headers: { "xi-api-key": key, "content-type": "application/json" },
      body: JSON.stringify({ phone_number: "1000", label: "x" }),
    });
    const response = await app.fetch(made, bindings, createExecutionContext());
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).not.toContain("secret detail");
    expect(vendorErrorSchema.parse(JSON.parse(text)).detail.status).toBe("internal_error");
  });

  test("the OpenAPI document is 3.1 and describes every path of the API", async () => {
    const document = await (await request("GET", "/openapi.json")).json<{
      openapi: string;
      paths: Record<string, unknown>;
    }>();
    expect(document.openapi).toBe("3.1.0");
    for (const path of [NUMBERS, "/v1/convai/agents/create", "/v1/convai/conversations"]) {
      expect(document.paths).toHaveProperty([path]);
    }
  });

  test("the OpenAPI document names every error that a path can answer, and asks receivers for no key", async () => {
    const document = await (await request("GET", "/openapi.json")).json<{
      paths: Record<
        string,
        Record<
          string,
          {
            responses: object;
            requestBody?: { content: object };
            security?: readonly unknown[];
          }
        >
      >;
      webhooks: Record<string, { post: { security: unknown[] } }>;
    }>();
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, { requestBody, responses, security }] of Object.entries(methods)) {
        const isOpen = security?.length === 0;
        const always = isOpen ? ["500"] : ["401", "422", "500", "503"];
        const ofBody = requestBody === undefined ? [] : ["413", "415"];
        const ofJson = "application/json" in (requestBody?.content ?? {}) ? ["400"] : [];
        const ofItem = path.endsWith("}") ? ["404"] : [];
        expect(Object.keys(responses), `${method} ${path}`).toEqual(
          expect.arrayContaining([...always, ...ofBody, ...ofJson, ...ofItem]),
        );
      }
    }
    expect(Object.keys(document.webhooks)).toEqual([
      "post_call_transcription",
      "call_initiation_failure",
      "answering_machine_detection",
      "network.ranges.scheduled",
      "network.ranges.changed",
      "webhook_endpoint.disabled",
    ]);
    for (const { post } of Object.values(document.webhooks)) expect(post.security).toEqual([]);
  });
});
