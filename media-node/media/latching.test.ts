import { beforeEach, describe, expect, test } from "vitest";
import { Latch } from "./latching.ts";

let latch: Latch;
beforeEach(() => {
  latch = new Latch();
});

const target = (): string => `${latch.address}:${latch.port}`;

/** Packets in sequence from one source, 20 ms apart; returns how many were heard. */
function packets(
  count: number,
  address: string,
  port: number,
  { atMs = 0, ssrc = 7, first = 100 } = {},
): number {
  let heard = 0;
  for (let i = 0; i < count; i++) {
    if (latch.hears(atMs + i * 20, address, port, ssrc, (first + i) & 0xffff)) heard += 1;
  }
  return heard;
}

describe("where to send", () => {
  test.each([
    ["a public SDP address as it is", "203.0.113.5", "198.51.100.1", "203.0.113.5:4000"],
    [
      "a private one at the signalling source, SDP port",
      "192.168.1.9",
      "198.51.100.1",
      "198.51.100.1:4000",
    ],
    ["RFC 6598 addresses are private", "100.64.3.3", "198.51.100.1", "198.51.100.1:4000"],
    ["so are unique local IPv6 addresses", "fd00::1", "2001:db8::1", "2001:db8::1:4000"],
    ["and link local ones", "fe80::1", "2001:db8::1", "2001:db8::1:4000"],
    ["private and signalled from the same address", "10.0.0.1", "10.0.0.1", "10.0.0.1:4000"],
    ["private without a signalling address", "10.0.0.1", null, "10.0.0.1:4000"],
    ["a name is never looked up", "host.example.com", null, ":0"],
    [
      "a name gives way to the signalling source",
      "host.example.com",
      "198.51.100.1",
      "198.51.100.1:4000",
    ],
  ])("%s", (_, sdpAddress, signalling, expected) => {
    latch.aim(sdpAddress, 4000, signalling);
    expect(target()).toBe(expected);
  });

  test("a hold with 0.0.0.0 keeps the target, and the return from it too", () => {
    latch.aim("192.168.1.9", 4000, null);
    packets(5, "198.51.100.1", 5555);
    latch.aim("0.0.0.0", 4000, null);
    expect(target()).toBe("198.51.100.1:5555");
    latch.aim("192.168.1.9", 4000, null);
    expect(target()).toBe("198.51.100.1:5555");
  });

  test("a re-offer with another address moves the target at once", () => {
    latch.aim("203.0.113.5", 4000, null);
    packets(1, "203.0.113.5", 4000);
    latch.aim("203.0.113.6", 4002, null);
    expect(target()).toBe("203.0.113.6:4002");
  });
});

describe("whom to hear, plain RTP", () => {
  beforeEach(() => latch.aim("203.0.113.5", 4000, null));

  test("the SDP address is heard from its first packet", () => {
    expect(packets(1, "203.0.113.5", 4000)).toBe(1);
  });

  test("another source is heard, and sent to, from its fifth packet in sequence", () => {
    expect(packets(4, "198.51.100.1", 5555)).toBe(0);
    expect(target()).toBe("203.0.113.5:4000");
    expect(packets(1, "198.51.100.1", 5555, { first: 104, atMs: 80 })).toBe(1);
    expect(target()).toBe("198.51.100.1:5555");
  });

  test("five packets with gaps, of several SSRCs or over more than 5 s prove nothing", () => {
    for (let i = 0; i < 20; i++) {
      expect(latch.hears(i * 20, "198.51.100.1", 1111, 7, 2 * i)).toBe(false);
      expect(latch.hears(i * 20, "198.51.100.1", 2222, i, i)).toBe(false);
      expect(latch.hears(i * 1_300, "198.51.100.1", 3333, 7, i)).toBe(false);
    }
    expect(target()).toBe("203.0.113.5:4000");
  });

  test("once locked, nobody else is heard while the source speaks", () => {
    packets(10, "198.51.100.1", 5555);
    for (let second = 0; second < 10; second++) {
      expect(packets(50, "198.51.100.66", 6666, { atMs: 200 + second * 1_000 })).toBe(0);
      expect(packets(50, "198.51.100.1", 5555, { atMs: 200 + second * 1_000 })).toBe(50);
    }
    expect(target()).toBe("198.51.100.1:5555");
  });

  test("the SDP address wins over a source that was learned", () => {
    packets(5, "198.51.100.1", 5555);
    expect(packets(1, "203.0.113.5", 4000, { atMs: 120 })).toBe(1);
    expect(target()).toBe("203.0.113.5:4000");
    expect(packets(20, "198.51.100.1", 5555, { atMs: 140, first: 105 })).toBe(0);
  });

  test("after 2 s of silence a new source is learned by the same test", () => {
    packets(5, "198.51.100.1", 5555);
    expect(packets(5, "198.51.100.1", 7777, { atMs: 2_000, ssrc: 8 })).toBe(0);
    expect(packets(5, "198.51.100.1", 7777, { atMs: 2_200, ssrc: 8, first: 200 })).toBe(1);
    expect(target()).toBe("198.51.100.1:7777");
  });

  test("noise from one other source does not keep the real one from being proven", () => {
    for (let i = 0; i < 5; i++) {
      latch.hears(i * 20, "198.51.100.66", 6666, 9, (i * 7_919) & 0xffff);
      latch.hears(i * 20, "198.51.100.1", 5555, 7, 100 + i);
    }
    expect(target()).toBe("198.51.100.1:5555");
  });
});

test("noise from hundreds of ports, ten packets to each of the real one's, does not hold it up", () => {
  latch.aim("192.168.1.9", 4000, null);
  for (let i = 0; i < 5; i++) {
    for (let j = 0; j < 10; j++)
      latch.hears(i * 20 + j, "198.51.100.66", 10_000 + i * 10 + j, 9, j);
    latch.hears(i * 20 + 10, "198.51.100.1", 5555, 7, 100 + i);
  }
  expect(target()).toBe("198.51.100.1:5555");
});

test("SRTP: an authentic packet moves the target at once", () => {
  latch.aim("203.0.113.5", 4000, null);
  latch.authenticated("198.51.100.1", 5555);
  expect(target()).toBe("198.51.100.1:5555");
});
