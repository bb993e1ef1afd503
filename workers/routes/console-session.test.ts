import { expect, test } from "vitest";
import { request } from "../hub/test-fixture.ts";
import { NUMBERS, newClient, newNumber, numberBody, type TestClient } from "./test-client.ts";

/** Signs in as a browser does: the cookie, and the token that its page is told. */
async function signIn(client: TestClient, headers: Record<string, string> = {}) {
  const answer = await request("POST", "/v1/session", { body: { api_key: client.key }, headers });
  const view = await answer.json<{ csrf_token: string; workspace_id: string; sip_host: string }>();
  const setCookie = answer.headers.get("set-cookie") ?? "";
  return { answer, view, setCookie, cookie: setCookie.split(";")[0] ?? "" };
}

test("a key is exchanged for a cookie that no script can read, bound to the host, and holds no key", async () => {
  const client = await newClient();
  const { answer, setCookie, view } = await signIn(client);
  expect(answer.status).toBe(200);
  expect(setCookie).toMatch(/^__Host-trunkline_session=v1\./);
  for (const attribute of ["HttpOnly", "Secure", "SameSite=Strict", "Path=/", "Max-Age=43200"]) {
    expect(setCookie).toContain(attribute);
  }
  expect(setCookie).not.toContain("Domain");
  expect(setCookie + JSON.stringify(view)).not.toContain(client.key);
  expect(view.workspace_id).toBe(client.workspaceId);
  expect(view.sip_host).toMatch(/^t[0-9a-f]{32}\./);
  expect(answer.headers.get("cache-control")).toBe("no-store");
});

test("a session reads what its key may read, and is told again with the same token", async () => {
  const client = await newClient();
  const { cookie, view } = await signIn(client);
  const numbers = await request("GET", NUMBERS, { headers: { cookie } });
  expect(numbers.status).toBe(200);
  const again = await request("GET", "/v1/session", { headers: { cookie } });
  expect(await again.json()).toMatchObject({ csrf_token: view.csrf_token });
});

test("what changes something needs the session's own token, whatever the cookie", async () => {
  const client = await newClient();
  const { cookie, view } = await signIn(client);
  const other = await signIn(client);
  const body = numberBody(newNumber());
  for (const token of [undefined, "", other.view.csrf_token]) {
    const headers = { cookie, ...(token === undefined ? {} : { "x-csrf-token": token }) };
    const refused = await request("POST", NUMBERS, { body, headers });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ detail: { status: "csrf_token_missing" } });
  }
  const headers = { cookie, "x-csrf-token": view.csrf_token };
  expect((await request("POST", NUMBERS, { body, headers })).status).toBe(200);
});

test("a request that another site's page has made is refused, also a sign-in", async () => {
  const client = await newClient();
  const { cookie, view } = await signIn(client);
  for (const foreign of [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { origin: "https://evil.example" },
    { origin: "null" },
  ]) {
    const headers = { cookie, "x-csrf-token": view.csrf_token, ...foreign };
    expect((await request("GET", NUMBERS, { headers })).status).toBe(403);
    expect((await signIn(client, foreign)).answer.status).toBe(403);
  }
  const own = { cookie, "sec-fetch-site": "same-origin", origin: "http://control-plane" };
  expect((await request("GET", NUMBERS, { headers: own })).status).toBe(200);
});

test("an altered cookie, a wrong key and no session open nothing; a key beside the cookie decides alone", async () => {
  const client = await newClient();
  const { cookie } = await signIn(client);
  const altered = `${cookie.slice(0, -4)}AAAA`;
  for (const headers of [{ cookie: altered }, { cookie: "__Host-trunkline_session=x" }, {}]) {
    expect((await request("GET", NUMBERS, { headers })).status).toBe(401);
    expect((await request("GET", "/v1/session", { headers })).status).toBe(204);
  }
  const wrong = { cookie, "xi-api-key": `${client.key.slice(0, -1)}!` };
  expect((await request("GET", NUMBERS, { headers: wrong })).status).toBe(401);
  const answer = await request("POST", "/v1/session", { body: { api_key: "tk_live_nonsense" } });
  expect(answer.status).toBe(401);
  expect(await answer.json()).toMatchObject({ code: "invalid_api_key" });
});

test("signing out takes the cookie away, and needs the token as well", async () => {
  const client = await newClient();
  const { cookie, view } = await signIn(client);
  expect((await request("DELETE", "/v1/session", { headers: { cookie } })).status).toBe(403);
  const headers = { cookie, "x-csrf-token": view.csrf_token };
  const out = await request("DELETE", "/v1/session", { headers });
  expect(out.status).toBe(200);
  expect(out.headers.get("set-cookie")).toMatch(/^__Host-trunkline_session=; Max-Age=0/);
});

test("the console's page forbids what is inline or from elsewhere, and only files of the build are handed out", async () => {
  const page = await request("GET", "/console/calls/conv_1?x=1");
  // The tests' own deployment may have been made without it.
  if (page.status === 200) {
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain("unsafe");
    expect(page.headers.get("cache-control")).toBe("no-cache");
  } else {
    expect(await page.json()).toMatchObject({ code: "no_console" });
  }
  for (const path of [
    "assets/../build.txt",
    "assets/%2e%2e/build.txt",
    "assets/x.map",
    "assets/a/b.js",
  ]) {
    const answer = await request("GET", `/console/${path}`);
    expect(answer.headers.get("content-type"), path).not.toContain("javascript");
  }
  const root = await request("GET", "/");
  expect(new URL(root.url).pathname + root.status).toMatch(/console/);
});
