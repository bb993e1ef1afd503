import { describe, expect, test } from "vitest";
import { createApp } from "../app.ts";
import { bindings, commit, deps, request, sql } from "../hub/test-fixture.ts";
import {
  AGENTS,
  NUMBERS,
  newClient,
  newNumber,
  numberBody,
  type TestClient,
} from "./test-client.ts";

const WEBHOOKS = "/v1/workspace/webhooks";
const WEBHOOK = {
  settings: { auth_type: "hmac", name: "w", webhook_url: "https://hooks.example.com/x" },
};

function post(client: TestClient, path: string, key: string, body: unknown): Promise<Response> {
  const headers = { "xi-api-key": client.key, "idempotency-key": key };
  return request("POST", path, { headers, body });
}

const newKey = () => crypto.randomUUID();

async function kept(key: string) {
  return deps.db.read((reader) =>
    reader.all<Record<string, unknown>>(`SELECT * FROM idempotency_keys WHERE key = '${key}'`),
  );
}

describe("Idempotency-Key", () => {
  test.each([
    ["a phone number", NUMBERS, () => numberBody(newNumber()), NUMBERS],
    ["an agent", `${AGENTS}/create`, () => ({ name: "once" }), AGENTS],
    ["a webhook", WEBHOOKS, () => WEBHOOK, WEBHOOKS],
  ])(
    "%s is made once, and the repetition is answered alike and says so",
    async (_what, path, make, list) => {
      const client = await newClient();
      const [key, body] = [newKey(), make()];
      const first = await post(client, path, key, body);
      const again = await post(client, path, `"${key}"`, body);
      expect([first.status, again.status]).toEqual([200, 200]);
      expect(await again.text()).toBe(await first.text());
      expect(first.headers.get("idempotent-replayed")).toBeNull();
      expect(again.headers.get("idempotent-replayed")).toBe("true");
      const listed = await client.ok("GET", list);
      expect(listed.agents ?? listed.webhooks ?? listed).toHaveLength(1);
    },
  );

  test("another body with the key is 422, and nothing is made", async () => {
    const client = await newClient();
    const key = newKey();
    await post(client, `${AGENTS}/create`, key, { name: "a" });
    const other = await post(client, `${AGENTS}/create`, key, { name: "b" });
    expect(other.status).toBe(422);
    expect(await other.json()).toMatchObject({
      detail: [{ loc: ["header", "idempotency-key"], type: "idempotency_key_reused" }],
    });
    expect((await client.ok("GET", AGENTS)).agents).toHaveLength(1);
  });

  test("a key is of one workspace and one path", async () => {
    const [one, two] = [await newClient(), await newClient()];
    const key = newKey();
    const ids = [
      await post(one, `${AGENTS}/create`, key, { name: "a" }),
      await post(two, `${AGENTS}/create`, key, { name: "a" }),
      await post(one, WEBHOOKS, key, WEBHOOK),
    ].map((response) => [response.status, response.headers.get("idempotent-replayed")]);
    expect(ids).toEqual([
      [200, null],
      [200, null],
      [200, null],
    ]);
    expect(await kept(key)).toHaveLength(3);
  });

  test("while the first is worked on, the second is 409 with Retry-After", async () => {
    const client = await newClient();
    const key = newKey();
    const responses = await Promise.all([
      post(client, `${AGENTS}/create`, key, { name: "a" }),
      post(client, `${AGENTS}/create`, key, { name: "a" }),
    ]);
    expect(responses.map(({ status }) => status).sort()).toEqual([200, 409]);
    const second = responses.find(({ status }) => status === 409);
    expect(second?.headers.get("retry-after")).toBe("1");
    expect(await second?.json()).toMatchObject({ detail: { status: "idempotency_in_progress" } });
  });

  test("of requests in several isolates one makes it, and all answer with it", async () => {
    const client = await newClient();
    const headers = {
      "xi-api-key": client.key,
      "idempotency-key": newKey(),
      "content-type": "application/json",
    };
    const body = JSON.stringify(numberBody(newNumber()));
    const context = {
      waitUntil: () => undefined,
      passThroughOnException: () => undefined,
      props: {},
    };
    const responses = await Promise.all(
      Array.from({ length: 5 }, () =>
        createApp({ ...deps, inFlight: new Set() }).request(
          NUMBERS,
          { method: "POST", headers, body },
          bindings,
          context,
        ),
      ),
    );
    const texts = await Promise.all(responses.map((response) => response.text()));
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(new Set(texts).size).toBe(1);
    expect(await client.ok("GET", NUMBERS)).toHaveLength(1);
  });

  test("a request that was refused keeps its key free", async () => {
    const client = await newClient();
    const key = newKey();
    const wrong = await post(client, NUMBERS, key, numberBody("not dialable @"));
    const right = await post(client, NUMBERS, key, numberBody(newNumber()));
    expect([wrong.status, right.status]).toEqual([422, 200]);
  });

  test("a secret that is shown once stands nowhere in clear", async () => {
    const client = await newClient();
    const key = newKey();
    const made = await post(client, WEBHOOKS, key, WEBHOOK);
    const { webhook_secret: secret } = await made.json<{ webhook_secret: string }>();
    const rows = await kept(key);
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(secret);
  });

  test("after a day the key is new again, and old ones are forgotten", async () => {
    const client = await newClient();
    const [key, old] = [newKey(), newKey()];
    const first = await post(client, `${AGENTS}/create`, key, { name: "a" });
    await post(client, `${AGENTS}/create`, old, { name: "a" });
    await commit(
      sql(
        "UPDATE idempotency_keys SET expires_at_ms = ? WHERE key IN (?, ?)",
        Date.now(),
        key,
        old,
      ),
    );
    const second = await post(client, `${AGENTS}/create`, key, { name: "b" });
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.headers.get("idempotent-replayed")).toBeNull();
    expect([await kept(key), await kept(old)]).toMatchObject([[{ key }], []]);
  });

  test.each(["", '""', "a b", "é", "x".repeat(256)])("%j is no key: 422", async (key) => {
    const client = await newClient();
    const response = await post(client, `${AGENTS}/create`, key, { name: "a" });
    expect(response.status).toBe(422);
  });
});
