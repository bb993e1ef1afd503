import { decodeG711, encodeG711, type G711, G711_CODECS } from "../protocol/audio/g711.ts";
import type { CodecName } from "../protocol/sdp/media-plan.ts";
import { G722Encoder } from "./g722-codec.ts";
import { OrderedG722Decoder } from "./ordered-g722-decoder.ts";

/** One direction of one call; neither allocates. One octet is one tick of the RTP clock in every codec. */

export interface AudioEncoder {
  /** The first `samples` of `pcm` into `octets` from `offset`; how many octets that made. */
  encode(pcm: Int16Array, samples: number, octets: Uint8Array, offset: number): number;
}

export interface AudioDecoder {
  /**
   * The payload of a packet, `length` octets from `offset`, into the start of `pcm`; how many samples that made.
   * `isNewest`: newer than all packets before it.
   */
  decode(
    octets: Uint8Array,
    offset: number,
    length: number,
    pcm: Int16Array,
    sequenceNumber: number,
    isNewest: boolean,
  ): number;
}

export function createAudioEncoder(codec: CodecName): AudioEncoder {
  return codec === "G722" ? new G722Encoder() : new G711Codec(G711_CODECS[codec]);
}

export function createAudioDecoder(codec: CodecName): AudioDecoder {
  return codec === "G722" ? new OrderedG722Decoder() : new G711Codec(G711_CODECS[codec]);
}

class G711Codec implements AudioEncoder, AudioDecoder {
  readonly #tables: G711;

  constructor(tables: G711) {
    this.#tables = tables;
  }

  encode(pcm: Int16Array, samples: number, octets: Uint8Array, offset: number): number {
    encodeG711(this.#tables, pcm, samples, octets, offset);
    return samples;
  }

  decode(octets: Uint8Array, offset: number, length: number, pcm: Int16Array): number {
    decodeG711(this.#tables, octets, offset, length, pcm);
    return length;
  }
}
