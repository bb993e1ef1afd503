import fc from "fast-check";
import { expect, test } from "vitest";
import { writePcap } from "../../workers/services/sip-pcap.ts";
import { readPcap } from "../support/read-pcap.ts";

const AT = 1_790_000_000_123_456;

function message(raw: string, more: { direction?: "in" | "out"; local?: string; remote?: string }) {
  return {
    created_at_unix_micro: AT,
    direction: more.direction ?? "in",
    local_address: more.local ?? "192.0.2.1:5061",
    remote_address: more.remote ?? "198.51.100.7:40000",
    raw_message: raw,
  };
}

test("a capture file is read by another reader: time, both ends, and every byte of the message", () => {
  const hostile = `INVITE sip:1@x SIP/2.0\r\nFrom: "<b>\u202e\u0000😀" <sip:a@b>\r\n\r\n`;
  const file = writePcap([
    message(hostile, {}),
    message("SIP/2.0 200 OK\r\n\r\n", { direction: "out" }),
    message("OPTIONS", { local: "[2001:db8::1]:5060", remote: "[2001:db8::2]:5080" }),
    message("BYE", { local: "[2001:db8::1]:5060", remote: "192.0.2.9:5060" }),
    message("", {}),
  ]);
  expect(readPcap(file)).toEqual([
    { atMicros: AT, from: "198.51.100.7 40000", to: "192.0.2.1 5061", payload: hostile },
    {
      atMicros: AT,
      from: "192.0.2.1 5061",
      to: "198.51.100.7 40000",
      payload: "SIP/2.0 200 OK\r\n\r\n",
    },
    { atMicros: AT, from: "2001:db8::2 5080", to: "2001:db8::1 5060", payload: "OPTIONS" },
    { atMicros: AT, from: "::ffff:c000:209 5060", to: "2001:db8::1 5060", payload: "BYE" },
  ]);
});

test("a message longer than a datagram is cut, and addresses that are none keep it nevertheless", () => {
  const file = writePcap([message("A".repeat(100_000), { local: "nowhere", remote: "<b>:1" })]);
  const [packet] = readPcap(file);
  expect(packet).toMatchObject({ from: "0.0.0.0 1", to: "0.0.0.0 0" });
  expect(packet?.payload.length).toBe(65_507);
});

test("whatever a message holds, no record is torn and no checksum wrong", () => {
  const texts = fc.sample(fc.string({ unit: "binary", minLength: 1, maxLength: 300 }), {
    numRuns: 200,
    seed: 9,
  });
  const packets = readPcap(writePcap(texts.map((text) => message(text, {}))));
  expect(packets.map(({ payload }) => payload)).toEqual(texts.map((text) => text.toWellFormed()));
});
