/** SRTCP packets (RFC 3711 §3.4, RFC 7714 §9), one at a time. Outcomes are those of verdicts.ts. */
import {
  addSource,
  findSource,
  hasRoom,
  isReplay,
  KIND_FREE,
  KIND_HMAC,
  kindOf,
  markSeen,
  mkiBytes,
  mkiOf,
  roundsOf,
  rtcpAuth,
  rtcpHighest,
  rtcpKey,
  rtcpSalt,
  rtcpTagBytes,
  SOURCE_RTCP_SEEN,
  setRtcpHighest,
} from "./context";
import { GHASH_TABLE_BYTES, ghash, ghashTable } from "./ghash";
import {
  applyStream,
  digestOf,
  hmac,
  laneAt,
  makeStreams,
  padMessage,
  setKey,
  setLane,
  streamOf,
} from "./lanes";
import { alike, bigEndian32, firstBlock, hasMki, MAX_PACKET_BYTES, TAIL, writeIv } from "./trailer";
import {
  AUTH_FAILED,
  KEY_EXHAUSTED,
  MALFORMED,
  NO_CONTEXT,
  NO_ROOM,
  NOT_ENCRYPTED,
  REPLAYED,
  TOO_MANY_SOURCES,
  TOO_SHORT,
  UNKNOWN_MKI,
} from "./verdicts";

/** The first header and the sender's SSRC stay in clear. */
const CLEAR: i32 = 8;
const INDEX: i32 = 4;
const ENCRYPTED: u32 = 0x80000000;
const LAST_INDEX: i32 = 0x7fffffff;

/** GHASH table of the packet at hand, and what is behind its text. */
const table: usize = memory.data(512, 16);
const tail: usize = memory.data(80, 16);

/** Key stream of a packet. */
function makeStream(context: usize, packet: usize, end: i32, ssrc: u32, index: u32): void {
  const lane = laneAt(0);
  setLane(lane, context, packet, CLEAR, end, 0, ssrc, index as i64);
  setKey(lane, rtcpKey(context), roundsOf(context));
  writeIv(lane, rtcpSalt(context));
  makeStreams(1, firstBlock(context));
}

/** The tag of RFC 7714 §9.2: header and index word are authenticated, the text too. */
function gcmTag(context: usize, packet: usize, end: i32, word: usize): v128 {
  ghashTable(rtcpAuth(context), table);
  const text = packet + (CLEAR as usize);
  // Twelve octets that do not lie together become one block.
  store<u64>(tail, load<u64>(packet));
  store<u32>(tail, load<u32>(word), 8);
  const hash = ghash(table, tail, CLEAR + INDEX, text, end - CLEAR);
  memory.fill(table, 0, GHASH_TABLE_BYTES);
  return v128.xor(hash, v128.load(streamOf(laneAt(0)), 16));
}

/** The HMAC over packet and index word, which lies at `end`; what is behind stays as it is. */
function authenticate(context: usize, packet: usize, end: i32): v128 {
  const length = end + INDEX;
  const behind = packet + (length as usize);
  memory.copy(tail, behind, TAIL);
  const blocks = padMessage(packet, length);
  const digest = digestOf(laneAt(0));
  hmac(rtcpAuth(context), packet, blocks, digest);
  memory.copy(behind, tail, TAIL);
  return v128.load(digest);
}

/** Encrypts and authenticates in place. Returns the new length or a verdict. */
export function protectRtcp(context: usize, packet: usize, length: i32, room: i32): i32 {
  const kind = kindOf(context);
  if (kind === KIND_FREE) return NO_CONTEXT;
  if (length < CLEAR) return MALFORMED;
  const mki = mkiBytes(context);
  const tagBytes = rtcpTagBytes(context);
  const total = length + INDEX + mki + tagBytes;
  if (length > MAX_PACKET_BYTES || total > room) return NO_ROOM;
  const ssrc = bigEndian32(packet + 4);
  let source = findSource(context, ssrc);
  if (source === 0) source = addSource(context, ssrc);
  if (source === 0) return TOO_MANY_SOURCES;
  // RFC 3711 §3.4: the index is 0 for the first packet; RFC 3711 §9.2 ends it at 2^31.
  if (rtcpHighest(source) === LAST_INDEX) return KEY_EXHAUSTED;
  const index = rtcpHighest(source) + 1;
  setRtcpHighest(source, index);

  makeStream(context, packet, length, ssrc, index as u32);
  applyStream(laneAt(0), firstBlock(context));
  const end = packet + (length as usize);
  const word = bswap<u32>(ENCRYPTED | (index as u32));
  if (kind === KIND_HMAC) {
    store<u32>(end, word);
    const tag = authenticate(context, packet, length);
    memory.copy(end + (INDEX as usize), mkiOf(context), mki as usize);
    v128.store(end + ((INDEX + mki) as usize), tag);
  } else {
    const trailer = end + (tagBytes as usize);
    store<u32>(trailer, word);
    v128.store(end, gcmTag(context, packet, length, trailer));
    memory.copy(trailer + (INDEX as usize), mkiOf(context), mki as usize);
  }
  return total;
}

/** Authenticates and decrypts in place. Returns the length of the compound packet or a verdict. */
export function unprotectRtcp(context: usize, packet: usize, length: i32): i32 {
  const kind = kindOf(context);
  if (kind === KIND_FREE) return NO_CONTEXT;
  const mki = mkiBytes(context);
  const tagBytes = rtcpTagBytes(context);
  const end = length - INDEX - mki - tagBytes;
  if (end < CLEAR) return TOO_SHORT;
  if (load<u8>(packet) >> 6 !== 2 || end > MAX_PACKET_BYTES) return MALFORMED;
  // RFC 3711 §3.4: index, MKI, tag. RFC 7714 §9.2: tag, index, MKI.
  const trailer = packet + (end as usize);
  const word = trailer + (kind === KIND_HMAC ? 0 : (tagBytes as usize));
  if (!hasMki(context, word + (INDEX as usize))) return UNKNOWN_MKI;
  const flagAndIndex = bigEndian32(word);
  // UNENCRYPTED_SRTCP (RFC 4568 §6.3.2) is never negotiated.
  if ((flagAndIndex & ENCRYPTED) === 0) return NOT_ENCRYPTED;
  const index = (flagAndIndex & ~ENCRYPTED) as i32;
  const ssrc = bigEndian32(packet + 4);
  let source = findSource(context, ssrc);
  if (source === 0 && !hasRoom(context)) return TOO_MANY_SOURCES;
  if (source !== 0) {
    const highest = rtcpHighest(source) as i64;
    if (isReplay(highest, source + SOURCE_RTCP_SEEN, index as i64)) return REPLAYED;
  }
  makeStream(context, packet, end, ssrc, index as u32);
  const tag = kind === KIND_HMAC ? word + ((INDEX + mki) as usize) : trailer;
  const expected =
    kind === KIND_HMAC ? authenticate(context, packet, end) : gcmTag(context, packet, end, word);
  if (!alike(v128.load(tag), expected, tagBytes)) return AUTH_FAILED;
  if (source === 0) source = addSource(context, ssrc);
  const highest = rtcpHighest(source);
  markSeen(highest as i64, source + SOURCE_RTCP_SEEN, index as i64);
  if (index > highest) setRtcpHighest(source, index);
  applyStream(laneAt(0), firstBlock(context));
  return end;
}
