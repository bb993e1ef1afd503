import { setTimeout as delay } from "node:timers/promises";
import type { ApiClient } from "./api-client.ts";
import { eventually } from "./deadline.ts";
import type { WebhookReceiver } from "./webhook-receiver.ts";

/** What a client of the API does to place calls and to learn what became of them. */

export const CALLED = "+15005550199";
const RETRY_MS = 500;
const OUTBOUND_CALL = "/v1/convai/sip-trunk/outbound-call";
/** Longer than a transaction without a response lasts (RFC 3261 §17.1.1.2, timer B). */
const PATIENCE_MS = 40_000;

let numbers = 0;

/** A number of its own that calls over a trunk with these settings; the body of an order from it. */
export async function numberWithTrunk(
  api: ApiClient,
  agentId: string,
  trunk: Record<string, unknown>,
  more: Record<string, unknown> = {},
) {
  numbers += 1;
  const phoneNumber = `+1500555${String(1_000 + numbers)}`;
  const answer = await api.post("/v1/convai/phone-numbers", {
    provider: "sip_trunk",
    phone_number: phoneNumber,
    label: "Calls",
    outbound_trunk_config: { transport: "tcp", media_encryption: "disabled", ...trunk },
    ...more,
  });
  if (answer.status !== 200) throw new Error(`number: ${JSON.stringify(answer.body)}`);
  return {
    phoneNumber,
    /** Of a node that knows it. */
    routingVersion: Number(answer.body.routing_revision),
    order: {
      agent_id: agentId,
      agent_phone_number_id: String(answer.body.phone_number_id),
      to_number: CALLED,
    },
  };
}

export function placeOutboundCall(api: ApiClient, order: object): ReturnType<ApiClient["post"]> {
  return api.post(OUTBOUND_CALL, order);
}

/** The conversation, once it has that status. */
export async function conversationWhen(api: ApiClient, id: string, status: string) {
  let last: unknown;
  return eventually(
    async () => {
      const { body } = await api.get(`/v1/convai/conversations/${id}`);
      last = body;
      return body.status === status ? body : null;
    },
    PATIENCE_MS,
    `the conversation was not ${status}`,
  ).catch((cause: unknown) => {
    throw new Error(`${String(cause)}: ${JSON.stringify(last)}`, { cause });
  });
}

interface ToldWebhook {
  readonly type: string;
  readonly data: Record<string, unknown>;
}

/** What the receiver has been told of the conversation so far. */
export function toldSoFar(receiver: WebhookReceiver, conversationId: string): ToldWebhook[] {
  return receiver.received
    .map(({ body }) => JSON.parse(body) as ToldWebhook)
    .filter(({ data }) => data["conversation_id"] === conversationId);
}

/** The first webhook about the conversation. */
export function toldOf(receiver: WebhookReceiver, conversationId: string): Promise<ToldWebhook> {
  return eventually(
    () => toldSoFar(receiver, conversationId)[0] ?? null,
    PATIENCE_MS,
    "no webhook came",
  );
}

/**
 * Posts the order as the vendor's client library does: at most twice more, after 408, 429, 5xx and a connection that
 * broke. `sent` is told of every attempt, with what breaks its connection.
 */
export async function placeAsTheLibraryDoes(
  target: { readonly api: string; readonly api_key: string },
  order: object,
  settings: {
    readonly idempotencyKey?: string;
    readonly sent?: (breakOff: () => void, attempt: number) => void;
    readonly retries?: number;
  } = {},
): Promise<{ readonly attempts: number; readonly status: number; readonly body: PlacedBody }> {
  const { idempotencyKey, retries = 2 } = settings;
  for (let attempt = 1; ; attempt += 1) {
    const broken = new AbortController();
    const response = fetch(new URL(OUTBOUND_CALL, target.api), {
      method: "POST",
      headers: {
        "xi-api-key": target.api_key,
        "content-type": "application/json",
        ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
      },
      body: JSON.stringify(order),
      signal: broken.signal,
    }).then(
      async (answer) => ({ status: answer.status, body: (await answer.json()) as PlacedBody }),
      () => null,
    );
    settings.sent?.(() => broken.abort(), attempt);
    const answer = await response;
    const isFinal = answer !== null && ![408, 429].includes(answer.status) && answer.status < 500;
    if (answer !== null && (isFinal || attempt > retries)) return { attempts: attempt, ...answer };
    if (attempt > retries) throw new Error(`no answer in ${attempt} attempts`);
    await delay(RETRY_MS * attempt);
  }
}

interface PlacedBody {
  readonly success: boolean;
  readonly message: string;
  readonly conversation_id: string;
  readonly sip_call_id: string | null;
}
