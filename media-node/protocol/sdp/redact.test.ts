import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { redactSdp } from "./redact.ts";

const KEY = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";

describe("redactSdp", () => {
  test("keeps tag and suite and drops everything behind them", () => {
    expect(
      redactSdp(
        `m=audio 1 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}|2^20\r\na=x\r\n`,
      ),
    ).toBe("m=audio 1 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 [redacted]\r\na=x\r\n");
  });

  test.each([
    `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY};inline:${KEY}|1:4 WSH=64`,
    `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline: ${KEY}`,
    `a=crypto:1\tAES_CM_128_HMAC_SHA1_80\tinline:${KEY}`,
    `A=CRYPTO:1 AES_CM_128_HMAC_SHA1_80 INLINE:${KEY}`,
    `  a=crypto:${KEY}`,
    `a=crypto:1 ${KEY}`,
    `a=crypto:1 ${KEY} WSH=64`,
    `a=crypto: 1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}`,
    `k=base64:${KEY}`,
    `a=key-mgmt:mikey ${KEY}`,
    `some log line with crypto inline:${KEY} in it`,
  ])("no key is left in %s", (line) => {
    expect(redactSdp(`v=0\r\n${line}\r\nt=0 0`)).not.toContain(KEY);
    expect(redactSdp(`v=0\n${line}`)).not.toContain(KEY);
  });

  test("text without keys stays as it is", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -;=?-Z\r\n]{0,80}$/), (text) => {
        fc.pre(!/inline:|crypto|key-mgmt|k=/i.test(text));
        expect(redactSdp(text)).toBe(text);
      }),
    );
  });
});
