import { createAudioDecoder, createAudioEncoder } from "../../media-node/media/audio-codec.ts";
import { Concealment } from "../../media-node/protocol/audio/concealment.ts";
import { VoicemailDetector } from "../../media-node/protocol/audio/voicemail-detector.ts";
import { CODECS, type CodecName } from "../../media-node/protocol/sdp/media-plan.ts";
import { createRandom } from "./impairment.ts";
import { type Heard, VOICEMAIL_ROWS, type VoicemailRow } from "./voicemail-scenes.ts";
import { Sounds } from "./voicemail-sounds.ts";

/** What the detector makes of answers that are made by the hundred: published in docs/design/voicemail-detection.md. */

const TIMEOUT_MS = 6_000;

/** How the audio reaches us. */
export interface VoicemailPath {
  readonly name: string;
  readonly codec: CodecName;
  /** Part of the packets that are lost, one by one; they are concealed as in a call. */
  readonly loss: number;
  /** The line's noise. */
  readonly noiseDbfs: readonly [number, number];
}

export const VOICEMAIL_PATHS: readonly VoicemailPath[] = [
  { name: "PCMU", codec: "PCMU", loss: 0, noiseDbfs: [-75, -55] },
  { name: "PCMA, noise of -50 to -42 dBFS", codec: "PCMA", loss: 0, noiseDbfs: [-50, -42] },
  { name: "PCMU, 3 % loss", codec: "PCMU", loss: 0.03, noiseDbfs: [-75, -55] },
  { name: "G.722", codec: "G722", loss: 0, noiseDbfs: [-75, -55] },
];

/** One answer of the row over the path. */
function runScene(
  each: VoicemailRow,
  path: VoicemailPath,
  seed: number,
): { readonly heard: Heard; readonly isRight: boolean } {
  const random = createRandom(seed * 7_919 + each.name.length);
  const sounds = new Sounds(CODECS[path.codec].sampleRateHz, random);
  const scene = each.scene(sounds);
  const [low, high] = path.noiseDbfs;
  const frames = received(sounds.over(sounds.between(low, high)), path, random);
  const heard = listen(frames);
  return { heard, isRight: each.right(heard, scene) };
}

/** The part of the seeds, from `first` on, that came out right. */
export function rightPart(
  each: VoicemailRow,
  path: VoicemailPath,
  seeds: number,
  first: number,
): number {
  let right = 0;
  for (let seed = first; seed < first + seeds; seed++) {
    if (runScene(each, path, seed).isRight) right += 1;
  }
  return right / seeds;
}

/** Coded, lost, concealed and decoded, in frames of 20 ms. */
export function received(
  pcm: Int16Array,
  { codec, loss }: Pick<VoicemailPath, "codec" | "loss">,
  random: () => number,
): Int16Array[] {
  const samples = CODECS[codec].sampleRateHz / 50;
  const encoder = createAudioEncoder(codec);
  const decoder = createAudioDecoder(codec);
  const concealment = new Concealment(CODECS[codec].sampleRateHz);
  const coded = new Uint8Array(160);
  const frames: Int16Array[] = [];
  for (let at = 0; at + samples <= pcm.length; at += samples) {
    const frame = pcm.slice(at, at + samples);
    encoder.encode(frame, samples, coded, 0);
    decoder.decode(coded, 0, coded.length, frame, frames.length, true);
    if (loss > 0 && random() < loss) concealment.conceal(frame, 0, samples);
    else concealment.hear(frame, 0, samples);
    frames.push(frame);
  }
  return frames;
}

export function listen(frames: readonly Int16Array[], timeoutMs = TIMEOUT_MS): Heard {
  const detector = new VoicemailDetector(timeoutMs);
  let first = "";
  let firstAtMs = 0;
  for (const [i, frame] of frames.entries()) {
    detector.step(frame);
    if (first === "" && detector.verdict !== null) {
      first = detector.verdict;
      firstAtMs = (i + 1) * 20;
    }
  }
  return {
    first,
    firstAtMs,
    last: detector.verdict ?? "",
    cause: detector.cause,
    beepEndMs: detector.beepEndedAtMs,
    isGreetingOver: detector.isGreetingOver,
  };
}

/** Whether so many seeds keep the row's limit: of a few, the last one may be wrong. */
export function keepsLimit({ least }: VoicemailRow, part: number, seeds: number): boolean {
  return Math.round(part * seeds) >= Math.floor(seeds * least);
}

/** As published. */
export function voicemailLimitsTable(): string {
  const lines = VOICEMAIL_ROWS.map(
    ({ name, least, means }) => `| ${name} | ${means} | ${Math.round(least * 100)} % |`,
  );
  return ["| who answers | right is | at least |", "|---|---|---|", ...lines].join("\n");
}
