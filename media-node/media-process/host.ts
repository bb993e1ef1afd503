import type { AgentCall, AgentTarget } from "../call/agent-ports.ts";
import { AgentUnavailable } from "../call/faults.ts";
import type { AgentLink, CallMedia, MediaLeg, MediaPorts } from "../call/media-ports.ts";
import type { CallLogger } from "../call/ports.ts";
import type { AgentNews, CallMessage, CallNews } from "./messages.ts";

/** The side of the media: does what the main process says, with the media of this process. */
export interface MediaHost extends AsyncDisposable {
  readonly calls: number;
  /** Never throws: a defect ends the call that it concerns. */
  receive(message: CallMessage): void;
}

interface HostDeps {
  readonly ports: MediaPorts;
  readonly post: (news: CallNews) => void;
  readonly logger: CallLogger;
}

/** An agent that is being connected: what the connection waits for arrives in messages of its own. */
interface HostedAgent {
  readonly link: AgentLink;
  readonly target: PromiseWithResolvers<AgentTarget>;
  readonly call: PromiseWithResolvers<AgentCall>;
  readonly abandoning: AbortController;
}

interface HostedCall {
  readonly media: CallMedia;
  readonly legs: Map<number, MediaLeg>;
  agent: HostedAgent | null;
  holdTone: Disposable | null;
  readonly over: AbortController;
}

export function createMediaHost({ ports, post, logger }: HostDeps): MediaHost {
  const calls = new Map<number, HostedCall>();

  async function open(message: Extract<CallMessage, { kind: "open" }>): Promise<void> {
    const { call, request, settings } = message;
    const media = await ports.open(settings, {
      agentHungUp: (reason) => post({ kind: "agent_hung_up", call, reason }),
      agentAway: (detail) => post({ kind: "agent_away", call, detail }),
      agentBack: (back) => post({ kind: "agent_back", call, ...back }),
      agentLost: (detail) => post({ kind: "agent_lost", call, detail }),
      lost: (detail) => post({ kind: "failed", call, detail }),
      failed: (detail) => post({ kind: "failed", call, detail }),
    });
    if (media === null) {
      post({ kind: "opened", request, opened: null });
      return;
    }
    const over = new AbortController();
    const hosted = { media, legs: new Map(), agent: null, holdTone: null, over };
    calls.set(call, hosted);
    opened(call, hosted, request, media.first);
  }

  function opened(call: number, hosted: HostedCall, request: number, leg: MediaLeg): void {
    const { id, address, rtpPort } = leg;
    hosted.legs.set(id, leg);
    const struck = (): void => post({ kind: "timed_out", call, leg: id });
    leg.timedOut.addEventListener("abort", struck, { once: true });
    post({ kind: "opened", request, opened: { leg: id, address, rtpPort } });
  }

  async function openLeg(call: number, hosted: HostedCall, request: number): Promise<void> {
    const leg = await hosted.media.openLeg();
    if (leg === null) post({ kind: "opened", request, opened: null });
    else opened(call, hosted, request, leg);
  }

  function connectAgent(call: number, hosted: HostedCall, isListening: boolean): void {
    const target = Promise.withResolvers<AgentTarget>();
    const agentCall = Promise.withResolvers<AgentCall>();
    // Whoever abandons the attempt is told by the link.
    target.promise.catch(() => undefined);
    agentCall.promise.catch(() => undefined);
    const abandoning = new AbortController();
    const link = hosted.media.connectAgent(target.promise, agentCall.promise, abandoning.signal, {
      isListening,
    });
    hosted.agent = { link, target, call: agentCall, abandoning };
    link.accepted.then(
      () => post({ kind: "agent_accepted", call }),
      (fault: unknown) => {
        const isFault = !(fault instanceof AgentUnavailable);
        if (isFault) logger.error("agent_connection_failed", { error: fault });
        const detail = fault instanceof Error ? fault.message : "the connection failed";
        post({ kind: "agent_refused", call, detail, isFault });
      },
    );
  }

  async function closeAgent(hosted: HostedCall): Promise<void> {
    const { agent } = hosted;
    if (agent === null) return;
    hosted.agent = null;
    abandon(agent);
    await agent.link[Symbol.asyncDispose]();
  }

  async function release(call: number, hosted: HostedCall): Promise<void> {
    calls.delete(call);
    hosted.over.abort();
    hosted.holdTone?.[Symbol.dispose]();
    await Promise.all([closeAgent(hosted), hosted.media[Symbol.asyncDispose]()]);
  }

  async function stop(leg: MediaLeg | undefined, request: number): Promise<void> {
    post({ kind: "stopped", request, report: (await leg?.stop()) ?? null });
  }

  /** The answer to a request is given whatever becomes of it: somebody waits. */
  function answer(call: number, request: number, work: PromiseLike<void> | undefined): void {
    const done = (): void => post({ kind: "done", request });
    Promise.resolve(work).then(done, (fault: unknown) => {
      failed(call, fault);
      done();
    });
  }

  function failed(call: number, fault: unknown): void {
    logger.error("media_failed", { error: fault });
    post({ kind: "failed", call, detail: fault instanceof Error ? fault.message : "a defect" });
  }

  function handle(message: CallMessage): void {
    const { call } = message;
    if (message.kind === "open") {
      const { request } = message;
      open(message).catch((fault: unknown) => openFailed(request, fault));
      return;
    }
    const hosted = calls.get(call);
    // Of a call that is gone only requests are answered.
    if (hosted === undefined) {
      if ("request" in message) post({ kind: "done", request: message.request });
      return;
    }
    const { agent, legs, media } = hosted;
    switch (message.kind) {
      case "open_leg": {
        const { request } = message;
        openLeg(call, hosted, request).catch((fault: unknown) => openFailed(request, fault));
        return;
      }
      case "start": {
        const { leg, plan, signallingAddress, relayTo } = message;
        const to = relayTo === null ? undefined : { id: relayTo };
        legs.get(leg)?.start(plan, signallingAddress, to);
        return;
      }
      case "update":
        legs.get(message.leg)?.update(message.plan);
        return;
      case "send_digits":
        legs.get(message.leg)?.sendDigits(message.digits);
        return;
      case "stop": {
        const { request } = message;
        stop(legs.get(message.leg), request).catch((fault: unknown) => {
          failed(call, fault);
          post({ kind: "stopped", request, report: null });
        });
        return;
      }
      case "release_leg": {
        const leg = legs.get(message.leg);
        legs.delete(message.leg);
        answer(call, message.request, leg?.[Symbol.asyncDispose]());
        return;
      }
      case "connect_agent":
        connectAgent(call, hosted, message.isListening);
        return;
      case "agent_target":
        agent?.target.resolve(message.target);
        return;
      case "agent_call":
        agent?.call.resolve(message.agentCall);
        return;
      case "abandon_agent":
        if (agent !== null) abandon(agent);
        return;
      case "tell_agent":
        if (agent !== null) tell(agent.link, message.news);
        return;
      case "close_agent":
        answer(call, message.request, closeAgent(hosted));
        return;
      case "talk": {
        const { silenceTimeoutSecs, voicemail } = message;
        media.open({
          silenceTimeoutSecs,
          voicemail,
          screened: (report) => post({ kind: "screened", call, report }),
          silent: () => post({ kind: "silent", call }),
          transfer: (request) => post({ kind: "transfer", call, request }),
          transcript: (event) => post({ kind: "transcript", call, event }),
        });
        return;
      }
      case "hold":
        media.hold(message.isHeld);
        return;
      case "info_digit":
        media.infoDigit(message.digit, message.durationMs);
        return;
      case "turn_to":
        media.turnTo({ id: message.leg });
        return;
      case "join":
        media.join({ id: message.leg });
        return;
      case "comfort":
        media.comfort();
        return;
      case "announce": {
        const { request, sha256 } = message;
        media.announce(sha256).then(
          (isPlaying) => post({ kind: "announced", request, isPlaying }),
          (fault: unknown) => {
            failed(call, fault);
            post({ kind: "announced", request, isPlaying: false });
          },
        );
        return;
      }
      case "hold_tone":
        hosted.holdTone?.[Symbol.dispose]();
        hosted.holdTone = message.isPlaying ? media.playHoldTone() : null;
        return;
      case "until_heard":
        answer(call, message.request, media.untilHeard(hosted.over.signal));
        return;
      case "close":
        hosted.over.abort();
        media.close();
        return;
      case "release":
        answer(call, message.request, release(call, hosted));
        return;
      default:
        message satisfies never;
    }
  }

  function openFailed(request: number, fault: unknown): void {
    logger.error("media_open_failed", { error: fault });
    const detail = fault instanceof Error ? fault.message : "a defect";
    post({ kind: "open_failed", request, detail });
  }

  return {
    get calls() {
      return calls.size;
    },
    receive(message) {
      try {
        handle(message);
      } catch (fault) {
        failed(message.call, fault);
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...calls].map(([call, hosted]) => release(call, hosted)));
    },
  };
}

/** After the connection is there, nothing is left to abandon. */
function abandon({ abandoning, call, target }: HostedAgent): void {
  const over = new AgentUnavailable("the call ended first");
  abandoning.abort(over);
  target.reject(over);
  call.reject(over);
}

function tell(link: AgentLink, news: AgentNews): void {
  switch (news.kind) {
    case "ringing":
      link.ringing();
      return;
    case "transferring":
      link.transferring(news.update);
      return;
    case "far_end_changed":
      link.farEndChanged(news.party);
      return;
    case "ended":
      link.ended(news.code);
      return;
    default:
      news satisfies never;
  }
}
