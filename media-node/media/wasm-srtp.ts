import type { SrtpSuite } from "../protocol/sdp/media-plan.ts";
import { type Mki, mkiBytes } from "../protocol/srtp/context.ts";
import { deriveTransformKeys } from "../protocol/srtp/key-derivation.ts";
import { SRTP_SUITES, type SrtpCipherKind } from "../protocol/srtp/suites.ts";
import type { TransformKeys } from "../protocol/srtp/transform.ts";
import { SRTP_MALFORMED, SRTP_NO_ROOM } from "../protocol/srtp/verdicts.ts";
import { loadWasm } from "../wasm/load.ts";
import { MODULE_BYTES, PACKET_ROOM_BYTES, type PacketMemory, SLOT_BYTES } from "./packet-memory.ts";
import { nodeSrtpEngine, type SrtpCipher, type SrtpEngine } from "./srtp-engine.ts";

/** What `media-node/wasm/srtp/module.ts` exports. Every parameter is an address, a length or a number of octets. */
interface SrtpModule {
  contextBytes(): number;
  dataEnd(): number;
  openContext(
    context: number,
    kind: number,
    keyBytes: number,
    rtpTagBytes: number,
    rtcpTagBytes: number,
    mkiBytes: number,
    replaced: number,
    input: number,
  ): void;
  closeContext(context: number): void;
  protectRtp(context: number, packet: number, length: number, room: number): number;
  unprotectRtp(context: number, packet: number, length: number): number;
  protectRtcp(context: number, packet: number, length: number, room: number): number;
  unprotectRtcp(context: number, packet: number, length: number): number;
  protectBatch(
    packets: number,
    stride: number,
    room: number,
    contexts: number,
    lengths: number,
    count: number,
  ): void;
  unprotectBatch(
    packets: number,
    stride: number,
    contexts: number,
    lengths: number,
    count: number,
  ): void;
}

const EXPORTS = [
  "contextBytes",
  "dataEnd",
  "openContext",
  "closeContext",
  "protectRtp",
  "unprotectRtp",
  "protectRtcp",
  "unprotectRtcp",
  "protectBatch",
  "unprotectBatch",
] as const satisfies readonly (keyof SrtpModule)[];

/** The numbers of wasm/srtp/context.ts. */
const KINDS: Readonly<Record<SrtpCipherKind, number>> = { "AES-CM-HMAC-SHA1": 1, "AES-GCM": 2 };

/** Where session keys lie in what `openContext` is given. */
const SALT_OFFSET = 32;
const AUTH_OFFSET = 48;
const RTCP_OFFSET = 80;
const MKI_OFFSET = 160;

/** The address of no context: the module's own data begin there, with a word of zeros, as in a free context. */
const CLOSED = 0;

/** SRTP in the packet memory, with constant-time ciphers (docs/design/media.md). */
export class WasmSrtpEngine implements SrtpEngine {
  readonly #memory: PacketMemory;
  readonly #module: SrtpModule;
  readonly #contextBytes: number;
  /** Addresses of contexts that were closed, last first. */
  readonly #free: number[] = [];
  /** Where contexts begin that were never open. */
  #next: number;
  readonly #end: number;
  openContexts = 0;

  /**
   * @param binary another build of the module, for comparisons.
   * @throws Error when the module does not fit into this layout of memory.
   */
  constructor(memory: PacketMemory, binary?: Uint8Array) {
    this.#memory = memory;
    this.#module = loadWasm<SrtpModule>("srtp", memory.memory, EXPORTS, binary);
    if (this.#module.dataEnd() > MODULE_BYTES) throw new Error("srtp.wasm has too much data");
    this.#contextBytes = this.#module.contextBytes();
    this.#next = memory.contextsStart;
    this.#end = memory.contextsStart + memory.contextBytes;
  }

  open(
    suite: SrtpSuite,
    masterKeyAndSalt: Uint8Array,
    mki: Mki | null = null,
    replaced: SrtpCipher | null = null,
  ): SrtpCipher {
    const keys = deriveTransformKeys(suite, masterKeyAndSalt);
    const cipher = this.openSession(suite, keys.rtp, keys.rtcp, mki, replaced);
    // Slower, and no less safe: a call is not refused for it.
    return cipher ?? nodeSrtpEngine.open(suite, masterKeyAndSalt, mki, replaced);
  }

  /** The same of session keys, which it wipes. Null when there is no room. */
  openSession(
    suite: SrtpSuite,
    rtp: TransformKeys,
    rtcp: TransformKeys,
    mki: Mki | null = null,
    replaced: SrtpCipher | null = null,
  ): SrtpCipher | null {
    const address = this.#take();
    if (address === 0) return null;
    const row = SRTP_SUITES[suite];
    const input = this.#memory.visitor;
    const identifier = mkiBytes(mki);
    this.#memory.bytes.fill(0, input, input + SLOT_BYTES);
    this.#writeKeys(input, rtp);
    this.#writeKeys(input + RTCP_OFFSET, rtcp);
    identifier.copy(this.#memory.bytes, input + MKI_OFFSET);
    this.#module.openContext(
      address,
      KINDS[row.cipher],
      row.masterKeyBytes,
      row.rtpAuthTagBytes,
      row.rtcpAuthTagBytes,
      identifier.length,
      replaced instanceof WasmSrtpCipher ? replaced.address : 0,
      input,
    );
    this.openContexts += 1;
    return new WasmSrtpCipher(this, this.#memory, this.#module, address);
  }

  #take(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#next + this.#contextBytes > this.#end) return 0;
    const address = this.#next;
    this.#next += this.#contextBytes;
    return address;
  }

  #writeKeys(at: number, { sessionKey, sessionSalt, sessionAuthKey }: TransformKeys): void {
    sessionKey.copy(this.#memory.bytes, at);
    sessionSalt.copy(this.#memory.bytes, at + SALT_OFFSET);
    sessionAuthKey.copy(this.#memory.bytes, at + AUTH_OFFSET);
    sessionKey.fill(0);
    sessionSalt.fill(0);
    sessionAuthKey.fill(0);
  }

  /** Zeroes a context and keeps its place for another. */
  release(address: number): void {
    this.#module.closeContext(address);
    this.#free.push(address);
    this.openContexts -= 1;
  }

  /** Protects the packets of consecutive slots (packet-memory.ts). */
  protectBatch(firstSlot: number, count: number): void {
    const { slots, contextsAddress, lengthsAddress } = this.#memory;
    this.#module.protectBatch(
      slots.base + firstSlot * SLOT_BYTES,
      SLOT_BYTES,
      PACKET_ROOM_BYTES,
      contextsAddress + 4 * firstSlot,
      lengthsAddress + 4 * firstSlot,
      count,
    );
  }

  /** Unprotects the packets of consecutive slots. */
  unprotectBatch(firstSlot: number, count: number): void {
    const { slots, contextsAddress, lengthsAddress } = this.#memory;
    this.#module.unprotectBatch(
      slots.base + firstSlot * SLOT_BYTES,
      SLOT_BYTES,
      contextsAddress + 4 * firstSlot,
      lengthsAddress + 4 * firstSlot,
      count,
    );
  }
}

class WasmSrtpCipher implements SrtpCipher {
  readonly #engine: WasmSrtpEngine;
  readonly #memory: PacketMemory;
  readonly #module: SrtpModule;
  #address: number;

  constructor(engine: WasmSrtpEngine, memory: PacketMemory, module: SrtpModule, address: number) {
    this.#engine = engine;
    this.#memory = memory;
    this.#module = module;
    this.#address = address;
  }

  get address(): number {
    return this.#address;
  }

  protectRtp(packet: Buffer, length: number): number {
    const at = this.#place(packet, length);
    if (at === 0) return SRTP_NO_ROOM;
    const outcome = this.#module.protectRtp(this.#address, at, length, packet.length);
    return this.#fetch(packet, at, outcome);
  }

  unprotectRtp(packet: Buffer, length: number): number {
    const at = this.#place(packet, length);
    if (at === 0) return SRTP_MALFORMED;
    return this.#fetch(packet, at, this.#module.unprotectRtp(this.#address, at, length));
  }

  protectRtcp(packet: Buffer, length: number): number {
    const at = this.#place(packet, length);
    if (at === 0) return SRTP_NO_ROOM;
    const outcome = this.#module.protectRtcp(this.#address, at, length, packet.length);
    return this.#fetch(packet, at, outcome);
  }

  unprotectRtcp(packet: Buffer, length: number): number {
    const at = this.#place(packet, length);
    if (at === 0) return SRTP_MALFORMED;
    return this.#fetch(packet, at, this.#module.unprotectRtcp(this.#address, at, length));
  }

  /** Where the packet lies in the packet memory, copied there when it comes from elsewhere; 0 when it is too long. */
  #place(packet: Buffer, length: number): number {
    const { bytes, visitor } = this.#memory;
    if (packet.buffer === bytes.buffer) return packet.byteOffset;
    if (length > PACKET_ROOM_BYTES) return 0;
    packet.copy(bytes, visitor, 0, length);
    return visitor;
  }

  #fetch(packet: Buffer, at: number, outcome: number): number {
    if (at === this.#memory.visitor && outcome > 0) {
      this.#memory.bytes.copy(packet, 0, at, at + outcome);
    }
    return outcome;
  }

  close(): void {
    if (this.#address === CLOSED) return;
    this.#engine.release(this.#address);
    this.#address = CLOSED;
  }
}
