import { execFileSync } from "node:child_process";

/** Network namespaces as hosts: made by a test, under names of its own process, and taken down by it. */

/** Found without a PATH: processes of tests are given the environment that they need and no other. */
const IP = "/usr/sbin/ip";

/** Null, or the reason why this host lets us make no namespaces. */
export function whyNoNamespaces(): string | null {
  if (process.getuid?.() !== 0) return "it needs root";
  try {
    run("nft", "--version");
    run(IP, "netns", "list");
    return null;
  } catch {
    return "Debian's iproute2 and nftables are not installed";
  }
}

export function addNamespaces(namespaces: readonly string[]): void {
  for (const namespace of namespaces) {
    run(IP, "netns", "add", namespace);
    within(namespace, "ip", "link", "set", "lo", "up");
  }
}

/** Of those that are there; what runs in one keeps it until it ends. */
export function removeNamespaces(namespaces: readonly string[]): void {
  const there = execFileSync(IP, ["netns", "list"], { encoding: "utf8" }).split(/\s+/);
  for (const namespace of namespaces) {
    if (there.includes(namespace)) run(IP, "netns", "del", namespace);
  }
}

interface LinkEnd {
  readonly namespace: string;
  /** Of the interface, 15 characters at most. */
  readonly name: string;
  /** With its prefix length. */
  readonly address: string;
}

/** A cable between two hosts. */
export function linkNamespaces(host: LinkEnd, router: LinkEnd): void {
  within(
    host.namespace,
    ...["ip", "link", "add", host.name, "type", "veth", "peer", "name", router.name],
    ...["netns", router.namespace],
  );
  for (const { address, name, namespace } of [host, router]) {
    within(namespace, "ip", "address", "add", address, "dev", name);
    within(namespace, "ip", "link", "set", name, "up");
  }
}

/** Runs a command there to its end. */
export function within(namespace: string, ...command: string[]): void {
  run(IP, "netns", "exec", namespace, ...command);
}

/** What starts a program there: `ip netns exec` becomes the program, so that its number is that of the process. */
export function commandWithin(
  namespace: string | undefined,
  program: string,
  args: readonly string[],
): readonly [program: string, args: string[]] {
  if (namespace === undefined) return [program, [...args]];
  return [IP, ["netns", "exec", namespace, program, ...args]];
}

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: ["ignore", "ignore", "pipe"] });
}
