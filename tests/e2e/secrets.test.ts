import { describe, expect, it } from "vitest";
import { createApiClient, importNumber } from "../support/api-client.ts";
import { eventually } from "../support/deadline.ts";
import { makeStateDir, nodeLog, placeCall, startTrunkline } from "../support/processes.ts";
import { startTextAgent } from "../support/scripted-agent.ts";
import { secretsIn } from "../support/secrets-used.ts";
import { startToneAgent } from "../support/tone-agent.ts";
import { startWebhookReceiver } from "../support/webhook-receiver.ts";

const TRUNK_PASSWORD = "correct-horse-battery-staple";
const AGENT_TOKEN = "agent-token-0123456789abcdef";
const OUTBOUND_PASSWORD = "another-horse-another-battery";
const PRE_CALL_TOKEN = "pre-call-token-0123456789abcdef";
const STREAM_TOKEN = "stream-token-0123456789abcdef";

describe("secrets", () => {
  it("stand in secrets.json and nowhere else: no log, no database, no file of the node", async () => {
    await using state = await makeStateDir();
    const trunkline = await startTrunkline({ stateDir: state.path });
    try {
      await using agent = await startToneAgent(1037);
      await using receiver = await startWebhookReceiver();
      const api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
      const made = await api.post("/v1/convai/agents/create", {
        name: "With a header",
        connection: {
          protocol: "native",
          url: agent.url,
          headers: { "x-agent-token": AGENT_TOKEN },
        },
      });
      expect(made.status).toBe(200);
      const number = await api.post("/v1/convai/phone-numbers", {
        provider: "sip_trunk",
        phone_number: "+14155550501",
        label: "agent with a header",
        agent_id: made.body.agent_id,
      });
      expect(number.status).toBe(200);
      await using streams = await startTextAgent();
      const streaming = await api.post("/v1/convai/agents/create", {
        name: "With a token",
        connection: { protocol: "telnyx", url: streams.url, auth_token: STREAM_TOKEN },
      });
      expect(streaming.status).toBe(200);
      await importNumber(api, "+14155550503", streaming.body.agent_id);
      const guarded = await api.post("/v1/convai/phone-numbers", {
        provider: "sip_trunk",
        phone_number: "+14155550502",
        label: "with a password",
        inbound_trunk_config: { credentials: { username: "pbx", password: TRUNK_PASSWORD } },
        outbound_trunk_config: {
          address: "sip.example.com",
          transport: "tls",
          credentials: { username: "us", password: OUTBOUND_PASSWORD },
        },
      });
      const settings = await api.patch("/v1/convai/settings", {
        conversation_initiation_client_data_webhook: {
          url: receiver.url,
          request_headers: { "x-token": PRE_CALL_TOKEN },
        },
      });
      expect(settings.status).toBe(200);
      // A key that is wrong by a character is in no log either.
      const guessed = `${trunkline.ready.api_key.slice(0, -1)}!`;
      expect(
        (await createApiClient(trunkline.ready.api, guessed).get("/v1/convai/agents")).status,
      ).toBe(401);
      expect(guarded.status).toBe(200);
      const hook = await api.post("/v1/workspace/webhooks", {
        settings: { auth_type: "hmac", name: "calls", webhook_url: receiver.url },
      });
      const session = agent.nextSession();
      for (const called of ["+14155550501", "+14155550503"]) {
        await eventually(
          async () =>
            (await placeCall(trunkline, [called, "--duration", "1"])).report.status === 200
              ? true
              : null,
          10_000,
          `${called} did not answer`,
        );
      }
      const { request } = await streams.accepted();
      expect(request.headers["x-telnyx-streaming-auth-token"]).toBe(STREAM_TOKEN);
      await session;
      await eventually(() => receiver.received[0] ?? null, 10_000, "no webhook came");
      expect((await nodeLog(trunkline)).length).toBeGreaterThan(3);

      const used = [
        ...[TRUNK_PASSWORD, OUTBOUND_PASSWORD, PRE_CALL_TOKEN, AGENT_TOKEN, STREAM_TOKEN],
        ...[guessed, trunkline.ready.api_key, String(hook.body.webhook_secret)],
      ];
      expect(used.flatMap((secret) => secretsIn(secret)).length).toBeGreaterThanOrEqual(
        used.length,
      );
    } finally {
      // Searches logs, database and objects for every one of them, and for those of the system's own.
      await trunkline.stop();
    }
  });
});
