/** Of the published list, `workers/network/native.ts`. */
export interface PublishedRange {
  readonly range_id: string;
  readonly prefix: string;
  readonly region: string;
  readonly services: readonly string[];
  readonly state: string;
  readonly active_from: string;
  readonly remove_after: string | null;
}

export interface PublishedPort {
  readonly id: number;
  readonly direction_from_customer: "both" | "in" | "out";
  readonly protocol: string;
  readonly customer_port: string;
  /** A service of the ranges, or who else it is. */
  readonly our_side: string;
  readonly our_port: string;
  readonly in_static_block: boolean;
  readonly purpose: string;
  readonly required: boolean;
}

export interface PublishedNetwork {
  readonly prefixes: readonly PublishedRange[];
  readonly ports: readonly PublishedPort[];
}

/** What a firewall of the customer's has to let through for one region, out of the published list. */
export interface FirewallRow {
  readonly id: number;
  readonly purpose: string;
  readonly direction: string;
  readonly protocol: string;
  readonly theirPort: string;
  /** Addresses of the region that are or will be used; of a rule outside of the static block who it is. */
  readonly ours: readonly string[];
  readonly ourPort: string;
  readonly isRequired: boolean;
}

export const DIRECTIONS: Readonly<Record<PublishedPort["direction_from_customer"], string>> = {
  in: "In",
  out: "Out",
  both: "In and out",
};

/** Rows that have an address in the region; those of the static block first, as they stand in the list. */
export function firewallRows(network: PublishedNetwork, region: string): FirewallRow[] {
  const own = network.prefixes.filter((range) => range.region === region);
  return network.ports.flatMap((port) => {
    const ours = port.in_static_block
      ? own.filter(({ services }) => services.includes(port.our_side)).map(({ prefix }) => prefix)
      : [port.our_side];
    if (ours.length === 0) return [];
    return [
      {
        id: port.id,
        purpose: port.purpose,
        direction: DIRECTIONS[port.direction_from_customer],
        protocol: port.protocol.toUpperCase(),
        theirPort: port.customer_port,
        ours,
        ourPort: port.our_port,
        isRequired: port.required,
      },
    ];
  });
}

/** Blocks that webhooks of a region are posted from, or will be; a word for what is not used yet or not for long. */
export function webhookSources(
  { prefixes }: PublishedNetwork,
  region: string,
): { readonly prefix: string; readonly note: string }[] {
  return prefixes
    .filter((range) => range.region === region && range.services.includes("webhook"))
    .filter(({ state }) => state !== "removed")
    .map(({ prefix, state }) => ({
      prefix,
      note: state === "pending" ? "used soon" : state === "deprecated" ? "used no longer soon" : "",
    }));
}
