import { z } from "zod";

/**
 * What a call to `sip:echo@` has shown of the way between a caller and a node: made by the node, kept for an hour by the
 * control plane, and read by whoever has the token of the call.
 */

/** What each finding means is said by the node that makes it (media-node/call/echo/echo-findings.ts). */
export const ECHO_FINDING_CODES = [
  "nat_seen",
  "contact_private",
  "sdp_private",
  "alg_suspected",
  "body_cut",
  "media_unanswered",
  "audio_not_heard",
  "audio_not_authentic",
  "audio_not_received",
  "media_mapped",
  "media_in_clear",
  "rtcp_absent",
  "loss_high",
  "jitter_high",
  "round_trip_long",
] as const;
export type EchoFindingCode = (typeof ECHO_FINDING_CODES)[number];

/** Where what was found is put right, as the customer sees it. */
const ECHO_SIDES = ["your_firewall", "your_settings", "network", "trunkline"] as const;
export type EchoSide = (typeof ECHO_SIDES)[number];

const findingSchema = z.object({
  /** Stable machine key. */
  code: z.enum(ECHO_FINDING_CODES),
  /** `fault`: calls fail of it. `warning`: some do. `note`: as many networks are. */
  severity: z.enum(["fault", "warning", "note"]),
  side: z.enum(ECHO_SIDES),
  /** One sentence: what was seen. */
  detail: z.string(),
  /** What would mend it. */
  hint: z.string(),
  /** Of the published port table; empty where no firewall can be the reason. */
  rules: z.array(z.number().int()),
});
export type EchoFinding = z.infer<typeof findingSchema>;

const placeSchema = z.object({ address: z.string(), port: z.number().int() });

/** The INVITE as it arrived, for whoever sent it to compare: no number, no key. */
const inviteSchema = z.object({
  /** Sent-by of the topmost Via (RFC 3261 §18.2.1): who says that it sent it. */
  via: z.string().nullable(),
  /** Host and port of the Contact. */
  contact: z.string().nullable(),
  /** The Content-Length header; null: it had none. */
  content_length: z.number().int().nullable(),
  /** The offer, its keys left out; null: it had none. */
  sdp: z.string().nullable(),
});

const mediaSchema = z.object({
  /** Where the caller's description wants its audio. */
  offered: placeSchema,
  /** Where its audio came from; null: none was accepted. */
  observed: placeSchema.nullable(),
  codec: z.string(),
  /** RFC 4568 suite name; null: plain RTP. */
  srtp_suite: z.string().nullable(),
  packets_sent: z.number().int(),
  packets_received: z.number().int(),
  /** Of what the caller sent, RFC 3550 §A.3. */
  packets_lost: z.number().int(),
  jitter_ms: z.number(),
  /** By the caller's RTCP; null: not measured. */
  round_trip_ms: z.number().nullable(),
  /** RTCP packets of the caller. */
  rtcp_received: z.number().int(),
  /** Whether they speak of hearing us; null: none came. */
  is_reported_heard: z.boolean().nullable(),
  /** Dropped by cause. */
  not_authentic: z.number().int(),
  wrong_source: z.number().int(),
  malformed: z.number().int(),
});

/** `GET /v1/network/echo-reports/{token}`. */
export const echoReportSchema = z.object({
  region: z.string(),
  node_id: z.string(),
  started_at: z.iso.datetime(),
  duration_ms: z.number().int(),
  /** A code of docs/call-ends.md. */
  ended_by: z.string(),
  signalling: z.object({
    transport: z.enum(["tcp", "tls", "udp"]),
    /** As the node's socket saw it. */
    observed: placeSchema,
    invite: inviteSchema,
  }),
  /** Null: none was agreed. */
  media: mediaSchema.nullable(),
  /** `failed`: at least one finding is a fault. */
  verdict: z.enum(["passed", "failed"]),
  /** Faults first. */
  findings: z.array(findingSchema),
});
export type EchoReport = z.infer<typeof echoReportSchema>;

/** 128 random bits in base64url: whoever has it may read the report. */
export const echoTokenSchema = z.string().regex(/^[A-Za-z0-9_-]{22}$/);
/** How long a report can be read. */
export const ECHO_REPORT_SECS = 3_600;

/** `POST /v1/nodes/echo-reports`. */
export const keptEchoReportSchema = z.object({ token: echoTokenSchema, report: echoReportSchema });
export type KeptEchoReport = z.infer<typeof keptEchoReportSchema>;

/** Where the report of a token is read, on the API's host. */
export function echoReportPath(token: string): string {
  return `/v1/network/echo-reports/${token}`;
}
