import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { SrtpSuite } from "../protocol/sdp/media-plan.ts";
import { SRTP_SUITES } from "../protocol/srtp/suites.ts";
import { createPacketMemory } from "./packet-memory.ts";
import { nodeSrtpEngine, type SrtpCipher, type SrtpEngine } from "./srtp-engine.ts";
import { WasmSrtpEngine } from "./wasm-srtp.ts";

/** Both engines against what others have written down. */

const wasm = new WasmSrtpEngine(createPacketMemory(4, 256 * 1024));

function isSuite(name: string): name is SrtpSuite {
  return Object.hasOwn(SRTP_SUITES, name);
}

const VECTORS = "../shared/corpora/srtp-vectors.json";

interface Vectors {
  readonly kdf: readonly {
    readonly src: string;
    readonly masterKey: string;
    readonly masterSalt: string;
  }[];
  readonly cm_keystream: readonly {
    readonly key: string;
    readonly salt16: string;
    readonly keystream: string;
  }[];
  readonly gcm: readonly {
    readonly key: string;
    readonly salt: string;
    readonly decryptedRTPPacket: string;
    readonly encryptedRTPPacket: string;
    readonly decryptedRTCPPacket: string;
    readonly encryptedRTCPPacket: string;
  }[];
  readonly packets: readonly {
    readonly suite: string;
    readonly master_key: string;
    readonly master_salt: string;
    readonly rtp: string;
    readonly srtp: string;
    readonly rtcp?: string;
    readonly srtcp?: string;
  }[];
}

describe.skipIf(!existsSync(VECTORS))(`vectors of others (skipped without ${VECTORS})`, () => {
  const vectors: Vectors = existsSync(VECTORS)
    ? JSON.parse(readFileSync(VECTORS, "utf8"))
    : { kdf: [], cm_keystream: [], gcm: [], packets: [] };
  const hex = (text: string): Buffer => Buffer.from(text, "hex");

  /** A cipher with these session keys for RTP and RTCP both. */
  function withSessionKeys(suite: SrtpSuite, key: string, salt: string): SrtpCipher {
    const keys = () => ({
      sessionKey: hex(key),
      sessionSalt: hex(salt),
      sessionAuthKey: Buffer.alloc(SRTP_SUITES[suite].sessionAuthKeyBytes),
    });
    const cipher = wasm.openSession(suite, keys(), keys());
    if (cipher === null) throw new Error("no room");
    return cipher;
  }

  function through(plain: Buffer, work: (packet: Buffer) => number): string {
    const packet = Buffer.alloc(plain.length + 160);
    plain.copy(packet);
    const length = work(packet);
    return packet.toString("hex", 0, Math.max(0, length));
  }

  test.each(vectors.packets)("$suite: the packets of libsrtp, both ways ($src)", (vector) => {
    if (!isSuite(vector.suite)) return;
    const suite = vector.suite;
    const key = hex(vector.master_key + vector.master_salt);
    const engines: SrtpEngine[] = [wasm, nodeSrtpEngine];
    for (const engine of engines) {
      const plain = hex(vector.rtp);
      const sender = engine.open(suite, key);
      const receiver = engine.open(suite, key);
      expect(through(plain, (packet) => sender.protectRtp(packet, plain.length))).toBe(vector.srtp);
      const srtp = hex(vector.srtp);
      expect(through(srtp, (packet) => receiver.unprotectRtp(packet, srtp.length))).toBe(
        vector.rtp,
      );
      if (vector.rtcp !== undefined && vector.srtcp !== undefined) {
        const report = hex(vector.rtcp);
        // Their vector has index 1; ours begins at 0.
        through(report, (packet) => sender.protectRtcp(packet, report.length));
        expect(through(report, (packet) => sender.protectRtcp(packet, report.length))).toBe(
          vector.srtcp,
        );
        const srtcp = hex(vector.srtcp);
        expect(through(srtcp, (packet) => receiver.unprotectRtcp(packet, srtcp.length))).toBe(
          vector.rtcp,
        );
      }
      sender.close();
      receiver.close();
    }
  });

  test.each(vectors.cm_keystream)(
    "the key stream of AES in counter mode, key $key (RFC 3711 §B.2, RFC 6188 §7.1)",
    ({ key, salt16, keystream }) => {
      const suite = key.length === 32 ? "AES_CM_128_HMAC_SHA1_80" : "AES_256_CM_HMAC_SHA1_80";
      const cipher = withSessionKeys(suite, key, salt16.slice(0, 28));
      // A header of zeros but for the version: SSRC 0, sequence number 0.
      const plain = Buffer.alloc(12 + keystream.length / 2);
      plain.writeUInt8(0x80, 0);
      const sealed = through(plain, (packet) => cipher.protectRtp(packet, plain.length));
      expect(sealed.slice(24, 24 + keystream.length)).toBe(keystream);
      cipher.close();
    },
  );

  test.each(vectors.gcm)("packets of AES-GCM, key $key (RFC 7714 §16, §17)", (vector) => {
    const suite = vector.key.length === 32 ? "AEAD_AES_128_GCM" : "AEAD_AES_256_GCM";
    const open = (): SrtpCipher => withSessionKeys(suite, vector.key, vector.salt);
    const [sender, receiver] = [open(), open()];
    const plain = hex(vector.decryptedRTPPacket);
    expect(through(plain, (packet) => sender.protectRtp(packet, plain.length))).toBe(
      vector.encryptedRTPPacket,
    );
    const sealed = hex(vector.encryptedRTPPacket);
    expect(through(sealed, (packet) => receiver.unprotectRtp(packet, sealed.length))).toBe(
      vector.decryptedRTPPacket,
    );
    const report = hex(vector.encryptedRTCPPacket);
    expect(through(report, (packet) => receiver.unprotectRtcp(packet, report.length))).toBe(
      vector.decryptedRTCPPacket,
    );
    // The vector's index: a sender comes to it one packet at a time.
    const index = report.readUInt32BE(report.length - 4) & 0x7fff_ffff;
    const plainReport = hex(vector.decryptedRTCPPacket);
    let last = "";
    for (let i = 0; i <= index; i++) {
      last = through(plainReport, (packet) => sender.protectRtcp(packet, plainReport.length));
    }
    expect(last).toBe(vector.encryptedRTCPPacket);
    sender.close();
    receiver.close();
  });
});
