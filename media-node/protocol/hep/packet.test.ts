import { expect, test } from "vitest";
import { encodeHep, type HepMessage } from "./packet.ts";

const MESSAGE: HepMessage = {
  source: { address: "192.0.2.10", port: 40_000 },
  destination: { address: "198.51.100.5", port: 5_061 },
  transport: "tls",
  atMs: 1_750_000_000_123.456,
  text: "OPTIONS sip:a SIP/2.0\r\n\r\nä",
  correlationId: "call@peer",
  agentId: 1,
  nodeName: "node_1",
};

/** The packet read back by its own lengths: type to value. */
function chunksOf(packet: Buffer): Map<number, Buffer> {
  expect(packet.toString("latin1", 0, 4)).toBe("HEP3");
  expect(packet.readUInt16BE(4)).toBe(packet.length);
  const chunks = new Map<number, Buffer>();
  for (let at = 6; at < packet.length; at += packet.readUInt16BE(at + 4)) {
    expect(packet.readUInt16BE(at)).toBe(0);
    chunks.set(
      packet.readUInt16BE(at + 2),
      packet.subarray(at + 6, at + packet.readUInt16BE(at + 4)),
    );
  }
  return chunks;
}

test("has addresses, ports, time to the microsecond, Call-ID, node and payload in octets", () => {
  const packet = encodeHep(MESSAGE);
  if (packet === null) throw new Error("no packet");
  const chunks = chunksOf(packet);
  const hex = Object.fromEntries([...chunks].map(([type, value]) => [type, value.toString("hex")]));
  expect(hex).toMatchObject({
    1: "02",
    2: "06",
    3: "c000020a",
    4: "c6336405",
    7: "9c40",
    8: "13c5",
    9: (1_750_000_000).toString(16),
    11: "01",
    12: "00000001",
  });
  expect(chunks.get(10)?.readUInt32BE(0)).toBe(123_456);
  expect(chunks.get(15)?.toString("utf8")).toBe(MESSAGE.text);
  expect(chunks.get(17)?.toString()).toBe("call@peer");
  expect(chunks.get(19)?.toString()).toBe("node_1");
});

test("an IPv6 pair has chunks of its own, and UDP its number", () => {
  const source = { address: "2001:db8::1", port: 5_060 };
  const destination = { address: "2001:db8::2", port: 5_060 };
  const packet = encodeHep({ ...MESSAGE, source, destination, transport: "udp" });
  const chunks = chunksOf(packet ?? Buffer.alloc(0));
  expect(chunks.get(1)?.[0]).toBe(10);
  expect(chunks.get(2)?.[0]).toBe(17);
  expect(chunks.get(5)?.toString("hex")).toBe("20010db8000000000000000000000001");
  expect(chunks.has(3)).toBe(false);
});

test("a message longer than a datagram is cut, and one without two addresses of a kind is none", () => {
  const packet = encodeHep({ ...MESSAGE, text: "x".repeat(100_000) });
  expect(chunksOf(packet ?? Buffer.alloc(0)).get(15)).toHaveLength(60_000);
  expect(encodeHep({ ...MESSAGE, source: { address: "2001:db8::1", port: 1 } })).toBeNull();
  expect(encodeHep({ ...MESSAGE, source: { address: "", port: 1 } })).toBeNull();
});
