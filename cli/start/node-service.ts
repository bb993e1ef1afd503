import { getCompileCacheDir } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { MEDIA_NODE_FLAGS } from "../../media-node/process-flags.ts";
import type { NodeIdentity } from "../../schema/contracts/node-link.ts";
import type { HostPort, PortRange } from "../options.ts";
import { answersOk } from "./database.ts";
import { PACKAGE_ROOT } from "./packages.ts";
import { freePort } from "./ports.ts";
import type { StateDirectory } from "./state-directory.ts";
import type { Service } from "./supervisor.ts";

const ADMIN_HOST = "127.0.0.1";

export interface NodeSettings {
  readonly identity: NodeIdentity;
  readonly controlPlaneUrl: string;
  readonly sipDomain: string;
  readonly bind: string;
  readonly advertise: string;
  /** 0 is any, for each port. */
  readonly sipPort: number;
  readonly sipsPort: number;
  readonly adminPort: number;
  readonly rtpPorts: PortRange;
  /** Null: the system's authorities. */
  readonly carrierCaFile: string | null;
}

export interface NodeService {
  readonly service: Service;
  readonly sip: HostPort;
  readonly sips: HostPort;
  readonly adminUrl: string;
}

/** The media node. Its identity goes by the environment: the secrets file stays the only copy. */
export async function createNodeService(
  state: StateDirectory,
  settings: NodeSettings,
): Promise<NodeService> {
  const choose = (address: string, port: number): Promise<number> | number =>
    port === 0 ? freePort(address) : port;
  const sipPort = await choose(settings.bind, settings.sipPort);
  const sipsPort = await choose(settings.bind, settings.sipsPort);
  const adminPort = await choose(ADMIN_HOST, settings.adminPort);
  const adminUrl = `http://${ADMIN_HOST}:${adminPort}`;
  return {
    sip: { host: settings.advertise, port: sipPort },
    sips: { host: settings.advertise, port: sipsPort },
    adminUrl,
    service: {
      name: "media-node",
      command: process.execPath,
      args: [...MEDIA_NODE_FLAGS, join(PACKAGE_ROOT, "media-node/main.ts")],
      env: {
        NODE_COMPILE_CACHE: getCompileCacheDir() ?? "",
        TRUNKLINE_CONTROL_PLANE_URL: settings.controlPlaneUrl,
        TRUNKLINE_NODE_IDENTITY: JSON.stringify(settings.identity),
        TRUNKLINE_STATE_DIR: state.nodeFolder,
        TRUNKLINE_BIND_ADDRESS: settings.bind,
        TRUNKLINE_ADVERTISED_ADDRESS: settings.advertise,
        TRUNKLINE_SIP_PORT: String(sipPort),
        TRUNKLINE_SIPS_PORT: String(sipsPort),
        TRUNKLINE_TLS_CERT_FILE: state.certificateFile,
        TRUNKLINE_TLS_KEY_FILE: state.keyFile,
        ...(settings.carrierCaFile === null
          ? {}
          : { TRUNKLINE_TLS_CA_FILE: settings.carrierCaFile }),
        TRUNKLINE_RTP_PORTS: `${settings.rtpPorts.low}-${settings.rtpPorts.high}`,
        TRUNKLINE_ADMIN_ADDRESS: ADMIN_HOST,
        TRUNKLINE_ADMIN_PORT: String(adminPort),
        TRUNKLINE_SIP_DOMAIN: settings.sipDomain,
        TRUNKLINE_SIP_ADDRESSES: "any",
        TRUNKLINE_AGENT_ADDRESSES: "loopback",
      },
      cwd: state.root,
      hasControlPipe: false,
      ready: (_control, signal) => answersOk(`${adminUrl}/readyz`, signal),
    },
  };
}
