/** What SRTP and SRTCP packets have in common. */
import { KIND_HMAC, kindOf, mkiBytes, mkiOf } from "./context";
import { firstOctets } from "./ghash";
import { contextOf, ivOf, laneIndex, ssrcOf } from "./lanes";

/** Longest plain packet. */
export const MAX_PACKET_BYTES: i32 = 1536;
/** Octets behind a message that its padding overwrites: a word, a one bit and up to a block. */
export const TAIL: usize = 80;

export function bigEndian32(at: usize): u32 {
  return bswap<u32>(load<u32>(at));
}

/** Number of the block of key stream that the text begins with (RFC 3711 §4.1.1; NIST SP 800-38D §7.1). */
export function firstBlock(context: usize): i32 {
  return kindOf(context) === KIND_HMAC ? 0 : 2;
}

/** The IV of a lane: RFC 3711 §4.1.1 with 16 bits for the block, RFC 7714 §8.1 and §9.1 with 32. */
export function writeIv(lane: usize, salt: usize): void {
  const iv = ivOf(lane);
  const ssrc = bswap<u32>(ssrcOf(lane));
  const index = bswap<u64>((laneIndex(lane) as u64) << 16);
  v128.store(iv, v128.load(salt));
  if (kindOf(contextOf(lane)) === KIND_HMAC) {
    store<u32>(iv, load<u32>(iv, 4) ^ ssrc, 4);
    store<u64>(iv, load<u64>(iv, 8) ^ index, 8);
  } else {
    store<u32>(iv, load<u32>(iv, 2) ^ ssrc, 2);
    store<u64>(iv, load<u64>(iv, 6) ^ index, 6);
  }
}

/** True when the packet's MKI is that of the context. */
export function hasMki(context: usize, at: usize): bool {
  const bytes = mkiBytes(context) as usize;
  return bytes === 0 || memory.compare(mkiOf(context), at, bytes) === 0;
}

/** Constant time: all octets are compared, and only whether they are alike leaves. */
export function alike(one: v128, other: v128, octets: i32): bool {
  return !v128.any_true(v128.and(v128.xor(one, other), firstOctets(octets)));
}
