export interface DoctorOptions {
  /** Of the running system, when no target is given. */
  readonly state: string;
  readonly ca?: string;
  readonly transport?: "tcp" | "tls" | "udp";
  readonly json: boolean;
}
