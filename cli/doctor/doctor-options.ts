export interface DoctorOptions {
  /** Of the running system, when no target is given. */
  readonly state: string;
  readonly ca?: string;
  readonly transport?: "tcp" | "tls" | "udp";
  /** Absent: 3478. */
  readonly stunPort?: number;
  /** False: no call is placed. */
  readonly echo: boolean;
  /** Origin of the API, where the report of the call is read; absent: as the endpoint says. */
  readonly api?: string;
  /** A file or URL: what is published of the deployment. Absent: addresses are told as the DNS has them. */
  readonly feed?: string;
  readonly json: boolean;
}
