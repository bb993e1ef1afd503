/** `trunkline enrol`, as commander gives it. */
export interface EnrolOptions {
  /** http: or https: URL. */
  readonly controlPlane: URL;
  /** File whose first line is the join token: a command line is seen by others on this machine. */
  readonly tokenFile: string;
  readonly name: string;
  /** The node's public address. */
  readonly address: string;
  /** File that is written. */
  readonly identity: string;
  /** PEM file. */
  readonly ca?: string;
}
