import { describe, expect, test } from "vitest";
import { Concealment } from "./concealment.ts";
import { createSpeechLike, createTone } from "./tone.ts";
import { analyseTone } from "./tone-analysis.ts";

/** Audio with some of its 10 ms lost, as it is heard. */
function heard(
  audio: Int16Array,
  rateHz: number,
  isLost: (tenMs: number) => boolean,
  isOn = true,
): Int16Array {
  const concealment = new Concealment(rateHz, isOn);
  const length = rateHz / 100;
  const out = audio.slice();
  for (let at = 0; at + length <= out.length; at += length) {
    const frame = out.subarray(at, at + length);
    if (isLost(at / length)) concealment.conceal(frame, 0, length);
    else concealment.hear(frame, 0, length);
  }
  return out;
}

function made(seconds: number, rateHz: number, fill: (pcm: Int16Array) => void): Int16Array {
  const pcm = new Int16Array(seconds * rateHz);
  fill(pcm);
  return pcm;
}

const tone = (rateHz: number): Int16Array =>
  made(2, rateHz, (pcm) => createTone(rateHz, 437).fill(pcm));

/** In dB, of what was heard against what was said. */
function signalToNoise(said: Int16Array, played: Int16Array): number {
  let signal = 0;
  let noise = 0;
  for (const [i, sample] of said.entries()) {
    signal += sample ** 2;
    noise += (sample - (played[i] ?? 0)) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}

/** Only what was lost, in one piece. */
function lostPart(pcm: Int16Array, rateHz: number, isLost: (tenMs: number) => boolean): Int16Array {
  return pcm.filter((_, i) => isLost(Math.floor(i / (rateHz / 100))));
}

const levelDb = (pcm: Int16Array): number =>
  10 * Math.log10(pcm.reduce((sum, sample) => sum + sample ** 2, 0) / pcm.length);

const biggestStep = (pcm: Int16Array): number =>
  pcm.reduce(
    (most, sample, i) => (i === 0 ? 0 : Math.max(most, Math.abs(sample - (pcm[i - 1] ?? 0)))),
    0,
  );

describe.each([8_000, 16_000])("Concealment at %i Hz", (rateHz) => {
  test("a period is repeated: a tone goes on through 20 ms of loss, and without concealment it does not", () => {
    const isLost = (tenMs: number) => tenMs % 20 === 10 || tenMs % 20 === 11;
    const on = analyseTone(heard(tone(rateHz), rateHz, isLost), rateHz, 437);
    const off = analyseTone(heard(tone(rateHz), rateHz, isLost, false), rateHz, 437);
    expect(on.snrDb).toBeGreaterThan(25);
    expect(on.longestGapMs).toBe(0);
    expect(on.snrDb - off.snrDb).toBeGreaterThan(8);
  });

  test("no seam is a click: no step is larger than half again what the tone has itself", () => {
    const pcm = tone(rateHz);
    for (const lost of [1, 2, 3, 5, 8, 20]) {
      const played = heard(pcm, rateHz, (tenMs) => tenMs % 40 >= 40 - lost);
      expect(biggestStep(played)).toBeLessThan(1.5 * biggestStep(pcm));
    }
  });

  test("the level falls from 10 ms on and is silence at 60 ms (G.711 Appendix I)", () => {
    const played = heard(tone(rateHz), rateHz, (tenMs) => tenMs >= 100);
    const perMs = rateHz / 1000;
    const peak = (fromMs: number, toMs: number): number =>
      Math.max(...played.subarray((1_000 + fromMs) * perMs, (1_000 + toMs) * perMs));
    expect(peak(0, 10)).toBeGreaterThan(7_500);
    expect(peak(20, 30) / 8_000).toBeGreaterThan(0.6);
    expect(peak(20, 30) / 8_000).toBeLessThan(0.82);
    expect(peak(50, 60) / 8_000).toBeLessThan(0.22);
    expect(peak(60, 900)).toBe(0);
  });

  test.each([
    { lostMs: 10, leastDb: 3 },
    { lostMs: 20, leastDb: 1 },
  ])("of speech, $lostMs ms are nearer to what was said than silence is, and as loud", (row) => {
    const said = made(8, rateHz, (pcm) => createSpeechLike(rateHz).fill(pcm));
    const isLost = (tenMs: number) => tenMs % 16 >= 16 - row.lostMs / 10;
    const concealed = lostPart(heard(said, rateHz, isLost), rateHz, isLost);
    const missed = lostPart(said, rateHz, isLost);
    expect(signalToNoise(missed, concealed)).toBeGreaterThan(row.leastDb);
    expect(Math.abs(levelDb(concealed) - levelDb(missed))).toBeLessThan(1);
  });

  test("losses that begin and end at any sample are heard as those of whole frames are", () => {
    const concealment = new Concealment(rateHz);
    const pcm = tone(rateHz);
    const played = pcm.slice();
    let at = 0;
    for (let i = 0; at < played.length; i++) {
      const to = Math.min(played.length, at + 37 + ((i * 61) % 300));
      if (i % 7 === 6) concealment.conceal(played, at, to);
      else concealment.hear(played, at, to);
      at = to;
    }
    expect(analyseTone(played, rateHz, 437).snrDb).toBeGreaterThan(22);
  });

  test("what is heard is left as it is, bit for bit, and so is silence", () => {
    const pcm = tone(rateHz);
    expect(heard(pcm, rateHz, () => false)).toEqual(pcm);
    const silence = new Int16Array(rateHz);
    expect(heard(silence, rateHz, (tenMs) => tenMs % 3 === 0)).toEqual(silence);
  });
});
