import type { AudioDecoder } from "./audio-codec.ts";
import { G722_STATE_WORDS, G722Decoder } from "./g722-codec.ts";

/** Packets behind a missing one that are remembered until it comes, and octets of each: 60 ms. */
const MAX_KEPT = 4;
const MAX_KEPT_OCTETS = 480;

/**
 * G.722 from packets that may overtake each other. Each octet of it changes how the next is heard, so that two packets in the
 * wrong order would spoil a tenth of a second. When one is missing, the state before it is kept with what follows: if it comes
 * after all, it is decoded from there, and what followed once more behind it. What was heard of the others stays as it was.
 */
export class OrderedG722Decoder implements AudioDecoder {
  readonly #decoder = new G722Decoder();
  /** Before the missing packet; and of the moment, while an old packet is looked at. */
  readonly #before = new Int32Array(G722_STATE_WORDS);
  readonly #present = new Int32Array(G722_STATE_WORDS);
  readonly #kept = Array.from({ length: MAX_KEPT }, () => new Uint8Array(MAX_KEPT_OCTETS));
  readonly #keptOctets = new Int32Array(MAX_KEPT);
  readonly #unheard = new Int16Array(2 * MAX_KEPT_OCTETS);
  #keptPackets = 0;
  /** Sequence numbers; -1 for none. */
  #expected = -1;
  #missing = -1;

  decode(
    octets: Uint8Array,
    offset: number,
    length: number,
    pcm: Int16Array,
    sequenceNumber: number,
    isNewest: boolean,
  ): number {
    if (!isNewest) return this.#decodeOld(octets, offset, length, pcm, sequenceNumber);
    if (sequenceNumber !== this.#expected) this.#skip(sequenceNumber);
    if (this.#missing >= 0) this.#keep(octets, offset, length);
    this.#expected = (sequenceNumber + 1) & 0xffff;
    return this.#decoder.decode(octets, offset, length, pcm);
  }

  /** One packet may still come; of more, or of a new beginning, the state is of no use later. */
  #skip(sequenceNumber: number): void {
    const isOneMissing = ((sequenceNumber - this.#expected) & 0xffff) === 1;
    this.#keptPackets = 0;
    this.#missing = isOneMissing && this.#expected >= 0 ? this.#expected : -1;
    if (this.#missing >= 0) this.#decoder.saveState(this.#before);
  }

  #keep(octets: Uint8Array, offset: number, length: number): void {
    const kept = this.#kept[this.#keptPackets];
    if (kept === undefined || length > MAX_KEPT_OCTETS) {
      this.#missing = -1;
      return;
    }
    for (let i = 0; i < length; i++) kept[i] = octets[offset + i] ?? 0;
    this.#keptOctets[this.#keptPackets] = length;
    this.#keptPackets += 1;
  }

  #decodeOld(
    octets: Uint8Array,
    offset: number,
    length: number,
    pcm: Int16Array,
    sequenceNumber: number,
  ): number {
    const decoder = this.#decoder;
    if (sequenceNumber !== this.#missing) {
      decoder.saveState(this.#present);
      const samples = decoder.decode(octets, offset, length, pcm);
      decoder.restoreState(this.#present);
      return samples;
    }
    decoder.restoreState(this.#before);
    const samples = decoder.decode(octets, offset, length, pcm);
    for (let i = 0; i < this.#keptPackets; i++) {
      const kept = this.#kept[i];
      if (kept !== undefined) decoder.decode(kept, 0, this.#keptOctets[i] ?? 0, this.#unheard);
    }
    this.#missing = -1;
    return samples;
  }
}
