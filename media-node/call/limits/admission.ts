import type { CallEndCode } from "../call-ends.ts";

/** From here on the remaining ports are for the calls that are already being set up. */
const PORTS_FULL_RATIO = 0.95;

/** What decides whether the node takes another call. */
interface AdmissionInputs {
  readonly isDraining: () => boolean;
  /** A routing table is loaded and the SIP engine listens. */
  readonly isReady: () => boolean;
  readonly ports: () => { readonly used: number; readonly total: number };
}

/** The one admission that INVITE, OPTIONS and /readyz ask. Null: take calls. */
export function createAdmission(inputs: AdmissionInputs): () => CallEndCode | null {
  return () => {
    if (inputs.isDraining()) return "node_draining";
    if (!inputs.isReady()) return "node_not_ready";
    const { used, total } = inputs.ports();
    return used >= total * PORTS_FULL_RATIO ? "ports_exhausted" : null;
  };
}
