import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCryptoAttribute, writeCryptoAttribute } from "./crypto-attribute.ts";

/** The key of RFC 4568 §6.1's examples. */
const KEY = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";
const OTHER = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd";
const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, "base64"));

describe("parseCryptoAttribute", () => {
  test("reads tag, suite, key, lifetime and MKI (RFC 4568 §6.1)", () => {
    expect(parseCryptoAttribute(`1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}|2^20|1:4`)).toEqual({
      tag: 1,
      suite: "AES_CM_128_HMAC_SHA1_80",
      keys: [
        {
          masterKeyAndSalt: bytes(KEY),
          lifetimePackets: 2 ** 20,
          mki: { value: 1, lengthBytes: 4 },
        },
      ],
    });
  });

  test.each([
    ["AES_CM_128_HMAC_SHA1_80", 30],
    ["AES_CM_128_HMAC_SHA1_32", 30],
    ["AES_256_CM_HMAC_SHA1_80", 46],
    ["AES_256_CM_HMAC_SHA1_32", 46],
    ["AEAD_AES_128_GCM", 28],
    ["AEAD_AES_256_GCM", 44],
  ])("%s has %i octets of key and salt (RFC 6188 §4, RFC 7714 §14.2)", (suite, octets) => {
    const attribute = (length: number) =>
      parseCryptoAttribute(`1 ${suite} inline:${Buffer.alloc(length, 3).toString("base64")}`);
    expect(attribute(octets)).toMatchObject({ suite });
    expect(attribute(octets)?.keys[0]?.masterKeyAndSalt).toHaveLength(octets);
    for (const other of [28, 30, 44, 46].filter((length) => length !== octets)) {
      expect(attribute(other)).toBeNull();
    }
  });

  test("lifetime may be decimal, absent, or absent with an MKI", () => {
    const keyOf = (params: string) =>
      parseCryptoAttribute(`7 AES_CM_128_HMAC_SHA1_80 inline:${KEY}${params}`)?.keys[0];
    expect(keyOf("|1048576")?.lifetimePackets).toBe(1_048_576);
    expect(keyOf("")).toMatchObject({ lifetimePackets: null, mki: null });
    expect(keyOf("|66:2")).toMatchObject({ lifetimePackets: null, mki: { value: 66 } });
  });

  test("several keys are taken when each has an MKI of its own, of one length", () => {
    const several = (...params: string[]) =>
      parseCryptoAttribute(
        `1 AES_CM_128_HMAC_SHA1_80 ${params.map((param) => `inline:${param}`).join(";")}`,
      );
    expect(several(`${KEY}|2^20|1:4`, `${OTHER}|2^20|2:4`)?.keys.map(({ mki }) => mki)).toEqual([
      { value: 1, lengthBytes: 4 },
      { value: 2, lengthBytes: 4 },
    ]);
    expect(several(KEY, OTHER)).toBeNull();
    expect(several(`${KEY}|1:4`, `${OTHER}|1:4`)).toBeNull();
    expect(several(`${KEY}|1:4`, `${OTHER}|2:2`)).toBeNull();
  });

  test.each([
    "1 AES_CM_128_HMAC_SHA1_80",
    `x AES_CM_128_HMAC_SHA1_80 inline:${KEY}`,
    `1 AES_CM_128_HMAC_SHA1_99 inline:${KEY}`,
    `1 NULL_HMAC_SHA1_80 inline:${KEY}`,
    `1 toString inline:${KEY}`,
    `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY.slice(4)}`,
    `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}AAAA`,
    "1 AES_CM_128_HMAC_SHA1_80 inline:",
    `1 AES_CM_128_HMAC_SHA1_80 outline:${KEY}`,
    `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}|0`,
    `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}|2^49`,
    `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}|300:1`,
    `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}|1:0`,
    `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY} UNENCRYPTED_SRTP`,
    `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY} UNENCRYPTED_SRTCP`,
    `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY} UNAUTHENTICATED_SRTP`,
    `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY} KDR=1`,
    `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY} WSH=64 FEC_ORDER=FEC_SRTP`,
  ])("passes over %s", (value) => {
    expect(parseCryptoAttribute(value)).toBeNull();
  });

  test("a window hint and an optional extension do no harm (RFC 4568 §6.3)", () => {
    const value = `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY} WSH=128 -SOMETHING=x`;
    expect(parseCryptoAttribute(value)?.tag).toBe(1);
  });

  test("never throws, and reads what was written", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseCryptoAttribute(text);
        parseCryptoAttribute(`1 AES_CM_128_HMAC_SHA1_80 inline:${text}`);
      }),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 999_999_999 }),
        fc.uint8Array({ minLength: 30, maxLength: 30 }),
        (tag, key) => {
          const read = parseCryptoAttribute(
            writeCryptoAttribute(tag, "AES_CM_128_HMAC_SHA1_80", key),
          );
          expect(read?.tag).toBe(tag);
          expect(read?.keys).toEqual([
            { masterKeyAndSalt: new Uint8Array(key), lifetimePackets: null, mki: null },
          ]);
        },
      ),
    );
  });
});
