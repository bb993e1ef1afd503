import ipaddr from "ipaddr.js";
import type { CountryCode } from "libphonenumber-js";
import type {
  InboundTrunkConfig,
  OutboundTrunkConfig,
} from "../../schema/contracts/phone-number.ts";
import type { OutboundTrunkRoute } from "../../schema/contracts/routing.ts";
import { parseCountry } from "../../schema/values/called-identifier.ts";
import { type Cidr, parseCidr } from "../../schema/values/cidr.ts";
import type { Sealed } from "../../schema/values/sealed.ts";
import { splitSipAddress } from "../../schema/values/sip-address.ts";
import { parseSipHost, type SipHost } from "../../schema/values/sip-host.ts";
import type { RefusedField } from "../errors/refusal.ts";

/** Trunk configurations as clients write them, parsed into what cannot be wrong. */

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly errors: readonly RefusedField[] };

/** What stands in the database of a trunk's credentials. */
export interface StoredCredentials {
  readonly username: string | null;
  readonly password: Sealed | null;
}

/** What becomes of a trunk's credentials. */
export type CredentialsChange =
  | { readonly kind: "none" }
  | { readonly kind: "keep"; readonly username: string; readonly password: Sealed }
  | { readonly kind: "set"; readonly username: string; readonly password: string };

export interface InboundTrunkSettings {
  /** Null: any source. */
  readonly allowedAddresses: readonly Cidr[] | null;
  readonly allowedNumbers: readonly string[] | null;
  readonly mediaEncryption: InboundTrunkConfig["media_encryption"];
  readonly credentials: CredentialsChange;
  readonly remoteDomains: readonly SipHost[] | null;
  readonly attributesToHeaders: Readonly<Record<string, string>>;
  readonly enabledCodecs: InboundTrunkConfig["enabled_codecs"];
  readonly country: CountryCode | null;
  readonly digestAlgorithm: InboundTrunkConfig["digest_algorithm"];
  readonly digestChallenge: InboundTrunkConfig["digest_challenge"];
  /** Null: no certificate is asked for. */
  readonly tlsIdentities: readonly SipHost[] | null;
  readonly phoneTransferForm: InboundTrunkConfig["phone_transfer_form"];
  readonly allowRefer: boolean;
  /** New calls a second; null: no limit. */
  readonly callsPerSecond: number | null;
}

export interface OutboundTrunkSettings {
  readonly address: SipHost;
  /** Null: what the DNS says, else that of the transport. */
  readonly port: number | null;
  readonly transport: OutboundTrunkConfig["transport"];
  readonly mediaEncryption: OutboundTrunkConfig["media_encryption"];
  readonly headers: Readonly<Record<string, string>>;
  readonly attributesToHeaders: Readonly<Record<string, string>>;
  readonly credentials: CredentialsChange;
  readonly enabledCodecs: OutboundTrunkConfig["enabled_codecs"];
  readonly callerIdentity: OutboundTrunkRoute["callerIdentity"];
  readonly insecureSdes: boolean;
  readonly callsPerSecond: number | null;
  readonly remoteDomains: readonly SipHost[] | null;
  readonly phoneTransferForm: InboundTrunkConfig["phone_transfer_form"];
  readonly allowRefer: boolean;
}

export function parseInboundTrunk(
  config: InboundTrunkConfig,
  stored: StoredCredentials | null,
): Parsed<InboundTrunkSettings> {
  const at = "/inbound_trunk_config";
  const errors: RefusedField[] = [];
  const addresses = collect(config.allowed_addresses ?? [], errors, (text, index) =>
    parseAddress(text, `${at}/allowed_addresses/${index}`),
  );
  const domains = collect(config.remote_domains ?? [], errors, (text, index) =>
    parseHost(text, `${at}/remote_domains/${index}`),
  );
  const identities = collect(config.tls_identities ?? [], errors, (text, index) =>
    parseIdentity(text, `${at}/tls_identities/${index}`),
  );
  const country = config.country == null ? null : parseCountry(config.country);
  if (config.country != null && country === null) {
    errors.push({
      pointer: `${at}/country`,
      code: "unknown_country",
      detail: "This is not a country code of ISO 3166-1, such as `GB`.",
    });
  }
  const credentials = credentialsChange(config.credentials, stored, at, errors);
  if (errors.length > 0) return { ok: false, errors };
  const numbers = config.allowed_numbers ?? [];
  return {
    ok: true,
    value: {
      allowedAddresses: addresses.length === 0 ? null : [...new Set(addresses)],
      allowedNumbers: numbers.length === 0 ? null : numbers,
      mediaEncryption: config.media_encryption,
      credentials,
      remoteDomains: domains.length === 0 ? null : domains,
      attributesToHeaders: config.attributes_to_headers,
      enabledCodecs: config.enabled_codecs,
      country,
      digestAlgorithm: config.digest_algorithm,
      digestChallenge: config.digest_challenge,
      tlsIdentities: identities.length === 0 ? null : [...new Set(identities)],
      phoneTransferForm: config.phone_transfer_form,
      allowRefer: config.allow_refer,
      callsPerSecond: config.calls_per_second ?? null,
    },
  };
}

export function parseOutboundTrunk(
  config: OutboundTrunkConfig,
  stored: StoredCredentials | null,
): Parsed<OutboundTrunkSettings> {
  const at = "/outbound_trunk_config";
  const errors: RefusedField[] = [];
  const [address] = collect([config.address], errors, (text) =>
    parseTrunkAddress(text, `${at}/address`),
  );
  const domains = collect(config.remote_domains ?? [], errors, (text, index) =>
    parseHost(text, `${at}/remote_domains/${index}`),
  );
  const isPlain = config.transport === "tcp" || config.transport === "udp";
  if (config.media_encryption === "required" && isPlain && !config.insecure_sdes) {
    errors.push({
      pointer: `${at}/transport`,
      code: "keys_in_clear",
      detail: `Encrypted media over ${config.transport} would send its keys in clear, which only \`insecure_sdes: true\` allows.`,
      hint: "tls",
    });
  }
  const credentials = credentialsChange(config.credentials, stored, at, errors);
  const identity = config.caller_identity ?? null;
  if (identity?.from_user === "username" && config.credentials == null) {
    errors.push({
      pointer: `${at}/caller_identity/from_user`,
      code: "username_missing",
      detail: "The trunk has no credentials whose user name could stand in From.",
      hint: "number",
    });
  }
  if (address === undefined || errors.length > 0) return { ok: false, errors };
  return {
    ok: true,
    value: {
      address,
      port: config.port ?? null,
      transport: config.transport,
      mediaEncryption: config.media_encryption,
      headers: config.headers,
      attributesToHeaders: config.attributes_to_headers,
      credentials,
      enabledCodecs: config.enabled_codecs,
      callerIdentity: {
        fromUser: identity?.from_user ?? "number",
        assertedIdentity: identity?.asserted_identity ?? "none",
        numberForm: identity?.number_form ?? "as_given",
      },
      insecureSdes: config.insecure_sdes,
      callsPerSecond: config.calls_per_second ?? null,
      remoteDomains: domains.length === 0 ? null : domains,
      phoneTransferForm: config.phone_transfer_form,
      allowRefer: config.allow_refer,
    },
  };
}

/** `PCMU/8000`, as clients write it, by its name in SDP. */
export function codecName(codec: string): string {
  return codec.split("/", 1)[0] ?? codec;
}

/** The good ones; what is wrong with the others goes to `errors`. */
function collect<T extends string>(
  texts: readonly string[],
  errors: RefusedField[],
  parse: (text: string, index: number) => T | RefusedField,
): T[] {
  const good: T[] = [];
  texts.forEach((text, index) => {
    const parsed = parse(text, index);
    if (typeof parsed === "object") errors.push(parsed);
    else good.push(parsed);
  });
  return good;
}

function parseAddress(text: string, pointer: string): Cidr | RefusedField {
  const cidr = parseCidr(text);
  if (cidr !== null) return cidr;
  const network = networkOf(text);
  if (network !== null) {
    const detail = "The block has bits set behind its prefix.";
    return { pointer, code: "host_bits_set", detail, hint: network };
  }
  const detail = "This is neither an IP address nor a block in CIDR notation.";
  return { pointer, code: "not_an_address_block", detail };
}

/** The block that the text lies in, when it is an address with a prefix and host bits. */
function networkOf(text: string): string | null {
  const trimmed = text.trim();
  const parse = ipaddr.IPv4.isValidCIDRFourPartDecimal(trimmed) ? ipaddr.IPv4 : ipaddr.IPv6;
  if (!parse.isValidCIDR(trimmed)) return null;
  return parseCidr(`${parse.networkAddressFromCIDR(trimmed).toString()}/${trimmed.split("/")[1]}`);
}

function parseHost(text: string, pointer: string): SipHost | RefusedField {
  const result = parseSipHost(text);
  if (result.ok) return result.host;
  const { code, detail, hint } = result;
  const sentence = `Not a host: ${detail}.`;
  return { pointer, code, detail: sentence, ...(hint === null ? {} : { hint }) };
}

/** A host; what is pasted with more than one is told apart. */
function parseTrunkAddress(text: string, pointer: string): SipHost | RefusedField {
  const host = parseHost(text, pointer);
  const split = typeof host === "string" ? null : splitSipAddress(text);
  if (typeof host === "string" || split === null) return host;
  const members = [
    `\`address\` ${split.address}`,
    ...(split.port === null ? [] : [`\`port\` ${split.port}`]),
    ...(split.transport === null ? [] : [`\`transport\` ${split.transport}`]),
  ];
  return { ...host, detail: `${host.detail} It says ${members.join(", ")}.`, split };
}

/** A name as a certificate may show it (RFC 5922 §7.1): a DNS name, or a `sip:` URI that is nothing but one. */
function parseIdentity(text: string, pointer: string): SipHost | RefusedField {
  const name = text.trim().replace(/^sip:(?=[^:@;?]+$)/i, "");
  if (name.includes("*")) {
    const detail = "A wildcard is not taken: name each certificate's own name.";
    return { pointer, code: "wildcard_not_allowed", detail };
  }
  const host = parseHost(name, pointer);
  const isAddress = typeof host === "string" && (host.startsWith("[") || ipaddr.isValid(host));
  if (!isAddress) return host;
  const detail = "An address is no identity: list it in `allowed_addresses`.";
  return { pointer, code: "not_a_name", detail };
}

function credentialsChange(
  config: InboundTrunkConfig["credentials"],
  stored: StoredCredentials | null,
  at: string,
  errors: RefusedField[],
): CredentialsChange {
  if (config == null) return { kind: "none" };
  const { username, password } = config;
  if (password != null) return { kind: "set", username, password };
  if (stored !== null && stored.username === username && stored.password !== null) {
    return { kind: "keep", username, password: stored.password };
  }
  errors.push({
    pointer: `${at}/credentials/password`,
    code: "password_missing",
    detail: "A password is needed: none is kept for this user name.",
  });
  return { kind: "none" };
}
