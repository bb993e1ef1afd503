import { addNamespaces, linkNamespaces, removeNamespaces, within } from "./namespaces.ts";

/**
 * Hosts of nodes behind a router that maps the private address of each 1:1 to a public one (as cloud providers do), and
 * a host outside, where phones and carriers are.
 *
 *   host 1, 10.77.1.2 ──┐
 *   host 2, 10.77.2.2 ──┴ router (203.0.113.11 ⇄ 10.77.1.2, …) ── outside 203.0.113.200
 */
export interface NatNetwork extends Disposable {
  readonly hosts: readonly NatHost[];
  readonly router: string;
  readonly outside: string;
  readonly phoneAddress: string;
}

/** Host of one node. */
export interface NatHost {
  readonly namespace: string;
  readonly privateAddress: string;
  readonly publicAddress: string;
  /** The router, as the host sees it. */
  readonly gateway: string;
}

const PHONE = "203.0.113.200";

export function createNatNetwork(count = 1): NatNetwork {
  const id = process.pid.toString(36);
  const [router, outside] = [`tlr-${id}`, `tlo-${id}`];
  const hosts = Array.from({ length: count }, (_none, index): NatHost => {
    const number = index + 1;
    return {
      namespace: `tl${number}-${id}`,
      privateAddress: `10.77.${number}.2`,
      publicAddress: `203.0.113.${10 + number}`,
      gateway: `10.77.${number}.1`,
    };
  });
  const namespaces = [router, outside, ...hosts.map(({ namespace }) => namespace)];
  const dispose = (): void => removeNamespaces(namespaces);
  try {
    addNamespaces(namespaces);
    linkNamespaces(
      { namespace: outside, name: "up0", address: `${PHONE}/24` },
      { namespace: router, name: "out0", address: "203.0.113.1/24" },
    );
    within(outside, "ip", "route", "add", "default", "via", "203.0.113.1");
    within(router, "sysctl", "-qw", "net.ipv4.ip_forward=1");
    for (const [index, { gateway, namespace, privateAddress, publicAddress }] of hosts.entries()) {
      linkNamespaces(
        { namespace, name: "up0", address: `${privateAddress}/24` },
        { namespace: router, name: `in${index}`, address: `${gateway}/24` },
      );
      within(namespace, "ip", "route", "add", "default", "via", gateway);
      within(router, "ip", "address", "add", `${publicAddress}/32`, "dev", "out0");
    }
    const mappings = hosts.map(
      ({ privateAddress, publicAddress }) =>
        `add rule ip nat before iifname out0 ip daddr ${publicAddress} dnat to ${privateAddress};
         add rule ip nat after oifname out0 ip saddr ${privateAddress} snat to ${publicAddress};`,
    );
    within(
      router,
      "nft",
      `add table ip nat;
       add chain ip nat before { type nat hook prerouting priority dstnat; };
       add chain ip nat after { type nat hook postrouting priority srcnat; };
       ${mappings.join("\n")}`,
    );
  } catch (cause) {
    dispose();
    throw cause;
  }
  return { hosts, router, outside, phoneAddress: PHONE, [Symbol.dispose]: dispose };
}
