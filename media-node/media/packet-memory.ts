import { WASM_PAGE_BYTES } from "../wasm/load.ts";
import type { PacketSlots } from "./media-io.ts";

/**
 * The memory that packets are read into, worked on in and sent from: one WebAssembly memory of fixed size, so that addresses and
 * views of it stay valid for the life of the process.
 *
 *     0          data of the module (`media-node/wasm/srtp`), below MODULE_BYTES
 *     65,536     length table: Int32 for each packet slot, then the context table, Int32 each
 *     131,072    packet slots of SLOT_BYTES each, then one for packets that come from other memory
 *     behind     SRTP contexts
 *
 * A packet begins where its slot begins and may be PACKET_ROOM_BYTES long; the rest of a slot is head room of the next: what
 * wants to stand before a packet may be written there. A reader may fill a whole slot. Octets behind a packet, within its
 * room, are scratch: padding and the trailer are written there.
 *
 * Batches take consecutive slots. Before a call `lengths[slot]` is the packet's length and `contexts[slot]` the address of its
 * context (`SrtpCipher.address`), 0 for a packet that is to be left alone; after it `lengths[slot]` is the new length or a
 * verdict (protocol/srtp/verdicts.ts).
 */

/** Octets of a slot, and how far slots lie apart. */
export const SLOT_BYTES = 2048;
const HEAD_ROOM_BYTES = 64;
/** What a packet with its trailer may take. */
export const PACKET_ROOM_BYTES = SLOT_BYTES - HEAD_ROOM_BYTES;

/** What the module's own data may take. */
export const MODULE_BYTES = WASM_PAGE_BYTES;
const TABLES_START = MODULE_BYTES;
const SLOTS_START = 2 * WASM_PAGE_BYTES;
/** Tables of this many entries fit between module and slots. */
const MAX_SLOTS = (SLOTS_START - TABLES_START) / 8;

const DEFAULT_SLOTS = 512;
/** Two a call, four while it changes its keys. Memory that no context has touched costs nothing. */
const DEFAULT_CONTEXT_BYTES = 64 * 1024 * 1024;

export interface PacketMemory {
  readonly memory: WebAssembly.Memory;
  /** All of it. */
  readonly bytes: Buffer;
  /** The packet slots, for whoever reads packets into them. */
  readonly slots: PacketSlots;
  /** Lengths of the packets in the slots; outcomes after a batch. */
  readonly lengths: Int32Array;
  /** SRTP contexts of the packets in the slots. */
  readonly contexts: Int32Array;
  readonly lengthsAddress: number;
  readonly contextsAddress: number;
  /** A slot for one packet from elsewhere. */
  readonly visitor: number;
  /** Where SRTP contexts begin, and what they may take. */
  readonly contextsStart: number;
  readonly contextBytes: number;
}

/** @throws RangeError when the tables have no room for so many slots. */
export function createPacketMemory(
  slotCount: number = DEFAULT_SLOTS,
  contextBytes: number = DEFAULT_CONTEXT_BYTES,
): PacketMemory {
  if (slotCount > MAX_SLOTS) throw new RangeError(`at most ${MAX_SLOTS} packet slots`);
  const visitor = SLOTS_START + slotCount * SLOT_BYTES;
  const contextsStart = visitor + SLOT_BYTES;
  const pages = Math.ceil((contextsStart + contextBytes) / WASM_PAGE_BYTES);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const contextsAddress = TABLES_START + 4 * MAX_SLOTS;
  return {
    memory,
    bytes: Buffer.from(memory.buffer),
    slots: { memory: memory.buffer, base: SLOTS_START, slotBytes: SLOT_BYTES, count: slotCount },
    lengths: new Int32Array(memory.buffer, TABLES_START, slotCount),
    contexts: new Int32Array(memory.buffer, contextsAddress, slotCount),
    lengthsAddress: TABLES_START,
    contextsAddress,
    visitor,
    contextsStart,
    contextBytes: memory.buffer.byteLength - contextsStart,
  };
}
