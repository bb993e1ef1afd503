import { type EchoReport, echoReportPath } from "../../../schema/contracts/echo-report.ts";
import { conversationIdOf } from "../../../schema/values/ids.ts";
import { createCallControl } from "../call-control.ts";
import { CALL_ENDS, type CallEndCode } from "../call-ends.ts";
import {
  byeReason,
  createCallEnding,
  endCodeOf,
  endedByMedia,
  refusalOf,
  whenAborted,
} from "../ending.ts";
import { localMedia } from "../local-media.ts";
import { createNegotiation, isHeld } from "../negotiation.ts";
import type { CallDeps, InboundInvite } from "../ports.ts";
import { reofferHandlers } from "../reoffers.ts";
import type { EchoLimit } from "./echo-limit.ts";
import { makeEchoReport } from "./echo-report.ts";

/** Exactly so: user parts tell capitals apart (RFC 3261 §19.1.4). */
export const ECHO_USER = "echo";
const LONGEST_MS = 60_000;
const TOKEN_BYTES = 16;

export type EchoDeps = Pick<
  CallDeps,
  "admission" | "media" | "clock" | "logger" | "metrics" | "random" | "newCallId" | "calls" | "node"
> & {
  readonly limit: EchoLimit;
  /** Where reports are read: the API's origin. */
  readonly reportsUrl: string;
  /** Keeps the report for whoever has the token. Never throws. */
  readonly keep: (token: string, report: EchoReport) => void;
};

/** Whether an INVITE asks for the node's own echo, whatever the host that it names. */
export function isEchoCall({ query }: Pick<InboundInvite, "query">): boolean {
  return query.requestUser === ECHO_USER;
}

/**
 * A call that the node answers itself: a tone, then the caller's own audio, for a minute at most. It belongs to no workspace,
 * is neither forwarded nor recorded, and leaves a report that the caller finds by the Call-Info of the 200 (RFC 3261 §20.9).
 * Never rejects.
 */
export async function handleEcho(invite: InboundInvite, deps: EchoDeps): Promise<void> {
  const { logger } = deps;
  const callId = deps.newCallId();
  let outcome: CallEndCode | "answered";
  let detail = "";
  try {
    outcome = await run(invite, callId, deps);
  } catch (fault) {
    outcome = endCodeOf(fault);
    detail = fault instanceof Error ? fault.message : String(fault);
  }
  if (outcome === "answered") return;
  const code = refusalOf(outcome);
  const { sipStatus } = CALL_ENDS[code];
  const source = { sourceAddress: invite.query.sourceAddress, sipCallId: invite.sipCallId };
  logger.info("echo_refused", { callId, code, sipStatus, detail, ...source });
  deps.metrics.callRefused(code);
  try {
    if (sipStatus !== null) await invite.reject(code);
  } catch (err) {
    logger.error("rejection_failed", { callId, code, err });
  }
}

/** Why it was refused; whatever comes after the answer is told by the report. */
async function run(
  invite: InboundInvite,
  callId: ReturnType<CallDeps["newCallId"]>,
  deps: EchoDeps,
): Promise<CallEndCode | "answered"> {
  const { clock, logger } = deps;
  const full = deps.admission();
  if (full !== null) return full;
  const { sourceAddress, transport, fromUser } = invite.query;
  using place = deps.limit.take(sourceAddress);
  if (place === null) return "echo_limit";

  const ending = createCallEnding(logger, callId);
  const startedAtMs = clock.nowMs();
  const live = { callId, startedAtMs, end: ending.end, control: createCallControl(ending) };
  using _live = deps.calls.add({ ...live, direction: "inbound" });
  using waiting = new DisposableStack();
  waiting.use(whenAborted(invite.cancelled, () => ending.end("cancelled", "before the answer")));

  const opened = await deps.media.open({ callId, digitInput: null }, endedByMedia(ending));
  if (opened === null) return "ports_exhausted";
  await using media = opened;
  const negotiation = createNegotiation({
    policy: { encryption: "allowed", codecs: ["PCMU", "PCMA", "G722"] },
    transport,
    local: localMedia(media.first, deps)(1),
  });
  const first = negotiation.offered(invite.offer);
  if (!first.ok) return first.code;

  // The node's own agent is a tone and an echo; it is a party of no workspace.
  const call = {
    callId,
    conversationId: conversationIdOf(callId),
    direction: "inbound",
    from: fromUser,
    to: ECHO_USER,
    dynamicVariables: {},
  } as const;
  const target = Promise.resolve({ protocol: "builtin" } as const);
  await using agent = media.connectAgent(target, call, ending.signal, { isListening: false });
  await agent.accepted;
  if (ending.code !== null) return ending.code;

  const token = Buffer.from(deps.random(TOKEN_BYTES)).toString("base64url");
  const url = new URL(echoReportPath(token), deps.reportsUrl);
  if (first.plan !== null) media.first.start(first.plan, sourceAddress);
  waiting.dispose();
  const headers = { "Call-Info": `<${url.href}>;purpose=info` };
  const dialog = await invite.answer(first.sdp, headers);
  let isGone = false;
  dialog.attach({
    ended({ by, reason }) {
      isGone = true;
      ending.end(by === "peer" ? "caller_hung_up" : "signalling_lost", reason);
    },
    ...reofferHandlers(
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
    ),
  });
  if (negotiation.plan === null) {
    // Our offer went with the 200, the peer's answer came with the ACK (RFC 3261 §13.2.1).
    const round = negotiation.answered(dialog.remoteAnswer);
    if (!round.ok) ending.end(round.code, "the answer to our offer cannot be used");
    else if (round.plan !== null) media.first.start(round.plan, sourceAddress);
  }
  const nothing = (): void => undefined;
  media.open({
    silenceTimeoutSecs: null,
    silent: nothing,
    voicemail: null,
    screened: nothing,
    transfer: nothing,
    transcript: nothing,
  });
  using _limit = clock.after(LONGEST_MS, () => ending.end("max_duration", "an echo call"));
  using _silence = whenAborted(media.first.timedOut, () => ending.end("media_timeout", "no RTP"));

  const code = await ending.ended;
  media.close();
  agent.ended(code);
  const stopped = media.first.stop();
  if (!isGone) await dialog.bye(byeReason(code));
  const ended = { invite, startedAtMs, endedAtMs: clock.nowMs(), code };
  const report = makeEchoReport(
    { ...ended, plan: negotiation.plan, leg: await stopped },
    deps.node,
  );
  deps.keep(token, report);
  logger.info("echo_ended", {
    callId,
    code,
    sourceAddress,
    transport,
    durationMs: report.duration_ms,
    findings: report.findings.map((finding) => finding.code),
  });
  return "answered";
}
