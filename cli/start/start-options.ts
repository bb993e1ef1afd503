import type { PortRange } from "../options.ts";

export interface StartOptions {
  readonly state: string;
  readonly apiHost: string;
  readonly apiPort: number;
  readonly sipPort: number;
  readonly sipsPort: number;
  readonly rtpPorts: PortRange;
  readonly adminPort: number;
  readonly bind: string;
  /** Absent: the bind address. */
  readonly advertise?: string;
  /** Absent: carriers prove themselves to the system's authorities. */
  readonly carrierCa?: string;
  readonly json: boolean;
}
