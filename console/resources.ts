import type { AgentPage, AgentView } from "../schema/contracts/agent.ts";
import type { BatchCallPage } from "../schema/contracts/batch-call.ts";
import type { CallView } from "../schema/contracts/call-control.ts";
import type { ConversationQuality } from "../schema/contracts/call-quality.ts";
import type { ConversationSummary, ConversationView } from "../schema/contracts/conversation.ts";
import type { NetworkReaders } from "../schema/contracts/network-readers.ts";
import type { NumberActivity } from "../schema/contracts/number-activity.ts";
import type { PhoneNumberPageQuery, PhoneNumberView } from "../schema/contracts/phone-number.ts";
import type { ProviderPresetView } from "../schema/contracts/provider-preset.ts";
import type { RejectedAttemptView } from "../schema/contracts/rejected-attempt.ts";
import type { RouteTestView } from "../schema/contracts/route-test.ts";
import type { SipMessageView } from "../schema/contracts/sip-messages.ts";
import type { TestCallView } from "../schema/contracts/test-calls.ts";
import type { TrunkTestLine } from "../schema/contracts/trunk-test.ts";
import type { SnippetVendor } from "../schema/values/snippet-titles.ts";
import { download, lines, type Query, request } from "./api.ts";
import type { PublishedNetwork } from "./model/firewall-rows.ts";

/** What the screens read and change, by resource. Types are the API's own contracts. */

/** A page as every list gives it. */
export interface Page<T> {
  readonly rows: readonly T[];
  readonly next: string | null;
}

export interface PhoneNumberFilter {
  readonly search: string;
  readonly agent_id: string;
  readonly supports_outbound: string;
  readonly sort_by: string;
  readonly sort_direction: string;
  readonly cursor: string;
}

interface PhoneNumberPage {
  readonly phone_numbers: readonly PhoneNumberView[];
  readonly next_cursor: string | null;
}

const PAGE_SIZE = 50;

export const phoneNumbers = {
  async page(filter: PhoneNumberFilter, signal: AbortSignal): Promise<Page<PhoneNumberView>> {
    const query = { ...filter, page_size: PAGE_SIZE } satisfies Partial<
      Record<keyof PhoneNumberPageQuery, string | number>
    >;
    const path = "/v1/convai/v2/phone-numbers";
    const page = await request<PhoneNumberPage>("GET", path, { query, signal });
    return { rows: page.phone_numbers, next: page.next_cursor };
  },
  /** Those that calls can be placed from: the first hundred. */
  async outbound(signal: AbortSignal): Promise<readonly PhoneNumberView[]> {
    const query = { supports_outbound: "true", page_size: 100 };
    const path = "/v1/convai/v2/phone-numbers";
    return (await request<PhoneNumberPage>("GET", path, { query, signal })).phone_numbers;
  },
  get: (id: string, signal: AbortSignal) =>
    request<PhoneNumberView>("GET", `/v1/convai/phone-numbers/${encodeURIComponent(id)}`, {
      signal,
    }),
  create: (body: unknown, idempotencyKey: string) =>
    request<{ phone_number_id: string }>("POST", "/v1/convai/phone-numbers", {
      body,
      idempotencyKey,
    }),
  update: (id: string, body: unknown) =>
    request<PhoneNumberView>("PATCH", `/v1/convai/phone-numbers/${encodeURIComponent(id)}`, {
      body,
    }),
  remove: (id: string) =>
    request<unknown>("DELETE", `/v1/convai/phone-numbers/${encodeURIComponent(id)}`),
  /** What has become of their calls lately, by number. */
  async activity(
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, NumberActivity>> {
    const query = { phone_number_ids: ids.join(",") };
    const path = "/v1/phone-numbers/activity";
    const found = await request<{ readonly data: readonly NumberActivity[] }>("GET", path, {
      query,
      signal,
    });
    return new Map(found.data.map((one) => [one.phone_number_id, one]));
  },
};

export const agents = {
  async page(
    filter: { readonly search: string; readonly cursor: string },
    signal: AbortSignal,
  ): Promise<Page<AgentPage["agents"][number]>> {
    const query = { ...filter, page_size: 100 };
    const page = await request<AgentPage>("GET", "/v1/convai/agents", { query, signal });
    return { rows: page.agents, next: page.next_cursor };
  },
  get: (id: string, signal: AbortSignal) =>
    request<AgentView>("GET", `/v1/convai/agents/${encodeURIComponent(id)}`, { signal }),
  create: (body: unknown, idempotencyKey: string) =>
    request<{ agent_id: string }>("POST", "/v1/convai/agents/create", { body, idempotencyKey }),
  update: (id: string, body: unknown) =>
    request<AgentView>("PATCH", `/v1/convai/agents/${encodeURIComponent(id)}`, { body }),
  remove: (id: string) => request<unknown>("DELETE", `/v1/convai/agents/${encodeURIComponent(id)}`),
};

export interface CallFilter {
  readonly agent_id: string;
  readonly call_start_after_unix: string;
  readonly call_start_before_unix: string;
  readonly call_duration_min_secs: string;
  readonly exclude_statuses: string;
  readonly sort_by: string;
  readonly sort_direction: string;
  readonly cursor: string;
}

interface ConversationPage {
  readonly conversations: readonly ConversationSummary[];
  readonly next_cursor: string | null;
}

const conversationPath = (id: string): string =>
  `/v1/convai/conversations/${encodeURIComponent(id)}`;

export const conversations = {
  async page(filter: CallFilter, signal: AbortSignal): Promise<Page<ConversationSummary>> {
    const query = { ...filter, page_size: PAGE_SIZE };
    const page = await request<ConversationPage>("GET", "/v1/convai/conversations", {
      query,
      signal,
    });
    return { rows: page.conversations, next: page.next_cursor };
  },
  /** All SIP messages of a call, as a capture file. */
  pcap: (id: string) => download(`/v1/conversations/${encodeURIComponent(id)}/pcap`),
  get: (id: string, signal: AbortSignal) =>
    request<ConversationView>("GET", conversationPath(id), { signal }),
  remove: (id: string) => request<unknown>("DELETE", conversationPath(id)),
  audio: (id: string, signal: AbortSignal) => download(`${conversationPath(id)}/audio`, signal),
  quality: (id: string, signal: AbortSignal) =>
    request<ConversationQuality>("GET", `/v1/conversations/${encodeURIComponent(id)}/quality`, {
      signal,
    }),
  /** All of them: a node keeps 200 of a call at most. */
  async sipMessages(id: string, signal: AbortSignal): Promise<SipMessageView[]> {
    const messages: SipMessageView[] = [];
    let cursor: string | undefined;
    do {
      const page: SipMessagePage = await request("GET", `${conversationPath(id)}/sip-messages`, {
        query: { page_size: 20, cursor },
        signal,
      });
      messages.push(...page.sip_messages);
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    return messages;
  },
};

interface SipMessagePage {
  readonly sip_messages: readonly SipMessageView[];
  readonly next_cursor: string | null;
}

/** Pages of our own surface. */
interface OwnPage<T> {
  readonly data: readonly T[];
  readonly next_cursor: string | null;
}

export async function ownPage<T>(
  path: string,
  query: Query,
  signal: AbortSignal,
): Promise<Page<T>> {
  const page = await request<OwnPage<T>>("GET", path, { query, signal });
  return { rows: page.data, next: page.next_cursor };
}

export const liveCalls = {
  page: (query: Query, signal: AbortSignal) =>
    ownPage<CallView>("/v1/calls", { ...query, page_size: 100 }, signal),
  hangUp: (id: string, key: string) =>
    request<unknown>("POST", `/v1/calls/${encodeURIComponent(id)}/hangup`, { idempotencyKey: key }),
};

export const rejectedAttempts = {
  page: (query: Query, signal: AbortSignal) =>
    ownPage<RejectedAttemptView>(
      "/v1/rejected-attempts",
      { ...query, page_size: PAGE_SIZE },
      signal,
    ),
};

export const routeTests = {
  run: (body: unknown) => request<RouteTestView>("POST", "/v1/route-tests", { body }),
};

const BATCHES = "/v1/convai/batch-calling";

export const batchCalls = {
  list: async (signal: AbortSignal) =>
    (await request<BatchCallPage>("GET", `${BATCHES}/workspace`, { signal })).batch_calls,
  submit: (query: Query, csv: string, idempotencyKey: string) =>
    request<unknown>("POST", "/v1/batch-calls", { query, csv, idempotencyKey }),
  act: (id: string, action: "cancel" | "retry") =>
    request<unknown>("POST", `${BATCHES}/${encodeURIComponent(id)}/${action}`),
  export: (id: string) => download(`${BATCHES}/${encodeURIComponent(id)}/export`),
};

export const network = {
  read: (signal: AbortSignal) =>
    request<PublishedNetwork>("GET", "/network/ip-ranges.json", { signal }),
  /** Which keys of the workspace have fetched the list. */
  readers: (signal: AbortSignal) =>
    request<NetworkReaders>("GET", "/v1/network-readers", { signal }),
  /** Rules to paste into a product. */
  snippet: async (vendor: SnippetVendor, signal: AbortSignal) =>
    (await download(`/network/snippets/${vendor}`, signal)).text(),
};

export const providerPresets = {
  list: async (signal: AbortSignal) =>
    (
      await request<{ readonly data: readonly ProviderPresetView[] }>(
        "GET",
        "/v1/provider-presets",
        { signal },
      )
    ).data,
};

/** A stage may take its time: a peer that does not answer is waited for. */
const TRUNK_TEST_MS = 120_000;

export const trunkTests = {
  /** Each stage as it ends. */
  run: (body: unknown, signal: AbortSignal) =>
    lines<TrunkTestLine>("POST", "/v1/trunk-tests", { body, signal, patienceMs: TRUNK_TEST_MS }),
};

/** What is called: a number, or the oldest number of an agent. */
export type TestCallTarget = { readonly phone_number_id: string } | { readonly agent_id: string };

export const testCalls = {
  place: (target: TestCallTarget, idempotencyKey: string) =>
    request<TestCallView>("POST", "/v1/test-calls", { body: target, idempotencyKey }),
};
