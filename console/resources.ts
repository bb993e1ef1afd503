import type { AgentPage, AgentView } from "../schema/contracts/agent.ts";
import type { PhoneNumberPageQuery, PhoneNumberView } from "../schema/contracts/phone-number.ts";
import { request } from "./api.ts";

/** What the screens read and change, by resource. Types are the API's own contracts. */

/** A page as every list gives it. */
export interface Page<T> {
  readonly rows: readonly T[];
  readonly next: string | null;
}

export interface PhoneNumberFilter {
  readonly search: string;
  readonly agent_id: string;
  readonly sort_by: string;
  readonly sort_direction: string;
  readonly cursor: string;
}

interface PhoneNumberPage {
  readonly phone_numbers: readonly PhoneNumberView[];
  readonly next_cursor: string | null;
}

export const PAGE_SIZE = 50;

export const phoneNumbers = {
  async page(filter: PhoneNumberFilter, signal: AbortSignal): Promise<Page<PhoneNumberView>> {
    const query = { ...filter, page_size: PAGE_SIZE } satisfies Partial<
      Record<keyof PhoneNumberPageQuery, string | number>
    >;
    const path = "/v1/convai/v2/phone-numbers";
    const page = await request<PhoneNumberPage>("GET", path, { query, signal });
    return { rows: page.phone_numbers, next: page.next_cursor };
  },
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
