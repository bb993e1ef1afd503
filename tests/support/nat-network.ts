import { execFileSync } from "node:child_process";

/**
 * Three network namespaces: a node's host behind a router that maps its private address 1:1 to a
 * public one (as cloud providers do), and a phone's host outside.
 *
 *   inside 10.77.0.2 ── router (203.0.113.10 ⇄ 10.77.0.2) ── outside 203.0.113.200
 */
export interface NatNetwork extends Disposable {
  readonly inside: string;
  readonly outside: string;
  readonly privateAddress: string;
  readonly publicAddress: string;
  readonly phoneAddress: string;
  /** Until it is disposed of nothing that the phone sends over UDP arrives, as with a firewall that lets no media out. */
  dropPhoneUdp(): Disposable;
  /** What an address of the inside's own loopback answers. */
  fetchInside(url: string): string;
}

const PRIVATE = "10.77.0.2";
const PUBLIC = "203.0.113.10";
const PHONE = "203.0.113.200";

/** Null with the reason when this host lets us make no namespaces. */
export function whyNoNamespaces(): string | null {
  if (process.getuid?.() !== 0) return "it needs root";
  try {
    run("nft", "--version");
    run("ip", "netns", "list");
    return null;
  } catch {
    return "Debian's iproute2 and nftables are not installed";
  }
}

export function createNatNetwork(): NatNetwork {
  const id = process.pid.toString(36);
  const [inside, router, outside] = [`tli-${id}`, `tlr-${id}`, `tlo-${id}`];
  for (const namespace of [inside, router, outside]) run("ip", "netns", "add", namespace);
  try {
    for (const namespace of [inside, router, outside]) {
      within(namespace, "ip", "link", "set", "lo", "up");
    }
    link(inside, "up0", `${PRIVATE}/24`, router, "in0", "10.77.0.1/24");
    link(outside, "up0", `${PHONE}/24`, router, "out0", "203.0.113.1/24");
    within(router, "ip", "address", "add", `${PUBLIC}/32`, "dev", "out0");
    within(inside, "ip", "route", "add", "default", "via", "10.77.0.1");
    within(outside, "ip", "route", "add", "default", "via", "203.0.113.1");
    within(router, "sysctl", "-qw", "net.ipv4.ip_forward=1");
    within(
      router,
      "nft",
      `add table ip nat;
       add chain ip nat before { type nat hook prerouting priority dstnat; };
       add chain ip nat after { type nat hook postrouting priority srcnat; };
       add rule ip nat before iifname out0 ip daddr ${PUBLIC} dnat to ${PRIVATE};
       add rule ip nat after oifname out0 ip saddr ${PRIVATE} snat to ${PUBLIC};`,
    );
  } catch (cause) {
    remove([inside, router, outside]);
    throw cause;
  }
  return {
    inside,
    outside,
    privateAddress: PRIVATE,
    publicAddress: PUBLIC,
    phoneAddress: PHONE,
    dropPhoneUdp() {
      within(
        inside,
        "nft",
        `add table ip phone;
         add chain ip phone arriving { type filter hook input priority 0; };
         add rule ip phone arriving ip saddr ${PHONE} meta l4proto udp drop;`,
      );
      return { [Symbol.dispose]: () => within(inside, "nft", "delete table ip phone") };
    },
    fetchInside(url) {
      const script =
        "fetch(process.argv[1]).then((got) => got.text()).then((text) => process.stdout.write(text))";
      return run("ip", "netns", "exec", inside, process.execPath, "-e", script, url);
    },
    [Symbol.dispose]: () => remove([inside, router, outside]),
  };
}

function link(
  hostNamespace: string,
  hostName: string,
  hostAddress: string,
  routerNamespace: string,
  routerName: string,
  routerAddress: string,
): void {
  within(
    hostNamespace,
    ...["ip", "link", "add", hostName, "type", "veth", "peer", "name", routerName],
    ...["netns", routerNamespace],
  );
  within(hostNamespace, "ip", "address", "add", hostAddress, "dev", hostName);
  within(hostNamespace, "ip", "link", "set", hostName, "up");
  within(routerNamespace, "ip", "address", "add", routerAddress, "dev", routerName);
  within(routerNamespace, "ip", "link", "set", routerName, "up");
}

function remove(namespaces: readonly string[]): void {
  for (const namespace of namespaces) run("ip", "netns", "del", namespace);
}

/** Runs a command in a namespace to its end. */
export function within(namespace: string, ...command: string[]): void {
  run("ip", "netns", "exec", namespace, ...command);
}

export function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
