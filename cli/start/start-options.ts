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
  readonly json: boolean;
}
