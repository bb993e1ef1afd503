import {
  ANTILOG,
  HIGH_LOG_STEP,
  LOW_CODE,
  LOW_LOG_STEP,
  QM2,
  QM4,
  QM5,
  QM6,
  QMF,
} from "../protocol/audio/g722-tables.ts";
import { createResampleFilter, type ResampleFilter } from "../protocol/audio/resample-filter.ts";
import { loadWasm, WASM_PAGE_BYTES } from "../wasm/load.ts";

/** The exports of wasm/audio, with the addresses that they want. */
interface AudioExports {
  encodeG722(tables: number, state: number, pcm: number, samples: number, codes: number): void;
  decodeG722(
    tables: number,
    state: number,
    codes: number,
    length: number,
    pcm: number,
    mode: number,
  ): void;
  resample(
    taps: number,
    tapsPerPhase: number,
    phases: number,
    step: number,
    position: number,
    input: number,
    count: number,
    output: number,
  ): number;
}

/**
 * The signal processing of one process in WebAssembly. Its memory is a work bench: whoever uses it copies its state and
 * input in and its state and output out, so that nothing of a call stays there and nothing needs to be freed.
 */
export interface AudioModule {
  readonly exports: AudioExports;
  /** Three views of the one memory. */
  readonly octets: Uint8Array;
  readonly samples: Int16Array;
  readonly words: Int32Array;
  /** Made once for each pair of rates. */
  filter(fromHz: number, toHz: number): PlacedFilter;
}

/** A filter whose taps lie in the module's memory. */
export interface PlacedFilter extends ResampleFilter {
  readonly tapsAt: number;
}

/** Addresses in bytes; the static data of the module lie below the first. */
export const TABLES_AT = 1_024;
export const STATE_AT = 8_192;
const TAPS_AT = 8_704;
const TAPS_END = 12_288;
/** 4,000 octets. */
export const OCTETS_AT = TAPS_END;
/** 8,000 samples each, and before each room for what came earlier. */
export const INPUT_AT = 16_768;
export const OUTPUT_AT = 33_152;
/** Behind all else, and untouched until they are wanted: filters between rates whose ratio is no small number (22,050 and 44,100 Hz). */
const LARGE_TAPS_AT = WASM_PAGE_BYTES;
const PAGES = 5;
const LARGE_TAPS_END = PAGES * WASM_PAGE_BYTES;
const LARGE_FILTER_BYTES = 8_192;

let shared: AudioModule | null = null;

/** Compiled with the first use. */
export function audioModule(): AudioModule {
  shared ??= loadAudioModule();
  return shared;
}

function loadAudioModule(): AudioModule {
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
  const exports = loadWasm<AudioExports>("audio", memory, ["encodeG722", "decodeG722", "resample"]);
  const octets = new Uint8Array(memory.buffer);
  const samples = new Int16Array(memory.buffer);
  writeG722Tables(samples, octets);
  const filters = new Map<string, PlacedFilter>();
  const small = { nextAt: TAPS_AT, end: TAPS_END };
  const large = { nextAt: LARGE_TAPS_AT, end: LARGE_TAPS_END };
  return {
    exports,
    octets,
    samples,
    words: new Int32Array(memory.buffer),
    filter(fromHz, toHz) {
      const key = `${fromHz} ${toHz}`;
      const known = filters.get(key);
      if (known !== undefined) return known;
      const filter = createResampleFilter(fromHz, toHz);
      const bytes = filter.taps.byteLength;
      const room = bytes < LARGE_FILTER_BYTES ? small : large;
      if (room.nextAt + bytes > room.end) {
        throw new RangeError(`no room for a filter from ${fromHz} to ${toHz} Hz`);
      }
      const made = { ...filter, tapsAt: room.nextAt };
      room.nextAt += bytes;
      samples.set(made.taps, made.tapsAt / 2);
      filters.set(key, made);
      return made;
    },
  };
}

/** In the order and with the addresses of wasm/audio/g722.ts. */
function writeG722Tables(samples: Int16Array, octets: Uint8Array): void {
  const words = [
    // By place, the oldest sample's first; the filter is symmetric, so that only the parity turns over.
    QMF,
    QMF.map((tap, place) => (place % 2 === 1 ? tap : -tap)),
    // Receiving, differences stand at even places and sums at odd ones, and each has the taps of the other's place.
    QMF.map((_, place) => (place % 2 === 0 ? (QMF[place + 1] ?? 0) : 0)),
    QMF.map((_, place) => (place % 2 === 1 ? (QMF[place - 1] ?? 0) : 0)),
    QM2,
    QM4,
    QM5,
    QM6,
    LOW_LOG_STEP,
    HIGH_LOG_STEP,
    ANTILOG,
  ];
  let at = TABLES_AT / 2;
  for (const table of words) {
    samples.set(table, at);
    at += table.length;
  }
  octets.set(LOW_CODE, 2 * at);
}
