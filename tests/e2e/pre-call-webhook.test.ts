import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApiClient, createApiClient, importNumber } from "../support/api-client.ts";
import { eventually } from "../support/deadline.ts";
import { json, type PreCallServer, startPreCallServer } from "../support/pre-call-server.ts";
import { placeCall, startTrunkline, type Trunkline } from "../support/processes.ts";
import { startToneAgent, type ToneAgent } from "../support/tone-agent.ts";

const SETTINGS = "/v1/convai/settings";
const KEY = "conversation_initiation_client_data_webhook";
const TOKEN = "pre-call-token-0123456789abcdef";
const NUMBER = "+493012345681";

describe("a pre-call webhook", () => {
  let trunkline: Trunkline;
  let api: ApiClient;
  let webhook: PreCallServer;
  let agent: ToneAgent;

  beforeAll(async () => {
    [trunkline, webhook, agent] = await Promise.all([
      startTrunkline(),
      startPreCallServer(),
      startToneAgent(1037),
    ]);
    api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
    const settings = { url: webhook.url, request_headers: { Authorization: `Bearer ${TOKEN}` } };
    expect((await api.patch(SETTINGS, { [KEY]: settings })).status).toBe(200);
    const made = await api.post("/v1/convai/agents/create", {
      name: "Concierge",
      connection: { protocol: "native", url: agent.url },
      platform_settings: {
        overrides: {
          enable_conversation_initiation_client_data_from_webhook: true,
          conversation_config_override: { agent: { first_message: true } },
        },
      },
    });
    await importNumber(api, NUMBER, made.body.agent_id, {
      attributes_to_headers: { tier: "X-Tier" },
    });
  });
  afterAll(async () => {
    await trunkline.stop();
    await webhook[Symbol.asyncDispose]();
    await agent[Symbol.asyncDispose]();
  });

  /** The first call may be before the number has reached the node. */
  const callUntil = (status: number, ...args: string[]) =>
    eventually(
      async () => {
        const call = await placeCall(trunkline, [NUMBER, "--duration", "1", ...args]);
        return call.report.status === status ? call.report : null;
      },
      15_000,
      `no call ended with ${status}`,
    );

  it("personalises the call, and the conversation tells with what", async () => {
    webhook.answer = (response) =>
      json(response, {
        type: "conversation_initiation_client_data",
        dynamic_variables: { customer: "Ada", visits: 3, tier: "gold", sip_campaign: "over" },
        conversation_config_override: { agent: { first_message: "Hello Ada" } },
        user_id: "crm-17",
      });
    const session = agent.nextSession();
    const report = await callUntil(
      200,
      "--header",
      "X-Campaign: spring",
      "--header",
      "X-Only: sip",
    );
    const { start } = await session;
    expect(start.dynamic_variables).toMatchObject({
      customer: "Ada",
      visits: 3,
      sip_campaign: "over",
      sip_only: "sip",
      system__conversation_id: start.conversation_id,
    });
    expect(start).toMatchObject({
      conversation_config_override: { agent: { first_message: "Hello Ada" } },
      user_id: "crm-17",
    });

    const messages = report.ladder.map(({ message }) => message);
    const [ringing, ok] = ["180 Ringing (INVITE)", "200 OK (INVITE)"].map((message) =>
      messages.indexOf(message),
    );
    expect(ringing).toBeGreaterThan(-1);
    expect(ringing).toBeLessThan(ok ?? -1);
    expect(report.ladder[ok ?? -1]?.text).toMatch(/^X-Tier: gold\r?$/m);

    const asked = webhook.asked.at(-1);
    expect(asked?.request.headers.authorization).toBe(`Bearer ${TOKEN}`);
    expect(JSON.parse(asked?.body ?? "")).toMatchObject({
      called_number: NUMBER,
      conversation_id: start.conversation_id,
      sip_headers: { "x-campaign": "spring" },
    });

    const conversation = await eventually(
      async () => {
        const answer = await api.get(`/v1/convai/conversations/${start.conversation_id}`);
        return answer.status === 200 && answer.body.status === "done" ? answer.body : null;
      },
      10_000,
      "the conversation was not done",
    );
    expect(conversation).toMatchObject({
      user_id: "crm-17",
      conversation_initiation_client_data: {
        conversation_config_override: { agent: { first_message: "Hello Ada" } },
        dynamic_variables: { customer: "Ada", visits: 3, sip_campaign: "over", sip_only: "sip" },
      },
      metadata: {
        warnings: [],
        phone_call: { sip_header_dynamic_variables: { sip_campaign: "spring", sip_only: "sip" } },
      },
    });
  });

  it("that fails declines calls once the settings say so, and the conversation says why", async () => {
    webhook.answer = (response) => void response.writeHead(500).end();
    const { [KEY]: settings } = (await api.get(SETTINGS)).body;
    // As a client does that reads and writes: the header's value stays.
    await api.patch(SETTINGS, { [KEY]: { ...settings, on_failure: "reject" } });
    const report = await callUntil(603);
    expect(report.ladder.map(({ message }) => message)).toContain("180 Ringing (INVITE)");
    expect(webhook.asked.at(-1)?.request.headers.authorization).toBe(`Bearer ${TOKEN}`);
    const failed = await eventually(
      async () => {
        const { body } = await api.get("/v1/convai/conversations?page_size=1");
        const [latest] = body.conversations;
        if (latest?.status !== "failed") return null;
        return (await api.get(`/v1/convai/conversations/${latest.conversation_id}`)).body;
      },
      10_000,
      "no conversation failed",
    );
    expect(failed).toMatchObject({
      end: { code: "precall_failed", blame: "customer", sip_status: 603 },
      metadata: { warnings: ["The pre-call webhook failed (bad_status: status 500)."] },
    });
  });

  it("has headers that stand in no file and no log", async () => {
    const entries = await readdir(trunkline.stateDir, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(5);
    const found: string[] = [];
    for (const { parentPath, name } of files) {
      const bytes = await readFile(join(parentPath, name)).catch(() => Buffer.alloc(0));
      if (bytes.includes(TOKEN)) found.push(join(parentPath, name));
    }
    expect(found).toEqual([]);
  });
});
