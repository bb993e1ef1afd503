import { describe, expect, test } from "vitest";
import { problemSchema } from "../../schema/contracts/errors.ts";
import type { HubToNode } from "../../schema/contracts/node-link.ts";
import {
  TRUNK_TEST_ABILITY,
  type TrunkTestStage,
  trunkTestLineSchema,
  trunkTestViewSchema,
} from "../../schema/contracts/trunk-test.ts";
import { TRUNK_TEST_STAGES } from "../../schema/values/trunk-test-stages.ts";
import { newNode, newRegion, request } from "../hub/test-fixture.ts";
import { hello, openLink, state, type TestLink } from "../hub/test-link.ts";
import { importNumber, newClient, type TestClient } from "./test-client.ts";

const PATH = "/v1/trunk-tests";
const PASSWORD = `password-${crypto.randomUUID()}`;
const TRUNK = {
  address: "pbx.example.com",
  transport: "tls",
  credentials: { username: "trunk-user", password: PASSWORD },
};
const BODY = { outbound_trunk_config: TRUNK };

type Asked = Extract<HubToNode, { type: "trunk_test" }>;

async function linkNode(region: string, abilities: string[] | null = [TRUNK_TEST_ABILITY]) {
  const node = await newNode(region);
  const link = await openLink(node.credential);
  const greeting = hello(state(0, 0));
  link.send(abilities === null ? greeting : { ...greeting, abilities });
  await link.next("welcome");
  return link;
}

function stage(name: TrunkTestStage["stage"], more: Partial<TrunkTestStage> = {}): TrunkTestStage {
  const nothing = { facts: {}, failure: null, warning: null };
  return { stage: name, status: "ok", duration_ms: 3, detail: "found", ...nothing, ...more };
}

function tell(link: TestLink, { testId }: Asked, one: TrunkTestStage): void {
  link.send({ type: "trunk_test_stage", testId, stage: one });
}

function finish(link: TestLink, asked: Asked, outcome: "done" | "busy" | "failed" = "done"): void {
  if (outcome === "done") for (const name of TRUNK_TEST_STAGES) tell(link, asked, stage(name));
  link.send({ type: "trunk_test_end", testId: asked.testId, outcome });
}

function post(client: TestClient, body: unknown, headers: Record<string, string> = {}) {
  return request("POST", PATH, { body, headers: { "xi-api-key": client.key, ...headers } });
}
const asJson = { accept: "application/json" };

describe("a trunk test", () => {
  test("that rings somebody needs the scope of who places calls; without the ring it does not", async () => {
    const client = await newClient();
    const made = await client.call("POST", "/v1/api-keys", { name: "T", scopes: ["trunks:write"] });
    const { api_key: key } = await made.json<{ api_key: string }>();
    const narrow = { ...client, key };
    const refused = await post(narrow, { ...BODY, invite: { to: "+15005550199" } });
    expect(refused.status).toBe(403);
    expect(problemSchema.parse(await refused.json())).toMatchObject({
      code: "scope_missing",
      hint: "calls:create",
    });
    expect((await post(narrow, BODY)).status).toBe(503);
  });

  test("tells every stage as it ends, one object a line", { timeout: 20_000 }, async () => {
    const client = await newClient(newRegion());
    const link = await linkNode(client.region);
    const posted = post(client, { ...BODY, invite: { to: "+15005550199" } });
    const asked = await link.next("trunk_test");
    const answer = await posted;
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/x-ndjson");
    const reader = answer.body?.getReader();
    const decoder = new TextDecoder();
    let text = "";
    const line = async () => {
      while (!text.includes("\n")) {
        const read = await reader?.read();
        if (read === undefined || read.done) throw new Error("the stream has ended");
        text += decoder.decode(read.value, { stream: true });
      }
      const [first = "", ...rest] = text.split("\n");
      text = rest.join("\n");
      return trunkTestLineSchema.parse(JSON.parse(first));
    };
    expect(await line()).toMatchObject({ type: "start", region: client.region });
    for (const name of TRUNK_TEST_STAGES) {
      // Each is read before the next is told: nothing waits for the end.
      tell(link, asked, stage(name));
      expect(await line()).toMatchObject({ type: "stage", stage: name });
    }
    link.send({ type: "trunk_test_end", testId: asked.testId, outcome: "done" });
    expect(await line()).toEqual({ type: "end", verdict: "passed", failed_stage: null });
    expect(asked.question).toMatchObject({ called: "+15005550199", caller: "trunk-test" });
  });

  test("of a number asks for its own trunk, from its own number", async () => {
    const client = await newClient(newRegion());
    const link = await linkNode(client.region);
    const number = await importNumber(client, { outbound_trunk_config: TRUNK });
    const posted = post(client, { phone_number_id: number.id }, asJson);
    const asked = await link.next("trunk_test");
    expect(asked.question).toMatchObject({
      workspaceId: client.workspaceId,
      caller: number.phoneNumber,
      called: null,
      trunk: { address: "pbx.example.com", transport: "tls" },
    });
    const failure = { code: "tls_expired", side: "pbx", hint: "Renew it.", allow: null } as const;
    tell(link, asked, stage("dns"));
    tell(link, asked, stage("tls", { status: "failed", failure }));
    link.send({ type: "trunk_test_end", testId: asked.testId, outcome: "done" });
    const view = trunkTestViewSchema.parse(await (await posted).json());
    expect(view).toMatchObject({ verdict: "failed", failed_stage: "tls" });
    expect(view.stages.map((one) => one.stage)).toEqual(["dns", "tls"]);
  });

  test("sends the password to the node sealed, and to nobody else", async () => {
    const client = await newClient(newRegion());
    const link = await linkNode(client.region);
    const posted = post(client, BODY, asJson);
    const asked = await link.next("trunk_test");
    expect(asked.question.trunk.credentials?.username).toBe("trunk-user");
    expect(asked.question.trunk.credentials?.password).not.toBeNull();
    expect(JSON.stringify(asked)).not.toContain(PASSWORD);
    expect(asked.question.peerSide).toBe("pbx");
    finish(link, asked);
    expect(await (await posted).text()).not.toContain(PASSWORD);
  });

  test("calls the other side a carrier where a preset knows its name", async () => {
    const client = await newClient(newRegion());
    const link = await linkNode(client.region);
    const trunk = { ...TRUNK, address: "acme.pstn.twilio.com" };
    const posted = post(client, { outbound_trunk_config: trunk }, asJson);
    const asked = await link.next("trunk_test");
    expect(asked.question.peerSide).toBe("carrier");
    finish(link, asked);
    expect((await posted).status).toBe(200);
  });

  test("is made once for an Idempotency-Key, and told again in either form", async () => {
    const client = await newClient(newRegion());
    const link = await linkNode(client.region);
    const key = { "idempotency-key": crypto.randomUUID() };
    const posted = post(client, BODY, { ...asJson, ...key });
    finish(link, await link.next("trunk_test"));
    const first = trunkTestViewSchema.parse(await (await posted).json());
    const again = await post(client, BODY, key);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    const lines = (await again.text()).trimEnd().split("\n");
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ trunk_test_id: first.trunk_test_id });
    expect(lines).toHaveLength(TRUNK_TEST_STAGES.length + 2);
    const other = await post(client, { outbound_trunk_config: { address: "b.test" } }, key);
    expect(problemSchema.parse(await other.json()).code).toBe("idempotency_key_reused");
  });

  test("of a node that is lost on the way ends as incomplete", async () => {
    const client = await newClient(newRegion());
    const link = await linkNode(client.region);
    const posted = post(client, BODY, asJson);
    const asked = await link.next("trunk_test");
    tell(link, asked, stage("dns"));
    link.cut();
    const view = trunkTestViewSchema.parse(await (await posted).json());
    expect(view).toMatchObject({ verdict: "incomplete", failed_stage: null });
  });

  test("is never asked of a node that does not know it", async () => {
    const client = await newClient(newRegion());
    expect((await post(client, BODY)).status).toBe(503);
    await linkNode(client.region, null);
    const answer = await post(client, BODY);
    expect(answer.status).toBe(503);
    expect(problemSchema.parse(await answer.json()).code).toBe("trunk_test_not_supported");
  });

  test("more than two of a workspace at once are refused, and only its own count", async () => {
    const region = newRegion();
    const [client, other] = [await newClient(region), await newClient(region)];
    const link = await linkNode(region);
    const running = [post(client, BODY, asJson), post(client, BODY, asJson)];
    const asked = [await link.next("trunk_test"), await link.next("trunk_test")];
    const refused = await post(client, BODY);
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("10");
    const allowed = post(other, BODY, asJson);
    asked.push(await link.next("trunk_test"));
    for (const one of asked) finish(link, one, "busy");
    for (const answer of await Promise.all([...running, allowed])) expect(answer.status).toBe(200);
  });

  test("needs a key, one trunk, and a number of the workspace that has one", async () => {
    const client = await newClient(newRegion());
    expect((await request("POST", PATH, { body: BODY })).status).toBe(401);
    const stranger = await newClient(newRegion());
    const theirs = await importNumber(stranger, { outbound_trunk_config: TRUNK });
    expect((await post(client, { phone_number_id: theirs.id })).status).toBe(404);
    const { id } = await importNumber(client);
    const pointers = async (body: unknown) => {
      const answer = await post(client, body);
      expect(answer.status).toBe(422);
      const { errors } = problemSchema.parse(await answer.json());
      return errors?.map(({ pointer }) => pointer);
    };
    expect(await pointers({ phone_number_id: id })).toEqual(["/phone_number_id"]);
    expect(await pointers({})).toEqual(["/phone_number_id"]);
    expect(await pointers({ ...BODY, phone_number_id: id })).toEqual(["/phone_number_id"]);
    const wrong = { outbound_trunk_config: { address: "sip:pbx.example.com" } };
    expect(await pointers(wrong)).toEqual(["/outbound_trunk_config/address"]);
  });
});
