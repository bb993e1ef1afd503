import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { createServer as createTlsServer } from "node:tls";
import { fileURLToPath } from "node:url";
import type { IssuedCertificate } from "./certificates.ts";
import { deadline } from "./deadline.ts";
import { addNamespaces, linkNamespaces, removeNamespaces, within } from "./namespaces.ts";

/**
 * Two hosts as network namespaces with addresses of the public kind that nobody announces: ours, and a customer's, whose
 * firewall is whatever is loaded into it.
 */
export interface FirewalledNetwork extends AsyncDisposable {
  readonly provider: string;
  readonly customer: string;
  /** Takes the place of what was loaded before; nft's own text. */
  loadFirewall(rules: string): void;
  /** A port of this host's loopback that leads to one of the provider's loopback. */
  reachProvider(port: number): Promise<number>;
  /** Port 443 of a customer's address over TLS, carried to a port of this host's loopback; and who has connected. */
  serveAtCustomer(
    address: string,
    port: number,
    certificate: IssuedCertificate,
  ): Promise<readonly string[]>;
}

export const PROVIDER_ADDRESS = "25.10.20.10";
export const CUSTOMER = {
  phone: "25.20.30.40",
  agent: "25.20.30.41",
  preCall: "25.20.30.42",
  webhooks: "25.20.30.43",
} as const;

const BRIDGE = fileURLToPath(new URL("./bridge-program.ts", import.meta.url));

export function createFirewalledNetwork(folder: string): FirewalledNetwork {
  const id = process.pid.toString(36);
  const [provider, customer] = [`tlp-${id}`, `tlc-${id}`];
  const resources = new AsyncDisposableStack();
  const takeDown = (): void => removeNamespaces([provider, customer]);
  try {
    addNamespaces([provider, customer]);
    const [first = "", ...others] = Object.values(CUSTOMER);
    // One link, and /8 on both sides: no route is wanted.
    linkNamespaces(
      { namespace: provider, name: "out0", address: `${PROVIDER_ADDRESS}/8` },
      { namespace: customer, name: "wan0", address: `${first}/8` },
    );
    for (const address of others) {
      within(customer, "ip", "address", "add", `${address}/8`, "dev", "wan0");
    }
  } catch (cause) {
    takeDown();
    throw cause;
  }
  let sockets = 0;
  const newSocket = (): string => {
    sockets += 1;
    const path = join(folder, `bridge-${sockets}.sock`);
    resources.defer(() => rmSync(path, { force: true }));
    return path;
  };

  /** In a namespace, until the network is taken down; resolves when it listens. */
  async function bridge(namespace: string, from: string, to: string): Promise<string[]> {
    const command = ["netns", "exec", namespace, process.execPath, BRIDGE, from, to];
    const child = spawn("ip", command, { stdio: ["ignore", "pipe", "inherit"] });
    const exited = once(child, "exit");
    resources.defer(async () => {
      child.kill("SIGKILL");
      await exited;
    });
    const seen: string[] = [];
    const listening = Promise.withResolvers<void>();
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line === "listening") listening.resolve();
      else seen.push(line);
    });
    await deadline(listening.promise, 10_000, `nothing listens at ${from}`);
    return seen;
  }

  return {
    provider,
    customer,
    loadFirewall(rules) {
      const path = join(folder, "customer.nft");
      writeFileSync(path, `flush ruleset\n${rules}`);
      within(customer, "nft", "-f", path);
    },
    async reachProvider(port) {
      const path = newSocket();
      await bridge(provider, path, `127.0.0.1:${port}`);
      const server = createTcpServer((socket) => {
        const far = connect(path);
        socket.pipe(far).pipe(socket);
        socket.on("error", () => far.destroy());
        far.on("error", () => socket.destroy());
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      resources.defer(() => void server.close());
      return (server.address() as AddressInfo).port; // a TCP server's address has a port
    },
    async serveAtCustomer(address, port, certificate) {
      const path = newSocket();
      const tls = { cert: certificate.certificatePem, key: certificate.keyPem };
      const server = createTlsServer(tls, (socket) => {
        const far = connect(port, "127.0.0.1");
        socket.pipe(far).pipe(socket);
        socket.on("error", () => far.destroy());
        far.on("error", () => socket.destroy());
      });
      // Who trusts another authority ends the handshake: that is for the test to find.
      server.on("tlsClientError", () => undefined);
      server.listen(path);
      await once(server, "listening");
      resources.defer(() => void server.close());
      return bridge(customer, `${address}:443`, path);
    },
    async [Symbol.asyncDispose]() {
      await resources.disposeAsync();
      takeDown();
    },
  };
}
