import type { MediaEncryption } from "../../media-node/protocol/sdp/media-plan.ts";
import type { Header, HostPort } from "../options.ts";

export interface CallOptions {
  readonly state: string;
  readonly proxy?: HostPort;
  readonly ca?: string;
  readonly transport?: "tcp" | "tls";
  readonly srtp: MediaEncryption;
  readonly expect: "echo" | "agent" | "nothing";
  readonly play?: string;
  readonly record?: string;
  readonly dtmf?: string;
  /** Seconds. */
  readonly duration?: number;
  readonly header: readonly Header[];
  readonly from: string;
  /** For a server that asks for a password; absent: `from`. */
  readonly user?: string;
  /** File whose first line is the password. */
  readonly passwordFile?: string;
  /** Absent: the address that the way to the server begins at. */
  readonly bind?: string;
  readonly json: boolean;
}
