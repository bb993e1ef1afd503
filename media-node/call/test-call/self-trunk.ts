import type { OutboundTrunkRoute } from "../../../schema/contracts/routing.ts";
import { newId, type WorkspaceId } from "../../../schema/values/ids.ts";

/** Where the node's own SIP listeners are for the outside. */
export interface OwnListeners {
  /** The advertised address, as it stands in a URI. */
  readonly host: string;
  readonly tlsPort: number;
  readonly tcpPort: number;
  /** What callers dial, and what the node's certificate shows. */
  readonly domain: string;
}

/**
 * The node as a trunk of its own, first over TLS and then, where its certificate cannot be proved from here or nothing
 * listens, over TCP. A number that requires encrypted media is not called over TCP: its keys would be seen.
 */
export function selfTrunks(
  workspaceId: WorkspaceId,
  encryption: OutboundTrunkRoute["mediaEncryption"],
  { host, domain, tcpPort, tlsPort }: OwnListeners,
): readonly OutboundTrunkRoute[] {
  const trunk = {
    id: newId("outboundTrunk"),
    workspaceId,
    mediaEncryption: encryption,
    insecureSdes: false,
    codecs: ["G722", "PCMU", "PCMA"],
    headers: {},
    attributesToHeaders: {},
    credentials: null,
    callerIdentity: { fromUser: "number", assertedIdentity: "none", numberForm: "as_given" },
    callsPerSecond: null,
    remoteDomains: [domain],
    phoneTransferForm: "sip",
    allowRefer: false,
  } as const;
  // RFC 3261 §19.1.1 `maddr`: the name is what the certificate has to show, the address is this node and no other of its name.
  const overTls = {
    ...trunk,
    codecs: [...trunk.codecs],
    remoteDomains: [...trunk.remoteDomains],
    transport: "tls" as const,
    address: `${domain}:${tlsPort};maddr=${host}`,
  };
  if (encryption === "required") return [overTls];
  return [overTls, { ...overTls, transport: "tcp", address: `${host}:${tcpPort}` }];
}
