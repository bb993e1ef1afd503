import type { SipHeader } from "../protocol/sip/message.ts";

/**
 * By which a control client says, in the message that makes a dialog, what its trunk's settings say of the peer's names.
 * Neither is ever on the wire.
 */
export const REMOTE_DOMAINS_HEADER = "X-Trunkline-Remote-Domains";
export const OUTBOUND_ADDRESS_HEADER = "X-Trunkline-Outbound-Address";

/** Names that a new TLS connection of a dialog may prove; lower case. */
export interface TrunkNames {
  /** When there are any, no other name is good. */
  readonly remoteDomains: readonly string[];
  /** Where the trunk's own calls go; null when it is not known, or the host that the dialog was placed to. */
  readonly outboundAddress: string | null;
}

export const NO_TRUNK_NAMES: TrunkNames = { remoteDomains: [], outboundAddress: null };

export function trunkNamesOf({ headers }: { readonly headers: readonly SipHeader[] }): TrunkNames {
  const [outboundAddress = null] = namesIn(headers, OUTBOUND_ADDRESS_HEADER);
  const remoteDomains = namesIn(headers, REMOTE_DOMAINS_HEADER);
  if (outboundAddress === null && remoteDomains.length === 0) return NO_TRUNK_NAMES;
  return { remoteDomains, outboundAddress };
}

/** Said to the engine only, whatever it is. */
export function isControlHeader({ name }: SipHeader): boolean {
  return /^x-trunkline-/i.test(name);
}

/**
 * DESIGN §6, "TLS identity": one of the trunk's remote domains where it has any. Else its outbound address, the name that
 * the dialog's own peer has shown, or the host of the route or Contact, where that is a name: an address proves nothing by
 * itself, and is asked for only where there is nothing else.
 */
export function namesToProve(
  { remoteDomains, outboundAddress }: TrunkNames,
  shown: string | null,
  target: { readonly host: string; readonly isAddress: boolean },
): readonly string[] {
  if (remoteDomains.length > 0) return remoteDomains;
  const known = [shown, outboundAddress].filter((name) => name !== null);
  const names = target.isAddress ? known : [target.host, ...known];
  return names.length === 0 ? [target.host] : [...new Set(names.map((name) => name.toLowerCase()))];
}

function namesIn(headers: readonly SipHeader[], wanted: string): string[] {
  const lower = wanted.toLowerCase();
  return headers.flatMap(({ name, value }) => {
    if (name.length !== wanted.length || name.toLowerCase() !== lower) return [];
    return value
      .split(",")
      .map((one) => one.trim().toLowerCase())
      .filter((one) => one !== "");
  });
}
