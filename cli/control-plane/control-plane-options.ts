import type { HostPort } from "../options.ts";

/** `trunkline control-plane`, as commander gives it. */
export interface ControlPlaneOptions {
  /** `http:` on a private network or this machine, `https:` at a public address. */
  readonly databaseUrl: URL;
  readonly sipDomain: string;
  readonly residency: string;
  readonly listen: HostPort;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly behindProxy: boolean;
  /** Folder of the Durable Objects; absent: `objects` below the folder that is written. */
  readonly objects?: string;
  /** Secrets that are there besides those that have to be. */
  readonly secret: readonly string[];
  /** `NAME=text`. */
  readonly var: readonly string[];
}

/** `trunkline migrate`. */
export interface MigrateOptions {
  readonly databaseUrl: URL;
  /** Its first line is the token. */
  readonly tokenFile?: string;
}
