import { TEST_CALL_FRAME_MS, TEST_CALL_RATE_HZ } from "../../schema/values/test-call-audio.ts";
import { JitterBuffer } from "../model/jitter-buffer.ts";
import { loudness, pcmOf, samplesOf } from "../model/pcm.ts";
import { Resampler } from "../model/resampler.ts";
import { PROCESSOR, type ToPage, type ToWorklet } from "./ports.ts";

/** Of the AudioWorkletGlobalScope, which the DOM's types leave out. */
declare const sampleRate: number;
declare const currentTime: number;
declare function registerProcessor(name: string, processor: new () => AudioProcessor): void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

interface AudioProcessor {
  process(inputs: readonly Float32Array[][], outputs: readonly Float32Array[][]): boolean;
}

const FRAME = (TEST_CALL_RATE_HZ * TEST_CALL_FRAME_MS) / 1_000;
const LEVELS_EVERY_S = 0.1;
const ms = (milliseconds: number): number => (sampleRate * milliseconds) / 1_000;

/** One end of a call in the audio thread: what is said is cut into frames, what comes is heard in order and in time. */
class Phone extends AudioWorkletProcessor implements AudioProcessor {
  readonly #saying = new Resampler(sampleRate, TEST_CALL_RATE_HZ);
  readonly #hearing = new Resampler(TEST_CALL_RATE_HZ, sampleRate);
  readonly #buffer = new JitterBuffer({ target: ms(60), most: ms(300) });
  #pending = new Float32Array(0);
  #levelsAtS = 0;
  #said = 0;
  #heard = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToWorklet>) => {
      this.#buffer.push(this.#hearing.push(samplesOf(data.pcm)));
    };
  }

  process(inputs: readonly Float32Array[][], outputs: readonly Float32Array[][]): boolean {
    const [said] = inputs[0] ?? [];
    const [heard, ...others] = outputs[0] ?? [];
    if (said !== undefined) {
      this.#said = Math.max(this.#said, loudness(said));
      this.#cut(this.#saying.push(said));
    }
    if (heard !== undefined) {
      this.#buffer.pull(heard);
      for (const other of others) other.set(heard);
      this.#heard = Math.max(this.#heard, loudness(heard));
    }
    if (currentTime - this.#levelsAtS >= LEVELS_EVERY_S) {
      this.#levelsAtS = currentTime;
      this.#tell({ type: "levels", said: this.#said, heard: this.#heard });
      this.#said = 0;
      this.#heard = 0;
    }
    return true;
  }

  #cut(samples: Float32Array): void {
    const joined = new Float32Array(this.#pending.length + samples.length);
    joined.set(this.#pending);
    joined.set(samples, this.#pending.length);
    let at = 0;
    for (; at + FRAME <= joined.length; at += FRAME) {
      this.#tell({ type: "said", pcm: pcmOf(joined.subarray(at, at + FRAME)) });
    }
    this.#pending = joined.slice(at);
  }

  #tell(message: ToPage): void {
    this.port.postMessage(message, message.type === "said" ? [message.pcm] : []);
  }
}

registerProcessor(PROCESSOR, Phone);
