import type { AgentConnection, AgentSink, DigitInputSettings } from "../call/agent-ports.ts";
import { whenAborted } from "../call/ending.ts";
import type { CallMediaEvents, Talk } from "../call/media-ports.ts";
import type { Clock } from "../call/ports.ts";
import type { MediaSession, MediaSink } from "../media/media-session.ts";
import { createDigitInput } from "./digit-input.ts";
import { relayTo } from "./relay.ts";
import { createSilenceWatch } from "./silence.ts";

/** What an agent may say before the call is answered: as much as can be queued later. */
const MAX_EARLY_MS = 30_000;
const MAX_EARLY_EVENTS = 1_000;
/** After the last sample has left, until it has been heard. */
const HEARD_MS = 200;
/** How long anybody waits at most for what the agent has said. */
const MAX_DRAIN_MS = 30_000;

/** What connects the two sides of a call: the caller's media and the agent. */
export interface AudioBridge {
  /** For `AgentConnection.attach`: what the agent says before `open` is kept for it. */
  readonly agentSink: AgentSink;
  /** For `MediaSession.start`: what the caller says is dropped until `open`. */
  readonly mediaSink: MediaSink;
  /** An agent that may hear what comes before the answer; what it says waits for `open`. */
  listen(agent: AgentConnection): void;
  infoDigit(digit: string, durationMs: number): void;
  open(agent: AgentConnection, talk: Talk): void;
  hold(isHeld: boolean): void;
  turnTo(target: MediaSession): void;
  join(target: MediaSession): void;
  untilHeard(hurried: AbortSignal): Promise<void>;
  close(): void;
}

interface BridgeDeps {
  readonly clock: Clock;
  readonly events: Pick<CallMediaEvents, "agentHungUp" | "agentLost">;
  readonly digitInput: DigitInputSettings | null;
}

export function createAudioBridge(firstMedia: MediaSession, deps: BridgeDeps): AudioBridge {
  const { clock, events } = deps;
  const silence = createSilenceWatch(clock);
  let watch: Disposable | null = null;
  let media = firstMedia;
  let agent: AgentConnection | null = null;
  let joined: MediaSink | null = null;
  let talk: Talk | null = null;
  let early: (() => void)[] | null = [];
  let earlyMs = 0;
  let isOnHold = false;
  let isFull = false;
  /** The agent has hung up or the call has ended: what it still says is not heard. */
  let isOver = false;

  function whenOpen(event: () => void): void {
    if (early === null) event();
    else if (early.length < MAX_EARLY_EVENTS) early.push(event);
  }

  function play(pcm: Int16Array, sampleRateHz: number): void {
    // What the agent says after its hang-up, or while nobody listens, is not heard.
    if (isOver || isOnHold || joined !== null) return;
    silence.agent(pcm, sampleRateHz, media.queuedMs());
    const wasFull = isFull;
    isFull = !media.send(pcm, sampleRateHz);
    if (isFull && !wasFull) agent?.playoutFull();
  }

  const digitInput = createDigitInput(deps.digitInput, clock, {
    pressed: (digit, durationMs) => (joined ?? agent)?.digit(digit, durationMs),
    completed: (sequence) => agent?.digitsCollected(sequence),
  });

  function press(source: "rtp" | "info", digit: string, durationMs: number): void {
    silence.touched();
    // What is pressed while nobody is there is part of no answer.
    if (agent !== null || joined !== null) digitInput.press(source, digit, durationMs);
  }

  let hasHungUp = false;
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
        if (!isOver) media.clear();
      }),
    mark: (name) =>
      whenOpen(() => {
        if (!isOver) media.mark(name);
      }),
    // Before the answer there is nobody to press keys for.
    sendDigits: (keys, mode) => early === null && !isOver && media.sendDigits(keys, mode),
    // What was asked for before the answer is done after it.
    transfer: (request) => whenOpen(() => talk?.transfer(request)),
    hangUp(reason) {
      hasHungUp = true;
      isOver = true;
      events.agentHungUp(reason);
    },
    closed(detail) {
      // An agent may close its connection after its hang-up without waiting for the end.
      if (!hasHungUp) events.agentLost(detail);
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

  function endWatch(): void {
    watch?.[Symbol.dispose]();
    watch = null;
  }

  return {
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
      talk = allowed;
      const { silenceTimeoutSecs } = allowed;
      if (silenceTimeoutSecs !== null) {
        watch = silence.start(silenceTimeoutSecs, () => isOnHold, allowed.silent);
      }
      const waiting = early ?? [];
      early = null;
      for (const event of waiting) event();
      connected.answered();
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
      // How long two people talk, and how much, is theirs.
      endWatch();
      media.clear();
    },
    async untilHeard(hurried) {
      const giveUpAtMs = clock.monotonicMs() + MAX_DRAIN_MS;
      // On hold nobody listens, and the queue does not get shorter.
      while (!hurried.aborted && !isOnHold) {
        const leftMs = giveUpAtMs - clock.monotonicMs();
        const queuedMs = Math.min(media.queuedMs(), leftMs);
        if (queuedMs <= 0) {
          if (leftMs > 0) await pause(HEARD_MS, clock, hurried);
          return;
        }
        await pause(queuedMs, clock, hurried);
      }
    },
    close() {
      isOver = true;
      digitInput[Symbol.dispose]();
      endWatch();
      agent = null;
    },
  };
}

async function pause(delayMs: number, clock: Clock, hurried: AbortSignal): Promise<void> {
  const over = Promise.withResolvers<void>();
  using _timer = clock.after(delayMs, over.resolve);
  using _hurry = whenAborted(hurried, over.resolve);
  await over.promise;
}
