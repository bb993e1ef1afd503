import { createCipheriv, createDecipheriv, createSecretKey } from "node:crypto";
import type { SrtpTransform, TransformKeys } from "./transform.ts";

/**
 * AES in Galois/Counter Mode (RFC 7714 §8, §9) on node:crypto: a cipher object for each packet, since a nonce is for one.
 * In SRTP the header is authenticated, in SRTCP the first header and the word with E flag and index.
 */

const IV_BYTES = 12;
const TAG_BYTES = 16;
const OPTIONS = { authTagLength: TAG_BYTES };

export function createAesGcm(keys: TransformKeys, isRtcp: boolean): SrtpTransform {
  const algorithm = keys.sessionKey.length === 16 ? "aes-128-gcm" : "aes-256-gcm";
  const key = createSecretKey(keys.sessionKey);
  const iv = Buffer.alloc(IV_BYTES);

  function additionalData(packet: Buffer, start: number, word: number): Buffer {
    if (!isRtcp) return packet.subarray(0, start);
    const data = Buffer.alloc(start + 4);
    packet.copy(data, 0, 0, start);
    data.writeUInt32BE(word, start);
    return data;
  }

  return {
    authTagBytes: TAG_BYTES,
    isTagFirst: true,
    seal(packet, start, end, ssrc, index, word, tagStart) {
      writeIv(iv, keys.sessionSalt, ssrc, index);
      const cipher = createCipheriv(algorithm, key, iv, OPTIONS);
      cipher.setAAD(additionalData(packet, start, word));
      cipher.update(packet.subarray(start, end)).copy(packet, start);
      cipher.final();
      cipher.getAuthTag().copy(packet, tagStart);
    },
    open(packet, start, end, ssrc, index, word, tagStart) {
      writeIv(iv, keys.sessionSalt, ssrc, index);
      const decipher = createDecipheriv(algorithm, key, iv, OPTIONS);
      decipher.setAAD(additionalData(packet, start, word));
      decipher.setAuthTag(packet.subarray(tagStart, tagStart + TAG_BYTES));
      const text = decipher.update(packet.subarray(start, end));
      try {
        decipher.final();
      } catch {
        // The only way in which node:crypto says that a tag is wrong.
        return false;
      }
      text.copy(packet, start);
      return true;
    },
  };
}

/** RFC 7714 §8.1 and §9.1: two zero octets, SSRC and index, XOR the salt. */
function writeIv(iv: Buffer, salt: Buffer, ssrc: number, index: number): void {
  salt.copy(iv, 0);
  iv.writeUInt32BE((salt.readUInt32BE(2) ^ ssrc) >>> 0, 2);
  iv.writeUInt16BE(salt.readUInt16BE(6) ^ Math.floor(index / 0x1_0000_0000), 6);
  iv.writeUInt32BE((salt.readUInt32BE(8) ^ (index % 0x1_0000_0000)) >>> 0, 8);
}
