import { type ClientRequest, type RequestOptions, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { specialRangeOf } from "../../schema/values/address-range.ts";
import type { AddressPolicy } from "./address-policy.ts";

/** A request to a server that a tenant has named. */
export interface TenantRequest {
  /** http: or https:, of a host that is no refused address: names are judged where the socket connects. */
  readonly url: URL;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string | number>>;
  readonly signal: AbortSignal;
  readonly lookup?: AddressPolicy["lookup"];
  /** PEM of the authorities to trust; null: the system's. */
  readonly ca: string | null;
}

/** A request whose body is yet to be written. Redirects are answers like any other. */
export function openTenantRequest(request: TenantRequest): ClientRequest {
  const { ca, headers, lookup, method, signal, url } = request;
  const options: RequestOptions = {
    method,
    headers,
    signal,
    // One connection a request: what was checked is the address that this one connects to.
    agent: false,
    ...(lookup === undefined ? {} : { lookup }),
  };
  if (url.protocol !== "https:") return requestHttp(url, options);
  const trust = ca === null ? {} : { ca };
  return requestHttps(url, { ...options, rejectUnauthorized: true, ...trust });
}

/** Where a tenant may send this node. */
export interface TenantUrlPolicy {
  readonly addressPolicy: AddressPolicy;
  /** For development and the embedded default: `http:` to this machine. */
  readonly allowPlainLoopback: boolean;
}

export type TenantUrlResult =
  | { readonly ok: true; readonly url: URL }
  | {
      readonly ok: false;
      readonly code: "url_refused" | "address_refused";
      /** What a webhook's URL is or holds; nothing of it but an address. */
      readonly detail: string;
    };

/** The URL of a webhook, judged as far as it can be before its name is looked up. */
export function checkTenantUrl(text: string, policy: TenantUrlPolicy): TenantUrlResult {
  const refuse = (detail: string) => ({ ok: false, code: "url_refused", detail }) as const;
  const url = URL.parse(text);
  if (url === null) return refuse("the webhook's URL is not a URL");
  const isPlain = url.protocol === "http:";
  const isAllowed =
    url.protocol === "https:" || (isPlain && policy.allowPlainLoopback && isThisMachine(url));
  if (!isAllowed) return refuse("the webhook's URL is not an https: URL");
  if (url.username !== "" || url.password !== "") {
    return refuse("the webhook's URL holds credentials");
  }
  // A look-up is made for names only: an address is judged here.
  const refusal = policy.addressPolicy.refusalOf(url.hostname);
  if (refusal !== null) return { ok: false, code: "address_refused", detail: refusal };
  return { ok: true, url };
}

function isThisMachine({ hostname }: URL): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  return host === "localhost" || specialRangeOf(host) === "loopback";
}
