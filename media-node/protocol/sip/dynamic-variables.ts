import { findParam, parseParams, SipSyntaxError } from "./syntax.ts";

/** What an INVITE's headers say to the agent. Values are data: inserted once, never expanded again. */
export interface SipDynamicVariables {
  /** `sip_*` names, without a prototype. */
  readonly variables: Readonly<Record<string, string>>;
  /** X-CALL-ID: becomes a system variable, never a `sip_*` one. */
  readonly callId: string | null;
  /** X-CALLER-ID, likewise. */
  readonly callerId: string | null;
}

/** What a variable list may grow to: a peer chooses names and values. */
const MAX_VARIABLES = 64;
const MAX_VALUE_CHARS = 1_024;

/**
 * Maps `X-Foo-Bar` to `sip_foo_bar` and `User-to-User` (RFC 7433) to `sip_uui_raw` and `sip_uui_data`.
 * Takes lower-case names with their values in order; the first value of a name counts.
 */
export function dynamicVariables(
  headers: Readonly<Record<string, readonly string[]>>,
): SipDynamicVariables {
  const variables: Record<string, string> = Object.create(null);
  let count = 0;
  for (const name of Object.keys(headers)) {
    const value = headers[name]?.[0]?.slice(0, MAX_VALUE_CHARS);
    if (value === undefined || !/^x-[a-z0-9_-]+$/.test(name)) continue;
    // These two feed system variables; User-to-User, set last, wins over an X-UUI-Raw.
    if (name === "x-call-id" || name === "x-caller-id") continue;
    if (count === MAX_VARIABLES) break;
    variables[`sip_${name.slice(2).replaceAll("-", "_")}`] = value;
    count += 1;
  }
  const uui = headers["user-to-user"]?.[0];
  if (uui !== undefined) {
    Object.assign(variables, {
      sip_uui_raw: uui.slice(0, MAX_VALUE_CHARS),
      sip_uui_data: decodeUserToUser(uui).slice(0, MAX_VALUE_CHARS),
    });
  }
  return {
    variables,
    callId: headers["x-call-id"]?.[0] || null,
    callerId: headers["x-caller-id"]?.[0] || null,
  };
}

/**
 * The text of a User-to-User value. RFC 7433 §4.1: hex unless `encoding` says otherwise. A first octet that is
 * a control character is the protocol discriminator of ITU-T Q.931 and is not text.
 */
export function decodeUserToUser(value: string): string {
  const semicolon = value.indexOf(";");
  const data = (semicolon === -1 ? value : value.slice(0, semicolon))
    .trim()
    .replace(/^"(.*)"$/s, "$1");
  const params = parseParams(semicolon === -1 ? "" : value.slice(semicolon));
  const encoding = params instanceof SipSyntaxError ? null : findParam(params, "encoding");
  if ((encoding ?? "hex").toLowerCase() !== "hex") return data;
  if (data === "" || data.length % 2 === 1 || !/^[0-9a-f]+$/i.test(data)) return data;
  const octets = Uint8Array.from(data.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const first = octets[0] ?? 0x20;
  const isDiscriminator = first < 0x20 && first !== 0x09 && first !== 0x0a && first !== 0x0d;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(
      isDiscriminator ? octets.subarray(1) : octets,
    );
  } catch {
    return data;
  }
}
