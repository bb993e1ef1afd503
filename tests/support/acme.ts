import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { promisify } from "node:util";
import { z } from "zod";
import { issueCertificate, makeTestCa } from "./certificates.ts";
import { eventually } from "./deadline.ts";
import { freePort } from "./free-port.ts";

/** An authority that speaks ACME (RFC 8555): Debian's pebble, and its DNS server, which answers what it is told to. */
export interface Acme extends AsyncDisposable {
  /** Runs the script that Terraform gives to a node, for names of `domain`, into `tls`. */
  certify(names: readonly string[], tls: string): Promise<void>;
  /** TXT names that challenges have been put at. */
  challenged(): readonly string[];
}

const SCRIPT = "terraform/modules/media-node/files/certificate.sh";
const PATIENCE_MS = 10_000;
/** Shorter than the 30 days within which it is renewed. */
const VALID_SECONDS = 10 * 86_400;

/** Null with the reason when Debian's packages are not here. */
export function whyNoAcme(): string | null {
  try {
    execFileSync("which", ["lego", "pebble", "pebble-challtestsrv"], { stdio: "ignore" });
    return null;
  } catch {
    return "Debian's lego and pebble are not installed";
  }
}

/** Each name's challenge is delegated to `<name>.acme.<domain>`, as Terraform's dns module has it. */
export async function startAcme(folder: string, domain: string): Promise<Acme> {
  await using starting = new AsyncDisposableStack();
  const [dns, management, directory, pebbleAdmin] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const nobody = ["-http01", "", "-https01", "", "-tlsalpn01", ""];
  const dnsArgs = ["-dns01", `127.0.0.1:${dns}`, "-management", `127.0.0.1:${management}`];
  run(starting, "pebble-challtestsrv", [...dnsArgs, ...nobody, "-defaultIPv6", ""]);

  const ca = await makeTestCa("ACME");
  const own = await issueCertificate(ca, { dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"] });
  const files = { ca: join(folder, "acme-ca.pem"), config: join(folder, "pebble.json") };
  const [certificate, privateKey] = [join(folder, "pebble.pem"), join(folder, "pebble.key")];
  writeFileSync(files.ca, ca.certificatePem);
  writeFileSync(certificate, own.certificatePem);
  writeFileSync(privateKey, own.keyPem);
  const pebble = {
    listenAddress: `127.0.0.1:${directory}`,
    managementListenAddress: `127.0.0.1:${pebbleAdmin}`,
    certificate,
    privateKey,
    httpPort: 9,
    tlsPort: 9,
    ocspResponderURL: "",
    externalAccountBindingRequired: false,
    certificateValidityPeriod: VALID_SECONDS,
  };
  writeFileSync(files.config, JSON.stringify({ pebble }));
  const pebbleArgs = ["-config", files.config, "-dnsserver", `127.0.0.1:${dns}`, "-strict"];
  run(starting, "pebble", pebbleArgs, {
    PEBBLE_VA_NOSLEEP: "1",
    PEBBLE_WFE_NONCEREJECT: "0",
    // A name that was proved is proved for the renewal too, as it is with public authorities.
    PEBBLE_AUTHZREUSE: "100",
  });

  const names = new Set<string>();
  const zone = starting.use(
    await startZone(async (action, { fqdn, value }) => {
      if (action === "present") names.add(fqdn);
      await tellDns(action === "present" ? "set-txt" : "clear-txt", { host: fqdn, value });
    }),
  );
  const tellDns = async (what: string, body: Readonly<Record<string, string>>): Promise<void> => {
    const url = `http://127.0.0.1:${management}/${what}`;
    await fetch(url, { method: "POST", body: JSON.stringify(body) });
  };
  for (const port of [management, directory]) {
    const isUp = async () => ((await takesConnections(port)) ? true : null);
    await eventually(isUp, PATIENCE_MS, `nobody listens on ${port}: pebble did not start`);
  }
  const server = `https://localhost:${directory}/dir`;
  const running = starting.move();
  return {
    async certify(certified, tls) {
      for (const name of certified) {
        const target = `${name.slice(0, -domain.length - 1)}.acme.${domain}.`;
        await tellDns("set-cname", { host: `_acme-challenge.${name}.`, target });
      }
      const settings = {
        ACME_NAMES: certified.join(" "),
        ACME_SERVER: server,
        ACME_EMAIL: `operations@${domain}`,
        ACME_DNS_PROVIDER: "httpreq",
        ACME_OPTIONS: `--dns.disable-cp --dns.resolvers 127.0.0.1:${dns}`,
        HTTPREQ_ENDPOINT: zone.url,
        HTTPREQ_POLLING_INTERVAL: "1",
        LEGO_CA_CERTIFICATES: files.ca,
        LEGO_PATH: join(folder, "lego"),
        TLS_DIRECTORY: tls,
        TLS_OWNER: userInfo().username,
      };
      await promisify(execFile)("env", [...assignments(settings), "sh", SCRIPT]);
    },
    challenged: () => [...names].sort(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

const requestSchema = z.object({ fqdn: z.string(), value: z.string() });

/** Whoever has the zone of the challenges, as lego's provider `httpreq` asks it. */
async function startZone(
  change: (action: "present" | "cleanup", record: z.infer<typeof requestSchema>) => Promise<void>,
): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer(async (request, response) => {
    const action = request.url === "/present" ? "present" : "cleanup";
    await change(action, requestSchema.parse(await json(request)));
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function run(
  stack: AsyncDisposableStack,
  program: string,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): void {
  const child = spawn("env", [...assignments(more), program, ...args], { stdio: "ignore" });
  stack.defer(() => ended(child));
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, "exit");
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** For `env`, which hands on the rest of the environment as it is, and becomes the program. */
function assignments(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).map(([name, value]) => `${name}=${value}`);
}
