import type { PhoneNumberView } from "../../schema/contracts/phone-number.ts";
import { type JsonText, jsonText } from "../../schema/values/json-text.ts";
import type { PhoneNumberRecord, PhoneNumberVersion } from "../db/phone-numbers.ts";
import { phoneNumberView } from "./phone-number-view.ts";

type NumberText = JsonText<PhoneNumberView>;

interface KeptText extends Omit<PhoneNumberVersion, "id"> {
  readonly text: NumberText;
}

/** Some five thousand numbers: a tenth of what an isolate may have. */
const MAX_CHARS = 8 * 1_024 * 1_024;

/**
 * The JSON of phone numbers that were read before, each of one version of its number. Who takes one has
 * just asked the database for that version, so that none is ever stale: what is saved is the reading of
 * sixty columns, and the writing of them. The ones used longest ago go first.
 */
export class NumberTexts {
  readonly #kept = new Map<string, KeptText>();
  readonly #maxChars: number;
  #chars = 0;

  constructor(maxChars = MAX_CHARS) {
    this.#maxChars = maxChars;
  }

  /** Whether a text of any version is kept. */
  has(id: string): boolean {
    return this.#kept.has(id);
  }

  /** Null: to be rendered from its record. */
  get({ agentName, id, updatedAtMs }: PhoneNumberVersion): NumberText | null {
    const kept = this.#kept.get(id);
    if (kept === undefined) return null;
    if (kept.updatedAtMs !== updatedAtMs || kept.agentName !== agentName) return null;
    // Last in the order of the map: used last.
    this.#kept.delete(id);
    this.#kept.set(id, kept);
    return kept.text;
  }

  render(record: PhoneNumberRecord): NumberText {
    const { id, updatedAtMs } = record.number;
    const text = jsonText(phoneNumberView(record));
    this.#drop(id);
    this.#kept.set(id, { updatedAtMs, agentName: record.agentName, text });
    this.#chars += text.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#chars <= this.#maxChars) break;
      this.#drop(oldest);
    }
    return text;
  }

  #drop(id: string): void {
    this.#chars -= this.#kept.get(id)?.text.length ?? 0;
    this.#kept.delete(id);
  }
}
