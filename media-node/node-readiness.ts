import type { ReadinessCheck } from "./admin/http.ts";

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
