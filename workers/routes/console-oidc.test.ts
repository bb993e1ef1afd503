import { createExecutionContext } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import type { WorkspaceId } from "../../schema/values/ids.ts";
import { Secret } from "../../schema/values/secret.ts";
import { createApp } from "../app.ts";
import { bindings, deps, request } from "../hub/test-fixture.ts";
import { newClient } from "./test-client.ts";

const API = "https://api.example.com";
const CALLBACK = `${API}/v1/session/oidc/callback`;

/** A browser as far as cookies and redirects go. */
function newBrowser(workspaceIds: readonly string[], memberClaim = "email") {
  const oidc = {
    issuer: new URL("https://id.example.com"),
    clientId: "trunkline",
    clientSecret: new Secret("a-secret-of-the-test-run"),
    redirectUri: new URL(CALLBACK),
    workspaceIds: workspaceIds as readonly WorkspaceId[],
    memberClaim,
    name: "Example",
  };
  const app = createApp({ ...deps, config: { ...deps.config, oidc } });
  const jars = new Map<string, Map<string, string>>();
  const visit = async (url: string, form?: Record<string, string>): Promise<Response> => {
    const { host } = new URL(url);
    const jar = jars.get(host) ?? new Map<string, string>();
    jars.set(host, jar);
    const init = {
      method: form === undefined ? "GET" : "POST",
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") },
      redirect: "manual",
      ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
    } as const;
    const answer = url.startsWith(API)
      ? await app.request(url, init, bindings, createExecutionContext())
      : await fetch(url, init);
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (/max-age=0|expires=Thu, 01 Jan 1970/i.test(cookie)) jar.delete(name);
      else jar.set(name, value);
    }
    return answer;
  };
  const next = (answer: Response, from: string): string =>
    new URL(answer.headers.get("location") ?? "", from).href;
  /** To the provider, through its pages as this person, and up to the address that leads back. */
  const signInAs = async (person: string): Promise<string> => {
    let url = next(await visit(`${API}/v1/session/oidc`), API);
    for (let page = 0; page < 12 && !url.startsWith(API); page += 1) {
      const shown = await visit(url);
      const isForm = shown.status === 200;
      const prompt = isForm && (await shown.text()).includes('value="login"') ? "login" : "consent";
      const answer = isForm ? await visit(url, { prompt, login: person, password: "-" }) : shown;
      url = next(answer, url);
    }
    return url;
  };
  return { visit, next, signInAs, cookies: (host: string) => jars.get(host) };
}

/** A workspace with a key that names `member`. */
async function newMember(member: string) {
  const client = await newClient();
  const made = await client.call("POST", "/v1/api-keys", {
    name: "Of a person",
    member,
    scopes: ["numbers:read"],
  });
  const { api_key_id: keyId } = await made.json<{ api_key_id: string }>();
  return { client, keyId };
}

describe("a sign-in by the OpenID provider", () => {
  test("is the session of the key that names the member", async () => {
    const { client, keyId } = await newMember("Alice@example.com");
    const browser = newBrowser([client.workspaceId]);
    const back = await browser.signInAs("alice@example.com");
    expect(back.startsWith(`${CALLBACK}?code=`)).toBe(true);
    const entered = await browser.visit(back);
    expect([entered.status, browser.next(entered, API)]).toEqual([302, `${API}/console/`]);
    const session = await browser.visit(`${API}/v1/session`);
    expect(await session.json()).toMatchObject({
      workspace_id: client.workspaceId,
      api_key_id: keyId,
    });
    // What the key may not, its member may not.
    expect((await browser.visit(`${API}/v1/api-keys`)).status).toBe(403);
    expect((await browser.visit(`${API}/v1/convai/phone-numbers`)).status).toBe(200);
    await client.call("DELETE", `/v1/api-keys/${keyId}`);
    expect((await browser.visit(`${API}/v1/session`)).status).toBe(401);
  });

  test.each([
    ["a member of no workspace of the provider's", "stranger@example.com", "no_key"],
    ["an address that the provider has not verified", "unverified@example.com", "member_unknown"],
  ])("of %s is refused", async (_case, person, code) => {
    const { client } = await newMember("unverified@example.com");
    await newMember("stranger@example.com");
    const browser = newBrowser([client.workspaceId]);
    const entered = await browser.visit(await browser.signInAs(person));
    expect(browser.next(entered, API)).toBe(`${API}/console/?sign_in=${code}`);
    expect((await browser.visit(`${API}/v1/session`)).status).toBe(204);
  });

  test.each([
    ["Dora@example.com", `${API}/console/`],
    ["dora@example.com", `${API}/console/?sign_in=no_key`],
  ])("by `sub`, the key of %s is only of who is spelt like this", async (member, end) => {
    const { client } = await newMember(member);
    const browser = newBrowser([client.workspaceId], "sub");
    const entered = await browser.visit(await browser.signInAs("Dora@example.com"));
    expect(browser.next(entered, API)).toBe(end);
  });

  test("counts in the browser that has begun it, once, and only as it was begun", async () => {
    const { client } = await newMember("bob@example.com");
    const browser = newBrowser([client.workspaceId]);
    const back = await browser.signInAs("bob@example.com");
    const other = newBrowser([client.workspaceId]);
    const refusedAs = async (answer: Promise<Response>) =>
      new URL(browser.next(await answer, API)).searchParams.get("sign_in");
    expect(await refusedAs(other.visit(back))).toBe("sign_in_expired");
    const forged = new URL(back);
    forged.searchParams.set("state", "another");
    expect(await refusedAs(browser.visit(forged.href))).toBe("sign_in_expired");
    expect(await refusedAs(browser.visit(back))).toBe("sign_in_expired");
  });

  test("that the person gives up is told", async () => {
    const { client } = await newMember("carol@example.com");
    const browser = newBrowser([client.workspaceId]);
    const begun = await browser.visit(`${API}/v1/session/oidc`);
    const state = new URL(browser.next(begun, API)).searchParams.get("state") ?? "";
    const query = new URLSearchParams({
      error: "access_denied",
      state,
      iss: "https://id.example.com",
    });
    const entered = await browser.visit(`${CALLBACK}?${query}`);
    expect(browser.next(entered, API)).toBe(`${API}/console/?sign_in=sign_in_refused`);
  });

  test("is offered where there is a provider, and is 404 where there is none", async () => {
    const browser = newBrowser(["wksp_00000000000000000000000000"]);
    const offered = await browser.visit(`${API}/v1/session/methods`);
    expect(await offered.json()).toEqual({ api_key: true, oidc: { name: "Example" } });
    const none = await request("GET", "/v1/session/methods");
    expect(await none.json()).toEqual({ api_key: true, oidc: null });
    expect((await request("GET", "/v1/session/oidc")).status).toBe(404);
  });
});
