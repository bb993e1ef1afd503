import type { AdminServer } from "./admin/http.ts";
import type { MediaNodeConfig } from "./config.ts";
import type { SipService } from "./sip-service.ts";

/** What the node has bound. */
export interface BoundPorts {
  readonly sipPort: number;
  readonly sipsPort: number;
  readonly sipUdpPort: number | null;
  readonly relayPort: number | null;
  readonly rtpPorts: readonly [number, number];
  readonly adminAddress: string;
  readonly adminPort: number;
}

export function boundPorts(
  sip: Pick<SipService, "sipPort" | "sipsPort" | "sipUdpPort" | "relayPort">,
  rtpPorts: MediaNodeConfig["media"]["rtpPorts"],
  admin: Pick<AdminServer, "address" | "port">,
): BoundPorts {
  return {
    sipPort: sip.sipPort,
    sipsPort: sip.sipsPort,
    sipUdpPort: sip.sipUdpPort,
    relayPort: sip.relayPort,
    rtpPorts: [rtpPorts.first, rtpPorts.last],
    adminAddress: admin.address,
    adminPort: admin.port,
  };
}
