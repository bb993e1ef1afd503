import type { EchoReport } from "../../../schema/contracts/echo-report.ts";
import type { MediaPlan } from "../../protocol/sdp/media-plan.ts";
import { redactSdp } from "../../protocol/sdp/redact.ts";
import { parseNameAddr } from "../../protocol/sip/name-addr.ts";
import { SipSyntaxError } from "../../protocol/sip/syntax.ts";
import { parseSipUri } from "../../protocol/sip/uri.ts";
import { parseVia } from "../../protocol/sip/via.ts";
import type { CallEndCode } from "../call-ends.ts";
import type { LegReport } from "../media-ports.ts";
import type { CallDeps, InboundInvite } from "../ports.ts";
import { type EchoFacts, echoFindings } from "./echo-findings.ts";

/** What is known of an echo call at its end. */
export interface EndedEcho {
  readonly invite: InboundInvite;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly code: CallEndCode;
  /** The plan is null when no media were agreed, the report when the process that had them is gone. */
  readonly plan: MediaPlan | null;
  readonly leg: LegReport | null;
}

/** Longer than any offer that makes sense. */
const MAX_SDP_CHARS = 4_000;

/** What the caller may read of its call. */
export function makeEchoReport(
  { invite, startedAtMs, endedAtMs, code, plan, leg }: EndedEcho,
  node: CallDeps["node"],
): EchoReport {
  const { query } = invite;
  const facts: EchoFacts = {
    region: node.region,
    node_id: node.id,
    started_at: new Date(startedAtMs).toISOString(),
    duration_ms: Math.max(0, Math.round(endedAtMs - startedAtMs)),
    ended_by: code,
    signalling: {
      transport: query.transport,
      observed: { address: query.sourceAddress, port: query.sourcePort },
      invite: inviteAsReceived(invite),
    },
    media: plan === null || leg === null ? null : mediaOf(plan, leg),
  };
  const findings = echoFindings(facts);
  const isFailed = findings.some(({ severity }) => severity === "fault");
  return { ...facts, verdict: isFailed ? "failed" : "passed", findings };
}

/** The parts of an INVITE that devices on the way change: also what the caller's side makes of its own, to compare. */
export function inviteAsReceived({
  headers,
  offer,
}: Pick<InboundInvite, "headers" | "offer">): EchoReport["signalling"]["invite"] {
  const length = /^\s*(\d{1,9})\s*$/.exec(headers["content-length"]?.[0] ?? "")?.[1];
  return {
    via: sentBy(headers["via"]?.[0]),
    contact: contactHost(headers["contact"]?.[0]),
    content_length: length === undefined ? null : Number(length),
    sdp: offer === null ? null : redactSdp(offer).slice(0, MAX_SDP_CHARS),
  };
}

function sentBy(value: string | undefined): string | null {
  const via = parseVia(value?.split(",", 1)[0] ?? "");
  return via instanceof SipSyntaxError ? null : hostAndPort(via);
}

function contactHost(value: string | undefined): string | null {
  const contact = parseNameAddr(value ?? "");
  const uri = contact instanceof SipSyntaxError ? contact : parseSipUri(contact.uri);
  return uri instanceof SipSyntaxError ? null : hostAndPort(uri);
}

function hostAndPort({
  host,
  port,
}: {
  readonly host: string;
  readonly port: number | null;
}): string {
  return port === null ? host : `${host}:${port}`;
}

function mediaOf(plan: MediaPlan, { stats, quality, peer }: LegReport): EchoReport["media"] {
  return {
    offered: { address: plan.remoteAddress, port: plan.remotePort },
    observed: peer?.heardFrom ?? null,
    codec: plan.codec,
    srtp_suite: plan.srtp?.suite ?? null,
    packets_sent: stats.packetsSent,
    packets_received: stats.packetsReceived,
    packets_lost: stats.packetsLost,
    jitter_ms: stats.jitterMs,
    round_trip_ms: quality?.summary.roundTripMs?.avg ?? null,
    rtcp_received: peer?.rtcpReceived ?? 0,
    is_reported_heard: peer === undefined || peer.rtcpReceived === 0 ? null : peer.isReportedHeard,
    not_authentic: stats.authFailures,
    wrong_source: stats.wrongSource,
    malformed: stats.malformed,
  };
}
