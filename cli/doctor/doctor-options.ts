export interface DoctorOptions {
  /** Of the running system, when no target is given. */
  readonly state: string;
  readonly ca?: string;
  readonly transport?: "tcp" | "tls" | "udp";
  /** Absent: 3478. */
  readonly stunPort?: number;
  readonly json: boolean;
}
