import type {
  EchoFinding,
  EchoFindingCode,
  EchoReport,
  EchoSide,
} from "../../../schema/contracts/echo-report.ts";
import { specialRangeOf } from "../../../schema/values/address-range.ts";
import { parseSessionDescription } from "../../protocol/sdp/parse.ts";
import { SipSyntaxError } from "../../protocol/sip/syntax.ts";
import { hostForSocket, parseHostPort } from "../../protocol/sip/uri.ts";

/** What a report is judged by: all of it but the judgement. */
export type EchoFacts = Omit<EchoReport, "findings" | "verdict">;

interface FindingRow {
  readonly severity: EchoFinding["severity"];
  readonly side: EchoSide;
  readonly hint: string;
  /** Of the published port table. */
  readonly rules: readonly number[];
}

const row = (
  severity: FindingRow["severity"],
  side: EchoSide,
  hint: string,
  ...rules: number[]
): FindingRow => ({ severity, side, hint, rules });

const FINDINGS: Readonly<Record<EchoFindingCode, FindingRow>> = {
  nat_seen: row(
    "note",
    "your_settings",
    "Name the public address in the trunk's allowed_addresses, and in your PBX as its external address.",
  ),
  contact_private: row(
    "warning",
    "your_settings",
    "Name the public address in your PBX for SIP: a request of ours inside a call (BYE, re-INVITE) cannot reach this one once the connection has closed.",
    3,
  ),
  sdp_private: row(
    "warning",
    "your_settings",
    "Name the public address in your PBX for media: without it we learn it from your first packets, and until then you hear nothing.",
    4,
  ),
  alg_suspected: row(
    "warning",
    "your_firewall",
    "Disable SIP ALG (SIP inspection, SIP helper) on your router or firewall, and name the public address in your PBX instead.",
  ),
  body_cut: row(
    "fault",
    "your_firewall",
    "Something on the way changed the body and not its Content-Length: disable SIP ALG (SIP inspection, SIP helper).",
  ),
  media_unanswered: row(
    "fault",
    "your_settings",
    "The offer and the answer have led to no audio: compare codecs and media encryption with the trunk's.",
  ),
  audio_not_heard: row(
    "fault",
    "your_firewall",
    "Let your media out to our RTP ports, and allow it to come from another address than SIP does; a host without a microphone sends none.",
    4,
  ),
  audio_not_authentic: row(
    "fault",
    "your_settings",
    "Audio arrives and its SRTP keys are not those of the offer: a device on the way re-encrypts or changes a=crypto, or the PBX keeps old keys.",
  ),
  audio_not_received: row(
    "fault",
    "your_firewall",
    "Let our RTP in to the ports that your PBX offers, or have it send audio first, so that the way back is open.",
    4,
  ),
  media_mapped: row(
    "note",
    "your_settings",
    "We send to where your audio comes from (symmetric RTP); keep the mapping open for 120 s without traffic.",
    4,
  ),
  media_in_clear: row(
    "note",
    "your_settings",
    "Offer SRTP (RTP/SAVP with AES_CM_128_HMAC_SHA1_80) over TLS where audio should be encrypted.",
  ),
  rtcp_absent: row(
    "note",
    "your_firewall",
    "Let RTCP pass on the port above RTP, or switch it on in the PBX: without it nobody can tell how you hear us.",
    4,
  ),
  loss_high: row(
    "warning",
    "network",
    "Look for a full uplink, Wi-Fi or a missing DSCP EF class between the PBX and us.",
  ),
  jitter_high: row(
    "warning",
    "network",
    "Give voice its own queue (DSCP EF): packets wait behind other traffic on the way.",
  ),
  round_trip_long: row(
    "warning",
    "network",
    "Use the region nearest to the PBX, and no VPN or SD-WAN detour for media.",
  ),
};

const LOSS_PERCENT = 2;
const JITTER_MS = 40;
const ROUND_TRIP_MS = 300;
/** Less audio than this says nothing. */
const ENOUGH_PACKETS = 25;

/** Everything that the facts show, faults first. */
export function echoFindings(facts: EchoFacts): EchoFinding[] {
  const found = [...signallingFindings(facts), ...mediaFindings(facts)];
  const order = ["fault", "warning", "note"];
  return found
    .map(([code, detail]): EchoFinding => {
      const { severity, side, hint, rules } = FINDINGS[code];
      return { code, severity, side, detail, hint, rules: [...rules] };
    })
    .toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}

type Found = readonly [EchoFindingCode, string];

function signallingFindings({ signalling }: EchoFacts): Found[] {
  const { observed, invite } = signalling;
  const found: Found[] = [];
  const via = addressIn(invite.via);
  const contact = addressIn(invite.contact);
  const connection = audioAddress(invite.sdp);
  const isBehindNat = via !== null && via !== observed.address;
  if (isBehindNat) {
    const detail = `The Via says ${via}, and the message comes from ${observed.address}: a NAT stands between.`;
    found.push(["nat_seen", detail]);
  }
  // Who knows its public address writes it everywhere. One that stands in some places only was put there on the way.
  const rewritten = [
    ...(contact === observed.address ? ["Contact"] : []),
    ...(connection === observed.address ? ["c= of the SDP"] : []),
  ];
  if (isBehindNat && isPrivate(via) && rewritten.length > 0) {
    const detail = `The public address ${observed.address} stands in ${rewritten.join(" and ")}, and the private ${via} in the Via: a SIP ALG rewrites messages, or the PBX knows its address in part.`;
    found.push(["alg_suspected", detail]);
  }
  if (isPrivate(contact) && contact !== observed.address) {
    found.push(["contact_private", `The Contact is at ${contact}, which cannot be reached.`]);
  }
  if (isPrivate(connection) && connection !== observed.address) {
    found.push(["sdp_private", `The SDP wants audio at ${connection}, which cannot be reached.`]);
  }
  // RFC 4566 (now 8866) §5: every line ends in CRLF, so a body that does not was cut off.
  if (invite.sdp !== null && invite.sdp !== "" && !invite.sdp.endsWith("\n")) {
    const length = invite.content_length ?? "none";
    found.push([
      "body_cut",
      `The SDP ends in the middle of a line, with a Content-Length of ${length}.`,
    ]);
  }
  return found;
}

function mediaFindings({ media, signalling }: EchoFacts): Found[] {
  if (media === null) return [["media_unanswered", "No audio was agreed."]];
  const found: Found[] = [];
  const sent = media.packets_sent;
  const heard = media.packets_received;
  if (heard === 0) {
    const others = media.wrong_source + media.malformed;
    const also = others === 0 ? "" : ` ${others} packets were not of this call's audio.`;
    if (media.not_authentic > 0) {
      const detail = `${media.not_authentic} packets came, and none of them is authentic.`;
      found.push(["audio_not_authentic", detail]);
    } else if (sent >= ENOUGH_PACKETS) {
      const detail = `We sent ${sent} packets and heard none: one-way audio, towards you only.${also}`;
      found.push(["audio_not_heard", detail]);
    }
  }
  if (media.is_reported_heard === false && sent >= ENOUGH_PACKETS) {
    const detail = `We sent ${sent} packets, and your RTCP speaks of none: one-way audio, towards us only.`;
    found.push(["audio_not_received", detail]);
  }
  const { observed, offered } = media;
  if (observed !== null && !isSame(observed, offered)) {
    const detail = `The SDP says ${offered.address}:${offered.port}, and audio comes from ${observed.address}:${observed.port}.`;
    found.push(["media_mapped", detail]);
  }
  if (media.srtp_suite === null) {
    const over = signalling.transport === "tls" ? ", though SIP is" : "";
    found.push(["media_in_clear", `Audio is not encrypted${over}.`]);
  }
  if (media.is_reported_heard === null && heard >= ENOUGH_PACKETS && sent >= 10 * ENOUGH_PACKETS) {
    found.push(["rtcp_absent", "No RTCP came."]);
  }
  const lossPercent = (100 * media.packets_lost) / Math.max(1, heard + media.packets_lost);
  if (heard >= ENOUGH_PACKETS && lossPercent >= LOSS_PERCENT) {
    found.push(["loss_high", `${lossPercent.toFixed(1)} % of your packets were lost on the way.`]);
  }
  if (heard >= ENOUGH_PACKETS && media.jitter_ms >= JITTER_MS) {
    found.push([
      "jitter_high",
      `Your packets come with ${Math.round(media.jitter_ms)} ms of jitter.`,
    ]);
  }
  const roundTrip = media.round_trip_ms;
  if (roundTrip !== null && roundTrip >= ROUND_TRIP_MS) {
    found.push(["round_trip_long", `A packet and its answer take ${Math.round(roundTrip)} ms.`]);
  }
  return found;
}

function isSame(
  one: { readonly address: string; readonly port: number },
  other: { readonly address: string; readonly port: number },
): boolean {
  return one.address === other.address && one.port === other.port;
}

/** Only an address can be compared: a name is not looked up. */
function addressIn(hostPort: string | null): string | null {
  if (hostPort === null) return null;
  const parsed = parseHostPort(hostPort);
  if (parsed instanceof SipSyntaxError) return null;
  const address = hostForSocket(parsed.host);
  return specialRangeOf(address) === "malformed" ? null : address;
}

function isPrivate(address: string | null): boolean {
  if (address === null) return false;
  const range = specialRangeOf(address);
  return range !== null && range !== "malformed";
}

/** Where the first audio line wants its media. */
function audioAddress(sdp: string | null): string | null {
  const parsed = sdp === null ? null : parseSessionDescription(sdp);
  if (!parsed?.ok) return null;
  const { connection, media } = parsed.description;
  const audio = media.find((line) => line.media === "audio");
  return (audio?.connection ?? connection)?.address ?? null;
}
