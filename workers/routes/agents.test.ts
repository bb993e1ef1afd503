import { describe, expect, test } from "vitest";
import { readTable } from "../db/routing-changes.ts";
import { deps } from "../hub/test-fixture.ts";
import { agentRoute, create } from "./agent-test-client.ts";
import { AGENTS, NUMBERS, newClient, newNumber } from "./test-client.ts";
import { keep } from "./test-conversations.ts";

describe("agents", () => {
  test("where calls may be transferred to reaches the nodes: our rules and the vendor's tool", async () => {
    const client = await newClient();
    const id = await create(client, {
      transfer_destinations: ["+49 30 1234*", "sip:*@pbx.example.com"],
      conversation_config: {
        agent: {
          prompt: {
            built_in_tools: {
              transfer_to_number: {
                params: {
                  transfers: [
                    { transfer_destination: { type: "phone", phone_number: "+4930999" } },
                    { transfer_destination: { type: "sip_uri", sip_uri: "sip:a@b.example" } },
                    { phone_number: "+4930888" },
                  ],
                },
              },
            },
          },
        },
      },
    });
    expect((await agentRoute(client, id))?.transferDestinations).toEqual([
      "+49 30 1234*",
      "sip:*@pbx.example.com",
      "+4930999",
      "sip:a@b.example",
      "+4930888",
    ]);
    const view = await client.ok("GET", `${AGENTS}/${id}`);
    expect(view.transfer_destinations).toEqual(["+49 30 1234*", "sip:*@pbx.example.com"]);
    for (const wrong of ["*", "alice", "sip:*@", "+49;x", "sip:a@b?Replaces=1"]) {
      const refused = await client.call("PATCH", `${AGENTS}/${id}`, {
        transfer_destinations: [wrong],
      });
      expect(refused.status).toBe(422);
    }
  });

  test("how keys are collected reaches the nodes, with the vendor's defaults", async () => {
    const client = await newClient();
    const withKeys = (settings: unknown) => ({
      conversation_config: { conversation: { dtmf_input_settings: settings } },
    });
    const id = await create(client);
    expect((await agentRoute(client, id))?.digitInput).toBeNull();
    await client.ok("PATCH", `${AGENTS}/${id}`, withKeys({}));
    expect((await agentRoute(client, id))?.digitInput).toEqual({
      timeoutMs: 2_000,
      hashTerminator: true,
    });
    await client.ok("PATCH", `${AGENTS}/${id}`, {
      ...withKeys({ dtmf_input_timeout: 0.5, hash_terminator: false, redact_input: true }),
    });
    expect((await agentRoute(client, id))?.digitInput).toEqual({
      timeoutMs: 500,
      hashTerminator: false,
    });
    const refused = await client.call(
      "PATCH",
      `${AGENTS}/${id}`,
      withKeys({ dtmf_input_timeout: 11 }),
    );
    expect(refused.status).toBe(422);
  });

  test("the vendor's body alone makes an agent, and its fields come back as they went", async () => {
    const client = await newClient();
    const id = await create(client, {
      name: "Ada",
      tags: ["support"],
      conversation_config: {
        agent: { first_message: "Hello", prompt: { prompt: "Be kind", llm: "x" } },
        conversation: { max_duration_seconds: 90, text_only: false },
      },
      platform_settings: { privacy: { record_voice: true } },
      workflow: { nodes: [] },
    });
    const view = await client.ok("GET", `${AGENTS}/${id}`);
    expect(view).toMatchObject({
      agent_id: id,
      name: "Ada",
      tags: ["support"],
      conversation_config: {
        agent: { first_message: "Hello", prompt: { prompt: "Be kind", llm: "x" } },
        conversation: { max_duration_seconds: 90, text_only: false },
      },
      platform_settings: { privacy: { record_voice: true } },
      workflow: { nodes: [] },
      phone_numbers: [],
      connection: { protocol: "builtin" },
    });
    expect(await agentRoute(client, id)).toEqual({
      id,
      workspaceId: client.workspaceId,
      name: "Ada",
      connection: { protocol: "builtin" },
      maxDurationSecs: 90,
      digitInput: null,
      transferDestinations: [],
      preCallWebhook: null,
      limits: { concurrency: null, daily: 100_000 },
      queue: null,
      silenceTimeoutSecs: null,
      fallback: null,
      audioFiles: {},
      recording: null,
      voicemail: null,
    });
  });

  test("a change is merged member by member and reaches the nodes", async () => {
    const client = await newClient();
    const id = await create(client, {
      name: "Ada",
      conversation_config: { agent: { first_message: "Hello", language: "en" } },
    });
    const changed = await client.ok("PATCH", `${AGENTS}/${id}`, {
      name: "Grace",
      conversation_config: {
        agent: { first_message: "Hi" },
        conversation: { max_duration_seconds: 30 },
      },
    });
    expect(changed).toMatchObject({
      name: "Grace",
      conversation_config: {
        agent: { first_message: "Hi", language: "en" },
        conversation: { max_duration_seconds: 30 },
      },
    });
    expect(await agentRoute(client, id)).toMatchObject({ name: "Grace", maxDurationSecs: 30 });
    expect(changed.routing_revision).toBe(2);
  });

  test("deleting an agent unassigns its numbers in the same step", async () => {
    const client = await newClient();
    const id = await create(client);
    const number = { phone_number: newNumber(), label: "Desk", agent_id: id };
    const { phone_number_id: numberId } = await client.ok("POST", NUMBERS, number);
    expect((await client.ok("GET", `${AGENTS}/${id}`)).phone_numbers).toMatchObject([
      { phone_number_id: numberId },
    ]);
    await client.ok("DELETE", `${AGENTS}/${id}`);
    expect((await client.ok("GET", `${NUMBERS}/${numberId}`)).assigned_agent).toBeNull();
    expect(await agentRoute(client, id)).toBeNull();
    const page = { after: 0, upTo: 1_000_000, limit: 10 };
    const routed = (await readTable(deps.db, client.region, page)).find(
      (change) => change.entityId === numberId,
    );
    expect(routed?.value).toMatchObject({ agentId: null });
    expect((await client.call("DELETE", `${AGENTS}/${id}`)).status).toBe(404);
  });

  test("an assignment that races the agent's deletion never leaves a number on no agent", async () => {
    const client = await newClient();
    const id = await create(client);
    const { phone_number_id: numberId } = await client.ok("POST", NUMBERS, {
      phone_number: newNumber(),
      label: "Desk",
    });
    const [assigned, deleted] = await Promise.all([
      client.call("PATCH", `${NUMBERS}/${numberId}`, { agent_id: id }),
      client.call("DELETE", `${AGENTS}/${id}`),
    ]);
    expect([200, 422]).toContain(assigned.status);
    expect(deleted.status).toBe(200);
    expect((await client.ok("GET", `${NUMBERS}/${numberId}`)).assigned_agent).toBeNull();
  });

  test("another workspace's agent is 404 to read, change and delete", async () => {
    const [owner, stranger] = await Promise.all([newClient(), newClient()]);
    const id = await create(owner);
    const responses = await Promise.all([
      stranger.call("GET", `${AGENTS}/${id}`),
      stranger.call("PATCH", `${AGENTS}/${id}`, { name: "Mine" }),
      stranger.call("DELETE", `${AGENTS}/${id}`),
    ]);
    expect(responses.map(({ status }) => status)).toEqual([404, 404, 404]);
    expect((await owner.ok("GET", AGENTS)).agents).toHaveLength(1);
    expect((await stranger.ok("GET", AGENTS)).agents).toEqual([]);
  });

  test("the list pages by name and by time, and finds by a part of the name", async () => {
    const client = await newClient();
    for (const name of ["Carol", "alice", "Bob"]) await create(client, { name });
    const names: string[] = [];
    let cursor = "";
    do {
      const query = `page_size=1&sort_by=name&sort_direction=asc&cursor=${cursor}`;
      const page = await client.ok("GET", `${AGENTS}?${query}`);
      names.push(...page.agents.map((agent: { name: string }) => agent.name));
      cursor = page.next_cursor ?? "";
    } while (cursor !== "");
    expect(names).toEqual(["Bob", "Carol", "alice"]);
    const found = await client.ok("GET", `${AGENTS}?search=ALI`);
    expect(found.agents).toMatchObject([{ name: "alice", last_call_time_unix_secs: null }]);
  });

  test("an agent of the list says when it was last called, and no other agent's call", async () => {
    const client = await newClient();
    const [called, other] = [await create(client, { name: "Ada" }), await create(client, {})];
    const startedAtMs = 1_790_000_000_000;
    await keep(client, { agentId: called, startedAtMs });
    await keep(client, { agentId: called, startedAtMs: startedAtMs - 60_000 });
    const { agents } = await client.ok("GET", AGENTS);
    const last = new Map(
      agents.map((one: { agent_id: string; last_call_time_unix_secs: number | null }) => [
        one.agent_id,
        one.last_call_time_unix_secs,
      ]),
    );
    expect(last.get(called)).toBe(startedAtMs / 1_000);
    expect(last.get(other)).toBeNull();
  });

  test("agents that are too large for one answer are listed in shorter pages, none lost", async () => {
    const client = await newClient();
    const names = Array.from(
      { length: 13 },
      (_, index) => `large-${String(index).padStart(2, "0")}`,
    );
    for (const name of names) {
      await client.ok("POST", `${AGENTS}/create`, { name, prompt: "x".repeat(900_000) });
    }
    const listed: string[] = [];
    for (let query = "?sort_by=name&sort_direction=asc", more = true; more; ) {
      const page = await client.ok("GET", `${AGENTS}${query}`);
      listed.push(...page.agents.map((agent: { name: string }) => agent.name));
      query = `?sort_by=name&sort_direction=asc&cursor=${page.next_cursor}`;
      more = page.has_more;
    }
    expect(listed).toEqual(names);
  });
});

describe("limits of an agent", () => {
  test("are in force as they are given, and a node is told of them", async () => {
    const client = await newClient();
    const id = await create(client, {
      conversation_config: { turn: { silence_end_call_timeout: 25 } },
      platform_settings: {
        call_limits: { agent_concurrency_limit: 3, daily_limit: 500 },
        queueing_config: { enabled: true, wait_timeout_seconds: 90.5 },
      },
    });
    expect(await agentRoute(client, id)).toMatchObject({
      limits: { concurrency: 3, daily: 500 },
      queue: { waitTimeoutSecs: 90.5 },
      silenceTimeoutSecs: 25,
    });
    const update = { platform_settings: { call_limits: { agent_concurrency_limit: -1 } } };
    await client.ok("PATCH", `${AGENTS}/${id}`, update);
    expect(await agentRoute(client, id)).toMatchObject({
      limits: { concurrency: null, daily: 500 },
      queue: { waitTimeoutSecs: 90.5 },
    });
  });

  test("that were not given are shown as they are in force", async () => {
    const client = await newClient();
    const id = await create(client, { platform_settings: { queueing_config: { enabled: true } } });
    expect((await client.ok("GET", `${AGENTS}/${id}`)).platform_settings).toMatchObject({
      call_limits: { agent_concurrency_limit: -1, daily_limit: 100_000 },
      queueing_config: { enabled: true, wait_timeout_seconds: 180 },
    });
  });

  test.each([
    ["call_limits", { agent_concurrency_limit: -2 }],
    ["call_limits", { agent_concurrency_limit: 1.5 }],
    ["call_limits", { daily_limit: -1 }],
    ["queueing_config", { wait_timeout_seconds: 0 }],
    ["queueing_config", { wait_timeout_seconds: 1_801 }],
    ["queueing_config", { enabled: "yes" }],
  ])("out of range are 422: %s %j", async (group, value) => {
    const client = await newClient();
    const answer = await client.call("POST", `${AGENTS}/create`, {
      conversation_config: {},
      platform_settings: { [group]: value },
    });
    expect(answer.status).toBe(422);
  });
});
