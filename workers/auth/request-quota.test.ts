import { describe, expect, test } from "vitest";
import { createApp } from "../app.ts";
import { problemCatalogue } from "../errors/catalogue.ts";
import { RequestWindows } from "../hub/request-windows.ts";
import { bindings, deps, request } from "../hub/test-fixture.ts";
import { NUMBERS, newClient } from "../routes/test-client.ts";

const KEYS = "/v1/api-keys/self";

/** An app whose keys have `limit` requests in a second of a clock that stands unless it is moved. */
function limitedApp(limit: number) {
  const windows = new RequestWindows();
  const clock = { nowMs: 1_000_000 };
  const app = createApp({
    ...deps,
    takeRequest: async (id) => {
      const { isExceeded, remaining, resetMs } = windows.take(id, limit, 1_500, clock.nowMs);
      return { limit, windowSecs: 2, remaining, isExceeded, resetSecs: Math.ceil(resetMs / 1000) };
    },
  });
  const context = {
    waitUntil: () => undefined,
    passThroughOnException: () => undefined,
    props: {},
  };
  const get = (path: string, key: string) =>
    app.request(path, { headers: { "xi-api-key": key } }, bindings, context);
  return { clock, get };
}

describe("RateLimit", () => {
  test("counts down by one a request, on every answer to a key that is valid", async () => {
    const client = await newClient();
    const left = async (path: string) => {
      const { headers } = await client.call("GET", path);
      expect(headers.get("ratelimit-policy")).toBe('"burst";q=1000;w=10');
      return Number(/^"burst";r=(\d+);t=\d+$/.exec(headers.get("ratelimit") ?? "")?.[1]);
    };
    const paths = [KEYS, NUMBERS, `${NUMBERS}/none`, "/v1/api-keys/none", KEYS];
    const counted: number[] = [];
    for (const path of paths) counted.push(await left(path));
    expect(counted).toEqual([999, 998, 997, 996, 995]);
    expect((await request("GET", KEYS)).headers.get("ratelimit")).toBeNull();
  });

  test("that is used up is 429 until the time that it names, in the shape of the path", async () => {
    const client = await newClient();
    const { clock, get } = limitedApp(2);
    expect((await get(KEYS, client.key)).status).toBe(200);
    const last = await get(KEYS, client.key);
    expect(last.headers.get("ratelimit")).toBe('"burst";r=0;t=2');
    const refused = await get(KEYS, client.key);
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("2");
    expect(refused.headers.get("ratelimit")).toBe('"burst";r=0;t=2');
    expect(await refused.json()).toMatchObject({
      type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
      code: "quota_exceeded",
      "violated-policies": ["burst"],
    });
    const vendor = await get(NUMBERS, client.key);
    expect(await vendor.json()).toMatchObject({ detail: { status: "quota_exceeded" } });
    // `Retry-After` is never earlier than the window's end.
    clock.nowMs += 1_499;
    expect((await get(KEYS, client.key)).status).toBe(429);
    clock.nowMs += 1;
    expect((await get(KEYS, client.key)).status).toBe(200);
  });

  test("is of one key: another of the same workspace has its own", async () => {
    const client = await newClient();
    const made = await client.call("POST", "/v1/api-keys", { name: "Other", scopes: ["*"] });
    const { api_key: other } = await made.json<{ api_key: string }>();
    const { get } = limitedApp(1);
    await get(KEYS, client.key);
    expect((await get(KEYS, client.key)).status).toBe(429);
    expect((await get(KEYS, other)).status).toBe(200);
  });

  test("is exact under 50 requests at the same time", async () => {
    const id = crypto.randomUUID();
    const object = bindings.REQUEST_QUOTA.get(bindings.REQUEST_QUOTA.idFromName("default/quota/0"));
    const taken = await Promise.all(Array.from({ length: 50 }, () => object.take(id, 30, 60_000)));
    expect(taken.filter(({ isExceeded }) => !isExceeded)).toHaveLength(30);
    const left = taken.filter(({ isExceeded }) => !isExceeded).map(({ remaining }) => remaining);
    expect(new Set(left).size).toBe(30);
  });

  test("that nobody counts refuses nobody", async () => {
    const client = await newClient();
    const app = createApp({ ...deps, takeRequest: async () => null });
    const context = {
      waitUntil: () => undefined,
      passThroughOnException: () => undefined,
      props: {},
    };
    const headers = { "xi-api-key": client.key };
    const answer = await app.request(KEYS, { headers }, bindings, context);
    expect([answer.status, answer.headers.get("ratelimit")]).toEqual([200, null]);
  });
});

describe("the catalogue of errors", () => {
  test("has a title, a remedy and an anchor for every code, and problems point there", async () => {
    const catalogue = await (await request("GET", "/errors.json")).json<{ errors: object[] }>();
    expect(catalogue.errors).toEqual(problemCatalogue("http://control-plane"));
    const page = await (await request("GET", "/errors")).text();
    for (const { code } of problemCatalogue("")) expect(page).toContain(`id="${code}"`);
    const problem = await (await request("GET", KEYS)).json<{ type: string; title: string }>();
    const row = problemCatalogue("http://control-plane").find(({ type }) => type === problem.type);
    expect(row).toMatchObject({ code: "missing_api_key", title: problem.title, status: 401 });
  });
});
