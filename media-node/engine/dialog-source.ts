import { BlockList, isIP } from "node:net";
import type { SipConnection } from "./connection.ts";
import type { SipDialog } from "./dialog.ts";
import type { EngineConfig } from "./engine-config.ts";

export type SourcePolicy = (
  dialog: SipDialog,
  source: Pick<SipConnection, "remoteAddress" | "transport">,
) => boolean;

/**
 * Whether a request that names a dialog may come by this connection. The tags prove that its sender has seen the dialog;
 * on a plain transport an onlooker has too. The address that the dialog has already is always one of its own; others
 * are those of the networks, where any are named, or of sources that trunks name. What began over TLS is not taken over in clear.
 */
export function createSourcePolicy(
  networks: EngineConfig["dialogSources"],
  isNamed: (address: string) => boolean,
): SourcePolicy {
  const allowed = new BlockList();
  for (const network of networks === "named" ? [] : (networks ?? [])) {
    const [address = "", prefix] = network.split("/");
    const isIpv6 = isIP(address) === 6;
    allowed.addSubnet(address, Number(prefix ?? (isIpv6 ? 128 : 32)), isIpv6 ? "ipv6" : "ipv4");
  }
  return (dialog, source) => {
    if (dialog.connection.transport === "tls" && source.transport !== "tls") return false;
    if (networks === undefined || source.remoteAddress === dialog.connection.remoteAddress) {
      return true;
    }
    if (networks === "named") return isNamed(source.remoteAddress);
    return allowed.check(source.remoteAddress, isIP(source.remoteAddress) === 6 ? "ipv6" : "ipv4");
  };
}
