import { randomBytes, randomInt } from "node:crypto";
import { createNegotiation, type MediaNegotiation } from "../../media-node/call/negotiation.ts";
import type { InviteOutcome } from "../../media-node/call/outbound/outbound-ports.ts";
import type { Dialog } from "../../media-node/call/ports.ts";
import type { MediaSession, MediaSink } from "../../media-node/media/media-session.ts";
import {
  KEY_AND_SALT_BYTES,
  type MediaEncryption,
  type MediaPlan,
} from "../../media-node/protocol/sdp/media-plan.ts";
import { hostForUri } from "../../media-node/protocol/sip/uri.ts";
import type { Secret } from "../../schema/values/secret.ts";
import { UserError } from "../user-error.ts";
import type { CallOptions } from "./call-options.ts";
import { findEcho } from "./echo.ts";
import { exercise } from "./exercise.ts";
import { createHearing, type Hearing } from "./hearing.ts";
import type { Ladder } from "./ladder.ts";
import type { Phone } from "./phone.ts";
import type { Probe } from "./probe.ts";
import { type CallReport, failedCall } from "./report.ts";
import type { CallTarget } from "./target.ts";

/** Further than any echo that a caller would bear. */
const MAX_ECHO_DELAY_MS = 1_500;
/** Statuses after which an encrypted offer is made once more in clear, where the policy allows. */
const MEDIA_REFUSALS = [415, 488, 606];
const INTERRUPTED = "interrupted";
const NORMAL_END = { cause: 16, text: "Normal call clearing" };

export interface CallParts {
  readonly phone: Phone;
  readonly target: CallTarget;
  readonly options: CallOptions;
  /** Null: a challenge is not answered. */
  readonly password: Secret | null;
  readonly probe: Probe | null;
  readonly ladder: Ladder;
  /** Aborting cancels or ends the call. */
  readonly signal: AbortSignal;
}

export interface PlacedCall {
  readonly report: CallReport;
  readonly heard: Int16Array;
  /** The call was up, and its audio was not what was asked for. */
  readonly wasAudioWrong: boolean;
}

/** Dials, talks, hangs up, and says what it was like. */
export async function placeCall(parts: CallParts): Promise<PlacedCall> {
  const session = await parts.phone.media.open();
  if (session === null) throw new UserError("No UDP port is free for the call's media.");
  await using media = session;
  const { outcome, negotiation } = await dial(parts, media);
  const { ladder, signal } = parts;
  if (outcome.kind === "cancelled") {
    return unanswered(failedCall(null, "interrupted before an answer", ladder.rungs));
  }
  if (outcome.kind === "failed") {
    const detail = ladder.lastFault() ?? outcome.detail;
    return unanswered(failedCall(null, `nobody was reached (${detail})`, ladder.rungs));
  }
  if (outcome.kind === "refused") {
    const warning = ladder.lastWarning();
    const reason = warning === null ? outcome.reason : `${outcome.reason}: ${warning}`;
    return unanswered(failedCall(outcome.status, reason, ladder.rungs));
  }
  const round = negotiation.answered(outcome.sdp);
  if (!round.ok || round.plan === null) {
    await outcome.dialog.bye({ cause: 488, text: "Not acceptable here" });
    const code = round.ok ? "no answer" : round.code;
    return unanswered(
      failedCall(outcome.status, `the answer cannot be used: ${code}`, ladder.rungs),
    );
  }
  return await talk(
    parts,
    media,
    { dialog: outcome.dialog, plan: round.plan, negotiation },
    signal,
  );
}

function unanswered(report: CallReport): PlacedCall {
  return { report, heard: new Int16Array(0), wasAudioWrong: false };
}

async function dial(
  parts: CallParts,
  session: MediaSession,
): Promise<{ outcome: InviteOutcome; negotiation: MediaNegotiation }> {
  const { options, target } = parts;
  let negotiation = negotiate(parts, session, options.srtp);
  let outcome = await invite(parts, negotiation);
  const isMediaRefused = outcome.kind === "refused" && MEDIA_REFUSALS.includes(outcome.status);
  if (isMediaRefused && options.srtp === "allowed" && target.transport === "tls") {
    negotiation = negotiate(parts, session, "disabled");
    outcome = await invite(parts, negotiation);
  }
  return { outcome, negotiation };
}

function negotiate(
  parts: CallParts,
  session: MediaSession,
  encryption: MediaEncryption,
): MediaNegotiation {
  return createNegotiation({
    policy: { encryption, codecs: ["PCMU", "PCMA"] },
    transport: parts.target.transport,
    local: {
      address: parts.phone.address,
      rtpPort: session.localPort,
      sessionId: String(randomInt(2 ** 31)),
      sessionVersion: 1,
      masterKeyAndSalt: (suite) => randomBytes(KEY_AND_SALT_BYTES[suite]),
    },
  });
}

function invite(parts: CallParts, negotiation: MediaNegotiation): Promise<InviteOutcome> {
  const { target, options, phone, password } = parts;
  const { from, user } = options;
  const offer = negotiation.offered(null);
  if (!offer.ok) throw new Error(`no offer can be made: ${offer.code}`);
  return phone.dialer.invite({
    requestUri: target.requestUri,
    ...(target.nextHop === null ? {} : { nextHop: target.nextHop }),
    from: `<sip:${options.from}@${hostForUri(phone.address)}>`,
    to: `<${target.requestUri.replace(/;.*$/, "")}>`,
    contactUser: options.from,
    headers: Object.fromEntries(options.header.map(({ name, value }) => [name, value])),
    sdp: offer.sdp,
    signal: parts.signal,
    ...(password === null ? {} : { account: { username: user ?? from, password } }),
  });
}

interface Answered {
  readonly dialog: Dialog;
  readonly plan: MediaPlan;
  readonly negotiation: MediaNegotiation;
}

async function talk(
  parts: CallParts,
  session: MediaSession,
  answered: Answered,
  signal: AbortSignal,
): Promise<PlacedCall> {
  const { ladder, options, probe } = parts;
  const { dialog, plan } = answered;
  const over = new AbortController();
  let endedBy = "";
  const end = (by: string): void => {
    if (over.signal.aborted) return;
    endedBy = by;
    over.abort();
  };
  const interrupt = (): void => end(INTERRUPTED);
  signal.addEventListener("abort", interrupt, { once: true });
  if (signal.aborted) interrupt();
  session.timedOut.addEventListener("abort", () => end("no media arrived"), { once: true });

  const hearing = createHearing();
  const marks = createMarks();
  session.start(plan, sinkOf(hearing, marks, ladder));
  dialog.attach({
    ended: ({ reason }) => end(`the other side hung up (${reason})`),
    async reoffer(offer) {
      const round = answered.negotiation.offered(offer);
      if (!round.ok) return { refuse: round.code };
      if (round.plan !== null) session.update(round.plan);
      return { answer: round.sdp };
    },
  });
  const done = await exercise({
    session,
    hearing,
    probe,
    options,
    over: over.signal,
    markReached: marks.reached,
    note: ladder.note,
  });
  signal.removeEventListener("abort", interrupt);
  await dialog.bye(NORMAL_END);

  const heard = hearing.samples();
  const echo =
    probe === null || done.probeAt === null
      ? null
      : findEcho(probe, heard.subarray(done.probeAt), MAX_ECHO_DELAY_MS);
  const stats = session.stats();
  const isEchoWanted = options.expect === "echo";
  const isEchoHeard = echo?.isHeard ?? false;
  const isAgentHeard = options.expect === "nothing" || hearing.hasSpeech;
  const isAudioRight = isAgentHeard && (isEchoHeard || !isEchoWanted);
  const wasInterrupted = signal.aborted;
  const isComplete = done.areDigitsSent && !wasInterrupted;
  return {
    heard,
    wasAudioWrong: !isAudioRight && !wasInterrupted,
    report: {
      ok: isAudioRight && isComplete,
      status: 200,
      reason: reasonOf(
        { isAgentHeard, isEchoMissing: isEchoWanted && !isEchoHeard, ...done },
        endedBy,
      ),
      setup_ms: ladder.setupMs(),
      heard_agent: hearing.hasSpeech,
      echo_ok: probe === null ? null : isEchoHeard,
      round_trip_ms: echo?.roundTripMs ?? null,
      sent: stats.packetsSent,
      received: stats.packetsReceived,
      lost: stats.packetsLost,
      codec: plan.codec,
      srtp: plan.srtp?.suite ?? null,
      ladder: ladder.rungs,
    },
  };
}

function reasonOf(
  checks: { isAgentHeard: boolean; isEchoMissing: boolean; areDigitsSent: boolean },
  endedBy: string,
): string {
  if (endedBy === INTERRUPTED) return endedBy;
  const wrong = [
    ...(checks.isAgentHeard ? [] : ["the agent was not heard"]),
    ...(checks.isEchoMissing ? ["what was sent did not come back"] : []),
    ...(checks.areDigitsSent ? [] : ["the digits were not sent"]),
  ];
  const all = [...wrong, ...(endedBy === "" ? [] : [endedBy])];
  return all.length === 0 ? "the call did what was asked" : all.join("; ");
}

interface Marks {
  reach(name: string): void;
  readonly reached: (name: string) => Promise<void>;
}

function createMarks(): Marks {
  const waiting = new Map<string, PromiseWithResolvers<void>>();
  const of = (name: string): PromiseWithResolvers<void> => {
    const known = waiting.get(name) ?? Promise.withResolvers<void>();
    waiting.set(name, known);
    return known;
  };
  return { reach: (name) => of(name).resolve(), reached: (name) => of(name).promise };
}

function sinkOf(hearing: Hearing, marks: Marks, ladder: Ladder): MediaSink {
  return {
    audio: (frame) => hearing.frame(frame),
    digit: (digit) => ladder.note(`the other side sends the digit ${digit}`),
    digitsSent: () => {},
    markReached: (name) => marks.reach(name),
  };
}
