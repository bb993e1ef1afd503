export interface DoctorOptions {
  /** Of the running system, when no target is given. */
  readonly state: string;
  readonly ca?: string;
  readonly transport?: "tcp" | "tls" | "udp";
  /** Absent: 3478. */
  readonly stunPort?: number;
  /** A file or URL: what is published of the deployment. Absent: addresses are told as the DNS has them. */
  readonly feed?: string;
  readonly json: boolean;
}
