import { seeded } from "../support/seeded.ts";

/** Seeded choices and damage: the same run again from the printed seed. */
export interface Mutator {
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<Value>(values: readonly Value[]): Value;
  /** The message with one to four wounds. */
  mutate(text: string): Buffer;
}

/** What parsers trip over. */
const WORDS = [
  "\r\n",
  "\r\n ",
  "\r\n\r\n",
  "\0",
  "%00",
  "%",
  "::",
  "<",
  ">",
  '"',
  "\\",
  ";",
  ";;",
  ",",
  "@",
  "[",
  "]",
  "|",
  "#",
  "__proto__: x\r\n",
  "constructor",
  "99999999999999999999",
  "-1",
  "2147483648",
  ";tag=x;tag=y",
  ";lr;lr",
  "sip:",
  "sips:",
  "tel:+1",
  "\xff\xfe",
  "\u00e9",
  "A".repeat(300),
  "A".repeat(9_000),
  "(".repeat(200),
  '"\\'.repeat(200),
  ";a".repeat(400),
  "Via: SIP/2.0/TCP x\r\n".repeat(40),
  "Content-Length: 3\r\n",
  "Content-Length: 70000\r\n",
  "Require: nothing\r\n",
] as const;

export function createMutator(seed: number): Mutator {
  const random = seeded(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = <Value>(values: readonly Value[]): Value => {
    const value = values[below(values.length)];
    if (value === undefined) throw new Error("nothing to pick from");
    return value;
  };
  const wounds: readonly ((text: string) => string)[] = [
    (text) => splice(text, below(text.length), 1, String.fromCharCode(below(256))),
    (text) => splice(text, below(text.length), 0, pick(WORDS)),
    (text) => splice(text, below(text.length), below(40), ""),
    (text) => splice(text, below(text.length), 0, piece(text)),
    (text) => onLines(text, (lines) => lines.toSpliced(below(lines.length), 1)),
    (text) => onLines(text, (lines) => lines.toSpliced(below(lines.length), 0, pick(lines))),
    (text) => onLines(text, (lines) => [pick(lines), ...lines]),
    (text) => text.slice(0, below(text.length)),
    (text) => text.replace(/Content-Length: *\d+/i, `Content-Length: ${below(400)}`),
    (text) => text.replace(/: /g, below(2) === 0 ? ":\r\n " : " :\t"),
  ];
  const piece = (text: string): string => {
    const start = below(text.length);
    return text.slice(start, start + below(60));
  };
  return {
    below,
    pick,
    chance: (probability) => random() < probability,
    mutate(text) {
      let broken = text;
      for (let left = below(4); left >= 0; left -= 1) broken = pick(wounds)(broken);
      return Buffer.from(broken, "latin1");
    },
  };
}

function splice(text: string, at: number, removed: number, added: string): string {
  return text.slice(0, at) + added + text.slice(at + removed);
}

function onLines(text: string, change: (lines: string[]) => string[]): string {
  const headEnd = text.indexOf("\r\n\r\n");
  const head = headEnd === -1 ? text : text.slice(0, headEnd);
  return change(head.split("\r\n")).join("\r\n") + text.slice(head.length);
}
