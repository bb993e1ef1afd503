import { createCipheriv, createHash, createSecretKey, timingSafeEqual } from "node:crypto";
import { MAX_PACKET_BYTES, type SrtpTransform, type TransformKeys } from "./transform.ts";

/**
 * AES in counter mode with HMAC-SHA1 (RFC 3711 §4.1.1, §4.2.1) on node:crypto. All state is built once: one ECB cipher
 * that turns counter blocks into key stream, and the two SHA-1 states of the HMAC pads, copied per packet. What is left
 * to allocate per packet is what node:crypto returns.
 */

const BLOCK_BYTES = 16;
const SHA1_BLOCK_BYTES = 64;
const MAX_BLOCKS = MAX_PACKET_BYTES / BLOCK_BYTES;

export function createAesCmHmacSha1(keys: TransformKeys, authTagBytes: number): SrtpTransform {
  const cipher = createCipheriv(
    `aes-${keys.sessionKey.length * 8}-ecb`,
    createSecretKey(keys.sessionKey),
    null,
  );
  cipher.setAutoPadding(false);
  const { inner, outer } = hmacPads(keys.sessionAuthKey);
  const counters = Buffer.alloc(MAX_BLOCKS * BLOCK_BYTES);
  /** Views of the first n blocks, by n, made when first wanted: a call has packets of few lengths. */
  const counterViews: Buffer[] = [];
  const iv = Buffer.alloc(BLOCK_BYTES);
  const word = Buffer.alloc(4);
  const received = Buffer.alloc(authTagBytes);

  function applyKeyStream(
    packet: Buffer,
    start: number,
    end: number,
    ssrc: number,
    index: number,
  ): void {
    const blocks = Math.ceil((end - start) / BLOCK_BYTES);
    if (blocks === 0) return;
    writeCounterIv(iv, keys.sessionSalt, ssrc, index);
    for (let block = 0; block < blocks; block++) {
      counters.set(iv, block * BLOCK_BYTES);
      counters.writeUInt16BE(block, block * BLOCK_BYTES + 14);
    }
    counterViews[blocks] ??= counters.subarray(0, blocks * BLOCK_BYTES);
    const keyStream = cipher.update(counterViews[blocks] ?? counters);
    const length = end - start;
    for (let i = 0; i < length; i++) {
      packet[start + i] = (packet[start + i] ?? 0) ^ (keyStream[i] ?? 0);
    }
  }

  function tag(packet: Buffer, authenticatedBytes: number, appendedWord: number): Buffer {
    word.writeUInt32BE(appendedWord, 0);
    const hash = inner.copy().update(packet.subarray(0, authenticatedBytes)).update(word);
    return outer.copy().update(hash.digest()).digest();
  }

  return {
    authTagBytes,
    isTagFirst: false,
    seal(packet, start, end, ssrc, index, appendedWord, tagStart) {
      applyKeyStream(packet, start, end, ssrc, index);
      tag(packet, end, appendedWord).copy(packet, tagStart, 0, authTagBytes);
    },
    open(packet, start, end, ssrc, index, appendedWord, tagStart) {
      packet.copy(received, 0, tagStart, tagStart + authTagBytes);
      const expected = tag(packet, end, appendedWord).subarray(0, authTagBytes);
      if (!timingSafeEqual(expected, received)) return false;
      applyKeyStream(packet, start, end, ssrc, index);
      return true;
    },
  };
}

/** RFC 3711 §4.1.1: IV = (k_s * 2^16) XOR (SSRC * 2^64) XOR (i * 2^16). */
function writeCounterIv(iv: Buffer, salt: Buffer, ssrc: number, index: number): void {
  salt.copy(iv, 0);
  iv.writeUInt32BE((salt.readUInt32BE(4) ^ ssrc) >>> 0, 4);
  const high = Math.floor(index / 0x1_0000);
  iv.writeUInt32BE((salt.readUInt32BE(8) ^ high) >>> 0, 8);
  iv.writeUInt16BE(salt.readUInt16BE(12) ^ (index % 0x1_0000), 12);
  iv.writeUInt16BE(0, 14);
}

/** RFC 2104 §2: the states after the inner and the outer pad, which do not change from packet to packet. */
function hmacPads(key: Buffer) {
  const innerPad = Buffer.alloc(SHA1_BLOCK_BYTES, 0x36);
  const outerPad = Buffer.alloc(SHA1_BLOCK_BYTES, 0x5c);
  for (const [i, byte] of key.entries()) {
    innerPad.writeUInt8(byte ^ 0x36, i);
    outerPad.writeUInt8(byte ^ 0x5c, i);
  }
  return {
    inner: createHash("sha1").update(innerPad),
    outer: createHash("sha1").update(outerPad),
  };
}
