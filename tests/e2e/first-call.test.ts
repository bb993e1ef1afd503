import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { analyseTone } from "../../media-node/protocol/audio/tone-analysis.ts";
import {
  type ApiClient,
  createAgent,
  createApiClient,
  importNumber,
} from "../support/api-client.ts";
import { eventually } from "../support/deadline.ts";
import { split } from "../support/mp3-decoder.ts";
import { placeCall, startTrunkline, type Trunkline } from "../support/processes.ts";
import { startToneAgent } from "../support/tone-agent.ts";
import { signatureVerifies, startWebhookReceiver } from "../support/webhook-receiver.ts";

/** What is used of the vendor's SDK, whose own types are made for browsers as well and do not agree with Node's. */
interface VendorSdk {
  readonly ElevenLabsClient: new (options: {
    readonly apiKey: string;
    readonly environment: string;
  }) => {
    readonly conversationalAi: {
      readonly conversations: {
        readonly audio: { get(conversationId: string): Promise<ReadableStream<Uint8Array>> };
      };
    };
  };
}
const vendor: VendorSdk = createRequire(import.meta.url)("@elevenlabs/elevenlabs-js");

describe("a first call", () => {
  let trunkline: Trunkline;
  let api: ApiClient;
  beforeAll(async () => {
    trunkline = await startTrunkline();
    api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
  });
  afterAll(async () => {
    await trunkline.stop();
  });

  it("over TLS and SRTP hears the greeting and its own echo", async () => {
    const call = await placeCall(trunkline, [trunkline.ready.number]);
    expect(call.report).toMatchObject({
      ok: true,
      status: 200,
      heard_agent: true,
      echo_ok: true,
      codec: "PCMU",
      srtp: "AES_CM_128_HMAC_SHA1_80",
    });
    expect(call.exitCode).toBe(0);
  });

  it("over TCP and plain RTP does the same", async () => {
    const call = await placeCall(trunkline, [
      trunkline.ready.number,
      "--transport",
      "tcp",
      "--srtp",
      "disabled",
    ]);
    expect(call.report).toMatchObject({ ok: true, echo_ok: true, srtp: null });
    expect(call.exitCode).toBe(0);
  });

  it("to an unknown number exits 1 with the SIP status", async () => {
    const call = await placeCall(trunkline, ["+15005550999"]);
    expect(call.exitCode).toBe(1);
    expect(call.report).toMatchObject({ ok: false, status: 403 });
  });

  it("refused for its media says why", async () => {
    const agentId = await createAgent(api, "Nobody", "ws://127.0.0.1:9/agent");
    await importNumber(api, "+493012345679", agentId, { media_encryption: "required" });
    const report = await eventually(
      async () => {
        const clear = ["--transport", "tcp", "--srtp", "disabled"];
        const call = await placeCall(trunkline, ["+493012345679", ...clear]);
        return call.report.status === 488 ? call.report : null;
      },
      5_000,
      "the call was not refused with 488",
    );
    expect(report.reason).toContain("requires SRTP");
  });

  it("leaves a conversation and one signed webhook", async () => {
    await using receiver = await startWebhookReceiver();
    await using agent = await startToneAgent(1037);
    const hook = await api.post("/v1/workspace/webhooks", {
      settings: { auth_type: "hmac", name: "calls", webhook_url: receiver.url },
    });
    expect(hook.status).toBe(200);
    const agentId = await createAgent(api, "Recorder", agent.url);
    const numberId = await importNumber(api, "+493012345678", agentId);

    const session = agent.nextSession();
    const call = await placeCall(trunkline, [
      "+493012345678",
      "--duration",
      "2",
      "--header",
      "X-Campaign-ID: spring",
      "--header",
      "X-CALLER-ID: +4917012345",
    ]);
    const { start } = await session;
    expect(call.report).toMatchObject({ status: 200, heard_agent: true });

    const conversation = await eventually(
      async () => {
        const answer = await api.get(`/v1/convai/conversations/${start.conversation_id}`);
        return answer.status === 200 && answer.body.status === "done" ? answer.body : null;
      },
      10_000,
      "the conversation was not done",
    );
    expect(conversation).toMatchObject({
      agent_id: agentId,
      status: "done",
      metadata: {
        termination_reason: "The caller hung up.",
        phone_call: {
          type: "sip_trunking",
          direction: "inbound",
          phone_number_id: numberId,
          agent_number: "+493012345678",
          external_number: "+4917012345",
          sip_header_dynamic_variables: { sip_campaign_id: "spring" },
        },
      },
    });
    expect(conversation.metadata.start_time_unix_secs).toBeGreaterThan(Date.now() / 1000 - 60);
    expect(conversation.metadata.call_duration_secs).toBeGreaterThanOrEqual(1);
    expect(start.dynamic_variables).toMatchObject({ sip_campaign_id: "spring" });

    const webhook = await eventually(() => receiver.received[0] ?? null, 10_000, "no webhook came");
    expect(signatureVerifies(hook.body.webhook_secret, webhook)).toBe(true);
    expect(JSON.parse(webhook.body)).toMatchObject({
      type: "post_call_transcription",
      data: { conversation_id: start.conversation_id, agent_id: agentId },
    });
    expect(receiver.received).toHaveLength(1);
    expect(conversation).toMatchObject({ has_audio: false, recording: null });
  });

  it("is recorded when its agent's settings say so, and the vendor's SDK is given what both said", async () => {
    await using agent = await startToneAgent(1037, 1);
    const agentId = await createAgent(api, "Recorded", agent.url);
    const recording = { enabled: true, format: "wav" };
    await api.patch(`/v1/convai/agents/${agentId}`, { recording });
    await importNumber(api, "+493012345680", agentId);
    const session = agent.nextSession();
    const call = await placeCall(trunkline, ["+493012345680", "--duration", "5"]);
    expect(call.report).toMatchObject({ status: 200, heard_agent: true });
    const { start } = await session;
    const conversation = await eventually(
      async () => {
        const answer = await api.get(`/v1/convai/conversations/${start.conversation_id}`);
        return answer.body.has_audio === true ? answer.body : null;
      },
      10_000,
      "the recording was not ready",
    );
    expect(conversation.recording).toMatchObject({ state: "ready", is_complete: true, code: null });
    const sdk = new vendor.ElevenLabsClient({
      apiKey: trunkline.ready.api_key,
      environment: trunkline.ready.api,
    });
    const stream = await sdk.conversationalAi.conversations.audio.get(start.conversation_id);
    const file = Buffer.from(await new Response(stream).arrayBuffer());
    const { left, right } = split(file.subarray(44));
    const { metadata } = conversation;
    expect(Math.abs(left.length / 8_000 - metadata.call_duration_secs)).toBeLessThan(1);
    const agentTone = analyseTone(right, 8_000, 1037);
    expect(agentTone.presentMs).toBeGreaterThan(700);
    expect(agentTone.snrDb).toBeGreaterThan(12);
    expect(analyseTone(left, 8_000, 1037).presentMs).toBeLessThan(200);
    // The phone plays its probe when the agent has spoken.
    expect(left.filter((sample) => Math.abs(sample) > 500).length).toBeGreaterThan(1_000);
  });
});
