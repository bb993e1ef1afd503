import fc from "fast-check";
import { expect, test } from "vitest";
import { dynamicVariables } from "./dynamic-variables.ts";
import { redactSipText } from "./redact-message.ts";

test("X- headers become sip_ variables; the two reserved ones are returned apart", () => {
  const { variables, callId, callerId } = dynamicVariables({
    "x-contact-id": ["c1", "c2"],
    "x-campaign-id": ["42"],
    "x-call-id": ["their-call"],
    "x-caller-id": ["+15005550199"],
    subject: ["not for the agent"],
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

test("a value cannot be of any length, and there cannot be any number of them", () => {
  const headers = Object.fromEntries(
    Array.from({ length: 200 }, (_, index) => [`x-n${index}`, ["v".repeat(5_000)]]),
  );
  const values = Object.values(dynamicVariables(headers).variables);
  expect(values).toHaveLength(64);
  expect(values[0]).toHaveLength(1_024);
});

test("a value is never cut in the middle of a character, and a name is not of any length", () => {
  const { variables } = dynamicVariables({
    "x-emoji": [`${"v".repeat(1_023)}\u{1f600}`],
    [`x-${"n".repeat(200)}`]: ["v"],
  });
  expect(Object.keys(variables)).toEqual(["sip_emoji"]);
  expect(variables["sip_emoji"]?.isWellFormed()).toBe(true);
});

test("who is asserted and who was called first have variables of their own (RFC 3325, 5806, 7044)", () => {
  const { variables } = dynamicVariables({
    "p-asserted-identity": ['"Ada, A." <sip:+4930123456@carrier.example>', "<tel:+4930123456>"],
    diversion: [
      '<sip:+493011@pbx.example>;reason="no-answer";counter=1, <sip:+493022@pbx.example>',
    ],
    "history-info": [
      "<sip:+493033@pbx.example;user=phone>;index=1",
      "<sip:+493044@pbx.example?Reason=SIP%3Bcause%3D302>;index=1.1",
    ],
  });
  expect({ ...variables }).toEqual({
    sip_p_asserted_identity: '"Ada, A." <sip:+4930123456@carrier.example>, <tel:+4930123456>',
    sip_p_asserted_identity_user: "+4930123456",
    sip_diversion:
      '<sip:+493011@pbx.example>;reason="no-answer";counter=1, <sip:+493022@pbx.example>',
    sip_diversion_user: "+493011",
    sip_diversion_reason: "no-answer",
    sip_history_info:
      "<sip:+493033@pbx.example;user=phone>;index=1, <sip:+493044@pbx.example?Reason=SIP%3Bcause%3D302>;index=1.1",
    sip_history_info_user: "+493033",
  });
});

test.each(["id", "user;id;critical", "header, ID"])(
  "with Privacy: %s the asserted identity is not told (RFC 3325 §9.3)",
  (privacy) => {
    const { variables } = dynamicVariables({
      "p-asserted-identity": ["<tel:+4930123456>"],
      privacy: [privacy],
    });
    expect({ ...variables }).toEqual({});
  },
);

test("an address that cannot be read is told as it came, and nothing is made of it", () => {
  const { variables } = dynamicVariables({ diversion: ["<sip:", "garbage;;"] });
  expect({ ...variables }).toEqual({ sip_diversion: "<sip:, garbage;;" });
});

test("an X- header cannot take the place of another header's variable", () => {
  const { variables } = dynamicVariables({
    "x-p-asserted-identity": ["forged"],
    "x-p-asserted-identity-user": ["forged"],
    "x-diversion": ["forged"],
    "x-history-info": ["forged"],
    "x-uui-data": ["forged"],
    "x-diversions": ["mine"],
  });
  expect({ ...variables }).toEqual({ sip_diversions: "mine" });
});

test("the carrier's identifier of the call stands beside X-CALL-ID", () => {
  const headers = { "x-call_leg_id": ["leg"], "x-twilio-callsid": ["CA1"] };
  const { callId, carrierCallId, variables } = dynamicVariables(headers);
  expect({ callId, carrierCallId }).toEqual({ callId: null, carrierCallId: "CA1" });
  expect({ ...variables }).toEqual({ sip_call_leg_id: "leg", sip_twilio_callsid: "CA1" });
});

test("what was received is given by name, X- headers and User-to-User alone", () => {
  const { received } = dynamicVariables({
    "x-call-id": ["pbx-1"],
    "x-foo": ["a", "b"],
    "user-to-user": ["00616263;encoding=hex"],
    authorization: ["Digest ..."],
  });
  expect({ ...received }).toEqual({
    "x-call-id": "pbx-1",
    "x-foo": "a",
    "user-to-user": "00616263;encoding=hex",
  });
});

test("no header makes it throw", () => {
  const names = ["user-to-user", "diversion", "history-info", "p-asserted-identity", "x-a"];
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.array(fc.string()), (name, values) => {
      for (const value of Object.values(dynamicVariables({ [name]: values }).variables)) {
        expect(value.length).toBeLessThanOrEqual(1_024);
      }
    }),
  );
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
