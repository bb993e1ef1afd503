/** SRTP and SRTCP (RFC 3711, RFC 6188, RFC 7714) in the memory that the host gives. Addresses are those of its layout. */
import { counterBlocks, expandKey, SLICED_KEY_BYTES, sliceKey } from "./aes";
import {
  CONTEXT_BYTES,
  KIND_HMAC,
  mkiOf,
  rememberSources,
  roundsOf,
  rtcpAuth,
  rtcpKey,
  rtcpSalt,
  rtpAuth,
  rtpKey,
  rtpSalt,
  writeHead,
} from "./context";
import { ghashTable } from "./ghash";
import { hmacStates } from "./lanes";

export { protectBatch, unprotectBatch } from "./batch";
export { protectRtcp, unprotectRtcp } from "./rtcp";
export { protectRtp, unprotectRtp } from "./rtp";
export { sha1Blocks } from "./sha1";

/** Where the parts of one packet kind's session keys lie in what `openContext` is given. */
const SALT: usize = 32;
const AUTH: usize = 48;
const AUTH_BYTES: i32 = 20;
const RTCP: usize = 80;
const MKI: usize = 160;
const INPUT_BYTES: usize = 288;

const sliced: usize = memory.data(1808, 16);
const zeros: usize = memory.data(16, 16);
const keyBlocks: usize = memory.data(128, 16);

/** Bytes of a context, for the host's layout. */
export function contextBytes(): i32 {
  return CONTEXT_BYTES as i32;
}

/**
 * Makes a context of session keys (RFC 3711 §4.3) and wipes them.
 *
 * @param kind 1 is AES-CM with HMAC-SHA1, 2 is AES-GCM.
 * @param keyBytes 16 or 32.
 * @param replaced the context whose rollover counters are a second guess; 0 for none.
 * @param input for RTP a key in 32 octets, a salt in 16 and an authentication key in 32; the same for RTCP; the MKI.
 */
export function openContext(
  context: usize,
  kind: i32,
  keyBytes: i32,
  rtpTagBytes: i32,
  rtcpTagBytes: i32,
  mkiBytes: i32,
  replaced: usize,
  input: usize,
): void {
  writeHead(context, kind, (keyBytes >> 2) + 6, rtpTagBytes, rtcpTagBytes, mkiBytes);
  const rounds = roundsOf(context);
  memory.copy(mkiOf(context), input + MKI, mkiBytes as usize);
  v128.store(rtpSalt(context), v128.load(input + SALT));
  v128.store(rtcpSalt(context), v128.load(input + RTCP + SALT));
  expandKey(input, keyBytes, rtpKey(context));
  expandKey(input + RTCP, keyBytes, rtcpKey(context));
  if (kind === KIND_HMAC) {
    hmacStates(input + AUTH, AUTH_BYTES, rtpAuth(context));
    hmacStates(input + RTCP + AUTH, AUTH_BYTES, rtcpAuth(context));
  } else {
    // NIST SP 800-38D §7.1: the hash key is the cipher of zeros.
    sliceKey(rtpKey(context), rounds, sliced);
    counterBlocks(sliced, rounds, zeros, 0, keyBlocks);
    ghashTable(keyBlocks, rtpAuth(context));
    sliceKey(rtcpKey(context), rounds, sliced);
    counterBlocks(sliced, rounds, zeros, 0, keyBlocks);
    v128.store(rtcpAuth(context), v128.load(keyBlocks));
  }
  if (replaced !== 0) rememberSources(context, replaced);
  memory.fill(input, 0, INPUT_BYTES);
  memory.fill(sliced, 0, SLICED_KEY_BYTES);
  memory.fill(keyBlocks, 0, 128);
}

/** Forgets a context. */
export function closeContext(context: usize): void {
  memory.fill(context, 0, CONTEXT_BYTES);
}

/** Where the module's own data end. */
export function dataEnd(): i32 {
  return __heap_base as i32;
}
