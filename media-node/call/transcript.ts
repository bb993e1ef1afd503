import type { TranscriptEntry } from "../../schema/contracts/call-record.ts";
import type { TranscriptEvent } from "./agent-ports.ts";

/** Of one call. What comes after is counted, and not kept: the beginning says what a call was about. */
const MAX_ENTRIES = 2_000;
/** As they are written, in JSON: a record of a call must pass where an event of 1 MiB does not. */
const MAX_BYTES = 262_144;
/** Of one utterance; the rest of it is cut off. */
const MAX_TEXT_CHARS = 16_384;

interface Kept extends TranscriptEntry {
  readonly eventId: string | null;
}

/** What was said in one call, within bounds. */
export class Transcript {
  readonly #entries: Kept[] = [];
  #bytes = 0;
  #dropped = 0;

  /** `nowMs` is since the answer. */
  tell(event: TranscriptEvent, nowMs: number): void {
    if (event.kind === "corrected") {
      this.#correct(event);
      return;
    }
    const { role, eventId, agoMs = 0 } = event;
    const text = cut(event.text);
    if (text === "") return;
    const timeMs = Math.max(0, Math.round(nowMs - agoMs));
    const entry: Kept = { role, text, timeMs, eventId };
    if (this.#entries.length >= MAX_ENTRIES || !this.#takes(sizeOf(entry))) this.#dropped += 1;
    else this.#entries.push(entry);
  }

  /** For the call's record, with a warning where not all of it was kept. */
  take(): { readonly said: TranscriptEntry[]; readonly warning: string | null } {
    const said = this.#entries
      .map(({ eventId: _id, ...entry }) => entry)
      // Stable. What the caller said is often told after what was answered to it.
      .sort((one, other) => one.timeMs - other.timeMs);
    const warning =
      this.#dropped === 0
        ? null
        : `The transcript is too long: ${this.#dropped} messages of it were not kept.`;
    return { said, warning };
  }

  #correct({ role, eventId, text }: Extract<TranscriptEvent, { kind: "corrected" }>): void {
    const at = this.#entries.findLastIndex(
      (entry) => entry.role === role && (eventId === null || entry.eventId === eventId),
    );
    const entry = this.#entries[at];
    if (entry === undefined) return;
    const corrected: Kept = {
      ...entry,
      ...(role === "agent" ? { interrupted: true as const } : {}),
      ...(text === null || cut(text) === entry.text
        ? {}
        : // What was first said stays, however often it is corrected.
          { text: cut(text), originalText: entry.originalText ?? entry.text }),
    };
    // A correction that has no room is worth less than what it corrects.
    if (this.#takes(sizeOf(corrected) - sizeOf(entry))) this.#entries[at] = corrected;
  }

  #takes(bytes: number): boolean {
    if (this.#bytes + bytes > MAX_BYTES) return false;
    this.#bytes += bytes;
    return true;
  }
}

function cut(text: string): string {
  // Not between the two halves of a character.
  return text.length <= MAX_TEXT_CHARS ? text : text.slice(0, MAX_TEXT_CHARS).toWellFormed();
}

function sizeOf({ eventId: _id, ...entry }: Kept): number {
  return Buffer.byteLength(JSON.stringify(entry)) + 1;
}
