import { setTimeout as delay } from "node:timers/promises";
import type { MediaSession } from "../../media-node/media/media-session.ts";
import type { CallOptions } from "./call-options.ts";
import type { Hearing } from "./hearing.ts";
import type { Probe } from "./probe.ts";

/** What the phone does while the call is up. */

const POLL_MS = 20;
/** To the agent's first sound, and to the end of what it has to say first. */
const FIRST_SOUND_MS = 6_000;
const GREETING_MS = 20_000;
/** After the last sample of the probe: what comes back later than this has not come back. */
const ECHO_TAIL_MS = 1_200;
const DIGIT_SLOT_MS = 220;
const DIGIT_TAIL_MS = 600;

export interface ExerciseParts {
  readonly session: MediaSession;
  readonly hearing: Hearing;
  /** Null: nothing is played. */
  readonly probe: Probe | null;
  readonly options: Pick<CallOptions, "dtmf" | "duration" | "expect">;
  /** Aborted when either side has ended the call. */
  readonly over: AbortSignal;
  /** Resolves when the named mark has left. */
  readonly markReached: (name: string) => Promise<void>;
  readonly note: (text: string) => void;
}

export interface ExerciseResult {
  /** Position in what is heard at which the probe's first sample left; null when none did. */
  readonly probeAt: number | null;
  /** Every digit has been sent; true when none was asked for. */
  readonly areDigitsSent: boolean;
}

/** Greeting, probe, digits, and the rest of the time asked for. Ends early when the call does. */
export async function exercise(parts: ExerciseParts): Promise<ExerciseResult> {
  const { options, over } = parts;
  const limit =
    options.duration === undefined ? [] : [AbortSignal.timeout(options.duration * 1_000)];
  const signal = AbortSignal.any([over, ...limit]);
  const result = { probeAt: null as number | null, areDigitsSent: options.dtmf === undefined };
  try {
    await listenToGreeting(parts, signal);
    if (parts.probe !== null) await playProbe(parts, parts.probe, signal, result);
    if (options.dtmf !== undefined) {
      result.areDigitsSent = await sendDigits(parts, options.dtmf, signal);
    }
    if (options.duration !== undefined) await until(() => false, 3_600_000, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return result;
}

async function listenToGreeting(parts: ExerciseParts, signal: AbortSignal): Promise<void> {
  const { hearing, note } = parts;
  if (!(await until(() => hearing.hasSpeech, FIRST_SOUND_MS, signal))) {
    note("nothing is heard");
    return;
  }
  note("the agent speaks");
  if (await until(() => hearing.hasPause, GREETING_MS, signal)) note("the agent listens");
}

async function playProbe(
  parts: ExerciseParts,
  probe: Probe,
  signal: AbortSignal,
  result: { probeAt: number | null },
): Promise<void> {
  const { session, hearing, note } = parts;
  note(`playing ${(probe.pcm.length / 8_000).toFixed(1)} s`);
  session.mark("probe-start");
  const begun = parts.markReached("probe-start").then(() => {
    result.probeAt = hearing.position();
  });
  // The queue holds 30 s: a longer file goes in as it empties.
  const piece = 8_000 * 5;
  for (let from = 0; from < probe.pcm.length; from += piece) {
    await until(() => session.queuedMs() < 20_000, 60_000, signal);
    session.send(probe.pcm.subarray(from, from + piece));
  }
  session.mark("probe-end");
  await orAbort(Promise.all([begun, parts.markReached("probe-end")]), signal);
  await delay(ECHO_TAIL_MS, undefined, { signal });
}

async function sendDigits(
  parts: ExerciseParts,
  digits: string,
  signal: AbortSignal,
): Promise<boolean> {
  if (!parts.session.sendDigits(digits, "auto")) {
    parts.note("the other side has the call on hold: it takes no digits");
    return false;
  }
  parts.note(`sending the digits ${digits}`);
  await delay(digits.length * DIGIT_SLOT_MS + DIGIT_TAIL_MS, undefined, { signal });
  return true;
}

/** Looks every 20 ms; false when it has not come true in time. Rejects when `signal` aborts. */
async function until(
  isTrue: () => boolean,
  limitMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (!isTrue()) {
    if (performance.now() >= deadline) return false;
    await delay(POLL_MS, undefined, { signal });
  }
  return true;
}

function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new Error("the call is over"));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject);
  });
}
