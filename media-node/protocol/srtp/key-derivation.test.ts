import { describe, expect, test } from "vitest";
import { createAesCmHmacSha1 } from "./aes-cm-hmac-sha1.ts";
import { deriveSessionKey, SRTP_LABELS } from "./key-derivation.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ""), "hex");

describe("RFC 3711 appendix B", () => {
  test("the key stream is that of the vector, also far into the packet (RFC 3711 §B.2)", () => {
    const transform = createAesCmHmacSha1(
      {
        sessionKey: hex("2B7E151628AED2A6ABF7158809CF4F3C"),
        sessionSalt: hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD"),
        sessionAuthKey: Buffer.alloc(20),
      },
      10,
    );
    const keyStream = Buffer.alloc(48 + 10);
    transform.seal(keyStream, 0, 48, 0, 0, 0, 48);
    expect(keyStream.toString("hex", 0, 48).toUpperCase()).toBe(
      "E03EAD0935C95E80E166B16DD92B4EB4" +
        "D23513162B02D0F72A43A2FE4A5F97AB" +
        "41E95B3BB0A2E8DD477901E4FCA894C0",
    );
  });

  test("session keys are those of the vector (RFC 3711 §B.3)", () => {
    const masterKey = hex("E1F97A0D3E018BE0D64FA32C06DE4139");
    const masterSalt = hex("0EC675AD498AFEEBB6960B3AABE6");
    const derive = (label: number, length: number): string =>
      deriveSessionKey(masterKey, masterSalt, label, length).toString("hex").toUpperCase();
    expect(derive(SRTP_LABELS.rtpEncryption, 16)).toBe("C61E7A93744F39EE10734AFE3FF7A087");
    expect(derive(SRTP_LABELS.rtpSalt, 14)).toBe("30CBBC08863D8C85D49DB34A9AE1");
    expect(derive(SRTP_LABELS.rtpAuthentication, 94)).toBe(
      "CEBE321F6FF7716B6FD4AB49AF256A15" +
        "6D38BAA48F0A0ACF3C34E2359E6CDBCE" +
        "E049646C43D9327AD175578EF7227098" +
        "6371C10C9A369AC2F94A8C5FBCDDDC25" +
        "6D6E919A48B610EF17C2041E47403576" +
        "6B68642C59BBFC2F34DB60DBDFB2",
    );
  });
});

describe("RFC 6188 §7", () => {
  test("the key stream of AES-256 is that of the vector (RFC 6188 §7.1)", () => {
    const transform = createAesCmHmacSha1(
      {
        sessionKey: hex("57f82fe3613fd170a85ec93c40b1f092 2ec4cb0dc025b58272147cc438944a98"),
        sessionSalt: hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD"),
        sessionAuthKey: Buffer.alloc(20),
      },
      10,
    );
    const keyStream = Buffer.alloc(16 + 10);
    transform.seal(keyStream, 0, 16, 0, 0, 0, 16);
    expect(keyStream.toString("hex", 0, 16)).toBe("92bdd28a93c3f52511c677d08b5515a4");
  });

  test("session keys of a 256-bit master key are those of the vector (RFC 6188 §7.3)", () => {
    const masterKey = hex("f0f04914b513f2763a1b1fa130f10e29 98f6f6e43e4309d1e622a0e332b9f1b6");
    const masterSalt = hex("3b04803de51ee7c96423ab5b78d2");
    const derive = (label: number, length: number): string =>
      deriveSessionKey(masterKey, masterSalt, label, length).toString("hex");
    expect(derive(SRTP_LABELS.rtpEncryption, 32)).toBe(
      "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4",
    );
    expect(derive(SRTP_LABELS.rtpSalt, 14)).toBe("fa31791685ca444a9e07c6c64e93");
    expect(derive(SRTP_LABELS.rtpAuthentication, 20)).toBe(
      "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05",
    );
  });
});
