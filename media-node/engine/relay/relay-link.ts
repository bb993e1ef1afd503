import { connect, createServer, type TLSSocket } from "node:tls";
import type { BoundServer } from "../tcp-transport.ts";
import { listenTcp, whenConnected } from "../tcp-transport.ts";
import {
  type RelayFrame,
  RelayFrameReader,
  type RelayHead,
  writeRelayFrame,
} from "./relay-frames.ts";

/**
 * RFC 8446 §4.2.11 with (EC)DHE: both sides prove that they hold the key of the pair, and what is recorded is not
 * readable with it later.
 */
const TLS = {
  minVersion: "TLSv1.3",
  ciphers: "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256",
  ALPNProtocols: ["trunkline-relay/1"],
} as const;
const HANDSHAKE_MS = 5_000;
/** Of a link that nothing has been said on. */
const IDLE_MS = 300_000;
/** A peer that reads nothing may make us keep this much. */
const MAX_UNSENT_BYTES = 1_048_576;
/** Of all links that others have opened, proved or not. */
const MAX_ACCEPTED = 512;

export interface LinkHandlers {
  readonly frame: (link: RelayLink, frame: RelayFrame) => void;
  readonly closed: (link: RelayLink) => void;
}

/** A connection to another node of the region that has proved who it is. */
export class RelayLink {
  readonly nodeId: string;
  readonly localAddress: string;
  readonly localPort: number;
  readonly #socket: TLSSocket;
  readonly #handlers: LinkHandlers;
  #isOpen = true;

  constructor(nodeId: string, socket: TLSSocket, maxMessageBytes: number, handlers: LinkHandlers) {
    this.nodeId = nodeId;
    this.localAddress = socket.localAddress ?? "";
    this.localPort = socket.localPort ?? 0;
    this.#socket = socket;
    this.#handlers = handlers;
    const reader = new RelayFrameReader(maxMessageBytes);
    socket.setNoDelay(true);
    socket.setTimeout(IDLE_MS, () => this.close());
    socket.on("data", (chunk: Buffer) => {
      const frames = reader.push(chunk);
      if (frames === null) this.close();
      for (const frame of frames ?? []) if (this.#isOpen) handlers.frame(this, frame);
    });
    // The close event follows every error.
    socket.on("error", () => this.close());
    socket.on("end", () => this.close());
    socket.on("close", () => this.close());
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** False when the link is gone: nothing is kept for later. */
  send(head: RelayHead, sip?: Uint8Array): boolean {
    if (!this.#isOpen) return false;
    this.#socket.write(writeRelayFrame(head, sip));
    if (this.#socket.writableLength > MAX_UNSENT_BYTES) this.close();
    return this.#isOpen;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#socket.destroy();
    this.#handlers.closed(this);
  }
}

/** Who has opened a link, and the key that it holds. */
export interface ProvedPeer {
  readonly nodeId: string;
  readonly key: Uint8Array;
}

/** `keyOf` gives the key of the pair for a node's id, null for whoever is no node of the region. */
export async function listenForLinks(
  listener: { readonly bindAddress: string; readonly port: number },
  keyOf: (nodeId: string) => Uint8Array | null,
  accept: (proved: ProvedPeer, socket: TLSSocket) => void,
): Promise<BoundServer> {
  const claimed = new WeakMap<TLSSocket, ProvedPeer>();
  const server = createServer({
    ...TLS,
    handshakeTimeout: HANDSHAKE_MS,
    pskCallback(socket, nodeId) {
      const key = keyOf(nodeId);
      if (key !== null) claimed.set(socket, { nodeId, key });
      return key;
    },
  });
  server.on("secureConnection", (socket) => {
    const proved = claimed.get(socket);
    // Without certificates a handshake ends well with a key only; one that resumes a session has proved none.
    if (proved === undefined) socket.destroy();
    else accept(proved, socket);
  });
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  let accepted = 0;
  return listenTcp({ transport: "tls", ...listener }, (socket) => {
    socket.on("error", () => socket.destroy());
    if (accepted >= MAX_ACCEPTED) {
      socket.destroy();
      return;
    }
    accepted += 1;
    socket.once("close", () => {
      accepted -= 1;
    });
    server.emit("connection", socket);
  });
}

/** Resolves with a connection whose other end has proved to hold the key; rejects with ConnectFault. */
export function connectLink(
  self: string,
  peer: { readonly address: string; readonly port: number; readonly key: Uint8Array },
): Promise<TLSSocket> {
  const socket = connect({
    ...TLS,
    host: peer.address,
    port: peer.port,
    pskCallback: () => ({ psk: peer.key, identity: self }),
    // There is no certificate: the key is what the other end proves.
    checkServerIdentity: () => undefined,
  });
  return whenConnected(socket, "secureConnect");
}
