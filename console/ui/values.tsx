import { memo, useSyncExternalStore } from "react";
import { briefTime, localTime, utcTime, visibleText } from "../model/words.ts";

/** Values as they are shown: times, phone numbers, text of strangers. */

/** In the reader's zone; UTC on hover. */
export const Time = memo(function Time({ atMs }: { atMs: number }) {
  return (
    <time dateTime={new Date(atMs).toISOString()} title={utcTime(atMs)}>
      {localTime(atMs)}
    </time>
  );
});

/** For a narrow column: the hour of today or the day, the whole on hover. */
export function BriefTime({ atMs }: { atMs: number }) {
  return (
    <time
      dateTime={new Date(atMs).toISOString()}
      title={`${localTime(atMs)} (${utcTime(atMs)})`}
      className="brief"
    >
      {briefTime(atMs, Date.now())}
    </time>
  );
}

/** Text that may be long, in one line or two; the whole on hover. */
export function Clamped({ text, lines = 2 }: { text: string; lines?: 1 | 2 }) {
  return (
    <span className={lines === 1 ? "cut" : "clamp"} title={visibleText(text)}>
      <Foreign text={text} />
    </span>
  );
}

/** Text that came from a SIP header or another stranger: isolated, with nothing unseen in it. */
export function Foreign({ text }: { text: string }) {
  return <bdi>{visibleText(text)}</bdi>;
}

type Format = (number: string) => readonly string[];
let format: Format | null = null;
let isAsked = false;
const waiting = new Set<() => void>();

/** The formatter is larger than a screen: it comes when the first number is shown. */
function subscribe(listener: () => void): () => void {
  waiting.add(listener);
  if (!isAsked) {
    isAsked = true;
    import("../model/phone-format.ts").then(
      (loaded) => {
        format = loaded.phoneGroups;
        for (const one of waiting) one();
      },
      () => undefined, // numbers stay as they are
    );
  }
  return () => waiting.delete(listener);
}

/** In the groups of its plan by space alone, so that what is copied is E.164. */
export const Phone = memo(function Phone({ number }: { number: string }) {
  const groupsOf = useSyncExternalStore(subscribe, () => format);
  if (groupsOf === null || !/^\+\d{6,15}$/.test(number)) return <Foreign text={number} />;
  return (
    <span className="phone">
      {groupsOf(number).map((group, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: groups of one number never move.
        <span key={index}>{group}</span>
      ))}
    </span>
  );
});
