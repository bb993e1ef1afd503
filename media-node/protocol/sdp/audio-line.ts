import { staticEncoding } from "../rtp/payload-types.ts";
import { type CryptoAttribute, parseCryptoAttribute } from "./crypto-attribute.ts";
import { CODECS, type CodecName, type Direction } from "./media-plan.ts";
import {
  attributeValue,
  type MediaDescription,
  type SdpConnection,
  type SessionDescription,
} from "./session-description.ts";

/** RFC 3551 §8, RFC 3711 §12: the two profiles that we speak. */
export type RtpProfile = "RTP/AVP" | "RTP/SAVP";

/** What one audio m-line of a description says, with the session level applied. */
export interface AudioLine {
  readonly profile: RtpProfile;
  readonly port: number;
  /** Null: no c= line at either level. */
  readonly connection: SdpConnection | null;
  /** As the sender of the description sees it. */
  readonly direction: Direction;
  /** The codecs that exist here, in the order of the m-line. */
  readonly codecs: readonly { readonly name: CodecName; readonly payloadType: number }[];
  readonly telephoneEventPayloadType: number | null;
  readonly ptimeMs: number;
  readonly rtcpMux: boolean;
  readonly rtcpPort: number;
  /** Only those that we can use, in order of appearance. */
  readonly crypto: readonly CryptoAttribute[];
}

const DIRECTIONS: readonly Direction[] = ["sendrecv", "sendonly", "recvonly", "inactive"];
const DEFAULT_PTIME_MS = 20;

/** Null when the line is not audio, is disabled (port 0), or has a profile that we do not speak. */
export function readAudioLine(
  description: SessionDescription,
  line: MediaDescription,
): AudioLine | null {
  if (line.media !== "audio" || line.port === 0) return null;
  if (line.protocol !== "RTP/AVP" && line.protocol !== "RTP/SAVP") return null;
  const rtcpMux = attributeValue(line.attributes, "rtcp-mux") !== null;
  return {
    profile: line.protocol,
    port: line.port,
    connection: line.connection ?? description.connection,
    direction: readDirection(description, line),
    ...readFormats(line),
    ptimeMs: readPtime(line),
    rtcpMux,
    rtcpPort: rtcpMux ? line.port : readRtcpPort(line),
    crypto: line.attributes
      .filter((attribute) => attribute.name === "crypto")
      .map((attribute) => parseCryptoAttribute(attribute.value ?? ""))
      .filter((attribute) => attribute !== null),
  };
}

function readFormats(
  line: MediaDescription,
): Pick<AudioLine, "codecs" | "telephoneEventPayloadType"> {
  const mapped = new Map<number, { name: string; clockRateHz: number }>();
  for (const { name, value } of line.attributes) {
    if (name !== "rtpmap") continue;
    const match = /^(\d{1,3})\s+([^/\s]+)\/(\d{1,6})(?:\/1)?\s*$/.exec(value ?? "");
    if (match === null) continue;
    mapped.set(Number(match[1]), { name: match[2] ?? "", clockRateHz: Number(match[3]) });
  }
  const codecs: { name: CodecName; payloadType: number }[] = [];
  let telephoneEventPayloadType: number | null = null;
  for (const format of line.formats) {
    if (!/^\d{1,3}$/.test(format)) continue;
    const payloadType = Number(format);
    // RFC 5761 §4: 64 to 95 cannot be told from RTCP.
    if (payloadType > 127 || (payloadType >= 64 && payloadType <= 95)) continue;
    const encoding = mapped.get(payloadType) ?? staticEncoding(payloadType);
    if (encoding === null) continue;
    const name = codecNamed(encoding.name, encoding.clockRateHz);
    if (name !== null) {
      codecs.push({ name, payloadType });
    } else if (isTelephoneEvent(encoding)) {
      telephoneEventPayloadType ??= payloadType;
    }
  }
  return { codecs, telephoneEventPayloadType };
}

/** RFC 4733 §2.1: the clock rate must be that of the audio beside it. */
function isTelephoneEvent(encoding: { name: string; clockRateHz: number }): boolean {
  return encoding.name.toLowerCase() === "telephone-event" && encoding.clockRateHz === 8000;
}

function codecNamed(encodingName: string, clockRateHz: number): CodecName | null {
  const wanted = encodingName.toUpperCase();
  for (const [name, codec] of Object.entries(CODECS)) {
    // The keys of CODECS are its names.
    if (name === wanted && codec.clockRateHz === clockRateHz) return name as CodecName;
  }
  return null;
}

/**
 * RFC 3264 §6.1 and, for the older way to hold (RFC 3264 §8.4), a connection address of zero: its sender does not want
 * to receive.
 */
function readDirection(description: SessionDescription, line: MediaDescription): Direction {
  const named = (attributes: readonly { name: string }[]): Direction | undefined =>
    DIRECTIONS.find((direction) => attributes.some(({ name }) => name === direction));
  const direction = named(line.attributes) ?? named(description.attributes) ?? "sendrecv";
  const address = (line.connection ?? description.connection)?.address;
  if (address !== "0.0.0.0" && address !== "::") return direction;
  return intersect(direction, "sendonly");
}

function readPtime(line: MediaDescription): number {
  const wanted = Number(attributeValue(line.attributes, "ptime") ?? DEFAULT_PTIME_MS);
  const longest = Number(attributeValue(line.attributes, "maxptime") ?? wanted);
  const ptimeMs = Math.min(wanted, longest);
  const isUsable = ptimeMs >= 10 && ptimeMs <= 60 && ptimeMs % 10 === 0;
  return isUsable ? ptimeMs : DEFAULT_PTIME_MS;
}

/** RFC 3605 §2.1; its optional address is not followed: RTCP goes where RTP goes. */
function readRtcpPort(line: MediaDescription): number {
  const match = /^(\d{1,5})(?:\s|$)/.exec(attributeValue(line.attributes, "rtcp") ?? "");
  const port = Number(match?.[1] ?? 0);
  if (port > 0 && port <= 65_535) return port;
  return Math.min(line.port + 1, 65_535);
}

/** The same stream from the other end (RFC 3264 §6.1). */
export function reversed(direction: Direction): Direction {
  if (direction === "sendonly") return "recvonly";
  if (direction === "recvonly") return "sendonly";
  return direction;
}

/** What both allow, seen from one side. */
export function intersect(one: Direction, other: Direction): Direction {
  const sends = canSend(one) && canSend(other);
  const receives = canReceive(one) && canReceive(other);
  if (sends) return receives ? "sendrecv" : "sendonly";
  return receives ? "recvonly" : "inactive";
}

export function canSend(direction: Direction): boolean {
  return direction === "sendrecv" || direction === "sendonly";
}

export function canReceive(direction: Direction): boolean {
  return direction === "sendrecv" || direction === "recvonly";
}
