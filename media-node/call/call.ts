import type { InboundRoute } from "../../schema/contracts/routing.ts";
import type { CallId } from "../../schema/values/ids.ts";
import type { MediaSession } from "../media/media-session.ts";
import type { Bridge } from "./bridge.ts";
import type { CallEndCode } from "./call-ends.ts";
import { byeReason, type CallEnding, whenAborted } from "./ending.ts";
import { isHeld, type MediaNegotiation, type Round } from "./negotiation.ts";
import type { AgentConnection, CallDeps, Clock, Dialog } from "./ports.ts";
import type { CallRecorder } from "./record.ts";
import { createTransfers, type TransferPolicy } from "./transfers.ts";

/** After the last sample has left, until it has been heard. */
const HEARD_MS = 200;
/** How long a BYE waits at most for what the agent has said. */
const MAX_DRAIN_MS = 30_000;

/** What a call consists of once it is answered. Whoever made the parts releases them. */
interface CallParts {
  readonly callId: CallId;
  readonly agentSettings: InboundRoute["agent"];
  readonly transferPolicy: TransferPolicy;
  readonly dialog: Dialog;
  /** Where the peer's SIP comes from: the way to media that is behind a NAT. */
  readonly signallingAddress: string;
  readonly media: MediaSession;
  readonly negotiation: MediaNegotiation;
  readonly agent: AgentConnection;
  readonly bridge: Bridge;
  readonly ending: CallEnding;
  readonly recorder: CallRecorder;
  /** What our BYE carries besides its reason. */
  readonly byeHeaders?: Readonly<Record<string, string>>;
}

type CallRunDeps = Pick<CallDeps, "clock" | "logger">;

/** Runs an answered call to its end: returns when the peer knows of it and its record is saved. */
export async function runCall(parts: CallParts, deps: CallRunDeps): Promise<CallEndCode> {
  const { dialog, media, agent, bridge, ending } = parts;
  const peer = { isGone: false };
  const { call } = parts.recorder;
  const transfers = createTransfers(
    {
      dialog,
      ending,
      policy: parts.transferPolicy,
      facts: { conversationId: call.conversationId, callerId: call.externalNumber },
      tell: (update) => agent.transferring(update),
    },
    deps,
  );

  await using teardown = new AsyncDisposableStack();
  teardown.defer(() => hangUp(parts, peer.isGone));
  teardown.use(
    deps.clock.after(parts.agentSettings.maxDurationSecs * 1000, () =>
      ending.end("max_duration", `${parts.agentSettings.maxDurationSecs} s`),
    ),
  );
  teardown.use(whenAborted(media.timedOut, () => ending.end("media_timeout", "no media")));

  dialog.attach({
    ended({ by, reason }) {
      peer.isGone = true;
      // The success of a transfer, told by the end of the call.
      if (by === "peer" && transfers.peerLeft()) return;
      ending.end(by === "peer" ? peerHungUp(parts) : "signalling_lost", reason);
    },
    reoffer: (offer) => reoffer(offer, parts, deps),
    digit: (digit, durationMs) => bridge.infoDigit(digit, durationMs),
    referNotice: (notice) => transfers.notified(notice),
    reanswered: (answer) => reanswered(answer, parts, deps),
  });
  if (parts.negotiation.plan === null) startFromAnswer(parts);
  bridge.open(agent, transfers);
  agent.answered();
  if (parts.negotiation.plan !== null) bridge.hold(isHeld(parts.negotiation.plan));

  const code = await ending.ended;
  transfers.close();
  if (code === "agent_hung_up") await untilHeard(parts, deps.clock);
  return code;
}

/** Where every answered call ends: agent, peer and record learn of it at the same time. */
async function hangUp(parts: CallParts, isPeerGone: boolean): Promise<void> {
  const code = parts.ending.code ?? "internal_error";
  parts.bridge.close();
  parts.agent.ended(code);
  const bye = isPeerGone ? undefined : parts.dialog.bye(byeReason(code), parts.byeHeaders);
  // RFC 3261 §15.1.1: with the BYE, not with its answer or when the agent has closed its side.
  parts.media.stop();
  const { ending, media, negotiation, recorder } = parts;
  const record = { stats: media.stats(), plan: negotiation.plan };
  await Promise.all([bye, recorder.ended(code, ending.detail, record)]);
}

function peerHungUp({ recorder }: CallParts): CallEndCode {
  return recorder.call.direction === "inbound" ? "caller_hung_up" : "callee_hung_up";
}

/** Resolves when the caller has heard what is queued, or when something else ends the call as well. */
async function untilHeard(parts: CallParts, clock: Clock): Promise<void> {
  const { hurried } = parts.ending;
  const giveUpAtMs = clock.monotonicMs() + MAX_DRAIN_MS;
  while (!hurried.aborted) {
    // On hold nobody listens, and the queue does not get shorter.
    if (parts.negotiation.plan === null || isHeld(parts.negotiation.plan)) return;
    const leftMs = giveUpAtMs - clock.monotonicMs();
    const queuedMs = Math.min(parts.media.queuedMs(), leftMs);
    if (queuedMs <= 0) {
      if (leftMs > 0) await pause(HEARD_MS, clock, hurried);
      return;
    }
    await pause(queuedMs, clock, hurried);
  }
}

async function pause(delayMs: number, clock: Clock, hurried: AbortSignal): Promise<void> {
  const over = Promise.withResolvers<void>();
  using _timer = clock.after(delayMs, over.resolve);
  using _hurry = whenAborted(hurried, over.resolve);
  await over.promise;
}

/** Our offer went with the 200, the peer's answer came with the ACK (RFC 3261 §13.2.1). */
function startFromAnswer(parts: CallParts): void {
  const round = parts.negotiation.answered(parts.dialog.remoteAnswer);
  if (!round.ok) parts.ending.end(round.code, "the answer to our offer cannot be used");
  else if (round.plan !== null) {
    parts.media.start(round.plan, parts.bridge.mediaSink, parts.signallingAddress);
  }
}

/** A re-INVITE: answered from its own offer, never from memory (RFC 3264 §8). */
async function reoffer(
  offer: string | null,
  parts: CallParts,
  deps: CallRunDeps,
): Promise<{ answer: string } | { refuse: CallEndCode }> {
  try {
    const round = parts.negotiation.offered(offer);
    if (!round.ok) {
      deps.logger.info("reoffer_refused", { callId: parts.callId, code: round.code });
      return { refuse: round.code };
    }
    apply(round, parts, deps);
    return { answer: round.sdp };
  } catch (fault) {
    renegotiationFailed(fault, parts, deps);
    return { refuse: "internal_error" };
  }
}

function reanswered(answer: string | null, parts: CallParts, deps: CallRunDeps): void {
  if (answer === null) {
    // The peer leaves our offer unanswered: for it nothing has changed, so nothing changes here.
    deps.logger.warn("reoffer_unanswered", { callId: parts.callId });
    return;
  }
  try {
    const round = parts.negotiation.answered(answer);
    // An answer that cannot be used leaves the two sides disagreeing, so the call ends.
    if (!round.ok) parts.ending.end(round.code, "the answer to our offer cannot be used");
    else apply(round, parts, deps);
  } catch (fault) {
    renegotiationFailed(fault, parts, deps);
  }
}

function apply(round: Extract<Round, { ok: true }>, parts: CallParts, deps: CallRunDeps): void {
  if (round.plan === null) return;
  parts.media.update(round.plan);
  parts.bridge.hold(isHeld(round.plan));
  deps.logger.info("media_renegotiated", {
    callId: parts.callId,
    direction: round.plan.direction,
    codec: round.plan.codec,
  });
}

function renegotiationFailed(fault: unknown, parts: CallParts, deps: CallRunDeps): void {
  deps.logger.error("renegotiation_failed", { callId: parts.callId, err: fault });
  parts.ending.end("internal_error", "re-INVITE");
}
