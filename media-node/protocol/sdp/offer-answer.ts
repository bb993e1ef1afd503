import { OFFERED_TELEPHONE_EVENT_PAYLOAD_TYPE } from "../rtp/payload-types.ts";
import {
  type AudioLine,
  intersect,
  type RtpProfile,
  readAudioLine,
  reversed,
} from "./audio-line.ts";
import { type CryptoAttribute, writeCryptoAttribute } from "./crypto-attribute.ts";
import {
  CODECS,
  type CodecName,
  type Direction,
  type LocalMedia,
  type MediaPlan,
  type MediaPolicy,
  type SrtpKeys,
  type SrtpSuite,
} from "./media-plan.ts";
import { parseSessionDescription } from "./parse.ts";
import type {
  MediaDescription,
  SdpAttribute,
  SdpConnection,
  SessionDescription,
} from "./session-description.ts";
import { writeSessionDescription } from "./write.ts";

/** Offer and answer (RFC 3264) for one audio stream, with keys by SDES (RFC 4568). */

/** Why no plan came about; each is a reason to refuse with 488, `malformed_request` with 400. */
export type NegotiationFailure =
  | "no_audio"
  | "no_common_codec"
  | "no_common_crypto"
  | "encryption_required"
  | "encryption_not_accepted"
  | "malformed_request";

/** `answer` is the text to send, or the one that was accepted. */
export type Negotiation =
  | { readonly ok: true; readonly plan: MediaPlan; readonly answer: string }
  | { readonly ok: false; readonly code: NegotiationFailure };

/** How one acceptable line of the peer's is going to be used. */
interface Acceptance {
  readonly line: AudioLine;
  readonly connection: SdpConnection;
  readonly codec: CodecName;
  readonly payloadType: number;
  /** Null: this line becomes plain RTP. */
  readonly crypto: CryptoAttribute | null;
}

type LineOutcome = { readonly ok: true; readonly accepted: Acceptance } | Refusal;
type Refusal = { readonly ok: false; readonly code: NegotiationFailure };

function refuse(code: NegotiationFailure): Refusal {
  return { ok: false, code };
}

/**
 * Answers an offer. The first acceptable audio line is taken and every other m-line is answered with port 0
 * (RFC 3264 §6). When none is acceptable, the failure is that of the first audio line of a known profile.
 */
export function answerOffer(
  offerText: string,
  policy: MediaPolicy,
  local: LocalMedia,
): Negotiation {
  const parsed = parseSessionDescription(offerText);
  if (!parsed.ok) return refuse("malformed_request");
  const offer = parsed.description;

  let failure: NegotiationFailure | null = null;
  for (const [index, media] of offer.media.entries()) {
    const line = readAudioLine(offer, media);
    if (line === null) continue;
    const outcome = acceptLine(line, policy);
    if (outcome.ok) {
      const plan = makePlan(outcome.accepted, reversed(line.direction), local);
      return { ok: true, plan, answer: writeAnswer(offer, index, outcome.accepted, plan, local) };
    }
    failure ??= outcome.code;
  }
  return refuse(failure ?? "no_audio");
}

function acceptLine(line: AudioLine, policy: MediaPolicy): LineOutcome {
  if (line.profile === "RTP/AVP" && policy.encryption === "required") {
    return refuse("encryption_required");
  }
  if (line.profile === "RTP/SAVP" && policy.encryption === "disabled") {
    return refuse("encryption_not_accepted");
  }
  if (line.connection === null) return refuse("malformed_request");
  const codec = chooseCodec(line, policy);
  if (codec === undefined) return refuse("no_common_codec");

  // Crypto beside RTP/AVP is an invitation, not a demand: what cannot be used is passed over.
  const crypto = policy.encryption === "disabled" ? null : (line.crypto[0] ?? null);
  if (line.profile === "RTP/SAVP" && crypto === null) return refuse("no_common_crypto");
  return {
    ok: true,
    accepted: {
      line,
      connection: line.connection,
      codec: codec.name,
      payloadType: codec.payloadType,
      crypto,
    },
  };
}

/** RFC 3264 §6.1: the offer's order is its sender's wish, and the answer may have its own. */
function chooseCodec(
  line: AudioLine,
  policy: MediaPolicy,
): AudioLine["codecs"][number] | undefined {
  if (policy.codecOrder !== "ours") {
    return line.codecs.find(({ name }) => policy.codecs.includes(name));
  }
  for (const wanted of policy.codecs) {
    const offered = line.codecs.find(({ name }) => name === wanted);
    if (offered !== undefined) return offered;
  }
  return undefined;
}

function makePlan(accepted: Acceptance, direction: Direction, local: LocalMedia): MediaPlan {
  const { line, crypto } = accepted;
  return {
    remoteAddress: accepted.connection.address,
    remotePort: line.port,
    remoteRtcpPort: line.rtcpPort,
    rtcpMux: line.rtcpMux,
    codec: accepted.codec,
    payloadType: accepted.payloadType,
    ptimeMs: line.ptimeMs,
    telephoneEventPayloadType: line.telephoneEventPayloadType,
    direction,
    srtp: crypto === null ? null : keysOf(crypto, local),
  };
}

function keysOf(crypto: CryptoAttribute, local: LocalMedia): SrtpKeys {
  const [first, ...others] = crypto.keys;
  if (first === undefined) throw new RangeError("a crypto attribute has at least one key");
  const receiveAlternates = others.flatMap(({ masterKeyAndSalt, mki }) =>
    mki === null ? [] : [{ masterKeyAndSalt, mki }],
  );
  return {
    suite: crypto.suite,
    send: local.masterKeyAndSalt(crypto.suite),
    receive: first.masterKeyAndSalt,
    receiveMki: first.mki,
    ...(receiveAlternates.length > 0 ? { receiveAlternates } : {}),
  };
}

function writeAnswer(
  offer: SessionDescription,
  acceptedIndex: number,
  { line, crypto, payloadType, codec }: Acceptance,
  plan: MediaPlan,
  local: LocalMedia,
): string {
  const media = offer.media.map((offered, index): MediaDescription => {
    if (index !== acceptedIndex) {
      return { ...offered, port: 0, portCount: 1, connection: null, attributes: [] };
    }
    return audioDescription({
      profile: line.profile,
      local,
      codecs: [{ name: codec, payloadType }],
      telephoneEventPayloadType: line.telephoneEventPayloadType,
      ptimeMs: line.ptimeMs,
      crypto:
        crypto === null
          ? null
          : writeCryptoAttribute(crypto.tag, crypto.suite, local.masterKeyAndSalt(crypto.suite)),
      rtcpMux: line.rtcpMux,
      direction: plan.direction,
    });
  });
  return writeSessionDescription({ ...ourSession(local), timing: offer.timing, media });
}

/**
 * Our offer: one audio line with all codecs of the policy and telephone-event. The profile defaults to RTP/SAVP unless
 * encryption is disabled; a caller whose signalling is not TLS, or who retries after a 488, asks for RTP/AVP. `suite` is
 * the only one that is offered: of a first offer the one that every peer has, later the one in use.
 *
 * @throws RangeError when RTP/AVP is asked for although the policy requires encryption, or the reverse.
 */
export function makeOffer(
  policy: MediaPolicy,
  local: LocalMedia,
  profile: RtpProfile = policy.encryption === "disabled" ? "RTP/AVP" : "RTP/SAVP",
  suite: SrtpSuite = "AES_CM_128_HMAC_SHA1_80",
): string {
  const contradicts = profile === "RTP/AVP" ? "required" : "disabled";
  if (policy.encryption === contradicts) {
    throw new RangeError(`an ${profile} offer contradicts encryption ${policy.encryption}`);
  }
  const description = audioDescription({
    profile,
    local,
    codecs: policy.codecs.map((name) => ({ name, payloadType: CODECS[name].payloadType })),
    telephoneEventPayloadType: OFFERED_TELEPHONE_EVENT_PAYLOAD_TYPE,
    ptimeMs: 20,
    crypto:
      profile === "RTP/SAVP" ? writeCryptoAttribute(1, suite, local.masterKeyAndSalt(suite)) : null,
    rtcpMux: true,
    direction: "sendrecv",
  });
  return writeSessionDescription({ ...ourSession(local), timing: "0 0", media: [description] });
}

/**
 * Reads the answer to our offer. The keys that we send with are those of `local`, which must be what the offer was made
 * with. An answer in a profile that was not offered, with a crypto tag that was not offered, or without the encryption
 * that the policy demands gives no plan: the caller acknowledges and hangs up without a packet sent.
 */
export function acceptAnswer(
  offerText: string,
  answerText: string,
  policy: MediaPolicy,
  local: LocalMedia,
): Negotiation {
  const parsedOffer = parseSessionDescription(offerText);
  const parsedAnswer = parseSessionDescription(answerText);
  if (!parsedOffer.ok || !parsedAnswer.ok) return refuse("malformed_request");

  let failure: NegotiationFailure | null = null;
  for (const [index, media] of parsedAnswer.description.media.entries()) {
    const offeredMedia = parsedOffer.description.media[index];
    if (offeredMedia === undefined) break;
    const offered = readAudioLine(parsedOffer.description, offeredMedia);
    const answered = readAudioLine(parsedAnswer.description, media);
    if (offered === null || answered === null) continue;
    const outcome = acceptAnswerLine(offered, answered, policy);
    if (outcome.ok) {
      const direction = intersect(offered.direction, reversed(answered.direction));
      return { ok: true, plan: makePlan(outcome.accepted, direction, local), answer: answerText };
    }
    failure ??= outcome.code;
  }
  return refuse(failure ?? "no_audio");
}

function acceptAnswerLine(
  offered: AudioLine,
  answered: AudioLine,
  policy: MediaPolicy,
): LineOutcome {
  if (answered.profile !== offered.profile) {
    return refuse(
      answered.profile === "RTP/AVP" ? "encryption_required" : "encryption_not_accepted",
    );
  }
  const offeredNames = offered.codecs.map(({ name }) => name);
  const outcome = acceptLine(
    { ...answered, codecs: answered.codecs.filter(({ name }) => offeredNames.includes(name)) },
    // Whoever answers has chosen: its first is what it sends.
    { ...policy, codecOrder: "offer" },
  );
  if (!outcome.ok) return outcome;

  // RFC 4568 §5.1.3: the answer has exactly one of the attributes that were offered, named by its tag.
  const { crypto } = outcome.accepted;
  if (crypto !== null) {
    const ours = offered.crypto.find(({ tag }) => tag === crypto.tag);
    if (ours?.suite !== crypto.suite) return refuse("no_common_crypto");
  }
  const telephoneEventPayloadType =
    offered.telephoneEventPayloadType === null ? null : answered.telephoneEventPayloadType;
  const rtcpMux = offered.rtcpMux && answered.rtcpMux;
  return {
    ok: true,
    accepted: {
      ...outcome.accepted,
      line: { ...outcome.accepted.line, telephoneEventPayloadType, rtcpMux },
    },
  };
}

function ourSession(local: LocalMedia): Omit<SessionDescription, "media" | "timing"> {
  const connection: SdpConnection = {
    addressType: local.address.includes(":") ? "IP6" : "IP4",
    address: local.address,
  };
  return {
    origin: {
      username: "-",
      sessionId: local.sessionId,
      sessionVersion: `${local.sessionVersion}`,
      connection,
    },
    sessionName: "-",
    connection,
    attributes: [],
  };
}

interface AudioDescriptionParts {
  readonly profile: RtpProfile;
  readonly local: LocalMedia;
  readonly codecs: readonly { readonly name: CodecName; readonly payloadType: number }[];
  readonly telephoneEventPayloadType: number | null;
  readonly ptimeMs: number;
  readonly crypto: string | null;
  readonly rtcpMux: boolean;
  readonly direction: Direction;
}

function audioDescription(parts: AudioDescriptionParts): MediaDescription {
  const attributes: SdpAttribute[] = parts.codecs.map(({ name, payloadType }) => ({
    name: "rtpmap",
    value: `${payloadType} ${name}/${CODECS[name].clockRateHz}`,
  }));
  const formats = parts.codecs.map(({ payloadType }) => `${payloadType}`);
  const eventType = parts.telephoneEventPayloadType;
  if (eventType !== null) {
    formats.push(`${eventType}`);
    attributes.push(
      { name: "rtpmap", value: `${eventType} telephone-event/8000` },
      { name: "fmtp", value: `${eventType} 0-16` },
    );
  }
  attributes.push({ name: "ptime", value: `${parts.ptimeMs}` });
  if (parts.crypto !== null) attributes.push({ name: "crypto", value: parts.crypto });
  if (parts.rtcpMux) attributes.push({ name: "rtcp-mux", value: null });
  attributes.push({ name: parts.direction, value: null });
  return {
    media: "audio",
    port: parts.local.rtpPort,
    portCount: 1,
    protocol: parts.profile,
    formats,
    connection: null,
    attributes,
  };
}
