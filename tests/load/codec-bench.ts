import { parseArgs } from "node:util";
import { createAudioDecoder, createAudioEncoder } from "../../media-node/media/audio-codec.ts";
import { Resampler } from "../../media-node/media/resampler.ts";
import {
  createG722Decoder,
  createG722Encoder,
  decodeG722,
  encodeG722,
} from "../../media-node/protocol/audio/g722.ts";
import { createSpeechLike } from "../../media-node/protocol/audio/tone.ts";
import { CODECS, type CodecName } from "../../media-node/protocol/sdp/media-plan.ts";

/** What a frame of 20 ms costs in each codec and between each pair of rates: CPU time, median of three runs in turn. */

const FRAMES = 100;
const REPEATS = 40;
const RUNS = 3;
const RATES_HZ = [8_000, 16_000, 24_000, 48_000];

interface Row {
  readonly name: string;
  /** One pass over all frames. */
  readonly pass: () => void;
  readonly micros: number[];
}

/** `npm run bench -- codecs [--json]` */
export async function benchCodecs(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { json: { type: "boolean", default: false } } });
  const rows = [...codecRows(), ...plainRows(), ...resamplerRows()];
  for (const row of rows) measure(row);
  for (const row of rows) row.micros.length = 0;
  for (let run = 0; run < RUNS; run++) for (const row of rows) measure(row);
  const figures = rows.map(({ name, micros }) => [name, median(micros)] as const);
  if (values.json) {
    process.stdout.write(`${JSON.stringify(Object.fromEntries(figures))}\n`);
    return;
  }
  process.stdout.write("us of CPU per frame of 20 ms, median of three\n");
  for (const [name, micros] of figures) {
    process.stdout.write(`${name.padEnd(28)} ${micros.toFixed(2).padStart(7)}\n`);
  }
}

function codecRows(): Row[] {
  return (["PCMU", "PCMA", "G722"] as const satisfies CodecName[]).flatMap((codec) => {
    const frames = speech(CODECS[codec].sampleRateHz);
    const encoder = createAudioEncoder(codec);
    const decoder = createAudioDecoder(codec);
    const octets = frames.map(() => new Uint8Array(160));
    const pcm = new Int16Array(320);
    return [
      row(`${codec} encode`, () => {
        for (const [i, frame] of frames.entries()) {
          encoder.encode(frame, frame.length, octets[i] ?? new Uint8Array(0), 0);
        }
      }),
      row(`${codec} decode`, () => {
        for (const [i, coded] of octets.entries()) {
          decoder.decode(coded, 0, coded.length, pcm, i, true);
        }
      }),
    ];
  });
}

/** The oracle of the tests, for comparison. */
function plainRows(): Row[] {
  const frames = speech(16_000);
  const encoder = createG722Encoder();
  const decoder = createG722Decoder();
  const octets = new Uint8Array(160);
  const pcm = new Int16Array(320);
  return [
    row("G722 encode, TypeScript", () => {
      for (const frame of frames) encodeG722(encoder, frame, frame.length, octets, 0);
    }),
    row("G722 decode, TypeScript", () => {
      for (let i = 0; i < FRAMES; i++) decodeG722(decoder, octets, 0, octets.length, pcm);
    }),
  ];
}

function resamplerRows(): Row[] {
  return RATES_HZ.flatMap((from) =>
    RATES_HZ.filter((to) => to !== from).map((to) => {
      const frames = speech(from);
      const resampler = new Resampler(from, to);
      const output = new Int16Array(to / 50);
      return row(`${from / 1_000} to ${to / 1_000} kHz`, () => {
        for (const frame of frames) resampler.process(frame, frame.length, output);
      });
    }),
  );
}

function speech(rateHz: number): Int16Array[] {
  const source = createSpeechLike(rateHz);
  return Array.from({ length: FRAMES }, () => {
    const frame = new Int16Array(rateHz / 50);
    source.fill(frame);
    return frame;
  });
}

function row(name: string, pass: () => void): Row {
  return { name, pass, micros: [] };
}

function measure({ pass, micros }: Row): void {
  const before = process.cpuUsage();
  for (let i = 0; i < REPEATS; i++) pass();
  const { user, system } = process.cpuUsage(before);
  micros.push((user + system) / (REPEATS * FRAMES));
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
