import { describe, expect, test } from "vitest";
import { createAesGcm } from "./aes-gcm.ts";

const HEADER = "8040f17b8041f8d35501a0b2";
const TEXT = "47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573";
const SSRC = 0x5501_a0b2;
const INDEX = 0xf17b;

describe("AEAD_AES_128_GCM (RFC 7714 §16.1), AEAD_AES_256_GCM (RFC 7714 §17.1)", () => {
  const vectors = [
    {
      key: "000102030405060708090a0b0c0d0e0f",
      sealed:
        "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833" +
        "899d7f27beb16a9152cf765ee4390cce",
    },
    {
      key: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
      sealed:
        "32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b" +
        "7aa3db36dfffd6b0f9bb7878d7a76c13",
    },
  ];

  test.each(vectors)(
    "the packet of the vector, both ways, and no other tag: key $key",
    ({ key, sealed }) => {
      const transform = createAesGcm(
        {
          sessionKey: Buffer.from(key, "hex"),
          sessionSalt: Buffer.from("517569642070726f2071756f", "hex"),
          sessionAuthKey: Buffer.alloc(0),
        },
        false,
      );
      const packet = Buffer.concat([Buffer.from(HEADER + TEXT, "hex"), Buffer.alloc(16)]);
      transform.seal(packet, 12, 50, SSRC, INDEX, 0, 50);
      expect(packet.toString("hex")).toBe(HEADER + sealed);

      const forged = Buffer.from(packet);
      forged.writeUInt8(forged.readUInt8(65) ^ 1, 65);
      const copy = Buffer.from(forged);
      expect(transform.open(forged, 12, 50, SSRC, INDEX, 0, 50)).toBe(false);
      expect(forged).toEqual(copy);
      expect(transform.open(packet, 12, 50, SSRC, INDEX, 0, 50)).toBe(true);
      expect(packet.toString("hex", 0, 50)).toBe(HEADER + TEXT);
    },
  );
});
