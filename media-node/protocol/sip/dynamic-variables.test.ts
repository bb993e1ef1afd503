import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeUserToUser, dynamicVariables } from "./dynamic-variables.ts";
import { redactSipText } from "./redact-message.ts";

test("X- headers become sip_ variables; the two reserved ones are returned apart", () => {
  const { variables, callId, callerId } = dynamicVariables({
    "x-contact-id": ["c1", "c2"],
    "x-campaign-id": ["42"],
    "x-call-id": ["their-call"],
    "x-caller-id": ["+15005550199"],
    diversion: ["<sip:other@example.com>"],
  });
  expect({ ...variables }).toEqual({ sip_contact_id: "c1", sip_campaign_id: "42" });
  expect(callId).toBe("their-call");
  expect(callerId).toBe("+15005550199");
});

test("names of the language are names like any other", () => {
  const headers: Record<string, readonly string[]> = Object.create(null);
  headers["x-__proto__"] = ["a"];
  headers["x-constructor"] = ["b"];
  const { variables } = dynamicVariables(headers);
  expect(Object.getPrototypeOf(variables)).toBe(null);
  expect(Object.entries(variables)).toEqual([
    ["sip___proto__", "a"],
    ["sip_constructor", "b"],
  ]);
});

test("User-to-User is given raw and decoded, and an X-UUI-Raw cannot take its place (RFC 7433 §4.1)", () => {
  const { variables } = dynamicVariables({
    "user-to-user": ["48656c6c6f;encoding=hex"],
    "x-uui-raw": ["forged"],
  });
  expect({ ...variables }).toEqual({
    sip_uui_raw: "48656c6c6f;encoding=hex",
    sip_uui_data: "Hello",
  });
});

test.for([
  ["48656c6c6f", "Hello"],
  ["0448656c6c6f;encoding=hex", "Hello"],
  ["48656c6c6f;pd=04;encoding=hex", "Hello"],
  ['"plain text";encoding=ascii', "plain text"],
  ["486", "486"],
  ["ff", "ff"],
  ["", ""],
] as const)("User-to-User %s is %s", ([value, data]) => {
  expect(decodeUserToUser(value)).toBe(data);
});

test("a value cannot be of any length, and there cannot be any number of them", () => {
  const headers = Object.fromEntries(
    Array.from({ length: 200 }, (_, index) => [`x-n${index}`, ["v".repeat(5_000)]]),
  );
  const values = Object.values(dynamicVariables(headers).variables);
  expect(values).toHaveLength(64);
  expect(values[0]).toHaveLength(1_024);
});

test("a redacted text has neither credentials nor SRTP keys, and every other line as it was", () => {
  const text = [
    "INVITE sip:a@b SIP/2.0",
    'Authorization: Digest username="u",',
    ' response="secret1"',
    'proxy-authorization : Digest response="secret2"',
    "X-Inline: inline:kept",
    "",
    "v=0",
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:secret3|2^20;inline:secret4 UNENCRYPTED_SRTP",
    "A=CRYPTO:2 X INLINE:secret5",
    "k=base64:secret6",
    "a=sendrecv",
    "",
  ].join("\r\n");
  const redacted = redactSipText(text);
  expect(redacted).not.toMatch(/secret\d/);
  for (const line of ["INVITE sip:a@b SIP/2.0", "X-Inline: inline:kept", "a=sendrecv"]) {
    expect(redacted).toContain(line);
  }
  expect(redacted).toContain("inline:[redacted];inline:[redacted] UNENCRYPTED_SRTP");
});

test("redaction changes nothing in a text without secrets and never throws", () => {
  fc.assert(fc.property(fc.string(), (text) => void redactSipText(text)));
  expect(redactSipText("OPTIONS sip:a SIP/2.0\r\n\r\n")).toBe("OPTIONS sip:a SIP/2.0\r\n\r\n");
});
