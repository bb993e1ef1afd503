import {
  BindFault,
  MAX_PACKET_BYTES,
  type MediaIoFailures,
  type OpenMediaIo,
  type PacketHandler,
  type PacketSlots,
  type UdpEndpoint,
} from "../media-io.ts";
import * as system from "./linux-sockets.ts";
import {
  AF_INET,
  AF_INET6,
  isSameHost,
  SOCKADDR_BYTES,
  SOCKADDR_STRIDE,
  socketAddressText,
  socketPort,
  writeSocketAddress,
} from "./socket-address.ts";

/**
 * UDP by system calls of our own. One epoll descriptor holds the sockets of all calls, and what has come for any of them is
 * read in one turn of the event loop: one call tells which sockets have a packet, one call each puts it into its slot, and
 * then the handlers run. docs/design/media.md has the figures that chose these calls.
 */

export interface BatchedIoOptions {
  /** Default: memory of its own. */
  readonly slots?: PacketSlots;
  /** After a turn, how long packets gather for the next: the most that this back end adds to their way. */
  readonly restMs?: number;
}

const DEFAULT_REST_MS = 2;
const DEFAULT_SLOTS = 64;
const MAX_EVENTS = 256;
/** Packets of one turn. Then timers and other connections have theirs, before what is left is read without a rest. */
const MAX_TURN_PACKETS = 1_024;
const MAX_UDP_BYTES = 65_507;

/** Offsets of what the calls write besides packets; then a source address for each slot. */
const LENGTH_OFFSET = { [AF_INET]: 0, [AF_INET6]: 4 } as const;
const EVENTS_OFFSET = 64;
const SOURCES_OFFSET = EVENTS_OFFSET + MAX_EVENTS * 16;

/** @throws Error where these system calls are not to be had, as on another system than Linux */
export function openBatchedIo(options: BatchedIoOptions = {}): OpenMediaIo {
  if (!system.isSupported) throw new Error(`not on ${process.platform} ${process.arch}`);
  const slots = options.slots ?? {
    memory: new ArrayBuffer(DEFAULT_SLOTS * MAX_PACKET_BYTES),
    base: 0,
    slotBytes: MAX_PACKET_BYTES,
    count: DEFAULT_SLOTS,
  };
  return new BatchedIo(slots, options.restMs ?? DEFAULT_REST_MS);
}

class BatchedIo implements OpenMediaIo {
  readonly kind = "batched";
  readonly failures: MediaIoFailures = { send: 0, receive: 0 };
  readonly #outgoing: OutgoingMemory;
  readonly #epoll = system.openEpoll();
  readonly #readiness = system.createReadiness(this.#epoll, () => this.#onReadable());
  readonly #restMs: number;
  #rest: NodeJS.Timeout | null = null;
  #isClosed = false;
  /** By the number that epoll knows the socket by. */
  readonly #endpoints: (BatchedEndpoint | null)[] = [];
  readonly #freeTags: number[] = [];

  readonly #packets: readonly Buffer[];
  readonly #firstSlot: number;
  readonly #slotBytes: number;
  readonly #maxBytes: number;
  readonly #owners: (BatchedEndpoint | null)[];
  readonly #lengths: Int32Array;
  readonly #control: system.SystemMemory;

  constructor({ memory, base, slotBytes, count }: PacketSlots, restMs: number) {
    this.#restMs = restMs;
    this.#packets = Array.from({ length: count }, (_, i) =>
      Buffer.from(memory, base + i * slotBytes, slotBytes),
    );
    this.#outgoing = new OutgoingMemory(memory);
    this.#firstSlot = this.#outgoing.slotsAddress + base;
    this.#slotBytes = slotBytes;
    this.#maxBytes = Math.min(slotBytes, MAX_PACKET_BYTES);
    this.#owners = new Array<BatchedEndpoint | null>(count).fill(null);
    this.#lengths = new Int32Array(count);
    const bytes = SOURCES_OFFSET + count * SOCKADDR_STRIDE;
    this.#control = new system.SystemMemory(new ArrayBuffer(bytes));
    for (const family of [AF_INET, AF_INET6] as const) {
      this.#control.view.setUint32(LENGTH_OFFSET[family], SOCKADDR_BYTES[family], true);
    }
    this.#readiness.arm();
  }

  bind(address: string, port: number): Promise<UdpEndpoint | null> {
    try {
      return Promise.resolve(this.#open(address, port));
    } catch (fault) {
      return Promise.reject(fault);
    }
  }

  #open(address: string, port: number): UdpEndpoint | null {
    if (this.#isClosed) throw new BindFault(address, port, "EBADF");
    const socket = system.openUdpSocket(address, port);
    if (socket === "EADDRINUSE" || socket === "EACCES") return null;
    if (typeof socket === "string") throw new BindFault(address, port, socket);
    const tag = this.#freeTags.pop() ?? this.#endpoints.length;
    const endpoint = new BatchedEndpoint(socket, this.#outgoing, this.failures, () =>
      this.#forget(tag, socket.fd),
    );
    this.#endpoints[tag] = endpoint;
    const error = system.watch(this.#epoll, socket.fd, tag);
    if (error !== null) {
      void endpoint.close();
      throw new BindFault(address, port, error);
    }
    this.#readiness.ref();
    return endpoint;
  }

  #forget(tag: number, fd: number): void {
    system.unwatch(this.#epoll, fd);
    system.close(fd);
    this.#endpoints[tag] = null;
    this.#freeTags.push(tag);
    if (this.#freeTags.length === this.#endpoints.length) this.#readiness.unref();
  }

  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#isClosed = true;
    for (const endpoint of this.#endpoints) void endpoint?.close();
    clearTimeout(this.#rest ?? undefined);
    this.#readiness.close();
    system.close(this.#epoll);
    return Promise.resolve();
  }

  #onReadable(): void {
    this.#readiness.disarm();
    setImmediate(this.#turn);
  }

  /** Between two turns packets gather; a turn that finds none leaves it to the event loop to notice the next. */
  readonly #turn = (): void => {
    if (this.#isClosed) return;
    const found = this.#drain();
    if (this.#isClosed) return;
    if (found === 0) this.#readiness.arm();
    else if (found >= MAX_TURN_PACKETS) setImmediate(this.#turn);
    else if (this.#rest === null) this.#rest = setTimeout(this.#turn, this.#restMs);
    else this.#rest.refresh();
  };

  /** Reads in rounds, one packet of each socket a round, so that a flood on one takes nobody else's turn. */
  #drain(): number {
    const events = this.#control.address + EVENTS_OFFSET;
    let found = 0;
    while (found < MAX_TURN_PACKETS && !this.#isClosed) {
      const ready = system.epollWait(this.#epoll, events, MAX_EVENTS, 0);
      if (ready <= 0) break;
      found += ready;
      for (let first = 0; first < ready; first += this.#packets.length) {
        this.#deliver(this.#fill(first, Math.min(ready, first + this.#packets.length)));
      }
    }
    return found;
  }

  /** Puts a packet of each ready socket into a slot; returns how many slots are full. */
  #fill(firstEvent: number, endEvent: number): number {
    const { view, address } = this.#control;
    let filled = 0;
    for (let i = firstEvent; i < endEvent; i++) {
      const event = EVENTS_OFFSET + i * system.EPOLL_EVENT_BYTES;
      const endpoint = this.#endpoints[view.getUint32(event + system.EPOLL_TAG_OFFSET, true)];
      // Closed by a handler of this turn.
      if (endpoint === undefined || endpoint === null) continue;
      const length = system.receiveFrom(
        endpoint.fd,
        this.#firstSlot + filled * this.#slotBytes,
        this.#slotBytes,
        system.MSG_TRUNC,
        address + SOURCES_OFFSET + filled * SOCKADDR_STRIDE,
        address + LENGTH_OFFSET[endpoint.family],
      );
      if (length < 0) {
        if (!system.foundNothing()) this.failures.receive += 1;
      } else if (length > this.#maxBytes) {
        this.failures.receive += 1;
      } else {
        this.#owners[filled] = endpoint;
        this.#lengths[filled] = length;
        filled += 1;
      }
    }
    return filled;
  }

  #deliver(filled: number): void {
    const { view } = this.#control;
    for (let i = 0; i < filled; i++) {
      const packet = this.#packets[i];
      const owner = this.#owners[i];
      this.#owners[i] = null;
      if (packet === undefined || owner === undefined || owner === null) continue;
      owner.deliver(packet, this.#lengths[i] ?? 0, view, SOURCES_OFFSET + i * SOCKADDR_STRIDE);
    }
  }
}

/** From where packets leave: the slots themselves, or a copy for what lies elsewhere. */
class OutgoingMemory {
  readonly slotsAddress: number;
  readonly #slots: ArrayBuffer;
  readonly #copy = new ArrayBuffer(MAX_UDP_BYTES);
  readonly #copyBuffer = Buffer.from(this.#copy);
  readonly #copyAddress = new system.SystemMemory(this.#copy).address;

  constructor(slots: ArrayBuffer) {
    this.#slots = slots;
    this.slotsAddress = new system.SystemMemory(slots).address;
  }

  /** -1 for what is longer than UDP or than its buffer: what lies behind that is another call's. */
  addressOf(packet: Buffer, length: number): number {
    if (length > packet.length) return -1;
    if (packet.buffer === this.#slots) return this.slotsAddress + packet.byteOffset;
    if (length > MAX_UDP_BYTES) return -1;
    packet.copy(this.#copyBuffer, 0, 0, length);
    return this.#copyAddress;
  }
}

class BatchedEndpoint implements UdpEndpoint {
  readonly fd: number;
  readonly family: typeof AF_INET | typeof AF_INET6;
  readonly port: number;
  readonly #outgoing: OutgoingMemory;
  readonly #failures: MediaIoFailures;
  readonly #release: () => void;
  #handler: PacketHandler | null = null;
  #isClosed = false;
  /** The last source and the last target in the system's form, and in ours. */
  readonly #sourceView = new DataView(new ArrayBuffer(SOCKADDR_STRIDE));
  readonly #target = new system.SystemMemory(new ArrayBuffer(SOCKADDR_STRIDE));
  #source = "";
  #targetAddress = "";
  #targetPort = 0;

  constructor(
    { fd, family, port }: system.UdpSocket,
    outgoing: OutgoingMemory,
    failures: MediaIoFailures,
    release: () => void,
  ) {
    this.fd = fd;
    this.family = family;
    this.port = port;
    this.#outgoing = outgoing;
    this.#failures = failures;
    this.#release = release;
  }

  receive(handler: PacketHandler | null): void {
    this.#handler = handler;
  }

  deliver(packet: Buffer, length: number, view: DataView, source: number): void {
    const handler = this.#handler;
    if (handler === null) return;
    if (this.#source === "" || !isSameHost(view, source, this.#sourceView, 0, this.family)) {
      for (let i = 0; i < SOCKADDR_STRIDE; i++)
        this.#sourceView.setUint8(i, view.getUint8(source + i));
      this.#source = socketAddressText(view, source, this.family);
    }
    try {
      handler(packet, length, this.#source, socketPort(view, source));
    } catch (error) {
      // A fault in one call is still uncaught, but it takes no other call's packet with it.
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  send(packet: Buffer, length: number, address: string, port: number): void {
    if (this.#isClosed) return;
    const data = this.#outgoing.addressOf(packet, length);
    if (data < 0 || !this.#aim(address, port)) {
      this.#failures.send += 1;
      return;
    }
    const bytes = SOCKADDR_BYTES[this.family];
    const sent = system.sendTo(this.fd, data, length, 0, this.#target.address, bytes);
    if (sent < 0) this.#failures.send += 1;
  }

  /** The target in the system's form; a target is written once, not for every packet. */
  #aim(address: string, port: number): boolean {
    if (address === this.#targetAddress && port === this.#targetPort) return true;
    this.#targetAddress = "";
    if (port === 0) return false;
    if (!writeSocketAddress(this.#target.view, 0, this.family, address, port)) return false;
    this.#targetAddress = address;
    this.#targetPort = port;
    return true;
  }

  close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#handler = null;
      this.#release();
    }
    return Promise.resolve();
  }
}
