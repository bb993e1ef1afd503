import type { DynamicVariables } from "../../../schema/contracts/client-data.ts";
import type { OutboundTrunkRoute } from "../../../schema/contracts/routing.ts";
import { parseCalledIdentifier, toE164 } from "../../../schema/values/called-identifier.ts";
import { isHeaderValue, isToken } from "../../protocol/sip/syntax.ts";
import { expandTemplate } from "./template.ts";

/** What a trunk's settings make of an INVITE: pure text. */

type NumberForm = OutboundTrunkRoute["callerIdentity"]["numberForm"];

/** RFC 3261 §25.1 `user`; null when the text cannot be one. */
export function userPart(number: string, form: NumberForm): string | null {
  const written = inForm(number, form);
  if (parseCalledIdentifier(written) === null) return null;
  return encodeURIComponent(written).replace(/%(?:2B|24|26|2C|3D|2F)/g, decodeURIComponent);
}

/** A text that is no telephone number (an extension, a name) has one form only. */
function inForm(number: string, form: NumberForm): string {
  if (form === "as_given") return number;
  const e164 = toE164(number, null);
  if (e164 === null) return number;
  return form === "e164" ? e164 : e164.slice(1);
}

export interface InviteIdentity {
  /** Values of From and To. */
  readonly from: string;
  readonly to: string;
  readonly requestUri: string;
  /** RFC 3325 §9.1, §9.2: where the trunk wants it. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Null when the called number or the caller's own cannot stand in a URI. `ourHost` is that of From; `uri` is called in the
 * place of the number.
 */
export function inviteIdentity(
  trunk: OutboundTrunkRoute,
  numbers: { readonly called: string; readonly caller: string; readonly uri?: string | undefined },
  ourHost: string,
): InviteIdentity | null {
  const { fromUser, assertedIdentity, numberForm } = trunk.callerIdentity;
  const called = numbers.uri === undefined ? userPart(numbers.called, numberForm) : "";
  const caller = userPart(numbers.caller, numberForm);
  const username = trunk.credentials?.username ?? null;
  const from =
    fromUser === "username" && username !== null ? userPart(username, "as_given") : caller;
  if (called === null || caller === null || from === null) return null;
  const requestUri = numbers.uri ?? `sip:${called}@${trunk.address}`;
  const identity = `<sip:${caller}@${ourHost}>`;
  return {
    requestUri,
    to: `<${requestUri}>`,
    from: `<sip:${from}@${ourHost}>`,
    headers:
      assertedIdentity === "none"
        ? {}
        : {
            [assertedIdentity === "p_asserted_identity"
              ? "P-Asserted-Identity"
              : "P-Preferred-Identity"]: identity,
          },
  };
}

const MAX_VALUE_CHARS = 1024;
/** What the message itself is made of: a trunk cannot set these, under their names or their compact forms. */
const RESERVED =
  /^(?:from|to|via|contact|call-id|cseq|max-forwards|route|record-route|content-.*|refer-to|reply-to|allow|supported|require|session-expires|min-se|(?:proxy-)?authorization|proxy-.*|x-trunkline-.*|[a-z])$/i;

/**
 * Headers of a trunk's settings with their variables put in. One with a variable that is not set, or with a value that
 * would break out of its line, is left out and named in `left`.
 */
export function expandHeaders(
  templates: Readonly<Record<string, string>>,
  variables: DynamicVariables,
): { readonly headers: Readonly<Record<string, string>>; readonly left: readonly string[] } {
  const headers: Record<string, string> = {};
  const left: string[] = [];
  for (const [name, template] of Object.entries(templates)) {
    const value = expandTemplate(template, variables);
    const isUsable = value !== null && value.length <= MAX_VALUE_CHARS && isHeaderValue(value);
    if (isUsable && isToken(name) && !RESERVED.test(name)) headers[name] = value;
    else left.push(name);
  }
  return { headers, left };
}
