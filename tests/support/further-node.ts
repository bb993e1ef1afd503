import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { enrolNode } from "../../media-node/control/enrol.ts";
import type { NodeIdentity } from "../../schema/contracts/node-link.ts";
import { eventually } from "./deadline.ts";
import { type NodeProcess, startNodeProcess } from "./node-process.ts";
import { operatorTokenOf, type Trunkline } from "./processes.ts";
import { startTcpRelay, type TcpRelay } from "./tcp-relay.ts";

const PATIENCE_MS = 15_000;

/** An identity for another node of the system's region. */
export async function enrolFurtherNode(
  trunkline: Trunkline,
  publicAddress: string,
  place: { readonly region: string; readonly name: string } = { region: "local", name: "further" },
): Promise<NodeIdentity> {
  const { api } = trunkline.ready;
  const answer = await fetch(new URL("/v1/admin/join-tokens", api), {
    method: "POST",
    headers: {
      authorization: `Bearer ${await operatorTokenOf(trunkline)}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ region: place.region }),
  });
  const { join_token: joinToken } = (await answer.json()) as { join_token: string };
  return enrolNode({ controlPlaneUrl: api, joinToken, name: place.name, publicAddress });
}

/** Another media node of the system, as a process of its own; a relay lies between it and the control plane. */
export interface FurtherNode extends AsyncDisposable {
  readonly node: NodeProcess;
  readonly relay: TcpRelay;
  /** The link and everything else to the control plane is cut, and stays so. */
  partition(): Promise<void>;
  /** Resolves when the link is up again. */
  heal(): Promise<void>;
}

export async function startFurtherNode(
  trunkline: Trunkline,
  settings: Readonly<Record<string, string>> = {},
): Promise<FurtherNode> {
  await using made = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "trunkline-further-"));
  made.defer(() => rm(folder, { recursive: true, force: true }));
  const controlPlanePort = Number(new URL(trunkline.ready.api).port);
  const relay = made.use(await startTcpRelay(() => controlPlanePort));
  const node = await startNodeProcess({
    TRUNKLINE_CONTROL_PLANE_URL: `http://127.0.0.1:${relay.port}`,
    TRUNKLINE_NODE_IDENTITY: JSON.stringify(await enrolFurtherNode(trunkline, "127.0.0.1")),
    TRUNKLINE_STATE_DIR: join(folder, "state"),
    TRUNKLINE_BIND_ADDRESS: "127.0.0.1",
    TRUNKLINE_SIP_PORT: "0",
    TRUNKLINE_SIPS_PORT: "0",
    TRUNKLINE_TLS_CERT_FILE: join(trunkline.stateDir, "node-cert.pem"),
    TRUNKLINE_TLS_KEY_FILE: join(trunkline.stateDir, "node-key.pem"),
    TRUNKLINE_RTP_PORTS: "0-0",
    TRUNKLINE_ADMIN_PORT: "0",
    TRUNKLINE_SIP_DOMAIN: "sip.localhost",
    TRUNKLINE_SIP_ADDRESSES: "any",
    TRUNKLINE_AGENT_ADDRESSES: "loopback",
    ...settings,
  });
  made.defer(() => node.kill());
  const linkUps = () => node.output().split('"event":"link_up"').length;
  const linkedAfter = async (before: number): Promise<void> => {
    await eventually(() => (linkUps() > before ? true : null), PATIENCE_MS, "no link");
  };
  await linkedAfter(1);
  const resources = made.move();
  return {
    node,
    relay,
    async partition() {
      relay.block();
      await relay.cut();
    },
    async heal() {
      const before = linkUps();
      relay.unblock();
      await linkedAfter(before);
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
