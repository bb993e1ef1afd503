import type { PhoneNumberView } from "../../schema/contracts/phone-number.ts";
import { type SplitAddress, splitSipAddress } from "../../schema/values/sip-address.ts";

/** The form of a SIP trunk: what stands in it, how it is filled from a number, and the body that it is sent as. */

type Inbound = NonNullable<PhoneNumberView["inbound_trunk"]>;
type Outbound = NonNullable<PhoneNumberView["outbound_trunk"]>;
type Encryption = Inbound["media_encryption"];
type Transport = Outbound["transport"];
export type Codec = Inbound["enabled_codecs"][number];

export interface HeaderRow {
  /** Of the row in the page, not of the header. */
  readonly key: number;
  readonly name: string;
  readonly value: string;
}

export interface TrunkDraft {
  readonly phoneNumber: string;
  readonly label: string;
  /** Empty: none. */
  readonly agentId: string;
  readonly hasOutbound: boolean;
  readonly address: string;
  /** Empty: as DNS or transport say. */
  readonly port: string;
  readonly transport: Transport;
  readonly outboundEncryption: Encryption;
  readonly outboundUser: string;
  readonly outboundPassword: string;
  readonly codecs: readonly Codec[];
  readonly headers: readonly HeaderRow[];
  readonly hasInbound: boolean;
  readonly inboundEncryption: Encryption;
  /** One a line. */
  readonly allowedAddresses: string;
  readonly allowedNumbers: string;
  readonly inboundUser: string;
  readonly inboundPassword: string;
  /** Names in certificates of the carrier's follow-up connections, one a line. */
  readonly remoteDomains: string;
  /** Identifier of a provider's preset; empty: none. */
  readonly preset: string;
  /** What the provider calls the customer's trunk, where the address is a pattern. */
  readonly presetName: string;
}

/** Encrypted by default: the weaker forms are chosen, not fallen into. */
export const NEW_DRAFT: TrunkDraft = {
  phoneNumber: "",
  label: "",
  agentId: "",
  hasOutbound: true,
  address: "",
  port: "",
  transport: "tls",
  outboundEncryption: "required",
  outboundUser: "",
  outboundPassword: "",
  codecs: [],
  headers: [],
  hasInbound: true,
  inboundEncryption: "required",
  allowedAddresses: "",
  allowedNumbers: "",
  inboundUser: "",
  inboundPassword: "",
  remoteDomains: "",
  preset: "",
  presetName: "",
};

/** A number as it stands, for editing. Passwords are never told, and stay unless one is typed. */
export function draftOf(view: PhoneNumberView): TrunkDraft {
  const { inbound_trunk: inbound, outbound_trunk: outbound } = view;
  return {
    ...NEW_DRAFT,
    phoneNumber: view.phone_number,
    label: view.label,
    agentId: view.assigned_agent?.agent_id ?? "",
    hasOutbound: outbound !== null,
    hasInbound: inbound !== null,
    preset: view.provider_preset ?? "",
    ...(outbound === null
      ? {}
      : {
          address: outbound.address,
          port: portOf(outbound),
          transport: outbound.transport,
          outboundEncryption: outbound.media_encryption,
          outboundUser: outbound.username ?? "",
          codecs: outbound.enabled_codecs,
          headers: Object.entries(outbound.headers).map(([name, value], key) => ({
            key,
            name,
            value,
          })),
        }),
    ...(inbound === null
      ? {}
      : {
          inboundEncryption: inbound.media_encryption,
          allowedAddresses: inbound.allowed_addresses.join("\n"),
          allowedNumbers: (inbound.allowed_numbers ?? []).join("\n"),
          inboundUser: inbound.username ?? "",
          remoteDomains: (inbound.remote_domains ?? []).join("\n"),
        }),
  };
}

function portOf(outbound: Outbound): string {
  // Servers before the port was a setting do not tell one.
  const port: unknown = Reflect.get(outbound, "port");
  return typeof port === "number" ? String(port) : "";
}

/** The body of `POST /v1/convai/phone-numbers`. */
export function importBody(draft: TrunkDraft): Record<string, unknown> {
  return {
    provider: "sip_trunk",
    phone_number: draft.phoneNumber.trim(),
    label: draft.label.trim() === "" ? draft.phoneNumber.trim() : draft.label.trim(),
    agent_id: draft.agentId === "" ? null : draft.agentId,
    provider_preset: draft.preset,
    outbound_trunk_config: draft.hasOutbound ? outboundBody(draft) : null,
    inbound_trunk_config: draft.hasInbound ? inboundBody(draft) : null,
  };
}

/**
 * The body of `PATCH …/{id}`: a trunk's configuration is replaced as a whole, so that what the form does not
 * show is sent back as it was. A trunk that is switched off is left out: the API has no way to take it away.
 */
export function updateBody(draft: TrunkDraft, before: PhoneNumberView): Record<string, unknown> {
  return {
    label: draft.label.trim(),
    agent_id: draft.agentId === "" ? null : draft.agentId,
    provider_preset: draft.preset,
    ...(draft.hasOutbound
      ? { outbound_trunk_config: { ...keptOf(before.outbound_trunk), ...outboundBody(draft) } }
      : {}),
    ...(draft.hasInbound
      ? { inbound_trunk_config: { ...keptOf(before.inbound_trunk), ...inboundBody(draft) } }
      : {}),
  };
}

/** What answers tell and requests do not take. */
const TOLD_ONLY = new Set(["has_auth_credentials", "username", "open", "has_outbound_trunk"]);

function keptOf(trunk: Inbound | Outbound | null): Record<string, unknown> {
  return Object.fromEntries(Object.entries(trunk ?? {}).filter(([name]) => !TOLD_ONLY.has(name)));
}

/**
 * The body of `POST /v1/trunk-tests`: what stands in the form, or the stored trunk where the form is as it was, whose
 * password only the server has.
 */
export function testBody(
  draft: TrunkDraft,
  before: PhoneNumberView | null,
  ring: string,
): Record<string, unknown> {
  const config = outboundBody(draft);
  const isStored =
    before !== null &&
    before.outbound_trunk !== null &&
    JSON.stringify(config) === JSON.stringify(outboundBody(draftOf(before)));
  const caller = draft.phoneNumber.trim();
  return {
    ...(isStored
      ? { phone_number_id: before.phone_number_id }
      : {
          outbound_trunk_config: { ...keptOf(before?.outbound_trunk ?? null), ...config },
          ...(caller === "" ? {} : { caller }),
        }),
    ...(ring.trim() === "" ? {} : { invite: { to: ring.trim() } }),
  };
}

function outboundBody(draft: TrunkDraft): Record<string, unknown> {
  return {
    address: draft.address.trim(),
    port: draft.port.trim() === "" ? null : numberOr(draft.port),
    transport: draft.transport,
    media_encryption: draft.outboundEncryption,
    enabled_codecs: draft.codecs,
    headers: Object.fromEntries(
      draft.headers
        .filter(({ name, value }) => name.trim() !== "" || value !== "")
        .map(({ name, value }) => [name.trim(), value]),
    ),
    credentials: credentialsOf(draft.outboundUser, draft.outboundPassword),
  };
}

function inboundBody(draft: TrunkDraft): Record<string, unknown> {
  return {
    media_encryption: draft.inboundEncryption,
    allowed_addresses: linesOf(draft.allowedAddresses),
    allowed_numbers: linesOf(draft.allowedNumbers),
    remote_domains: linesOf(draft.remoteDomains),
    credentials: credentialsOf(draft.inboundUser, draft.inboundPassword),
  };
}

function credentialsOf(username: string, password: string): Record<string, string> | null {
  if (username.trim() === "" && password === "") return null;
  return { username: username.trim(), ...(password === "" ? {} : { password }) };
}

/** What is no number goes as it is, for the API to say what would pass. */
function numberOr(text: string): number | string {
  return /^\d+$/.test(text.trim()) ? Number(text.trim()) : text.trim();
}

export function linesOf(text: string): string[] {
  return text
    .split(/[\n,;]/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** What a pasted address was taken apart into, and the words for it; null: it is a plain host, or nothing of the kind. */
export function splitPasted(
  text: string,
): { readonly change: Partial<TrunkDraft>; readonly words: string } | null {
  if (!/[:/;@<?]/.test(text)) return null;
  const split: SplitAddress | null = splitSipAddress(text);
  if (split === null) return null;
  const port = split.port === null || isUsual(split) ? "" : String(split.port);
  const parts = [
    `address ${split.address}`,
    split.transport === null ? null : `transport ${split.transport.toUpperCase()}`,
    port === "" ? null : `port ${port}`,
  ].filter((part) => part !== null);
  return {
    change: {
      address: split.address,
      port,
      ...(split.transport === null ? {} : { transport: split.transport }),
      ...(split.transport === "tcp" || split.transport === "udp"
        ? { outboundEncryption: "disabled" as const }
        : {}),
    },
    words: `What you pasted was taken apart: ${parts.join(", ")}.${encryptionWords(split)}`,
  };
}

/** The port that the transport has anyway. */
function isUsual({ port, transport }: SplitAddress): boolean {
  return transport === "tls" ? port === 5061 : port === 5060;
}

function encryptionWords({ transport }: SplitAddress): string {
  return transport === "tcp" || transport === "udp"
    ? " Its transport is not encrypted, so neither can the media be: choose TLS if the provider offers it."
    : "";
}
