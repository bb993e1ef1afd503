/** Packets in and out: one interface, and a back end in `io/` for each way of getting them. */
export interface MediaIo {
  /**
   * Binds one UDP port; 0 lets the system choose. Null when the port is taken or not ours to bind. An IPv6 wildcard takes
   * IPv4 too.
   *
   * @throws BindFault for any other cause, as an address that this machine does not have
   */
  bind(address: string, port: number): Promise<UdpEndpoint | null>;
}

/** A back end, which somebody has to close. */
export interface OpenMediaIo extends MediaIo {
  readonly kind: MediaIoKind;
  /** Of all endpoints so far. */
  readonly failures: Readonly<MediaIoFailures>;
  /** Closes what is still bound. */
  close(): Promise<void>;
}

export interface MediaIoFailures {
  /** Packets that did not leave. */
  send: number;
  /** Packets longer than MAX_PACKET_BYTES, which are dropped, and errors of reading. */
  receive: number;
}

export const MEDIA_IO_KINDS = ["batched", "portable"] as const;
export type MediaIoKind = (typeof MEDIA_IO_KINDS)[number];

/**
 * A packet in the first `length` bytes of a buffer that may be longer. It belongs to the handler until it returns. An IPv4
 * source is in dotted form, whatever family the socket has.
 */
export type PacketHandler = (
  packet: Buffer,
  length: number,
  sourceAddress: string,
  sourcePort: number,
) => void;

export interface UdpEndpoint {
  readonly port: number;
  /** Null drains: what arrives is read and dropped. */
  receive(handler: PacketHandler | null): void;
  /**
   * Sends the first `length` bytes to an address literal. The buffer may be written again with the next packet of the same
   * call. Failures are those of a network, a full socket among them: counted, not reported, and not tried again.
   */
  send(packet: Buffer, length: number, address: string, port: number): void;
  /** Resolves when the port is free again. What has been read for it by then is dropped. */
  close(): Promise<void>;
}

/** The longest packet that is heard: more than an Ethernet frame, and far more than any that we negotiate. */
export const MAX_PACKET_BYTES = 2_048;

/**
 * Where received packets are put: `count` places of `slotBytes` each, from byte `base` of `memory`, which neither moves nor
 * grows. In the memory of a WebAssembly module they can be worked on where they lie.
 */
export interface PacketSlots {
  readonly memory: ArrayBuffer;
  readonly base: number;
  readonly slotBytes: number;
  readonly count: number;
}

/** A socket that cannot be had for a reason which no other port would cure. */
export class BindFault extends Error {
  /** As the system names it: `EADDRNOTAVAIL`, `EMFILE`. */
  readonly code: string;

  constructor(address: string, port: number, code: string, options?: ErrorOptions) {
    super(`UDP ${address} port ${port} cannot be bound: ${code}`, options);
    this.name = "BindFault";
    this.code = code;
  }
}
