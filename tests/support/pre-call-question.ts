import type { lookup as dnsLookup, LookupAddress } from "node:dns";
import { createAddressPolicy } from "../../media-node/agent/address-policy.ts";
import { createPreCallWebhook } from "../../media-node/agent/pre-call-webhook.ts";
import type { PreCallQuestion } from "../../media-node/call/ports.ts";
import type { AgentRoute, PreCallWebhookRoute } from "../../schema/contracts/routing.ts";
import { conversationIdOf, newId } from "../../schema/values/ids.ts";
import { deadline } from "./deadline.ts";
import { ROUTE } from "./fake-call.ts";

/** A question to a pre-call webhook, as the node asks it. */

const callId = newId("call");
export const QUESTION: PreCallQuestion = {
  conversationId: conversationIdOf(callId),
  callerId: "+4930123456",
  calledNumber: "+15005550100",
  callSid: "pbx-1",
  givenCallId: "call@peer",
  sipHeaders: { "x-customer": "42" },
};
export const TOKEN = "Bearer t0ken";
export const never: AbortSignal = new AbortController().signal;

export function agentAsking(url: string, more: Partial<PreCallWebhookRoute> = {}): AgentRoute {
  const preCallWebhook: PreCallWebhookRoute = {
    url,
    headers: null,
    timeoutMs: 2_000,
    onFailure: "continue",
    overrides: { conversationConfig: ["agent.first_message", "tts"], customLlmExtraBody: false },
    ...more,
  };
  return { ...ROUTE.agent, preCallWebhook };
}

interface Surroundings {
  readonly allowLoopback?: boolean;
  readonly resolve?: typeof dnsLookup;
  readonly ca?: string;
  readonly signal?: AbortSignal;
  readonly webhook?: Partial<PreCallWebhookRoute>;
}

export function ask(url: string, { allowLoopback = true, ...more }: Surroundings = {}) {
  const resolve = more.resolve === undefined ? {} : { resolve: more.resolve };
  const webhook = createPreCallWebhook({
    addressPolicy: createAddressPolicy({ allowLoopback, ...resolve }),
    allowPlainLoopback: allowLoopback,
    unsealHeaders: async () => ({ Authorization: TOKEN, "Content-Type": "text/plain" }),
    ca: more.ca ?? null,
  });
  const asking = webhook.ask(agentAsking(url, more.webhook), QUESTION, more.signal ?? never);
  return deadline(asking, 5_000, "the question was not settled");
}

/** `dns.lookup` with all addresses, as the policy calls it; each call takes the next answer. */
export function resolvesTo(...answers: readonly (readonly string[])[]) {
  let asked = 0;
  const resolve = (
    _name: string,
    _options: object,
    callback: (error: null, found: LookupAddress[]) => void,
  ) => {
    const addresses = answers[asked] ?? answers.at(-1) ?? [];
    asked += 1;
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  };
  return resolve as unknown as typeof dnsLookup; // the one of its overloads that is used
}
