import { randomBytes } from "node:crypto";

/** RFC 3711 §3.2.1: master key and salt of AES_CM_128_HMAC_SHA1_80, each direction with its own. */
const MASTER_BYTES = 30;

/** One end of a call as the programs of `native/` read it. */
export interface CallLine {
  readonly localPort: number;
  readonly remotePort: number;
  /** Null for plain RTP. */
  readonly keys: { readonly send: Buffer; readonly receive: Buffer } | null;
}

export function newKeys(): { send: Buffer; receive: Buffer } {
  return { send: randomBytes(MASTER_BYTES), receive: randomBytes(MASTER_BYTES) };
}

/** The same call seen from its other end. */
export function otherEnd({ localPort, remotePort, keys }: CallLine): CallLine {
  return {
    localPort: remotePort,
    remotePort: localPort,
    keys: keys === null ? null : { send: keys.receive, receive: keys.send },
  };
}

/** What a program of `native/` reads from stdin; the empty line ends the list. */
export function callList(calls: readonly CallLine[]): string {
  const lines = calls.map(({ localPort, remotePort, keys }) => {
    const [send, receive] =
      keys === null ? ["-", "-"] : [keys.send.toString("hex"), keys.receive.toString("hex")];
    return `${localPort} ${remotePort} ${send} ${receive}\n`;
  });
  return `${lines.join("")}\n`;
}

/** A call as a program over a JSON channel is told of it: from its own end, with keys in hex. */
export function hexCall({ remotePort, keys }: CallLine & { keys: NonNullable<CallLine["keys"]> }): {
  localPort: number;
  send: string;
  receive: string;
} {
  return {
    localPort: remotePort,
    send: keys.receive.toString("hex"),
    receive: keys.send.toString("hex"),
  };
}
