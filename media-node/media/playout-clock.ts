import type { MediaClock } from "./clock.ts";
import { FRAME_MS } from "./media-session.ts";

/**
 * One wheel of 20 ms for all sessions of the process. Its times are absolute, so that lateness never adds up; sessions are
 * spread over 20 phases, so that they do not all send in the same millisecond.
 */
export interface PlayoutClock {
  /** Disposing is safe inside a tick. */
  add(member: PlayoutMember): Disposable;
  close(): void;
}

export interface PlayoutMember {
  /**
   * One frame is due. `skippedFrames` were due before it and are not made up for: after a long stall media goes on in the
   * present.
   */
  tick(nowMs: number, skippedFrames: number): void;
}

const PHASES = FRAME_MS;
/** Frames that are caught up with, one at a time; more are skipped. */
const MAX_CATCH_UP_FRAMES = 3;
/** The least time between two frames of a session: catching up doubles the rate and is no burst. */
const LEAST_SPACING_MS = FRAME_MS / 2;

interface Phase {
  /** Null is a free place; places are used again. */
  readonly members: (PlayoutMember | null)[];
  size: number;
  /** When the next frame is due by the clock, and when it may run. */
  dueMs: number;
  runAtMs: number;
}

export function createPlayoutClock(clock: MediaClock): PlayoutClock {
  const originMs = clock.monotonicMs();
  const phases: Phase[] = Array.from({ length: PHASES }, () => ({
    members: [],
    size: 0,
    dueMs: 0,
    runAtMs: 0,
  }));
  let timer: Disposable | null = null;
  let timerAtMs = Number.POSITIVE_INFINITY;
  let isClosed = false;

  function schedule(): void {
    if (isClosed) return;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const phase of phases) {
      if (phase.size > 0 && phase.runAtMs < nextMs) nextMs = phase.runAtMs;
    }
    if (nextMs === timerAtMs) return;
    timer?.[Symbol.dispose]();
    timer = null;
    timerAtMs = nextMs;
    if (nextMs === Number.POSITIVE_INFINITY) return;
    timer = clock.after(Math.max(0, nextMs - clock.monotonicMs()), fire);
  }

  function fire(): void {
    timer = null;
    timerAtMs = Number.POSITIVE_INFINITY;
    const nowMs = clock.monotonicMs();
    for (const phase of phases) {
      if (phase.size > 0 && phase.runAtMs <= nowMs) run(phase, nowMs);
    }
    schedule();
  }

  function run(phase: Phase, nowMs: number): void {
    const overdue = Math.floor((nowMs - phase.dueMs) / FRAME_MS);
    const skipped = overdue > MAX_CATCH_UP_FRAMES ? overdue : 0;
    phase.dueMs += (skipped + 1) * FRAME_MS;
    phase.runAtMs = Math.max(phase.dueMs, nowMs + LEAST_SPACING_MS);
    for (const member of phase.members) {
      try {
        member?.tick(nowMs, skipped);
      } catch (error) {
        // A fault in one call is still uncaught, but it takes no other call's frame with it.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** The phase with the fewest members; among equals the one whose turn is next. */
  function emptiest(): Phase {
    return phases.reduce((least, phase) => (phase.size < least.size ? phase : least));
  }

  return {
    add(member) {
      const phase = emptiest();
      if (phase.size === 0) {
        const offsetMs = originMs + phases.indexOf(phase);
        const elapsedFrames = Math.floor((clock.monotonicMs() - offsetMs) / FRAME_MS) + 1;
        phase.dueMs = offsetMs + elapsedFrames * FRAME_MS;
        phase.runAtMs = phase.dueMs;
      }
      const hole = phase.members.indexOf(null);
      const place = hole < 0 ? phase.members.length : hole;
      phase.members[place] = member;
      phase.size += 1;
      schedule();
      return {
        [Symbol.dispose]: () => {
          if (phase.members[place] !== member) return;
          phase.members[place] = null;
          phase.size -= 1;
          if (phase.size === 0) schedule();
        },
      };
    },
    close() {
      isClosed = true;
      timer?.[Symbol.dispose]();
      timer = null;
    },
  };
}
