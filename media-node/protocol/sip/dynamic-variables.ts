import { parseNameAddr } from "./name-addr.ts";
import { findParam, SipSyntaxError, splitOutsideQuotes } from "./syntax.ts";
import { parseSipUri, uriScheme } from "./uri.ts";
import { parseUserToUser } from "./user-to-user.ts";

/** What an INVITE's headers say to the agent. Values are data: inserted once, never expanded again. */
export interface SipDynamicVariables {
  /** `sip_*` names, without a prototype. */
  readonly variables: Readonly<Record<string, string>>;
  /** X-CALL-ID: becomes a system variable, never a `sip_*` one. */
  readonly callId: string | null;
  /** X-CALLER-ID, likewise. */
  readonly callerId: string | null;
  /** The carrier's own identifier of the call: what the call is known by without X-CALL-ID. */
  readonly carrierCallId: string | null;
  /** X- headers and User-to-User as received, by lower-case name, without a prototype. */
  readonly received: Readonly<Record<string, string>>;
}

type Headers = Readonly<Record<string, readonly string[]>>;

/** What a variable list may grow to: a peer chooses names and values. */
const MAX_VARIABLES = 64;
const MAX_NAME_CHARS = 128;
const MAX_VALUE_CHARS = 1_024;
const MAX_IDENTIFIER_CHARS = 256;

/** Where carriers write their identifier of the call, in the order of preference. */
const CARRIER_CALL_IDS = ["x-twilio-callsid", "x-call_leg_id", "x-call_session_id"];

/** Names that headers of the field have for themselves: an X- header that would map to one is left out. */
const RESERVED = /^sip_(uui|p_asserted_identity|diversion|history_info)(_|$)/;

/**
 * Maps `X-Foo-Bar` to `sip_foo_bar`, `User-to-User` (RFC 7433) to `sip_uui_*`, and the identity and redirection
 * headers to variables of their names. Takes lower-case names with their values in order; the first value of an X-
 * header counts.
 */
export function dynamicVariables(headers: Headers): SipDynamicVariables {
  const variables: Record<string, string> = Object.create(null);
  const received: Record<string, string> = Object.create(null);
  let count = 0;
  for (const name of Object.keys(headers)) {
    const value = headers[name]?.[0];
    if (value === undefined || name.length > MAX_NAME_CHARS || !/^x-[a-z0-9_-]+$/.test(name)) {
      continue;
    }
    if (count === MAX_VARIABLES) break;
    count += 1;
    received[name] = limited(value);
    // These two feed system variables.
    if (name === "x-call-id" || name === "x-caller-id") continue;
    const variable = `sip_${name.slice(2).replaceAll("-", "_")}`;
    if (!RESERVED.test(variable)) variables[variable] = limited(value);
  }
  setUserToUser(headers, variables, received);
  setIdentities(headers, variables);
  return {
    variables,
    callId: identifier(headers["x-call-id"]?.[0]),
    callerId: identifier(headers["x-caller-id"]?.[0]),
    carrierCallId: identifier(
      CARRIER_CALL_IDS.map((name) => headers[name]?.[0]).find((value) => value),
    ),
    received,
  };
}

function setUserToUser(
  headers: Headers,
  variables: Record<string, string>,
  received: Record<string, string>,
): void {
  const uui = parseUserToUser(headers["user-to-user"] ?? []);
  if (uui === null) return;
  received["user-to-user"] = limited(uui.raw);
  variables["sip_uui_raw"] = limited(uui.raw);
  uui.texts.forEach((text, index) => {
    variables[index === 0 ? "sip_uui_data" : `sip_uui_data_${index + 1}`] = limited(text);
  });
  if (uui.discriminator !== null) variables["sip_uui_pd"] = uui.discriminator;
}

/** What the network says of who calls and who was called first. Claims, unless the trunk is trusted. */
function setIdentities(headers: Headers, variables: Record<string, string>): void {
  const asserted = addresses(headers["p-asserted-identity"]);
  // RFC 3325 §9.3: with `id` the caller asks that the identity stay within the network.
  if (asserted.length > 0 && !asksPrivacy(headers)) {
    variables["sip_p_asserted_identity"] = limited(asserted.join(", "));
    // RFC 3325 §9.1: a sip: and a tel: address of the same caller.
    set(variables, "sip_p_asserted_identity_user", firstUser(asserted));
  }
  // RFC 5806: the topmost entry is the latest diversion.
  const diversions = addresses(headers["diversion"]);
  if (diversions.length > 0) {
    variables["sip_diversion"] = limited(diversions.join(", "));
    set(variables, "sip_diversion_user", firstUser(diversions.slice(0, 1)));
    set(variables, "sip_diversion_reason", paramOf(diversions[0], "reason"));
  }
  // RFC 7044 §5: entries are in the order of their index, the first is what was dialled first.
  const history = addresses(headers["history-info"]);
  if (history.length > 0) {
    variables["sip_history_info"] = limited(history.join(", "));
    set(variables, "sip_history_info_user", firstUser(history.slice(0, 1)));
  }
}

function asksPrivacy(headers: Headers): boolean {
  const values = (headers["privacy"] ?? []).flatMap((value) => value.toLowerCase().split(/[;,]/));
  return values.some((value) => value.trim() === "id");
}

function addresses(values: readonly string[] | undefined): string[] {
  return (values ?? [])
    .flatMap((value) => splitOutsideQuotes(value, ","))
    .filter((value) => value !== "");
}

/** The user part of the first address that has one. */
function firstUser(values: readonly string[]): string | null {
  for (const value of values) {
    const address = parseNameAddr(value);
    if (address instanceof SipSyntaxError) continue;
    const user = userOf(address.uri);
    if (user !== null && user !== "") return user;
  }
  return null;
}

function userOf(text: string): string | null {
  if (uriScheme(text) === "tel") return text.slice("tel:".length).split(";", 1)[0] ?? null;
  const uri = parseSipUri(text);
  return uri instanceof SipSyntaxError ? null : (uri.user?.split(";", 1)[0] ?? null);
}

function paramOf(value: string | undefined, name: string): string | null {
  const address = parseNameAddr(value ?? "");
  if (address instanceof SipSyntaxError) return null;
  return findParam(address.params, name)?.replace(/^"(.*)"$/s, "$1") ?? null;
}

function set(variables: Record<string, string>, name: string, value: string | null): void {
  if (value !== null) variables[name] = limited(value);
}

/** Cut to what a variable may hold; never in the middle of a character. */
function limited(value: string): string {
  return value.slice(0, MAX_VALUE_CHARS).toWellFormed();
}

function identifier(value: string | undefined): string | null {
  return value?.slice(0, MAX_IDENTIFIER_CHARS).toWellFormed() || null;
}
