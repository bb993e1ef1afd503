import { createServer } from "node:http";
import { ElevenLabs, ElevenLabsClient, ElevenLabsError } from "@elevenlabs/elevenlabs-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VENDOR_OPERATIONS } from "../../schema/contracts/vendor-operations.ts";
import { createApiClient } from "../support/api-client.ts";
import { startCarrier } from "../support/carrier.ts";
import { conversationWhen } from "../support/outbound-client.ts";
import { routingReached, startTrunkline, type Trunkline } from "../support/processes.ts";

/** Its older spelling is in no SDK any more. */
const NOT_IN_SDK = "GET /v1/convai/conversation/get_signed_url";
const SIGNED = "wss://127.0.0.1/v1/convai/conversation?token=once";

/** Half a second of silence, mono, 16-bit, at 8 kHz. */
function silence(): Blob {
  const bytes = Buffer.alloc(8_044);
  bytes.write("RIFF", 0);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(8_000, 24);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(8_000, 40);
  return new Blob([bytes], { type: "audio/wav" });
}

/** What the vendor's platform answers where an agent of its own is asked for a signed URL. */
async function startPlatform() {
  const server = createServer((request, response) => {
    const isOurs = request.headers["xi-api-key"] === "their-key";
    response.writeHead(isOurs ? 200 : 401, { "content-type": "application/json" });
    response.end(JSON.stringify({ signed_url: SIGNED }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `ws://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

describe("the vendor's SDK, with its base URL changed", () => {
  let trunkline: Trunkline;
  beforeAll(async () => {
    trunkline = await startTrunkline();
  });
  afterAll(() => trunkline.stop());

  /** Operations that were asked for, as the table writes them. */
  const driven = new Set<string>();
  const patterns = VENDOR_OPERATIONS.map(({ method, path }) => ({
    name: `${method} ${path}`,
    pattern: new RegExp(`^${method} ${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`),
    variables: path.split("{").length,
  })).sort((a, b) => a.variables - b.variables);

  function client(apiKey = trunkline.ready.api_key): ElevenLabsClient {
    return new ElevenLabsClient({
      apiKey,
      baseUrl: trunkline.ready.api,
      maxRetries: 0,
      fetch: (input, init) => {
        const request = new Request(input, init);
        const asked = `${request.method} ${new URL(request.url).pathname}`;
        const match = patterns.find(({ pattern }) => pattern.test(asked));
        driven.add(match?.name ?? asked);
        return fetch(request);
      },
    });
  }

  /** The error of a call, in the SDK's own class. */
  async function errorOf(call: PromiseLike<unknown>): Promise<ElevenLabsError> {
    const outcome = await Promise.resolve(call).then(
      () => null,
      (error: unknown) => error,
    );
    if (!(outcome instanceof ElevenLabsError)) throw new Error(`no SDK error: ${String(outcome)}`);
    return outcome;
  }

  async function refused(call: PromiseLike<unknown>): Promise<void> {
    const { body, statusCode } = await errorOf(call);
    expect([statusCode, body]).toMatchObject([400, { detail: { status: "not_supported" } }]);
  }

  it("does every operation of the surface, and reads every answer", async () => {
    const { conversationalAi: ai, webhooks } = client();
    const api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
    await using platform = await startPlatform();
    await using carrier = await startCarrier((call) => call.reply("486 Busy Here"));

    // Agents.
    const conversationConfig = { agent: { firstMessage: "Hello", language: "de" } };
    const { agentId } = await ai.agents.create({ name: "Ada", conversationConfig });
    const changed = await ai.agents.update(agentId, {
      platformSettings: { callLimits: { agentConcurrencyLimit: 3 } },
      tags: ["front desk"],
    });
    expect(changed).toMatchObject({ name: "Ada", tags: ["front desk"] });
    const agent = await ai.agents.get(agentId);
    expect(agent.conversationConfig.agent).toMatchObject({ firstMessage: "Hello" });
    expect(agent.platformSettings?.callLimits?.agentConcurrencyLimit).toBe(3);
    const { agents } = await ai.agents.list({ search: "ada", sortBy: "name" });
    expect(agents).toMatchObject([{ agentId, name: "Ada" }]);
    const { agentId: copyId } = await ai.agents.duplicate(agentId, { name: "Eve" });
    expect((await ai.agents.get(copyId)).name).toBe("Eve");
    const held = await ai.agents.holdAudio.create(agentId, { holdAudioFile: silence() });
    expect(held.holdAudio.durationSecs).toBe(0.5);
    expect((await ai.agents.holdAudio.delete(agentId)).agentId).toBe(agentId);
    await api.patch(`/v1/convai/agents/${copyId}`, {
      connection: {
        protocol: "elevenlabs",
        agent_id: "agent_theirs",
        url: platform.url,
        api_key: "their-key",
      },
    });
    const signed = await ai.conversations.getSignedUrl({ agentId: copyId });
    expect(signed.signedUrl).toBe(SIGNED);

    // Numbers.
    const { phoneNumberId } = await ai.phoneNumbers.create({
      provider: "sip_trunk",
      phoneNumber: "+4930555001",
      label: "Reception",
      outboundTrunkConfig: {
        address: carrier.address,
        transport: "tcp",
        mediaEncryption: "disabled",
        credentials: { username: "pbx", password: "out of sight" },
      },
    });
    const number = await ai.phoneNumbers.update(phoneNumberId, {
      agentId,
      livekitStack: "static",
      environment: "staging",
      branchId: "agtbrch_1",
    });
    expect(number).toMatchObject({ livekitStack: "static", assignedAgent: { agentId } });
    const one = await ai.phoneNumbers.get(phoneNumberId);
    expect(one).toMatchObject({
      phoneNumber: "+4930555001",
      outboundTrunk: { address: carrier.address, hasAuthCredentials: true, username: "pbx" },
    });
    expect(JSON.stringify(one)).not.toContain("out of sight");
    const listed = await ai.phoneNumbers.list({ provider: "sip_trunk", branchId: "agtbrch_1" });
    expect(listed).toMatchObject([{ phoneNumberId }]);
    const page = await ai.phoneNumbers.listV2({ search: "recep", sortBy: "label", pageSize: 1 });
    expect(page).toMatchObject({ phoneNumbers: [{ phoneNumberId }], hasMore: false });
    expect((await ai.phoneNumbers.getSipMessages(phoneNumberId)).hasMore).toBe(false);

    // A call that the carrier refuses.
    const { body } = await api.patch(`/v1/convai/phone-numbers/${phoneNumberId}`, {});
    await routingReached(trunkline, body.routing_revision);
    const call = await ai.sipTrunk.outboundCall({
      agentId,
      agentPhoneNumberId: phoneNumberId,
      toNumber: "+4930555999",
    });
    const conversationId = call.conversationId ?? "";
    await conversationWhen(api, conversationId, "failed");
    const { conversations } = ai;
    expect(
      (await conversations.list({ agentId, summaryMode: "include" })).conversations,
    ).toMatchObject([
      { conversationId, direction: "outbound", status: "failed", callSuccessful: "unknown" },
    ]);
    expect((await ai.analytics.liveCount.get({ agentId })).count).toBe(0);
    const { tagId } = await conversations.tags.create({ title: "Busy" });
    await conversations.tags.assign(conversationId, { tagIds: [tagId] });
    await conversations.feedback.create(conversationId, { feedback: "dislike" });
    expect(await conversations.get(conversationId)).toMatchObject({
      tagIds: [tagId],
      metadata: {
        feedback: { overallScore: "dislike" },
        phoneCall: { type: "sip_trunking", externalNumber: "+4930555999" },
        error: { code: 486 },
      },
    });
    expect((await conversations.tags.update(tagId, { title: "Engaged" })).title).toBe("Engaged");
    expect((await conversations.tags.get(tagId)).tagId).toBe(tagId);
    expect((await conversations.tags.list()).conversationTags).toHaveLength(1);
    await conversations.tags.unassign(conversationId, tagId);
    await conversations.tags.delete(tagId);
    expect(await conversations.getSummary(conversationId)).toMatchObject({ messageCount: 0 });
    expect((await conversations.getSipMessages(conversationId)).sipMessages).toBeDefined();
    expect((await errorOf(conversations.audio.get(conversationId))).statusCode).toBe(404);
    await conversations.delete(conversationId);
    expect((await errorOf(conversations.get(conversationId))).statusCode).toBe(404);

    // A batch that has not begun.
    const batch = await ai.batchCalls.create({
      callName: "Reminder",
      agentId,
      agentPhoneNumberId: phoneNumberId,
      scheduledTimeUnix: Math.floor(Date.now() / 1_000) + 86_400,
      recipients: [{ phoneNumber: "+4930555998" }],
    });
    expect((await ai.batchCalls.get(batch.id)).recipients).toHaveLength(1);
    expect((await ai.batchCalls.list()).batchCalls).toMatchObject([{ id: batch.id }]);
    expect((await ai.batchCalls.cancel(batch.id)).status).toBe("cancelled");
    expect((await errorOf(ai.batchCalls.retry(batch.id))).statusCode).toBe(409);
    expect(await new Response(await ai.batchCalls.export(batch.id)).text()).toContain(
      "+4930555998",
    );
    await ai.batchCalls.delete(batch.id);

    // Settings and webhooks.
    expect((await ai.settings.get()).defaultLivekitStack).toBe("standard");
    const settings = await ai.settings.update({ defaultLivekitStack: "static" });
    expect(settings.defaultLivekitStack).toBe("static");
    const { webhookId, webhookSecret } = await webhooks.create({
      settings: { authType: "hmac", name: "Hook", webhookUrl: "https://example.com/hook" },
    });
    expect(webhookSecret).toMatch(/^wsec_/);
    const patched = await webhooks.update(webhookId, { isDisabled: true, name: "Hook 2" });
    expect(patched.status).toBe("ok");
    expect((await webhooks.list({ includeUsages: true })).webhooks).toMatchObject([
      { webhookId, name: "Hook 2", isDisabled: true, authType: "hmac" },
    ]);
    expect((await webhooks.delete(webhookId)).status).toBe("ok");

    // What is not offered.
    const order = { agentId, agentPhoneNumberId: phoneNumberId, toNumber: "+4930555999" };
    await refused(ai.twilio.outboundCall(order));
    await refused(ai.exotel.outboundCall(order));
    await refused(ai.twilio.registerCall({ agentId, fromNumber: "+49301", toNumber: "+49302" }));
    await refused(ai.agents.versions.get(agentId, "agtvrsn_1"));
    const simulationSpecification = { simulatedUserConfig: {} };
    await refused(ai.agents.simulateConversation(agentId, { simulationSpecification }));
    await refused(ai.agents.simulateConversationStream(agentId, { simulationSpecification }));
    await refused(ai.agents.runTests(agentId, { tests: [] }));
    await refused(ai.conversations.topics.get(agentId));
    await refused(ai.triageTickets.list(agentId));
    await refused(ai.triageTickets.createManual(agentId, { qaComment: "x" }));
    await refused(ai.triageTickets.listAssignableUsers(agentId));
    await refused(conversations.getWebrtcToken({ agentId }));
    await refused(conversations.resolve({ agentId, reference: "https://example.com/1" }));
    await refused(conversations.messages.textSearch({ textQuery: "x" }));
    await refused(conversations.messages.search({ textQuery: "x" }));
    await refused(conversations.files.create(conversationId, { file: silence() }));
    await refused(conversations.files.delete(conversationId, "file_1"));
    await refused(conversations.analysis.run(conversationId));
    await refused(conversations.analysis.runEvaluation(conversationId, { evaluationId: "e" }));
    await refused(ai.dashboard.settings.get());
    await refused(ai.dashboard.settings.update({ charts: [] }));

    await ai.phoneNumbers.delete(phoneNumberId);
    await ai.agents.delete(agentId);
    await ai.agents.delete(copyId);
    const all = VENDOR_OPERATIONS.map(({ method, path }) => `${method} ${path}`);
    expect(all.filter((name) => !driven.has(name))).toEqual([NOT_IN_SDK]);
  });

  it("throws its own errors: 422 with the places, 404, 409 and 401 with the reason", async () => {
    const { conversationalAi: ai } = client();
    const invalid = await errorOf(
      ai.phoneNumbers.create({
        provider: "sip_trunk",
        phoneNumber: "+4930555002",
        label: "Desk",
        outboundTrunkConfig: { address: "sip:pbx.example.com:5061;transport=tls" },
      }),
    );
    expect(invalid).toBeInstanceOf(ElevenLabs.UnprocessableEntityError);
    expect(invalid.body).toMatchObject({
      detail: [{ loc: ["body", "outbound_trunk_config", "address"], type: "contains_scheme" }],
    });
    const foreign = await errorOf(
      ai.phoneNumbers.create({
        provider: "twilio",
        phoneNumber: "+4930555002",
        label: "Desk",
        sid: "AC1",
        token: "t",
      }),
    );
    expect(foreign.body).toMatchObject({ detail: [{ type: "provider_not_supported" }] });

    const missing = await errorOf(ai.phoneNumbers.get("phnum_nobody"));
    expect([missing.statusCode, missing.body]).toMatchObject([
      404,
      { detail: { status: "not_found" } },
    ]);
    const number = { provider: "sip_trunk", phoneNumber: "+4930555003", label: "Desk" } as const;
    await ai.phoneNumbers.create(number);
    const taken = await errorOf(ai.phoneNumbers.create(number));
    expect([taken.statusCode, taken.body]).toMatchObject([
      409,
      { detail: { status: "identifier_ambiguous" } },
    ]);
    const stranger = await errorOf(client("tk_live_wrong").conversationalAi.agents.list());
    expect([stranger.statusCode, stranger.body]).toMatchObject([
      401,
      { detail: { status: "invalid_api_key" } },
    ]);
  });
});
