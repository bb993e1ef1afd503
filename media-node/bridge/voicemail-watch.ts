import type { VoicemailReport } from "../../schema/contracts/agent-voicemail.ts";
import type { VoicemailNews } from "../call/agent-ports.ts";
import type { VoicemailPolicy } from "../call/media-ports.ts";
import type { Clock } from "../call/ports.ts";
import { VoicemailDetector } from "../protocol/audio/voicemail-detector.ts";

/** Audio is behind the clock by the jitter buffer: a verdict that is due with the last frame is waited for. */
const BEHIND_MS = 250;

/** Listens for who has answered a call, from the answer on, and says when what the agent says may be heard. */
export interface VoicemailWatch extends Disposable {
  /** What the agent says waits. */
  readonly isHoldingBack: boolean;
  /** One frame of what is heard of the called side. */
  audio(frame: Int16Array): void;
}

export interface VoicemailEvents {
  /** Something has become known; before `released`, if that comes of it. */
  told(news: VoicemailNews): void;
  /** What the agent has said may be heard; once, if it was held back. */
  released(): void;
}

/** `events` are told of nothing before this returns. */
export function watchForVoicemail(
  policy: VoicemailPolicy,
  clock: Clock,
  events: VoicemailEvents,
): VoicemailWatch {
  const answeredAtMs = clock.monotonicMs();
  const timers = new DisposableStack();
  let detector: VoicemailDetector | null = new VoicemailDetector(policy.decisionTimeoutMs);
  let isHoldingBack = policy.action === "leave_message";
  let decidedAtMs = -1;

  const sinceAnswerMs = (): number => Math.round(clock.monotonicMs() - answeredAtMs);

  /** What the state of the detector, or the end of waiting, comes to. */
  function tell({ hasTimedOut }: { readonly hasTimedOut: boolean }): void {
    const verdict = detector?.verdict ?? null;
    if (detector === null || verdict === null) return;
    const atMs = sinceAnswerMs();
    if (decidedAtMs < 0) decidedAtMs = atMs;
    const after = endOfWaiting(detector, hasTimedOut);
    const isLetThrough = isHoldingBack && after !== null;
    if (isLetThrough) isHoldingBack = false;
    const report: VoicemailReport = {
      verdict,
      confidence: detector.confidence,
      cause: detector.cause,
      atMs: decidedAtMs,
      beepAtMs: beepAtMs(detector, atMs),
      action: policy.action,
      message: isLetThrough && after !== "answer" ? { atMs, after } : null,
    };
    if (detector.isDone || hasTimedOut) stop();
    events.told({ report, isHeldBack: isHoldingBack, message: policy.message });
    if (isLetThrough) events.released();
  }

  function stop(): void {
    detector = null;
    timers.dispose();
  }

  timers.use(
    clock.after(policy.decisionTimeoutMs + BEHIND_MS, () => {
      if (detector?.expire() === true) tell({ hasTimedOut: false });
    }),
  );
  timers.use(
    clock.after(Math.max(policy.beepTimeoutMs, policy.decisionTimeoutMs + 2 * BEHIND_MS), () => {
      if (isHoldingBack) tell({ hasTimedOut: true });
      stop();
    }),
  );

  return {
    get isHoldingBack() {
      return isHoldingBack;
    },
    audio(frame) {
      if (detector?.step(frame) === true) tell({ hasTimedOut: false });
    },
    [Symbol.dispose]() {
      isHoldingBack = false;
      stop();
    },
  };
}

type EndOfWaiting = NonNullable<VoicemailReport["message"]>["after"] | "answer";

/** Why what is held back may be heard now; `answer`: no machine has to finish first. Null: it waits. */
function endOfWaiting(detector: VoicemailDetector, hasTimedOut: boolean): EndOfWaiting | null {
  switch (detector.verdict) {
    case "human":
    case "unknown":
      return "answer";
    case "machine_beep":
      return "beep";
    case "machine":
      // Nobody records anything behind an announcement of the network.
      if (detector.cause === "network_announcement") return null;
      if (detector.isGreetingOver) return "greeting_end";
      return hasTimedOut ? "timeout" : null;
    case null:
      return null;
    default:
      return detector.verdict satisfies never;
  }
}

/** By the clock: while the call is on hold no audio is counted. */
function beepAtMs({ beepEndedAtMs, elapsedMs }: VoicemailDetector, nowMs: number): number | null {
  return beepEndedAtMs < 0 ? null : Math.max(0, nowMs - (elapsedMs - beepEndedAtMs));
}
