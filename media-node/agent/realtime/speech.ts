import { decodeG711, G711_CODECS } from "../../protocol/audio/g711.ts";

const CODES_PER_MS = 8;
/** What is handed over before it has left: the model speaks faster than the caller hears, and the call queues 30 s. */
const MAX_AHEAD_MS = 10_000;
/** The same of marks, of which each ends a section. */
const MAX_SECTIONS = 200;
const SECTION_MS = 1_000;
const SECTION_CODES = SECTION_MS * CODES_PER_MS;
/** What waits here at most: nobody listens to a longer speech. */
const MAX_WAITING_MS = 300_000;

/** One piece of audio of the conversation, as the model knows it. */
export interface SpokenItem {
  readonly itemId: string;
  readonly contentIndex: number;
}

interface Progress extends SpokenItem {
  /** Of what came of it, what has left for the caller. */
  playedMs: number;
  /** All of it has come. */
  isComplete: boolean;
  isCut: boolean;
}

interface Section {
  /** Of its mark: what others set is none of ours. */
  readonly name: string;
  readonly item: Progress;
  durationMs: number;
}

interface SpeechOutput {
  /** Linear PCM at 8 kHz. */
  audio(pcm: Int16Array): void;
  /** Comes back by `marked`, in order. */
  mark(name: string): void;
  clear(): void;
  /** The caller heard so much of the item, and hears no more of it. */
  cut(item: SpokenItem, heardMs: number): void;
}

/**
 * What the model says on its way to the caller: handed over little by little, in sections of one item each that end in a mark,
 * so that at any moment it is known how much of each item has left.
 */
export class AgentSpeech {
  readonly #output: SpeechOutput;
  readonly #markPrefix: string;
  #marks = 0;
  /** Not handed over yet: µ-law. */
  readonly #waiting: { readonly item: Progress; readonly codes: Buffer }[] = [];
  #waitingMs = 0;
  /** Handed over and marked, in order. */
  readonly #sections: Section[] = [];
  /** Handed over and not marked yet. */
  #open: Section | null = null;
  #aheadMs = 0;
  /** What came last. */
  #latest: Progress | null = null;
  #isHeld = false;
  /** Broken off, and not told yet. */
  readonly #cutting = new Set<Progress>();
  readonly #whenHeard: (() => void)[] = [];

  /** `markPrefix`: as no other speech of the call has it. */
  constructor(output: SpeechOutput, markPrefix: string) {
    this.#output = output;
    this.#markPrefix = markPrefix;
  }

  /** The next audio of an item, in µ-law. False: too much waits already, and it is dropped. */
  add(item: SpokenItem, codes: Buffer): boolean {
    if (this.#waitingMs + codes.length / CODES_PER_MS > MAX_WAITING_MS) return false;
    const progress = this.#progressOf(item);
    for (let at = 0; at < codes.length; at += SECTION_CODES) {
      const part = codes.subarray(at, at + SECTION_CODES);
      this.#waiting.push({ item: progress, codes: part });
      this.#waitingMs += part.length / CODES_PER_MS;
    }
    this.#handOver();
    return true;
  }

  /** All audio of the item has come. */
  complete(itemId: string): void {
    if (this.#latest?.itemId !== itemId) return;
    this.#latest.isComplete = true;
    if (this.#waiting.length === 0) this.#closeSection();
  }

  /** A mark came back. False when its audio was dropped by somebody else. */
  marked(name: string, outcome: "played" | "cleared", playedMs: number): boolean {
    const [section] = this.#sections;
    if (section?.name !== name) return true;
    this.#sections.shift();
    const { item, durationMs } = section;
    this.#aheadMs -= durationMs;
    item.playedMs += Math.min(playedMs, durationMs);
    if (outcome === "played") this.#handOver();
    this.#tellCut();
    this.#tellHeard();
    return outcome === "played" || item.isCut;
  }

  /** The caller hears nothing more of what was said so far. */
  interrupt(): void {
    this.#closeSection();
    for (const { item } of this.#sections) this.#cut(item);
    for (const { item } of this.#waiting.splice(0)) this.#cut(item);
    this.#waitingMs = 0;
    if (this.#latest !== null && !this.#latest.isComplete) this.#cut(this.#latest);
    this.#latest = null;
    if (this.#sections.length > 0) this.#output.clear();
    this.#tellCut();
    this.#tellHeard();
  }

  /** While nobody listens nothing is handed over. */
  held(isHeld: boolean): void {
    this.#isHeld = isHeld;
    if (isHeld) this.#tellHeard();
    else this.#handOver();
  }

  /** At once when nothing is on its way, or nobody listens. */
  whenHeard(action: () => void): void {
    this.#whenHeard.push(action);
    if (this.#waiting.length === 0) this.#closeSection();
    this.#tellHeard();
  }

  #progressOf(item: SpokenItem): Progress {
    const latest = this.#latest;
    const isSame = latest?.itemId === item.itemId && latest.contentIndex === item.contentIndex;
    if (latest !== null && isSame) return latest;
    const progress = { ...item, playedMs: 0, isComplete: false, isCut: false };
    this.#latest = progress;
    return progress;
  }

  #handOver(): void {
    while (this.#mayHandOver()) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      const { item, codes } = next;
      const durationMs = codes.length / CODES_PER_MS;
      const open = this.#open;
      const isLong = open !== null && open.durationMs + durationMs > SECTION_MS;
      if (open?.item !== item || isLong) this.#closeSection();
      const pcm = new Int16Array(codes.length);
      decodeG711(G711_CODECS.PCMU, codes, 0, codes.length, pcm);
      this.#output.audio(pcm);
      this.#open ??= this.#newSection(item);
      this.#open.durationMs += durationMs;
      this.#waitingMs -= durationMs;
      this.#aheadMs += durationMs;
    }
    const isOver = this.#latest?.isComplete === true || this.#whenHeard.length > 0;
    if (isOver && this.#waiting.length === 0) this.#closeSection();
  }

  #mayHandOver(): boolean {
    const hasRoom = this.#aheadMs < MAX_AHEAD_MS && this.#sections.length < MAX_SECTIONS;
    return hasRoom && !this.#isHeld;
  }

  #newSection(item: Progress): Section {
    this.#marks += 1;
    return { name: `${this.#markPrefix}${this.#marks}`, item, durationMs: 0 };
  }

  #closeSection(): void {
    const open = this.#open;
    if (open === null) return;
    this.#sections.push(open);
    this.#open = null;
    this.#output.mark(open.name);
  }

  #cut(item: Progress): void {
    if (!item.isCut) this.#cutting.add(item);
    item.isCut = true;
  }

  /** In their order, each when the last of its marks is back. */
  #tellCut(): void {
    for (const item of this.#cutting) {
      if (this.#sections.some((section) => section.item === item)) return;
      this.#cutting.delete(item);
      this.#output.cut(item, Math.floor(item.playedMs));
    }
  }

  #tellHeard(): void {
    const isOnItsWay = this.#waiting.length > 0 || this.#sections.length > 0 || this.#open !== null;
    if (isOnItsWay && !this.#isHeld) return;
    for (const action of this.#whenHeard.splice(0)) action();
  }
}
