import { proposal } from "../hub/test-feed.ts";
import { enqueueFor } from "../webhooks/test-outbox.ts";
import { importNumber, newAgent, newNumber, type TestClient } from "./test-client.ts";
import { keep } from "./test-conversations.ts";

/** One thing of each kind that a workspace has, by the name of its parameter in paths. */
export type Things = Readonly<Record<string, string>>;

const hook = { name: "Hook", webhook_url: "https://hooks.example.com/x", auth_type: "hmac" };
const inADay = () => Math.floor(Date.now() / 1_000) + 86_400;

/** Bodies that pass, by operation; of the document's JSON bodies none is missing. */
export const BODIES: Readonly<Record<string, (known: Things) => unknown>> = {
  createPhoneNumber: () => ({ phone_number: newNumber(), label: "x", provider: "sip_trunk" }),
  updatePhoneNumber: () => ({ label: "Other" }),
  createAgent: () => ({ name: "Agent", conversation_config: {} }),
  updateAgent: () => ({ name: "Other" }),
  duplicateAgent: () => ({ name: "Twin" }),
  createConversationTag: () => ({ title: `Tag ${crypto.randomUUID()}` }),
  updateConversationTag: () => ({ title: `Tag ${crypto.randomUUID()}` }),
  assignConversationTags: ({ tag_id }) => ({ tag_ids: [tag_id] }),
  sendConversationFeedback: () => ({ feedback: "like" }),
  updateSettings: () => ({ default_livekit_stack: "static" }),
  outboundCall: ({ agent_id, phone_number_id }) => ({
    agent_id,
    agent_phone_number_id: phone_number_id,
    to_number: "+15005550101",
  }),
  submitBatchCall: ({ agent_id, phone_number_id }) => ({
    ...{ call_name: "Batch", agent_id, agent_phone_number_id: phone_number_id },
    recipients: [{ phone_number: "+15005550101" }],
    scheduled_time_unix: inADay(),
  }),
  transferCall: () => ({ destination: "+15005550100" }),
  dialCallKeys: () => ({ digits: "1" }),
  testRoute: () => ({ phone_number: "+15005550100", source_address: "192.0.2.1" }),
  placeTestCall: ({ phone_number_id }) => ({ phone_number_id }),
  testTrunk: ({ phone_number_id }) => ({ phone_number_id }),
  createWebhook: () => ({ settings: hook }),
  updateWebhook: () => ({ name: "Other", is_disabled: false }),
  createWebhookEndpoint: () => ({ name: "Hook", url: "https://hooks.example.com/x" }),
  updateWebhookEndpoint: () => ({ name: "Other" }),
  rotateWebhookEndpointSecret: () => ({}),
  testWebhookEndpoint: () => ({}),
  replayWebhookDeliveries: ({ webhook_endpoint_id }) => ({
    ...{ webhook_endpoint_id, after: "2026-11-01T00:00:00Z", before: "2026-11-02T00:00:00Z" },
  }),
  createApiKey: () => ({ name: "Key", scopes: ["*"] }),
  updateApiKey: () => ({ name: "Other" }),
  rotateApiKey: () => ({}),
  createWorkspace: () => ({ name: "W", host_label: `w-${crypto.randomUUID()}`, region: "local" }),
  updateWorkspace: () => ({ concurrency_limit: 5 }),
  createJoinToken: () => ({ region: "local" }),
  resealSecrets: () => ({}),
  proposeAddressRanges: () => ({ ranges: [proposal("25.10.20.0/25", "local")] }),
  activateAddressRange: () => ({}),
  deprecateAddressRange: () => ({}),
  removeAddressRange: () => ({}),
};

export function bodyFor(operationId: string, known: Things): string | undefined {
  const body = BODIES[operationId]?.(known);
  return body === undefined ? undefined : JSON.stringify(body);
}

/** Makes one of each. */
export async function makeThings(client: TestClient): Promise<Things> {
  const key = await client.call("POST", "/v1/api-keys", { name: "Key", scopes: ["*"] });
  const endpoint = await client.call("POST", "/v1/webhook-endpoints", {
    name: "Hook",
    url: "https://hooks.example.com/x",
  });
  const webhook = await client.ok("POST", "/v1/workspace/webhooks", { settings: hook });
  const agent_id = await newAgent(client);
  const trunk = { outbound_trunk_config: { address: "sip.example.com", transport: "tls" } };
  const { id: phone_number_id } = await importNumber(client, { agent_id, ...trunk });
  const tag = await client.ok("POST", "/v1/convai/tags", { title: "Tag" });
  const batch = await client.ok(
    "POST",
    "/v1/convai/batch-calling/submit",
    BODIES["submitBatchCall"]?.({ agent_id, phone_number_id }),
  );
  const { webhook_endpoint_id } = await endpoint.json<{ webhook_endpoint_id: string }>();
  const conversation_id = await keep(client);
  const tags = { tag_ids: [tag.tag_id] };
  await client.call("POST", `/v1/convai/conversations/${conversation_id}/tags`, tags);
  const webhook_delivery_id = await enqueueFor(webhook_endpoint_id);
  const events = await client.ok("GET", "/v1/events");
  return {
    agent_id,
    phone_number_id,
    api_key_id: (await key.json<{ api_key_id: string }>()).api_key_id,
    webhook_endpoint_id,
    webhook_delivery_id,
    event_id: events.data[0].event_id,
    webhook_id: webhook.webhook_id,
    workspace_id: client.workspaceId,
    conversation_id,
    tag_id: tag.tag_id,
    batch_id: batch.id,
  };
}
