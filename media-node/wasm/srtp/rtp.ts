/** SRTP packets (RFC 3711 §3.1, RFC 7714 §8), one at a time and up to four together. Outcomes are those of verdicts.ts. */
import {
  addSource,
  findSource,
  hasRoom,
  indexOf,
  isReplay,
  KIND_FREE,
  KIND_HMAC,
  kindOf,
  markSeen,
  mkiBytes,
  mkiOf,
  previousHighest,
  roundsOf,
  rtpAuth,
  rtpHighest,
  rtpKey,
  rtpSalt,
  rtpTagBytes,
  SOURCE_RTP_SEEN,
  setRtpHighest,
} from "./context";
import { ghash } from "./ghash";
import {
  applyStream,
  contextOf,
  digestOf,
  hmac,
  hmacLanes,
  LANES,
  laneAt,
  laneIndex,
  makeStreams,
  outcomeOf,
  packetOf,
  padMessage,
  setKey,
  setLane,
  setLaneIndex,
  setMessage,
  setOutcome,
  sourceOf,
  ssrcOf,
  streamOf,
  textEndOf,
  textOf,
} from "./lanes";
import { alike, bigEndian32, firstBlock, hasMki, MAX_PACKET_BYTES, TAIL, writeIv } from "./trailer";
import {
  AUTH_FAILED,
  KEY_EXHAUSTED,
  MALFORMED,
  NO_CONTEXT,
  NO_ROOM,
  REPLAYED,
  TOO_MANY_SOURCES,
  TOO_SHORT,
  UNKNOWN_MKI,
} from "./verdicts";

const LAST_INDEX: i64 = 0xffffffffffff;
/** The octets behind each lane's message while a tag is checked. */
const tails: usize = memory.data(4 * 80, 16);

function bigEndian16(at: usize): i32 {
  return bswap<u16>(load<u16>(at)) as i32;
}

/** Octets of the header (RFC 3550 §5.1), or a verdict. */
function headerBytes(packet: usize, length: i32): i32 {
  if (length < 12) return MALFORMED;
  const first = load<u8>(packet) as i32;
  if (first >> 6 !== 2) return MALFORMED;
  let bytes = 12 + ((first & 15) << 2);
  if ((first & 16) !== 0) {
    if (length < bytes + 4) return MALFORMED;
    bytes += 4 + (bigEndian16(packet + (bytes as usize) + 2) << 2);
  }
  return length < bytes ? MALFORMED : bytes;
}

function useKeys(lane: usize): void {
  const context = contextOf(lane);
  writeIv(lane, rtpSalt(context));
  setKey(lane, rtpKey(context), roundsOf(context));
}

/** Checks a packet and takes its index. Returns 0 with the lane set, or a verdict. */
export function prepareProtect(
  lane: usize,
  context: usize,
  packet: usize,
  length: i32,
  room: i32,
): i32 {
  if (kindOf(context) === KIND_FREE) return NO_CONTEXT;
  const text = headerBytes(packet, length);
  if (text < 0) return text;
  if (length > MAX_PACKET_BYTES || length + mkiBytes(context) + rtpTagBytes(context) > room) {
    return NO_ROOM;
  }
  const ssrc = bigEndian32(packet + 8);
  let source = findSource(context, ssrc);
  if (source === 0) source = addSource(context, ssrc);
  if (source === 0) return TOO_MANY_SOURCES;
  const highest = rtpHighest(source);
  if (highest === LAST_INDEX) return KEY_EXHAUSTED;
  const index = indexOf(highest, bigEndian16(packet + 2));
  if (index <= highest) return REPLAYED;
  setRtpHighest(source, index);
  setLane(lane, context, packet, text, length, source, ssrc, index);
  return 0;
}

/** Writes the rollover counter behind the text (RFC 3711 §4.2) and pads. Returns the blocks. */
function closeMessage(lane: usize, index: i64): i32 {
  const packet = packetOf(lane);
  const end = textEndOf(lane);
  store<u32>(packet + (end as usize), bswap<u32>((index >> 16) as u32));
  return padMessage(packet, end + 4);
}

/** The tags of `count` lanes, into their digests, for their indices. */
function authenticate(count: i32): void {
  if (count === 1) {
    const lane = laneAt(0);
    const blocks = closeMessage(lane, laneIndex(lane));
    hmac(rtpAuth(contextOf(lane)), packetOf(lane), blocks, digestOf(lane));
    return;
  }
  for (let i = 0; i < LANES; i++) {
    const lane = laneAt(i < count ? i : 0);
    const blocks = i < count ? closeMessage(lane, laneIndex(lane)) : 0;
    setMessage(i, rtpAuth(contextOf(lane)), packetOf(lane), blocks);
  }
  hmacLanes();
}

/** The tag of RFC 7714 §8.2 for a lane whose key stream is made. */
function gcmTag(lane: usize): v128 {
  const packet = packetOf(lane);
  const text = textOf(lane);
  const hash = ghash(
    rtpAuth(contextOf(lane)),
    packet,
    text,
    packet + (text as usize),
    textEndOf(lane) - text,
  );
  return v128.xor(hash, v128.load(streamOf(lane), 16));
}

/** Encrypts and authenticates the packets of `count` lanes, of one kind and number of rounds. */
export function protectLanes(count: i32): void {
  const isHmac = kindOf(contextOf(laneAt(0))) === KIND_HMAC;
  const first = firstBlock(contextOf(laneAt(0)));
  for (let i = 0; i < count; i++) useKeys(laneAt(i));
  makeStreams(count, first);
  for (let i = 0; i < count; i++) applyStream(laneAt(i), first);
  if (isHmac) authenticate(count);
  for (let i = 0; i < count; i++) {
    const lane = laneAt(i);
    const context = contextOf(lane);
    const end = packetOf(lane) + (textEndOf(lane) as usize);
    const mki = mkiBytes(context);
    const tagBytes = rtpTagBytes(context);
    if (isHmac) {
      memory.copy(end, mkiOf(context), mki as usize);
      memory.copy(end + (mki as usize), digestOf(lane), tagBytes as usize);
    } else {
      v128.store(end, gcmTag(lane));
      memory.copy(end + (tagBytes as usize), mkiOf(context), mki as usize);
    }
    setOutcome(lane, textEndOf(lane) + mki + tagBytes);
  }
}

/** Checks a packet up to its tag, changing nothing. Returns 0 with the lane set, or a verdict. */
export function prepareUnprotect(lane: usize, context: usize, packet: usize, length: i32): i32 {
  const kind = kindOf(context);
  if (kind === KIND_FREE) return NO_CONTEXT;
  const text = headerBytes(packet, length);
  if (text < 0) return text;
  const tagBytes = rtpTagBytes(context);
  const textEnd = length - mkiBytes(context) - tagBytes;
  if (textEnd < text) return TOO_SHORT;
  if (textEnd > MAX_PACKET_BYTES) return MALFORMED;
  const mki = textEnd + (kind === KIND_HMAC ? 0 : tagBytes);
  if (!hasMki(context, packet + (mki as usize))) return UNKNOWN_MKI;
  const ssrc = bigEndian32(packet + 8);
  const source = findSource(context, ssrc);
  if (source === 0 && !hasRoom(context)) return TOO_MANY_SOURCES;
  const sequenceNumber = bigEndian16(packet + 2);
  let index = sequenceNumber as i64;
  if (source !== 0) {
    const highest = rtpHighest(source);
    index = indexOf(highest, sequenceNumber);
    if (isReplay(highest, source + SOURCE_RTP_SEEN, index)) return REPLAYED;
  }
  setLane(lane, context, packet, text, textEnd, source, ssrc, index);
  return 0;
}

/** Whether the tags of the lanes are those of the packets, which stay as they are. */
function checkTags(count: i32): void {
  for (let i = 0; i < count; i++) {
    const lane = laneAt(i);
    const end = packetOf(lane) + (textEndOf(lane) as usize);
    memory.copy(tails + (i as usize) * TAIL, end, TAIL);
  }
  authenticate(count);
  for (let i = 0; i < count; i++) {
    const lane = laneAt(i);
    const context = contextOf(lane);
    const end = packetOf(lane) + (textEndOf(lane) as usize);
    memory.copy(end, tails + (i as usize) * TAIL, TAIL);
    const tag = end + (mkiBytes(context) as usize);
    const isAuthentic = alike(v128.load(tag), v128.load(digestOf(lane)), rtpTagBytes(context));
    setOutcome(lane, isAuthentic ? 0 : AUTH_FAILED);
  }
}

/** The same for AES-GCM; makes the key stream, which depends on the index. */
function checkGcmTags(count: i32): void {
  for (let i = 0; i < count; i++) useKeys(laneAt(i));
  makeStreams(count, 2);
  for (let i = 0; i < count; i++) {
    const lane = laneAt(i);
    const end = packetOf(lane) + (textEndOf(lane) as usize);
    setOutcome(lane, alike(v128.load(end), gcmTag(lane), 16) ? 0 : AUTH_FAILED);
  }
}

function check(count: i32, isHmac: bool): void {
  if (isHmac) checkTags(count);
  else checkGcmTags(count);
}

/**
 * Authenticates and decrypts the packets of `count` lanes, of one kind and number of rounds, no two of one context. A packet
 * with a verdict is unchanged and has changed no state.
 */
export function unprotectLanes(count: i32): void {
  const isHmac = kindOf(contextOf(laneAt(0))) === KIND_HMAC;
  check(count, isHmac);
  for (let i = 0; i < count; i++) {
    const lane = laneAt(i);
    if (outcomeOf(lane) !== 0) continue;
    let source = sourceOf(lane);
    if (source === 0) source = addSource(contextOf(lane), ssrcOf(lane));
    const highest = rtpHighest(source);
    const index = laneIndex(lane);
    markSeen(highest, source + SOURCE_RTP_SEEN, index);
    if (index > highest) setRtpHighest(source, index);
  }
  const first = firstBlock(contextOf(laneAt(0)));
  if (isHmac) {
    for (let i = 0; i < count; i++) useKeys(laneAt(i));
    makeStreams(count, 0);
  }
  for (let i = 0; i < count; i++) {
    const lane = laneAt(i);
    if (outcomeOf(lane) !== 0) continue;
    applyStream(lane, first);
    setOutcome(lane, textEndOf(lane));
  }
}

/**
 * RFC 3711 §3.2.1 keeps the rollover counter across a re-key; many peers start it again. A new source whose packet failed with
 * a counter of 0 gets a second try with the one that the replaced context had come to. Returns true when there is one.
 */
function continueIndex(lane: usize): bool {
  if (sourceOf(lane) !== 0) return false;
  const before = previousHighest(contextOf(lane), ssrcOf(lane));
  if (before < 0) return false;
  const index = indexOf(before, bigEndian16(packetOf(lane) + 2));
  if (index === laneIndex(lane)) return false;
  setLaneIndex(lane, index);
  setOutcome(lane, 0);
  return true;
}

/** Protects one packet in place; `room` is what the packet and its trailer may take. Returns the new length or a verdict. */
export function protectRtp(context: usize, packet: usize, length: i32, room: i32): i32 {
  const lane = laneAt(0);
  const verdict = prepareProtect(lane, context, packet, length, room);
  if (verdict !== 0) return verdict;
  protectLanes(1);
  return outcomeOf(lane);
}

/** Returns the length of the RTP packet, decrypted in place, or a verdict. */
export function unprotectRtp(context: usize, packet: usize, length: i32): i32 {
  const lane = laneAt(0);
  const verdict = prepareUnprotect(lane, context, packet, length);
  if (verdict !== 0) return verdict;
  unprotectLanes(1);
  if (outcomeOf(lane) === AUTH_FAILED && continueIndex(lane)) unprotectLanes(1);
  return outcomeOf(lane);
}
