import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { describe, expect, expectTypeOf, test } from "vitest";
import { ProblemError, Trunkline, WebhookError } from "./trunkline.ts";

/** A client whose requests are answered here. */
function clientOf(answer: (request: Request) => Response | Promise<Response>) {
  const requests: Request[] = [];
  const api = new Trunkline({
    baseUrl: "http://127.0.0.1:1",
    apiKey: "tk_test_x",
    maxRetries: 0,
    fetch: async (request) => {
      requests.push(request.clone());
      return answer(request);
    },
  });
  return { api, requests };
}

describe("requests", () => {
  test("carry the key, and an Idempotency-Key of their own where the API takes one", async () => {
    const { api, requests } = clientOf(() => Response.json({ agent_id: "a", routing_revision: 1 }));
    const made = await api.post("/v1/convai/agents/create", { body: { name: "A" } });
    expectTypeOf(made.agent_id).toBeString();
    await api.post("/v1/convai/agents/create", { body: { name: "A" } });
    await api.post("/v1/route-tests", {
      body: { from: "1", to: "2", source: "127.0.0.1" } as never,
    });
    const keys = requests.map((request) => request.headers.get("idempotency-key"));
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(keys[1]).not.toBe(keys[0]);
    expect(keys[2]).toBeNull();
    expect(requests[0]?.headers.get("xi-api-key")).toBe("tk_test_x");
  });

  test("are typed by the document", () => {
    const { api } = clientOf(() => Response.json({}));
    const wrong = () => {
      // @ts-expect-error: there is no such path.
      void api.get("/v1/nothing");
      // @ts-expect-error: it has no body without a number.
      void api.post("/v1/convai/phone-numbers", { body: { label: "x" } });
      // @ts-expect-error: the path has a parameter.
      void api.get("/v1/calls/{call_id}");
      // @ts-expect-error: it has no pages.
      void api.list("/v1/convai/settings");
    };
    expect(wrong).toBeTypeOf("function");
  });

  test("that are refused are a ProblemError, from either shape of the API", async () => {
    const problem = {
      ...{ type: "urn:x", title: "t", status: 409, code: "identifier_ambiguous", detail: "why" },
      ...{ instance: "/", request_id: "req_1", hint: "say more" },
      errors: [{ location: "query", pointer: "/a", code: "missing", detail: "Field required." }],
    };
    const own = clientOf(() =>
      Response.json(problem, {
        status: 409,
        headers: { "request-id": "req_1", "retry-after": "3" },
      }),
    );
    const error = await own.api.get("/v1/calls").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({
      ...{ status: 409, code: "identifier_ambiguous", detail: "why", hint: "say more" },
      ...{ requestId: "req_1", retryAfterSecs: 3 },
      errors: [{ location: "query", pointer: "/a", code: "missing" }],
    });

    const detail = [{ loc: ["body", "a/b", 0], msg: "wrong", type: "invalid", hint: "right" }];
    const vendor = clientOf(() => Response.json({ detail }, { status: 422 }));
    await expect(vendor.api.get("/v1/convai/settings")).rejects.toMatchObject({
      ...{ status: 422, code: "validation_failed", hint: "right" },
      errors: [{ location: "body", pointer: "/a~1b/0", code: "invalid", detail: "wrong" }],
    });
    const missing = clientOf(() =>
      Response.json({ detail: { status: "not_found", message: "none" } }, { status: 404 }),
    );
    await expect(missing.api.get("/v1/convai/settings")).rejects.toMatchObject({
      ...{ status: 404, code: "not_found", detail: "none" },
    });
    const foreign = clientOf(() => new Response("<h1>no</h1>", { status: 502 }));
    await expect(foreign.api.get("/v1/calls")).rejects.toMatchObject({ code: "http_502" });
  });
});

describe("pages", () => {
  test.each([
    ["/v1/calls", "data"],
    ["/v1/convai/agents", "agents"],
  ] as const)("of %s are followed by their cursor, in either form", async (path, list) => {
    const { api, requests } = clientOf((request) => {
      const cursor = new URL(request.url).searchParams.get("cursor");
      const next = cursor === null ? "second" : null;
      return Response.json({ [list]: [{ cursor }], has_more: next !== null, next_cursor: next });
    });
    const found: unknown[] = [];
    for await (const item of api.list(path, { params: { query: { page_size: 1 } } }))
      found.push(item);
    expect(found).toEqual([{ cursor: null }, { cursor: "second" }]);
    expect(requests.map(({ url }) => new URL(url).searchParams.get("page_size"))).toEqual([
      "1",
      "1",
    ]);
  });

  test("are fetched only as far as they are asked for", async () => {
    const { api, requests } = clientOf(() =>
      Response.json({ data: [1, 2], has_more: true, next_cursor: "x" }),
    );
    for await (const _ of api.list("/v1/calls")) break;
    expect(requests).toHaveLength(1);
  });
});

describe("webhooks.verify", () => {
  const event = { type: "post_call_transcription", event_timestamp: 1, data: { a: "é" } };
  const body = JSON.stringify(event);
  const nowSecs = Math.floor(Date.now() / 1_000);
  const vendor = (secret: string, atSecs = nowSecs, text = body) => ({
    "ElevenLabs-Signature": `t=${atSecs},v0=${createHmac("sha256", secret).update(`${atSecs}.${text}`).digest("hex")}`,
  });
  const standard = (secret: string, atSecs = nowSecs) => ({
    "webhook-id": "evt_1",
    "webhook-timestamp": String(atSecs),
    "webhook-signature": new Webhook(secret).sign("evt_1", new Date(atSecs * 1_000), body),
  });
  const OLD = `whsec_${Buffer.alloc(24, 1).toString("base64")}`;
  const NEW = `whsec_${Buffer.alloc(24, 2).toString("base64")}`;

  test("takes what either signature proves, and both secrets of a rotation", async () => {
    expect(await Trunkline.webhooks.verify(body, vendor("wsec_a"), "wsec_a")).toEqual(event);
    expect(await Trunkline.webhooks.verify(body, new Headers(standard(NEW)), [OLD, NEW])).toEqual(
      event,
    );
    const bytes = new TextEncoder().encode(body);
    expect(await Trunkline.webhooks.verify(bytes, standard(OLD), [OLD, NEW])).toEqual(event);
  });

  test.each([
    ["another secret", body, vendor("wsec_b"), "wrong_signature"],
    ["a body that was changed", `${body} `, vendor("wsec_a"), "wrong_signature"],
    ["no signature", body, {}, "no_signature"],
    ["a signature of another form", body, { "elevenlabs-signature": "v0=" }, "wrong_signature"],
    ["a signature of half an hour ago", body, vendor("wsec_a", nowSecs - 1_900), "stale"],
    ["a signature of a time to come", body, vendor("wsec_a", nowSecs + 1_900), "stale"],
    ["Standard Webhooks of six minutes ago", body, standard(OLD, nowSecs - 360), "stale"],
    ["Standard Webhooks with another secret", body, standard(NEW), "wrong_signature"],
    ["text that is not JSON", "no", vendor("wsec_a", nowSecs, "no"), "not_json"],
  ])("refuses %s", async (_what, text, headers, code) => {
    const secret = "webhook-id" in headers ? OLD : "wsec_a";
    const refused = Trunkline.webhooks.verify(text, headers, secret);
    await expect(refused).rejects.toBeInstanceOf(WebhookError);
    await expect(refused).rejects.toMatchObject({ code });
  });
});
