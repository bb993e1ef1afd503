import { describe, expect, test } from "vitest";
import { digitOfEvent, eventOfDigit } from "./events.ts";
import { createTelephoneEventReceiver } from "./receiver.ts";
import { telephoneEventPackets } from "./sender.ts";

interface Sent {
  readonly payload: Buffer;
  readonly rtpTimestamp: number;
  readonly atMs: number;
}

function press(digit: string, durationMs: number, rtpTimestamp: number, atMs = 0): Sent[] {
  const packets = telephoneEventPackets(digit, durationMs, 20) ?? [];
  return packets.map(({ payload }, i) => ({
    payload: Buffer.from(payload),
    rtpTimestamp,
    atMs: atMs + i * 20,
  }));
}

function heard(packets: readonly Sent[], pollAtMs?: number): string[] {
  const reports: string[] = [];
  const receiver = createTelephoneEventReceiver((digit, durationMs) => {
    reports.push(`${digit} ${durationMs}`);
  });
  for (const { payload, rtpTimestamp, atMs } of packets) {
    receiver.poll(atMs);
    receiver.receive(payload, 0, payload.length, rtpTimestamp, atMs);
  }
  if (pollAtMs !== undefined) receiver.poll(pollAtMs);
  return reports;
}

describe("telephoneEventPackets", () => {
  test("durations grow by the packet time and the end goes out three times (RFC 4733 §2.5.1)", () => {
    const packets = telephoneEventPackets("#", 60, 20) ?? [];
    expect(packets.map(({ payload }) => Buffer.from(payload).toString("hex"))).toEqual([
      "0b0a00a0",
      "0b0a0140",
      "0b8a01e0",
      "0b8a01e0",
      "0b8a01e0",
    ]);
    expect(packets.map(({ marker }) => marker)).toEqual([true, false, false, false, false]);
  });

  test("what is no digit has no packets", () => {
    for (const text of ["", "12", "x", "!", "w"])
      expect(telephoneEventPackets(text, 100, 20)).toBeNull();
  });
});

describe("createTelephoneEventReceiver", () => {
  test("a key press is one digit, with its duration", () => {
    expect(heard(press("5", 100, 1_000))).toEqual(["5 100"]);
  });

  test("the same key twice is two digits", () => {
    expect(heard([...press("5", 100, 1_000), ...press("5", 80, 4_000, 300)])).toEqual([
      "5 100",
      "5 80",
    ]);
  });

  test("a source with another clock is heard at once, whatever was pressed before", () => {
    const before = press("1", 100, 3_000_000_000);
    // Less than half of the clock behind, which is what a packet that was overtaken looks like.
    expect(heard([...before, ...press("2", 100, 2_000_000_000, 60_000)])).toEqual([
      "1 100",
      "2 100",
    ]);
  });

  test("any single surviving packet is enough, an end without updates included", () => {
    for (let i = 0; i < 7; i++) {
      const survivor = press("7", 100, 1_000)[i];
      expect(heard(survivor === undefined ? [] : [survivor], 1_000)).toHaveLength(1);
    }
  });

  test("with all ends lost the digit is reported by the next event or after a pause, once", () => {
    const cut = press("1", 100, 1_000).slice(0, 3);
    expect(heard([...cut, ...press("2", 100, 2_600, 200)])).toEqual(["1 60", "2 100"]);
    expect(heard(cut, 150)).toEqual([]);
    expect(heard(cut, 190)).toEqual(["1 60"]);
    expect(heard([...cut, ...press("1", 100, 1_000, 300)])).toEqual(["1 60"]);
  });

  test("duplicates and stragglers of an ended event are not a second press", () => {
    const packets = press("9", 100, 1_000);
    expect(heard([...packets, ...packets, ...press("8", 40, 5_000, 500), ...packets])).toEqual([
      "9 100",
      "8 40",
    ]);
  });

  test("packets in reverse order give the full duration", () => {
    expect(heard(press("4", 100, 1_000).toReversed())).toEqual(["4 100"]);
  });

  test("an event longer than a segment goes on in the next and is one digit (RFC 4733 §2.5.1.3)", () => {
    const update = (ticks: number, isEnd: boolean): Buffer =>
      Buffer.from([3, isEnd ? 0x8a : 0x0a, ticks >> 8, ticks & 0xff]);
    expect(
      heard([
        { payload: update(0xffff, false), rtpTimestamp: 100, atMs: 0 },
        { payload: update(160, false), rtpTimestamp: 100 + 0xffff, atMs: 20 },
        { payload: update(320, true), rtpTimestamp: 100 + 0xffff, atMs: 40 },
      ]),
    ).toEqual([`3 ${Math.round((0xffff + 320) / 8)}`]);
  });

  test("a flash is no digit, a short payload no event", () => {
    expect(heard([{ payload: Buffer.from([16, 0x8a, 1, 0]), rtpTimestamp: 1, atMs: 0 }])).toEqual(
      [],
    );
    const receiver = createTelephoneEventReceiver(() => {});
    expect(receiver.receive(Buffer.from([1, 0x8a, 1]), 0, 3, 1, 0)).toBe(false);
  });
});

test("digits and codes are those of RFC 4733 §3.2", () => {
  for (const [event, digit] of [..."0123456789*#ABCD"].entries()) {
    expect(digitOfEvent(event)).toBe(digit);
    expect(eventOfDigit(digit)).toBe(event);
  }
  expect(digitOfEvent(16)).toBeNull();
  expect(eventOfDigit("a")).toBe(12);
});
