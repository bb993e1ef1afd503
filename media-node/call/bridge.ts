import type { MediaSession, MediaSink } from "../media/media-session.ts";
import { createDigitInput, type DigitInputSettings } from "./digit-input.ts";
import type { CallEnding } from "./ending.ts";
import type { SilenceWatch } from "./limits/silence.ts";
import type { AgentConnection, AgentSink, Clock } from "./ports.ts";
import { relayTo } from "./transfer/relay.ts";
import type { Transfers } from "./transfer/transfers.ts";

/** What an agent may say before the call is answered: as much as can be queued later. */
const MAX_EARLY_MS = 30_000;
const MAX_EARLY_EVENTS = 1_000;

/** What connects the two sides of a call: caller's media and agent. */
export interface Bridge {
  readonly isOnHold: boolean;
  /** For `AgentConnection.attach`: what the agent says before `open` is kept for it. */
  readonly agentSink: AgentSink;
  /** For `MediaSession.start`: what the caller says is dropped until `open`. */
  readonly mediaSink: MediaSink;
  /** An agent that may hear what comes before the answer; what it says waits for `open`. */
  listen(agent: AgentConnection): void;
  /** A key that came in an INFO instead of in RTP. */
  infoDigit(digit: string, durationMs: number): void;
  /** The call is answered: both directions flow. */
  open(agent: AgentConnection, transfers: Pick<Transfers, "request">): void;
  /** The peer put the call on hold or took it back: nobody listens, and what comes is its music. */
  hold(isHeld: boolean): void;
  /** Another party is at the far end: what the agent says goes there, and what it said before is dropped. */
  turnTo(target: MediaSession): void;
  /** The other side talks to somebody else from now on, and the agent is out of the call. */
  join(target: MediaSession): void;
  /** The call has ended: neither side is told anything more. */
  close(): void;
}

export function createBridge(
  firstMedia: MediaSession,
  ending: CallEnding,
  digits: { readonly settings: DigitInputSettings | null; readonly clock: Clock },
  silence: SilenceWatch,
): Bridge {
  let media = firstMedia;
  let agent: AgentConnection | null = null;
  let joined: MediaSink | null = null;
  let transfers: Pick<Transfers, "request"> | null = null;
  let early: (() => void)[] | null = [];
  let earlyMs = 0;
  let isOnHold = false;
  let isFull = false;

  function whenOpen(event: () => void): void {
    if (early === null) event();
    else if (early.length < MAX_EARLY_EVENTS) early.push(event);
  }

  function play(pcm: Int16Array, sampleRateHz: number): void {
    // What the agent says after its hang-up, or while nobody listens, is not heard.
    if (ending.code !== null || isOnHold || joined !== null) return;
    silence.agent(pcm, sampleRateHz, media.queuedMs());
    const wasFull = isFull;
    isFull = !media.send(pcm, sampleRateHz);
    if (isFull && !wasFull) agent?.playoutFull();
  }

  const digitInput = createDigitInput(digits.settings, digits.clock, {
    pressed: (digit, durationMs) => (joined ?? agent)?.digit(digit, durationMs),
    completed: (sequence) => agent?.digitsCollected(sequence),
  });

  function press(source: "rtp" | "info", digit: string, durationMs: number): void {
    silence.touched();
    // What is pressed while nobody is there is part of no answer.
    if (agent !== null || joined !== null) digitInput.press(source, digit, durationMs);
  }

  const agentSink: AgentSink = {
    audio(pcm, sampleRateHz = 8_000) {
      if (early !== null) {
        const durationMs = (pcm.length * 1_000) / sampleRateHz;
        if (earlyMs + durationMs > MAX_EARLY_MS) return;
        earlyMs += durationMs;
      }
      whenOpen(() => play(pcm, sampleRateHz));
    },
    clear: () =>
      whenOpen(() => {
        if (ending.code === null) media.clear();
      }),
    mark: (name) =>
      whenOpen(() => {
        if (ending.code === null) media.mark(name);
      }),
    // Before the answer there is nobody to press keys for.
    sendDigits: (keys, mode) =>
      early === null && ending.code === null && media.sendDigits(keys, mode),
    // What was asked for before the answer is done after it.
    transfer: (request) => whenOpen(() => transfers?.request(request)),
    hangUp(reason) {
      ending.end("agent_hung_up", reason);
    },
    closed(detail) {
      // An agent may close its connection after its hang-up without waiting for the end.
      if (ending.code !== "agent_hung_up") ending.end("agent_lost", detail);
    },
  };

  const mediaSink: MediaSink = {
    audio(frame) {
      if (joined !== null) return joined.audio(frame);
      if (isOnHold) return;
      silence.caller(frame);
      agent?.audio(frame);
    },
    digit(digit, durationMs) {
      press("rtp", digit, durationMs);
    },
    digitsSent(keys, outcome) {
      agent?.digitsSent(keys, outcome);
    },
    markReached(name, outcome) {
      agent?.markReached(name, outcome);
    },
  };

  return {
    get isOnHold() {
      return isOnHold;
    },
    agentSink,
    mediaSink,
    listen(connected) {
      agent = connected;
    },
    infoDigit(digit, durationMs) {
      press("info", digit, durationMs);
    },
    open(connected, allowed) {
      agent = connected;
      transfers = allowed;
      const waiting = early ?? [];
      early = null;
      for (const event of waiting) event();
    },
    hold(held) {
      if (held === isOnHold) return;
      isOnHold = held;
      silence.touched();
      agent?.held(held);
    },
    turnTo(target) {
      media.clear();
      media = target;
      isFull = false;
    },
    join(target) {
      agent = null;
      joined = relayTo(target);
      media.clear();
    },
    close() {
      digitInput[Symbol.dispose]();
      agent = null;
    },
  };
}
