import { lookup as dnsLookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { specialRangeOf } from "../../schema/values/address-range.ts";

/**
 * Where an agent may be. Its URL is a tenant's word, and the node stands in a network of ours: only public
 * addresses are dialled, and what is checked is the address that the socket then connects to.
 */
export interface AddressPolicy {
  /** The reason to refuse a host that is an address, with or without brackets; null for allowed ones and names. */
  refusalOf(host: string): string | null;
  /** For `net.connect`: resolves a name and fails when any of its addresses is refused. */
  readonly lookup: LookupFunction;
}

/** The name of an agent has an address that is not dialled. */
class AddressRefused extends Error {
  readonly code = "address_refused";
}

interface AddressPolicySettings {
  /** For development and the embedded default: agents on this machine. */
  readonly allowLoopback: boolean;
  readonly resolve?: typeof dnsLookup;
}

export function createAddressPolicy(settings: AddressPolicySettings): AddressPolicy {
  const resolve = settings.resolve ?? dnsLookup;

  function refusalOfAddress(address: string): string | null {
    const range = specialRangeOf(address);
    if (range === null || (range === "loopback" && settings.allowLoopback)) return null;
    return `${address} is not a public address (${range})`;
  }

  return {
    refusalOf(host) {
      const address = host.replace(/^\[(.*)\]$/, "$1");
      return isIP(address) === 0 ? null : refusalOfAddress(address);
    },
    lookup(hostname, options, callback) {
      resolve(hostname, { ...options, all: true }, (error, addresses) => {
        if (error !== null) return callback(error, "");
        for (const { address } of addresses) {
          const refusal = refusalOfAddress(address);
          if (refusal !== null) return callback(new AddressRefused(`${hostname}: ${refusal}`), "");
        }
        const [first] = addresses;
        if (first === undefined) return callback(new Error(`${hostname} has no address`), "");
        if (options.all === true) return callback(null, addresses);
        callback(null, first.address, first.family);
      });
    },
  };
}
