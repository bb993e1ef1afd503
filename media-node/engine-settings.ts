import type { MediaNodeConfig } from "./config.ts";
import {
  DEFAULT_ENGINE_LIMITS,
  type EngineConfig,
  type EngineListener,
} from "./engine/engine-config.ts";

/** What the system has bound before, so that an engine that is started again has the same; else the configured ports. */
export interface SipPorts {
  readonly sipPort: number;
  readonly sipsPort: number;
  /** Null: no SIP over UDP. */
  readonly sipUdpPort: number | null;
  /** Null: the node takes no part in relaying. */
  readonly relayPort: number | null;
}

export function configuredPorts({ sip, relay }: Pick<MediaNodeConfig, "sip" | "relay">): SipPorts {
  return {
    sipPort: sip.port,
    sipsPort: sip.sipsPort,
    sipUdpPort: sip.udp?.port ?? null,
    relayPort: relay?.port ?? null,
  };
}

/** The engine's configuration, from the node's. */
export function engineConfigOf(
  { sip, identity, relay }: Pick<MediaNodeConfig, "sip" | "identity" | "relay">,
  ports: SipPorts,
  controlSecret: string,
): EngineConfig {
  const { bindAddress, certificates } = sip;
  const listener = (
    transport: EngineListener["transport"],
    port: number,
    advertisedPort: number,
  ): EngineListener => ({ transport, bindAddress, port, advertisedPort });
  return {
    listeners: [
      listener("tcp", ports.sipPort, sip.advertisedPort),
      listener("tls", ports.sipsPort, sip.advertisedSipsPort),
      ...(sip.udp === null || ports.sipUdpPort === null
        ? []
        : [listener("udp", ports.sipUdpPort, sip.udp.advertisedPort)]),
    ],
    advertisedHost: sip.advertisedAddress,
    tls: {
      certificateFile: sip.certificateFile,
      keyFile: sip.keyFile,
      requestClientCertificate: certificates.areRequested,
      presentCertificate: certificates.isPresented,
      ...(certificates.caFile === null ? {} : { caFile: certificates.caFile }),
      ...(certificates.clientCaFile === null ? {} : { clientCaFile: certificates.clientCaFile }),
    },
    control: { port: 0, secret: controlSecret },
    nodeId: identity.nodeId,
    limits: DEFAULT_ENGINE_LIMITS,
    addressPolicy: sip.addresses,
    minSeS: sip.minSeS,
    ...(relay === null || ports.relayPort === null
      ? {}
      : { relay: { bindAddress: relay.address, port: ports.relayPort } }),
    ...(sip.dialogSources === "any" ? {} : { dialogSources: sip.dialogSources }),
    ...(sip.sessionExpiresS === null ? {} : { sessionExpiresS: sip.sessionExpiresS }),
    ...(sip.dnsServers.length === 0 ? {} : { dns: { servers: sip.dnsServers } }),
  };
}
