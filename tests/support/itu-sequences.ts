import { existsSync, readFileSync } from "node:fs";

/** Test sequences of the ITU-T Software Tool Library, which are not part of this repository. */
export interface ItuSequences {
  readonly folder: string;
  readonly areThere: boolean;
  octets(name: string): Buffer;
  /** 16 bits each, in the order of the file and of this machine. */
  words(name: string): Int16Array;
}

export function ituSequences(codec: "g711" | "g722"): ItuSequences {
  const folder = `../shared/corpora/itu-${codec}`;
  const octets = (name: string): Buffer => readFileSync(`${folder}/${name}`);
  return {
    folder,
    areThere: existsSync(folder),
    octets,
    words(name) {
      const bytes = octets(name);
      return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    },
  };
}

/** The first few places where two sequences differ: a full diff of 97,536 values helps nobody. */
export function differences(actual: ArrayLike<number>, expected: ArrayLike<number>): string[] {
  const places: string[] = actual.length === expected.length ? [] : ["lengths"];
  for (let i = 0; i < actual.length && places.length < 5; i++) {
    if (actual[i] !== expected[i]) places.push(`${i}: ${actual[i]} instead of ${expected[i]}`);
  }
  return places;
}
