/** Values in words: durations, counts, and text of strangers made visible. */

/** `4 min 05 s`. */
export function durationWords(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, secs] = [
    Math.floor(whole / 3_600),
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  if (hours > 0) return `${hours} h ${String(minutes).padStart(2, "0")} min`;
  if (minutes > 0) return `${minutes} min ${String(secs).padStart(2, "0")} s`;
  return `${secs} s`;
}

/** `0.4 s`: tenths, as long as they can be felt. */
export function waitWords(seconds: number): string {
  return seconds < 10 ? `${Math.max(0, seconds).toFixed(1)} s` : durationWords(seconds);
}

/** Made once: making one takes longer than writing a hundred times. */
const LOCAL = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

const LOCAL_DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const LOCAL_DAY_OF_YEAR = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const LOCAL_HOUR = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

/** In the reader's zone and language. */
export function localTime(atMs: number): string {
  return LOCAL.format(atMs);
}

/** The hour of today, the day of this year, the whole date of others. */
export function briefTime(atMs: number, nowMs: number): string {
  const day = LOCAL_DAY.format(atMs);
  if (day === LOCAL_DAY.format(nowMs)) return LOCAL_HOUR.format(atMs);
  const isThisYear = new Date(atMs).getFullYear() === new Date(nowMs).getFullYear();
  return isThisYear ? LOCAL_DAY_OF_YEAR.format(atMs) : day;
}

/** ISO 8601 with a word for the zone. */
export function utcTime(atMs: number): string {
  return `${new Date(atMs).toISOString().replace("T", " ").slice(0, 19)} UTC`;
}

/** Controls, and what changes the direction of text or takes no room (Unicode TR 9, TR 36). */
const UNSEEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/**
 * Text that came from the wire, with what would be unseen or would turn the rest around written out: U+202E
 * becomes `⟨U+202E⟩`. Line feeds and tabs stay.
 */
export function visibleText(text: string): string {
  return text
    .toWellFormed()
    .replace(
      UNSEEN,
      (char) => `⟨U+${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`,
    );
}

/** `snake_case` of a code as a sentence's beginning. */
export function codeWords(code: string): string {
  const words = code.replaceAll(/[_-]+/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Of a date field in the reader's zone, in seconds; empty for what is no time. */
export function unixOf(local: string): string {
  const atMs = Date.parse(local);
  return Number.isNaN(atMs) ? "" : String(Math.floor(atMs / 1_000));
}

/** Of a date field in the reader's zone, as the API takes it; what is no time goes as it is, to be told what would pass. */
export function isoOf(local: string): string {
  const unix = unixOf(local);
  return unix === "" ? local : new Date(Number(unix) * 1_000).toISOString();
}

/** The other way: what a date field shows of a time of the API; empty for none. */
export function localField(iso: string | null): string {
  if (iso === null) return "";
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
