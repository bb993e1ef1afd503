import { expect, test } from "vitest";
import { redactSipText } from "./redact-message.ts";

const KEY = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";
const HEAD = "INVITE sip:1@a SIP/2.0\r\nCall-ID: 1\r\n\r\n";

test.each([
  `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}|2^20|1:4`,
  `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY};inline:${KEY} WSH=64`,
  `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline: ${KEY}`,
  `a=crypto:1\tAES_CM_128_HMAC_SHA1_80\tinline:${KEY}`,
  `A=CRYPTO:1 AES_CM_128_HMAC_SHA1_80 INLINE:${KEY}`,
  `  a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}`,
  `a=crypto:${KEY}`,
  `a=crypto:1 AES_CM_128_HMAC_SHA1_80 ${KEY}`,
  `a=key-mgmt:mikey ${KEY}`,
  `k=base64:${KEY}`,
])("no key is left in a message with %s", (line) => {
  const redacted = redactSipText(`${HEAD}v=0\r\n${line}\r\nt=0 0\r\n`);
  expect(redacted).not.toContain(KEY);
  expect(redacted).toContain("[redacted]");
  expect(redacted.endsWith("\r\nt=0 0\r\n")).toBe(true);
});

test.each(["Authorization", "Proxy-Authorization"])("of %s only its name is left", (name) => {
  const text = `BYE sip:1@a SIP/2.0\r\n${name}: Digest username="u",\r\n response="${KEY}"\r\nTo: <sip:x@y>\r\n\r\n`;
  expect(redactSipText(text)).toBe(
    `BYE sip:1@a SIP/2.0\r\n${name}: [redacted]\r\nTo: <sip:x@y>\r\n\r\n`,
  );
});

test.each([
  ["application/dtmf-relay", "Signal=5\r\nDuration=160\r\n"],
  ["application/dtmf", "5"],
  ["application/vnd.example", "key 5"],
])("the key that an INFO of type %s carries is not left in it", (type, body) => {
  const head = `INFO sip:1@a SIP/2.0\r\nContent-Type: ${type}\r\n\r\n`;
  expect(redactSipText(head + body)).toBe(`${head}[redacted]`);
  expect(redactSipText(head)).toBe(head);
});

test("a password in a URI is not left in it", () => {
  expect(redactSipText(`INVITE sip:user:${KEY}@host SIP/2.0\r\n\r\n`)).toBe(
    "INVITE sip:user:[redacted]@host SIP/2.0\r\n\r\n",
  );
});
