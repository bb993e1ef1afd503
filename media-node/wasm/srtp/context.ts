/** A context: all state of one master key in one direction (RFC 3711 §3.2.1), at a fixed place of the memory. */

/** What a context is; 0 when it is free. */
export const KIND_FREE: i32 = 0;
export const KIND_HMAC: i32 = 1;
export const KIND_GCM: i32 = 2;

/** RFC 3711 §3.3.2 wants 64 at least. */
export const WINDOW: i64 = 128;
export const MAX_SOURCES: i32 = 16;
const MAX_MKI: usize = 128;

const KIND: usize = 0;
const ROUNDS: usize = 4;
const RTP_TAG: usize = 8;
const RTCP_TAG: usize = 12;
const MKI_BYTES: usize = 16;
const SOURCES: usize = 20;
const PREVIOUS: usize = 24;
const RTP_SALT: usize = 32;
const RTCP_SALT: usize = 48;
/** Inner and outer state of the HMAC, 20 of 32 bytes each; or the GHASH table. */
const RTP_AUTH: usize = 64;
/** The same states; or the hash key, of which a table is made for each packet. */
const RTCP_AUTH: usize = RTP_AUTH + 512;
const MKI: usize = RTCP_AUTH + 64;
/** Of the replaced context: 16 bytes a source. */
const PREVIOUS_TABLE: usize = MKI + MAX_MKI;
const PREVIOUS_ROW: usize = 16;
/** 48 bytes a source. */
const SOURCE_TABLE: usize = PREVIOUS_TABLE + 16 * PREVIOUS_ROW;
const SOURCE_ROW: usize = 48;
/**
 * Expanded keys. Slices of them would be eight times as long, which costs more to fetch for a packet of another call than to make
 * anew.
 */
const RTP_KEY: usize = SOURCE_TABLE + 16 * SOURCE_ROW;
const RTCP_KEY: usize = RTP_KEY + 16 * 15;
const END: usize = RTCP_KEY + 16 * 15;
/** Bytes of a context. */
export const CONTEXT_BYTES: usize = (END + 63) & ~(63 as usize);

/** Within a source. */
const SOURCE_SSRC: usize = 0;
const SOURCE_RTCP_HIGHEST: usize = 4;
const SOURCE_RTP_HIGHEST: usize = 8;
export const SOURCE_RTP_SEEN: usize = 16;
export const SOURCE_RTCP_SEEN: usize = 32;

export function kindOf(context: usize): i32 {
  return load<i32>(context, KIND);
}

export function roundsOf(context: usize): i32 {
  return load<i32>(context, ROUNDS);
}

export function rtpTagBytes(context: usize): i32 {
  return load<i32>(context, RTP_TAG);
}

export function rtcpTagBytes(context: usize): i32 {
  return load<i32>(context, RTCP_TAG);
}

export function mkiBytes(context: usize): i32 {
  return load<i32>(context, MKI_BYTES);
}

export function mkiOf(context: usize): usize {
  return context + MKI;
}

export function rtpSalt(context: usize): usize {
  return context + RTP_SALT;
}

export function rtcpSalt(context: usize): usize {
  return context + RTCP_SALT;
}

export function rtpAuth(context: usize): usize {
  return context + RTP_AUTH;
}

export function rtcpAuth(context: usize): usize {
  return context + RTCP_AUTH;
}

export function rtpKey(context: usize): usize {
  return context + RTP_KEY;
}

export function rtcpKey(context: usize): usize {
  return context + RTCP_KEY;
}

/** Begins a context; keys follow. */
export function writeHead(
  context: usize,
  kind: i32,
  rounds: i32,
  rtpTag: i32,
  rtcpTag: i32,
  mkiLength: i32,
): void {
  memory.fill(context, 0, CONTEXT_BYTES);
  store<i32>(context, kind, KIND);
  store<i32>(context, rounds, ROUNDS);
  store<i32>(context, rtpTag, RTP_TAG);
  store<i32>(context, rtcpTag, RTCP_TAG);
  store<i32>(context, mkiLength, MKI_BYTES);
}

/** The state of a source; 0 when there is none. */
export function findSource(context: usize, ssrc: u32): usize {
  const count = load<i32>(context, SOURCES);
  let source = context + SOURCE_TABLE;
  for (let i = 0; i < count; i++) {
    if (load<u32>(source, SOURCE_SSRC) === ssrc) return source;
    source += SOURCE_ROW;
  }
  return 0;
}

/** The state of a new source; 0 when a context has all that it keeps. */
export function addSource(context: usize, ssrc: u32): usize {
  const count = load<i32>(context, SOURCES);
  if (count >= MAX_SOURCES) return 0;
  store<i32>(context, count + 1, SOURCES);
  const source = context + SOURCE_TABLE + (count as usize) * SOURCE_ROW;
  store<u32>(source, ssrc, SOURCE_SSRC);
  store<i32>(source, -1, SOURCE_RTCP_HIGHEST);
  store<i64>(source, -1, SOURCE_RTP_HIGHEST);
  return source;
}

/** Whether a context keeps one source more. */
export function hasRoom(context: usize): bool {
  return load<i32>(context, SOURCES) < MAX_SOURCES;
}

/** The highest packet index of a source; -1 before the first packet. */
export function rtpHighest(source: usize): i64 {
  return load<i64>(source, SOURCE_RTP_HIGHEST);
}

export function setRtpHighest(source: usize, index: i64): void {
  store<i64>(source, index, SOURCE_RTP_HIGHEST);
}

export function rtcpHighest(source: usize): i32 {
  return load<i32>(source, SOURCE_RTCP_HIGHEST);
}

export function setRtcpHighest(source: usize, index: i32): void {
  store<i32>(source, index, SOURCE_RTCP_HIGHEST);
}

/** Remembers how far the sources of a context that this one replaces have come. */
export function rememberSources(context: usize, replaced: usize): void {
  const count = load<i32>(replaced, SOURCES);
  store<i32>(context, count, PREVIOUS);
  for (let i: usize = 0; i < (count as usize); i++) {
    const source = replaced + SOURCE_TABLE + i * SOURCE_ROW;
    const row = context + PREVIOUS_TABLE + i * PREVIOUS_ROW;
    store<u32>(row, load<u32>(source, SOURCE_SSRC));
    store<i64>(row, rtpHighest(source), 8);
  }
}

/** The highest index of a source in the replaced context; -1 for none. */
export function previousHighest(context: usize, ssrc: u32): i64 {
  const count = load<i32>(context, PREVIOUS);
  for (let i: usize = 0; i < (count as usize); i++) {
    const row = context + PREVIOUS_TABLE + i * PREVIOUS_ROW;
    if (load<u32>(row) === ssrc) return load<i64>(row, 8);
  }
  return -1;
}

/** RFC 3711 §3.3.1: the index of a packet, given the highest of its source; before the first packet the counter is 0. */
export function indexOf(highest: i64, sequenceNumber: i32): i64 {
  if (highest < 0) return sequenceNumber as i64;
  const last = (highest & 0xffff) as i32;
  let rollover = (highest >> 16) as u32;
  if (last < 32768) {
    if (sequenceNumber - last > 32768) rollover -= 1;
  } else if (last - 32768 > sequenceNumber) {
    rollover += 1;
  }
  return ((rollover as i64) << 16) | (sequenceNumber as i64);
}

function place(seen: usize, index: i64): usize {
  return seen + (((index as usize) >> 3) & 15);
}

/** RFC 3711 §3.3.2: an index that was marked or is too old to tell. */
export function isReplay(highest: i64, seen: usize, index: i64): bool {
  if (index > highest) return false;
  if (highest - index >= WINDOW) return true;
  return ((load<u8>(place(seen, index)) >> ((index as u8) & 7)) & 1) === 1;
}

/** Marks an authentic index that is no replay. The caller raises the highest. */
export function markSeen(highest: i64, seen: usize, index: i64): void {
  if (index - highest >= WINDOW) {
    memory.fill(seen, 0, (WINDOW >> 3) as usize);
  } else {
    for (let i = highest + 1; i < index; i++) {
      const at = place(seen, i);
      store<u8>(at, load<u8>(at) & ~((1 as u8) << ((i as u8) & 7)));
    }
  }
  const at = place(seen, index);
  store<u8>(at, load<u8>(at) | ((1 as u8) << ((index as u8) & 7)));
}
