import { expect, it } from "vitest";
import { Secret } from "../../schema/values/secret.ts";
import { createLogger } from "./logger.ts";

function logged(
  fields: Record<string, unknown>,
  settings: { maskNumbers: boolean; level?: "warn" },
) {
  const lines: string[] = [];
  const logger = createLogger({
    level: settings.level ?? "info",
    nodeId: "node_1",
    region: "eu-1",
    maskNumbers: settings.maskNumbers,
    destination: { write: (line) => void lines.push(line) },
  });
  logger.info("something_happened", fields);
  return lines.join("");
}

const masked = (fields: Record<string, unknown>) => logged(fields, { maskNumbers: true });

it("a line is JSON with level, time, node, region and event", () => {
  expect(JSON.parse(masked({ calls: 3 }))).toMatchObject({
    level: "info",
    time: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T/),
    node_id: "node_1",
    region: "eu-1",
    event: "something_happened",
    calls: 3,
  });
});

it("a level below the configured one writes nothing", () => {
  expect(logged({}, { maskNumbers: true, level: "warn" })).toBe("");
});

it.each([
  ["a Secret", { anything: new Secret("hunter2") }],
  ["a field named after a secret", { joinToken: "hunter2" }],
  ["a nested field", { config: { deep: [{ trunk_password: "hunter2" }] } }],
  ["a header by its name", { request: { Authorization: "hunter2" } }],
  [
    "SIP credentials",
    { text: 'BYE sip:a SIP/2.0\r\nAuthorization: Digest response="hunter2"\r\n\r\n' },
  ],
  ["a password in a URI", { text: "From: <sip:alice:hunter2@203.0.113.5:5060>;tag=1" }],
  ["an SRTP key", { text: "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:hunter2" }],
  ["an error's message", { error: new Error("offer was a=crypto:1 X inline:hunter2") }],
  ["an error's cause", { error: new Error("x", { cause: new Error("inline:hunter2") }) }],
  ["bytes", { key: new TextEncoder().encode("hunter2") }],
])("%s is not written", (_, fields) => {
  const line = masked(fields);
  expect(line).not.toContain("hunter2");
  expect(line).not.toContain("104,117,110");
  expect(JSON.parse(line)).toMatchObject({ event: "something_happened" });
});

it.each([
  ["+15005550100", "+*******0100"],
  ["5005550100", "******0100"],
  ["sip:+15005550100@203.0.113.5:5060", "sip:+*******0100@203.0.113.5:5060"],
  ["From +15005550100.", "From +*******0100."],
  ["INVITE sip:0015005550100;x=y SIP/2.0", "INVITE sip:*********0100;x=y SIP/2.0"],
])("the number in %s is masked to its last four digits", (text, expected) => {
  expect(JSON.parse(masked({ text }))).toMatchObject({ text: expected });
});

it.each([
  "call_01jxyz000000000000001234567",
  "203.0.113.5:5060",
  "2001:db8::1234:5678",
  "1000",
  "2026-11-22T03:35:51.123Z",
  "0.1234567890",
])("%s is not taken for a number", (text) => {
  expect(JSON.parse(masked({ text }))).toMatchObject({ text });
});

it("identifiers stay whole even when they are digits, and numbers are whole when asked for", () => {
  expect(JSON.parse(masked({ sipCallId: "1234567890" }))).toMatchObject({
    sipCallId: "1234567890",
  });
  expect(JSON.parse(logged({ from: "+15005550100" }, { maskNumbers: false }))).toMatchObject({
    from: "+15005550100",
  });
});

it("what cannot be written as JSON does not throw", () => {
  const circle: Record<string, unknown> = { count: 10n };
  circle["self"] = circle;
  expect(JSON.parse(masked({ circle }))).toMatchObject({ circle: { count: "10" } });
});
