import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DnsNode } from "../../workers/dns/plan-records.ts";
import { importNumber } from "./api-client.ts";
import { issueCertificate, makeTestCa, type TestCa } from "./certificates.ts";
import { eventually } from "./deadline.ts";
import { enrolFurtherNode } from "./further-node.ts";
import { type Kamailio, startKamailio } from "./kamailio.ts";
import { openDoor } from "./namespace-door.ts";
import { createNatNetwork, type NatHost, type NatNetwork } from "./nat-network.ts";
import { type NodeProcess, startNodeProcess } from "./node-process.ts";
import { type NameServer, serveZone } from "./nsd.ts";
import { createWorkspace, startTrunkline, type Trunkline } from "./processes.ts";
import { recordsOf } from "./zone-records.ts";

const DOMAIN = "example.test";
export const REGIONS = ["us", "eu", "in"] as const;
export type RegionName = (typeof REGIONS)[number];
const NODES_EACH = 2;
const DOOR_PORT = 8787;
const PATIENCE_MS = 30_000;
/** A number of each region's workspace. */
export const NUMBERS = {
  us: "+14155550141",
  eu: "+493012345642",
  in: "+912212345643",
} as const satisfies Record<RegionName, string>;

export interface RegionNode {
  readonly region: RegionName;
  readonly fqdn: string;
  readonly address: string;
  readonly process: NodeProcess;
  /** Lines of its log with this event, so far. */
  count(event: string): number;
  /** The same, read. */
  lines(event: string): readonly Record<string, unknown>[];
}

/**
 * Two nodes in each of three regions, each behind 1:1 NAT on a host of its own; a name server with what Terraform and the
 * reconciler make for them; Kamailio beside it as the customer's carrier, which speaks TLS to them as the records say.
 */
export interface ThreeRegions extends AsyncDisposable {
  readonly network: NatNetwork;
  readonly carrier: Kamailio;
  nodesOf(region: RegionName): readonly [RegionNode, RegionNode];
  /** What the DNS says from now on. */
  publish(states: ReadonlyMap<RegionNode, DnsNode["state"]>): Promise<void>;
}

export function nameOf(region: RegionName): string {
  return `sip.${region}.residency.${DOMAIN}`;
}

export async function startThreeRegions(): Promise<ThreeRegions> {
  await using made = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "trunkline-regions-"));
  made.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  const network = made.use(createNatNetwork(REGIONS.length * NODES_EACH));
  const trunkline = await startTrunkline();
  made.defer(() => trunkline.stop());
  const apiPort = Number(new URL(trunkline.ready.api).port);
  made.use(await openDoor(network.router, DOOR_PORT, apiPort, folder));
  const ca = await makeTestCa();
  const caFile = join(folder, "ca.pem");
  await writeFile(caFile, ca.certificatePem);
  await Promise.all(REGIONS.map((region) => addNumber(trunkline, region, network.phoneAddress)));

  const starting = network.hosts.map((host, index) => {
    const region = REGIONS[Math.floor(index / NODES_EACH)] ?? REGIONS[0];
    return startNode(trunkline, host, { region, name: `n${index + 1}` }, { folder, ca });
  });
  for (const node of starting) {
    made.adopt(node, async (started) => {
      await (await started.catch(() => null))?.process.kill();
    });
  }
  const nodes = await Promise.all(starting);

  const recordsWith = (stateOf: (node: RegionNode) => DnsNode["state"]) => [
    ...REGIONS.flatMap((region) =>
      recordsOf(
        nameOf(region),
        nodes
          .filter((node) => node.region === region)
          .map((node) => ({ ...node, state: stateOf(node), sinceMs: 0 })),
      ),
    ),
    ...nodes.map(({ address, fqdn }) => `${fqdn}. IN A ${address}`),
  ];
  const { outside: namespace, phoneAddress: address } = network;
  const server: NameServer = made.use(
    await serveZone(
      DOMAIN,
      recordsWith(() => "ready"),
      namespace,
    ),
  );
  const carrier = made.use(
    await startKamailio({
      namespace,
      address,
      tls: { ...(await certified(folder, ca, [`carrier.${DOMAIN}`])), caFile },
    }),
  );
  const resources = made.move();
  return {
    network,
    carrier,
    nodesOf(region) {
      const [one, other] = nodes.filter((node) => node.region === region);
      if (one === undefined || other === undefined) throw new Error(`${region} has no two nodes`);
      return [one, other];
    },
    publish: (states) => server.replace(recordsWith((node) => states.get(node) ?? "ready")),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** A workspace of the region with one number, for calls of the carrier alone, answered by the built-in agent. */
async function addNumber(trunkline: Trunkline, region: RegionName, from: string): Promise<void> {
  const api = await createWorkspace(trunkline, `${region}-test`, { region });
  const agent = await api.post("/v1/convai/agents/create", {
    name: "Demonstration",
    conversation_config: {},
    connection: { protocol: "builtin" },
  });
  await importNumber(api, NUMBERS[region], agent.body.agent_id, {
    media_encryption: "required",
    allowed_addresses: [`${from}/32`],
  });
}

async function startNode(
  trunkline: Trunkline,
  { gateway, namespace, privateAddress, publicAddress }: NatHost,
  place: { readonly region: RegionName; readonly name: string },
  { folder, ca }: { readonly folder: string; readonly ca: TestCa },
): Promise<RegionNode> {
  const fqdn = `${place.name}.${place.region}.${DOMAIN}`;
  // DESIGN §6: its own name, the region's and the shared ones.
  const names = [fqdn, nameOf(place.region), `sip.${DOMAIN}`, `sip-static.${DOMAIN}`];
  const { certificateFile, keyFile } = await certified(folder, ca, names);
  const identity = await enrolFurtherNode(trunkline, publicAddress, place);
  const environment = {
    TRUNKLINE_CONTROL_PLANE_URL: `http://${gateway}:${DOOR_PORT}`,
    TRUNKLINE_NODE_IDENTITY: JSON.stringify(identity),
    TRUNKLINE_STATE_DIR: join(folder, place.name),
    TRUNKLINE_BIND_ADDRESS: privateAddress,
    TRUNKLINE_ADVERTISED_ADDRESS: publicAddress,
    TRUNKLINE_RELAY_ADDRESS: privateAddress,
    TRUNKLINE_TLS_CERT_FILE: certificateFile,
    TRUNKLINE_TLS_KEY_FILE: keyFile,
    TRUNKLINE_SIP_DOMAIN: nameOf(place.region),
    TRUNKLINE_SIP_ADDRESSES: "any",
    TRUNKLINE_AGENT_ADDRESSES: "loopback",
    // Twelve processes on two cores would be more start than test.
    TRUNKLINE_MEDIA_PROCESSES: "0",
    TRUNKLINE_DRAIN_SECONDS: "60",
  };
  const process = await startNodeProcess(environment, [], namespace);
  const count = (event: string) => process.output().split(`"event":"${event}"`).length - 1;
  try {
    // The hub has told it of the others by then, or tells it when they link.
    const linked = (): true | null => (count("link_up") > 0 ? true : null);
    await eventually(linked, PATIENCE_MS, `${place.name} has no link`);
  } catch (error) {
    await process.kill();
    throw error;
  }
  const lines = (event: string): Record<string, unknown>[] =>
    process
      .output()
      .split("\n")
      .filter((line) => line.includes(`"event":"${event}"`))
      .map((line) => JSON.parse(line));
  return { region: place.region, fqdn, address: publicAddress, process, count, lines };
}

/** A certificate of the authority for these names, and its key, as files named after the first. */
async function certified(folder: string, ca: TestCa, dnsNames: readonly string[]) {
  const { certificatePem, keyPem } = await issueCertificate(ca, { dnsNames: [...dnsNames] });
  const files = {
    certificateFile: join(folder, `${dnsNames[0]}.crt`),
    keyFile: join(folder, `${dnsNames[0]}.key`),
  };
  await writeFile(files.certificateFile, certificatePem);
  await writeFile(files.keyFile, keyPem);
  return files;
}
