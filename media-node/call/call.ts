import { recordableVariables } from "../../schema/contracts/client-data.ts";
import type { InboundRoute } from "../../schema/contracts/routing.ts";
import type { CallId } from "../../schema/values/ids.ts";
import type { MediaPlan } from "../protocol/sdp/media-plan.ts";
import { attributeHeaders } from "./attribute-headers.ts";
import type { CallControl } from "./call-control.ts";
import type { CallEndCode } from "./call-ends.ts";
import { byeReason, type CallEnding, type WatchedMedia } from "./ending.ts";
import { fallBack } from "./fallback.ts";
import type { AgentLink, CallMedia, LegReport } from "./media-ports.ts";
import { isHeld, type MediaNegotiation } from "./negotiation.ts";
import type { CallDeps, Dialog, DialogHandlers } from "./ports.ts";
import type { CallRecorder } from "./record.ts";
import { reofferHandlers } from "./reoffers.ts";
import type { CallSpan, TraceAttributes } from "./trace-ports.ts";
import { FarEnd } from "./transfer/far-end.ts";
import { createPeerTransfers } from "./transfer/peer-refer.ts";
import {
  dialParty,
  dialSecondLeg,
  type SecondLeg,
  type SecondLegDeps,
  watchMedia,
} from "./transfer/second-leg.ts";
import { createTransfers, type TransferPolicy } from "./transfer/transfers.ts";
import { answerScreening } from "./voicemail.ts";

/** What a call has from its answer on, even while no agent is there. Whoever made the parts releases them. */
export interface AnsweredParts {
  readonly callId: CallId;
  readonly agentSettings: InboundRoute["agent"];
  readonly transfers: TransferPolicy;
  /** Of the call's trunk: the peer may transfer the call. */
  readonly allowRefer: boolean;
  /** Of the call's trunk: variables that our BYE carries. */
  readonly attributesToHeaders: Readonly<Record<string, string>>;
  readonly dialog: Dialog;
  /** Where the peer's SIP comes from: the way to media that is behind a NAT. */
  readonly signallingAddress: string;
  readonly media: CallMedia;
  /** What those media tell. */
  readonly mediaEvents: WatchedMedia;
  readonly negotiation: MediaNegotiation;
  readonly ending: CallEnding;
  readonly control: CallControl;
  readonly recorder: CallRecorder;
}

interface CallParts extends AnsweredParts {
  readonly agent: AgentLink;
  /** Why the agent could not be had, null when it could; absent: it is there. Never rejects. */
  readonly unavailable?: Promise<string | null>;
}

export type CallRunDeps = SecondLegDeps & Pick<CallDeps, "audioFiles">;

/** Runs an answered call to its end: returns when the peer knows of it and its record is saved. */
export async function runCall(parts: CallParts, deps: CallRunDeps): Promise<CallEndCode> {
  const { media, agent, ending, negotiation, recorder } = parts;
  const { call } = recorder;
  const policy = parts.transfers;
  const mediaSpan = recorder.trace.span("media");
  let secondLeg: SecondLeg | null = null;

  await using teardown = new AsyncDisposableStack();
  teardown.defer(async () => {
    await Promise.all([
      hangUp(parts, farEnd, mediaSpan),
      transfers.close(),
      peerTransfers.close(),
      farEnd[Symbol.asyncDispose](),
      secondLeg?.[Symbol.asyncDispose](),
    ]);
  });
  using limits = new DisposableStack();
  limits.use(
    deps.clock.after(parts.agentSettings.maxDurationSecs * 1000, () =>
      ending.end("max_duration", `${parts.agentSettings.maxDurationSecs} s`),
    ),
  );
  const farEnd = new FarEnd(
    { dialog: parts.dialog, media: media.first, negotiation, allowsRefer: parts.allowRefer },
    {
      callId: parts.callId,
      ending,
      media,
      handlers: {
        ended({ by, reason }) {
          // The success of a transfer, told by the end of the call.
          if (by === "peer" && transfers.peerLeft()) return;
          if (by === "peer" && peerTransfers.isUnderWay && ending.code === null) {
            peerTransfers.peerLeft();
            farEnd.silence();
            return;
          }
          const left = secondLeg === null ? hungUp(parts, farEnd) : "transferred";
          ending.end(by === "peer" ? left : "signalling_lost", reason);
        },
        referNotice: (notice) => transfers.notified(notice),
        referred: (refer) => peerTransfers.referred(refer),
      },
    },
    deps,
  );

  const transfers = createTransfers(
    {
      dialog: {
        refer: (request, answered) => farEnd.current.dialog.refer(request, answered),
      },
      ending,
      policy,
      facts: { conversationId: call.conversationId, callerId: call.externalNumber },
      attributeHeaders: () => attributeHeaders(parts.attributesToHeaders, recorder.variables()),
      tell: (update) => agent.transferring(update),
      record: (transfer) => recorder.transferred(transfer),
      trace: recorder.trace,
      isBusy: () => peerTransfers.isUnderWay,
      dial: (number, trunk, onRinging) =>
        dialSecondLeg(
          { ...outgoing(parts), trunk, number },
          farEnd.current.media,
          { ending, media, onRinging },
          deps,
        ),
      joined(leg) {
        secondLeg = leg;
        teardown.use(watchMedia(leg, ending));
        // The duration is the agent's; how long two people talk is theirs.
        limits.dispose();
        media.join(leg.media);
        agent.ended("transferred");
        void agent[Symbol.asyncDispose]();
      },
    },
    deps,
  );

  const peerTransfers = createPeerTransfers(
    {
      ending,
      conversationId: call.conversationId,
      trace: recorder.trace,
      policy,
      ourHost: deps.ourHost,
      isBusy: () => transfers.isUnderWay || secondLeg !== null,
      dial: (target, trunk, headers, onRinging) =>
        dialParty(
          { ...outgoing(parts), ...target, trunk, headers, allowsRefer: trunk.allowRefer },
          { ending, media, onRinging },
          deps,
        ),
      changed(party, name) {
        agent.farEndChanged(name);
        farEnd.change(party);
      },
      abandoned: (detail) => ending.end(hungUp(parts, farEnd), detail),
    },
    deps,
  );

  const fallbackParts = { agent: parts.agentSettings, ending, media, transfers, recorder };
  parts.mediaEvents.watchAgent({
    away: (detail) => deps.logger.warn("agent_away", { callId: parts.callId, detail }),
    back({ count, awayMs }) {
      const ms = Math.round(awayMs);
      deps.logger.info("agent_back", { callId: parts.callId, count, awayMs: ms });
      recorder.warn(`The agent's connection was lost and came back after ${ms} ms.`);
    },
    lost: (detail) => void fallBack("agent_lost", detail, fallbackParts, deps),
  });
  farEnd.attach();
  if (negotiation.plan === null) startFromAnswer(parts);
  const { silenceTimeoutSecs } = parts.agentSettings;
  media.open({
    ...answerScreening(parts),
    silenceTimeoutSecs,
    silent: () => ending.end("silence_timeout", `${silenceTimeoutSecs} s`),
    transfer: (request) => transfers.request(request),
    transcript: (event) => recorder.transcript(event),
  });
  if (negotiation.plan !== null) media.hold(isHeld(negotiation.plan));
  parts.control.answered((action) => {
    // Whoever listens in on two people presses no keys for either.
    if (secondLeg !== null) return "call_joined";
    if (action.kind === "transfer") {
      const { destination, method } = action;
      const request = { id: null, destination, method, headers: {}, userToUser: null };
      return transfers.request(request) ?? "done";
    }
    const { media: leg, negotiation: current } = farEnd.current;
    if (current.plan === null || isHeld(current.plan)) return "call_on_hold";
    leg.sendDigits(action.digits);
    return "done";
  });
  const { unavailable } = parts;
  if (unavailable !== undefined) {
    void unavailable.then((detail) => {
      if (detail !== null) void fallBack("agent_unavailable", detail, fallbackParts, deps);
    });
  }

  const code = await ending.ended;
  if (code === "agent_hung_up") await untilHeard(parts, farEnd);
  return code;
}

/** How a re-INVITE of the peer is answered, whether an agent is there or not. */
export function reoffersOf(
  {
    callId,
    ending,
    media,
    negotiation,
  }: Pick<AnsweredParts, "callId" | "ending" | "media" | "negotiation">,
  deps: Pick<CallRunDeps, "logger">,
): Pick<Required<DialogHandlers>, "reoffer" | "reanswered"> {
  return reofferHandlers(
    {
      callId,
      negotiation,
      ending,
      apply(plan) {
        media.first.update(plan);
        media.hold(isHeld(plan));
      },
    },
    deps,
  );
}

/** What a call that is placed for a transfer has in common with this one. */
function outgoing({ callId, recorder, transfers }: CallParts) {
  const variables = recordableVariables(recorder.variables());
  return { callId, callerNumber: transfers.callerNumber, variables };
}

/** Where every answered call ends: agent, peer and record learn of it at the same time. */
async function hangUp(parts: CallParts, farEnd: FarEnd, mediaSpan: CallSpan): Promise<void> {
  const code = parts.ending.code ?? "internal_error";
  const { dialog, negotiation } = farEnd.current;
  parts.media.close();
  parts.agent.ended(code);
  const headers = attributeHeaders(parts.attributesToHeaders, parts.recorder.variables());
  const bye = farEnd.isGone ? undefined : dialog.bye(byeReason(code), headers);
  // RFC 3261 §15.1.1: with the BYE, not with its answer or when the agent has closed its side.
  const report = farEnd.stop();
  const { plan } = negotiation;
  report.then(
    (left) => mediaSpan.end(null, mediaAttributes(plan, left)),
    () => mediaSpan.end("media_lost"),
  );
  const { ending, recorder } = parts;
  await Promise.all([bye, recorder.ended(code, ending.detail, { report, plan })]);
}

function mediaAttributes(plan: MediaPlan | null, report: LegReport | null): TraceAttributes {
  if (plan === null) return {};
  const agreed = { "rtp.codec": plan.codec, "rtp.srtp_suite": plan.srtp?.suite ?? "none" };
  if (report === null) return agreed;
  const { packetsSent, packetsReceived, packetsLost } = report.stats;
  return {
    ...agreed,
    "rtp.packets_sent": packetsSent,
    "rtp.packets_received": packetsReceived,
    "rtp.packets_lost": packetsLost,
  };
}

/** Whoever came by a transfer was called, whichever way the call began. */
function hungUp({ dialog, recorder }: CallParts, farEnd: FarEnd): CallEndCode {
  const isCaller = recorder.call.direction === "inbound" && farEnd.current.dialog === dialog;
  return isCaller ? "caller_hung_up" : "callee_hung_up";
}

/** Resolves when the caller has heard what is queued, or when something else ends the call as well. */
async function untilHeard({ ending, media }: CallParts, farEnd: FarEnd): Promise<void> {
  const { plan } = farEnd.current.negotiation;
  const isListening = !farEnd.isGone && plan !== null && !isHeld(plan);
  if (isListening) await media.untilHeard(ending.hurried);
}

/** Our offer went with the 200, the peer's answer came with the ACK (RFC 3261 §13.2.1). */
export function startFromAnswer(parts: AnsweredParts): void {
  const round = parts.negotiation.answered(parts.dialog.remoteAnswer);
  if (!round.ok) parts.ending.end(round.code, "the answer to our offer cannot be used");
  else if (round.plan !== null) {
    parts.media.first.start(round.plan, parts.signallingAddress);
  }
}
