import type { ReadinessCheck } from "./admin/http.ts";
import type { RoutingTable } from "./routing/table.ts";
import type { Logger } from "./telemetry/logger.ts";

/** What `/readyz` asks of the node. */
interface ReadinessSources {
  readonly isSipUp: boolean;
  /** Null while there is no table. */
  readonly routingVersion: number | null;
  /** The table is in its sealed file. */
  readonly isTableKept: boolean;
  /** Why there is no table. */
  readonly routingProblem: string | null;
  readonly isDraining: boolean;
  /** Of `watchPublication`. */
  readonly address: ReadinessCheck;
  /** None when media are in the main process. */
  readonly mediaProcesses: readonly { readonly pid: number | null }[];
  readonly portPairs: { readonly used: number; readonly total: number };
}

const PORTS_FULL_RATIO = 0.95;

/** Some media process is up, or none is needed: a node with one of two down takes calls on the other. */
export function areMediaUp(processes: ReadinessSources["mediaProcesses"]): boolean {
  return processes.length === 0 || processes.some(({ pid }) => pid !== null);
}

export function readinessOf(from: ReadinessSources): ReadinessCheck[] {
  const { isDraining, isSipUp, mediaProcesses, portPairs, routingVersion } = from;
  const up = mediaProcesses.filter(({ pid }) => pid !== null).length;
  return [
    { name: "sip", ok: isSipUp, detail: isSipUp ? "bound" : "the SIP engine is down" },
    {
      name: "routing",
      ok: routingVersion !== null && from.isTableKept,
      detail:
        routingVersion === null ? `no table: ${from.routingProblem}` : `version ${routingVersion}`,
    },
    from.address,
    { name: "draining", ok: !isDraining, detail: isDraining ? "draining" : "not draining" },
    {
      name: "media",
      ok: areMediaUp(mediaProcesses),
      detail:
        mediaProcesses.length === 0
          ? "in the main process"
          : `${up} of ${mediaProcesses.length} media processes are up`,
    },
    {
      name: "rtp_ports",
      ok: portPairs.used < portPairs.total * PORTS_FULL_RATIO,
      detail: `${portPairs.used} of ${portPairs.total} pairs in use`,
    },
  ];
}

/**
 * Whether the node's address is one that customers allow: in a published range that is in use, or the
 * deployment has never had one. A change of that is one line in the log.
 */
export function watchPublication(
  address: string,
  table: () => Pick<RoutingTable, "isPublished"> | null,
  logger: Pick<Logger, "info" | "error">,
) {
  let wasPublished = true;
  return (): ReadinessCheck => {
    const ok = table()?.isPublished(address) ?? true;
    if (ok && !wasPublished) logger.info("address_published", { address });
    if (!ok && wasPublished) logger.error("address_not_published", { address });
    wasPublished = ok;
    const detail = ok ? address : `${address} is in no published range that is in use`;
    return { name: "address", ok, detail };
  };
}

/** Where the routing table stands; null while there is none. */
export function routingStatusOf(table: RoutingTable | null) {
  if (table === null) return null;
  const { epoch, version, size, hash } = table;
  return { epoch, version, rows: size, hash };
}
