import type { DialogTerms } from "../call/ports.ts";
import { ALLOWED_METHODS, ALLOWED_METHODS_WITH_REFER } from "./refusal.ts";

/** Of the engine: names that a new TLS connection of the dialog may prove. Neither is ever on the wire. */
const REMOTE_DOMAINS_HEADER = "X-Trunkline-Remote-Domains";
const OUTBOUND_ADDRESS_HEADER = "X-Trunkline-Outbound-Address";

/** What the message that makes a dialog says of it: the peer reads Allow, the engine the rest. */
export function dialogHeaders(terms: DialogTerms): Record<string, string> {
  const { allowsRefer = false } = terms;
  const Allow = allowsRefer ? ALLOWED_METHODS_WITH_REFER : ALLOWED_METHODS;
  return { Allow, ...nameHeaders(terms) };
}

/** The part of it that is for the engine: in every response that our side gives, since each may need a new connection. */
export function nameHeaders(terms: DialogTerms): Record<string, string> {
  const { remoteDomains = [], outboundAddress = null } = terms;
  const host = outboundAddress?.replace(/:\d+$/, "");
  return {
    ...(remoteDomains.length === 0 ? {} : { [REMOTE_DOMAINS_HEADER]: remoteDomains.join(", ") }),
    ...(host === undefined ? {} : { [OUTBOUND_ADDRESS_HEADER]: host }),
  };
}

/** Headers from settings and from callers are for the peer: none of them speaks to the engine. */
export function forPeer(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !/^x-trunkline-/i.test(name)),
  );
}
