import type {
  AgentConnection,
  AgentSink,
  DigitInputSettings,
  TranscriptEvent,
} from "../call/agent-ports.ts";
import type { CallMediaEvents, Talk } from "../call/media-ports.ts";
import type { Clock } from "../call/ports.ts";
import type { TransferRequest } from "../call/transfer/transfers.ts";
import type { AudioTap } from "../media/audio-tap.ts";
import type { MediaSession, MediaSink } from "../media/media-session.ts";
import { AgentActions } from "./agent-actions.ts";
import type { FileAudio } from "./audio-folder.ts";
import { createDigitInput } from "./digit-input.ts";
import { HeldSpeech } from "./held-speech.ts";
import { playComfortTone } from "./hold-tone.ts";
import { pause } from "./pause.ts";
import { relayTo } from "./relay.ts";
import { createSilenceWatch } from "./silence.ts";
import { type VoicemailWatch, watchForVoicemail } from "./voicemail-watch.ts";

/** After the last sample has left, until it has been heard. */
const HEARD_MS = 200;
/** One is done at a time. */
const MAX_EARLY_TRANSFERS = 16;
const MAX_EARLY_SAID = 256;
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
  /** Copies what the agent and whoever is at the far end say to each other from now on; on hold nobody is heard. */
  record(tap: AudioTap): void;
  hold(isHeld: boolean): void;
  /** The agent is away, for a moment or for good: what it said and nobody has heard is dropped, and a soft tone begins. */
  comfort(): void;
  /** Somebody is there again: the tone ends. */
  endComfort(): void;
  /** In the place of the tone. */
  announce(audio: FileAudio): void;
  turnTo(target: MediaSession): void;
  join(target: MediaSession): void;
  untilHeard(hurried: AbortSignal): Promise<void>;
  close(): void;
}

interface BridgeDeps {
  readonly clock: Clock;
  readonly events: Pick<CallMediaEvents, "agentHungUp" | "agentLost">;
  readonly digitInput: DigitInputSettings | null;
  /** An audio file of the agent, by its name. */
  readonly readFile: (file: string) => Promise<FileAudio | null>;
}

export function createAudioBridge(firstMedia: MediaSession, deps: BridgeDeps): AudioBridge {
  const { clock, events } = deps;
  const silence = createSilenceWatch(clock);
  let watch: Disposable | null = null;
  let media = firstMedia;
  let agent: AgentConnection | null = null;
  let joined: MediaSink | null = null;
  let talk: Talk | null = null;
  let isAnswered = false;
  let voicemail: VoicemailWatch | null = null;
  const held = new HeldSpeech();
  const transfers: TransferRequest[] = [];
  const said: TranscriptEvent[] = [];
  let isOnHold = false;
  let isFull = false;
  let tap: AudioTap | null = null;
  /** The agent has hung up or the call has ended: what it still says is not heard. */
  let isOver = false;

  /** Somebody is there who may hear the agent. */
  function isHeard(): boolean {
    return isAnswered && voicemail?.isHoldingBack !== true;
  }

  function endVoicemail(): void {
    const wasHolding = isAnswered && voicemail?.isHoldingBack === true;
    voicemail?.[Symbol.dispose]();
    voicemail = null;
    if (wasHolding) held.release();
  }

  function play(pcm: Int16Array, sampleRateHz: number): void {
    // What the agent says after its hang-up, or while nobody listens, is not heard.
    if (isOver || obstacle() !== null) return;
    silence.agent(pcm, sampleRateHz, media.queuedMs());
    const wasFull = isFull;
    isFull = !media.send(pcm, sampleRateHz);
    if (isFull && !wasFull) agent?.playoutFull();
  }

  /** Why nobody would hear what the agent says. */
  function obstacle(): string | null {
    if (isOnHold) return "The caller holds the call.";
    if (actions.isHolding) return "The caller is on hold.";
    if (actions.isAgentMuted) return "The agent is muted.";
    return comfort === null && joined === null ? null : "The agent is not in the call.";
  }

  const actions = new AgentActions({
    media: () => media,
    clock,
    read: deps.readFile,
    obstacle,
    played: ({ pcm, sampleRateHz }, queuedMs) => silence.agent(pcm, sampleRateHz, queuedMs),
    tell: (outcome) => agent?.acted?.(outcome),
  });

  const digitInput = createDigitInput(deps.digitInput, clock, {
    pressed: (digit, durationMs) => (joined ?? agent)?.digit(digit, durationMs),
    completed: (sequence) => agent?.digitsCollected(sequence),
  });

  function press(source: "rtp" | "info", digit: string, durationMs: number): void {
    silence.touched();
    // What is pressed while nobody is there is part of no answer.
    if (agent !== null || joined !== null) digitInput.press(source, digit, durationMs);
  }

  /** What the caller hears while the agent is away. */
  let comfort: Disposable | null = null;

  function endComfort(): void {
    if (comfort === null) return;
    comfort[Symbol.dispose]();
    comfort = null;
    media.clear();
    silence.touched();
  }

  let hasHungUp = false;
  const agentSink: AgentSink = {
    audio(pcm, sampleRateHz = 8_000) {
      // Nearly always: fifty times a second, and without a closure.
      if (isHeard() && !actions.isReading) {
        play(pcm, sampleRateHz);
        return;
      }
      const say = (): void => actions.inOrder(() => play(pcm, sampleRateHz));
      if (isHeard()) say();
      else if (!hasHungUp) held.audio((pcm.length * 1_000) / sampleRateHz, say);
    },
    clear() {
      const clear = (): void =>
        actions.inOrder(() => {
          if (!isOver) media.clear();
        });
      if (isHeard()) clear();
      else if (!hasHungUp) held.clear(clear);
    },
    mark(name) {
      const mark = (): void =>
        actions.inOrder(() => {
          if (!isOver) media.mark(name);
        });
      if (isHeard()) mark();
      else if (!hasHungUp) held.event(mark);
    },
    // Before the answer there is nobody to press keys for.
    sendDigits: (keys, mode) => isAnswered && !isOver && media.sendDigits(keys, mode),
    act(action) {
      const act = (): void => actions.inOrder(() => actions.act(action));
      if (isHeard()) act();
      else if (!hasHungUp) held.event(act);
    },
    // What was asked for before the answer is done after it.
    transfer(request) {
      if (isAnswered) talk?.transfer(request);
      else if (transfers.length < MAX_EARLY_TRANSFERS) transfers.push(request);
    },
    // Also after the end: a correction says how much was heard before it.
    transcript(event) {
      if (isAnswered) talk?.transcript(event);
      else if (said.length < MAX_EARLY_SAID) said.push(event);
    },
    hangUp(reason) {
      if (hasHungUp) return;
      hasHungUp = true;
      const end = (): void => {
        isOver = true;
        actions.reset();
        events.agentHungUp(reason);
      };
      // What it said before is heard first, and that waits for the beep.
      if (isAnswered && !isHeard()) held.end(end);
      else end();
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
      voicemail?.audio(frame);
      if (!actions.isHolding && !actions.isCallerMuted) agent?.audio(frame);
    },
    digit(digit, durationMs) {
      press("rtp", digit, durationMs);
    },
    digitsSent(keys, outcome) {
      agent?.digitsSent(keys, outcome);
    },
    markReached(name, outcome, playedMs) {
      if (!actions.markReached(name, outcome)) agent?.markReached(name, outcome, playedMs);
    },
  };

  function endWatch(): void {
    watch?.[Symbol.dispose]();
    watch = null;
  }

  function unrecord(): void {
    tap = null;
    media.record(null);
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
        const isUncounted = () => isOnHold || comfort !== null || actions.isHolding;
        watch = silence.start(silenceTimeoutSecs, isUncounted, allowed.silent);
      }
      isAnswered = true;
      if (allowed.voicemail !== null) {
        voicemail = watchForVoicemail(allowed.voicemail, clock, {
          told(news) {
            allowed.screened(news.report);
            agent?.voicemail?.(news);
          },
          released: () => held.release(),
        });
      }
      if (isHeard()) held.release();
      for (const event of said.splice(0)) allowed.transcript(event);
      for (const request of transfers.splice(0)) allowed.transfer(request);
      connected.answered();
    },
    record(copy) {
      tap = copy;
      media.record(isOnHold ? null : tap);
    },
    hold(held) {
      if (held === isOnHold) return;
      isOnHold = held;
      media.record(isOnHold ? null : tap);
      silence.touched();
      agent?.held(held);
    },
    comfort() {
      if (isOver || comfort !== null || joined !== null) return;
      actions.reset();
      media.clear();
      isFull = false;
      const current = {
        send: (pcm: Int16Array, rateHz?: number) => media.send(pcm, rateHz),
        queuedMs: () => media.queuedMs(),
      };
      comfort = playComfortTone(current, clock);
    },
    endComfort,
    announce({ pcm, sampleRateHz }) {
      endComfort();
      for (let at = 0; at < pcm.length; at += sampleRateHz) {
        media.send(pcm.subarray(at, at + sampleRateHz), sampleRateHz);
      }
    },
    turnTo(target) {
      endVoicemail();
      media.clear();
      media.record(null);
      media = target;
      media.record(isOnHold ? null : tap);
      isFull = false;
    },
    join(target) {
      endVoicemail();
      endComfort();
      actions[Symbol.dispose]();
      agent = null;
      joined = relayTo(target);
      // How long two people talk, and how much, is theirs.
      endWatch();
      media.clear();
      unrecord();
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
      comfort?.[Symbol.dispose]();
      comfort = null;
      actions[Symbol.dispose]();
      digitInput[Symbol.dispose]();
      voicemail?.[Symbol.dispose]();
      voicemail = null;
      endWatch();
      unrecord();
      agent = null;
    },
  };
}
