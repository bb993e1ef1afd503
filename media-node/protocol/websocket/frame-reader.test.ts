import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameReader } from "./frame-reader.ts";

const MAX_MESSAGE_BYTES = 100_000;

function createReader() {
  const told: string[] = [];
  const of = (bytes: Buffer, start: number, end: number): string =>
    bytes.toString("latin1", start, end);
  const reader = new FrameReader(
    {
      text: (bytes, start, end) => void told.push(`text ${of(bytes, start, end)}`),
      binary: (bytes, start, end) => void told.push(`binary ${of(bytes, start, end)}`),
      ping: (bytes, start, end) => void told.push(`ping ${of(bytes, start, end)}`),
      pong: () => void told.push("pong"),
      close: (code, reason) => void told.push(`close ${code} ${reason}`),
    },
    { maxMessageBytes: MAX_MESSAGE_BYTES, isUtf8 },
  );
  return { reader, told };
}

/** The length of an unmasked frame in its shortest form (RFC 6455 §5.2). */
function frame(firstOctet: number, payload: Buffer): Buffer {
  const { length } = payload;
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  header[0] = firstOctet;
  header[1] = length < 126 ? length : length < 65_536 ? 126 : 127;
  if (header.length === 4) header.writeUInt16BE(length, 2);
  if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, payload]);
}

/** Of every kind, in every form of length, with control frames inside a message; and what they mean. */
const TRANSCRIPT: readonly (readonly [frame: Buffer, told: string | null])[] = [
  [frame(0x81, Buffer.from("Hello")), "text Hello"],
  [frame(0x82, Buffer.alloc(0)), "binary "],
  [frame(0x82, Buffer.alloc(125, "a")), `binary ${"a".repeat(125)}`],
  [frame(0x82, Buffer.alloc(126, "b")), `binary ${"b".repeat(126)}`],
  [frame(0x01, Buffer.from([0xe2, 0x82])), null],
  [frame(0x89, Buffer.from("in between")), "ping in between"],
  [frame(0x00, Buffer.alloc(0)), null],
  [frame(0x8a, Buffer.from("x")), "pong"],
  [frame(0x80, Buffer.from([0xac])), `text ${Buffer.from("€").toString("latin1")}`],
  [frame(0x02, Buffer.alloc(0)), null],
  [frame(0x80, Buffer.from("end")), "binary end"],
  [frame(0x02, Buffer.alloc(5_000, "c")), null],
  [frame(0x80, Buffer.alloc(5_000, "d")), `binary ${"c".repeat(5_000)}${"d".repeat(5_000)}`],
  [frame(0x81, Buffer.alloc(70_000, "e")), `text ${"e".repeat(70_000)}`],
  [frame(0x81, Buffer.alloc(0)), "text "],
  [frame(0x88, Buffer.from([0x03, 0xe8, 0x6f, 0x6b])), "close 1000 ok"],
];
const WIRE = Buffer.concat(TRANSCRIPT.map(([bytes]) => bytes));
const TOLD = TRANSCRIPT.flatMap(([, told]) => told ?? []);

describe("FrameReader", () => {
  test("the examples of RFC 6455 §5.7 mean what it says", () => {
    const { reader, told } = createReader();
    const examples = [
      "810548656c6c6f",
      "010348656c80026c6f",
      "890548656c6c6f",
      `827e0100${"00".repeat(256)}`,
      `827f0000000000010000${"00".repeat(65_536)}`,
    ];
    for (const hex of examples) {
      const bytes = Buffer.from(hex, "hex");
      expect(reader.read(bytes, 0, bytes.length, 100)).toBe(bytes.length);
    }
    expect(reader.fault).toBeNull();
    expect(told).toEqual([
      "text Hello",
      "text Hello",
      "ping Hello",
      `binary ${"\0".repeat(256)}`,
      `binary ${"\0".repeat(65_536)}`,
    ]);
  });

  test("a stream means the same wherever it is cut in two, and octet by octet", () => {
    // Inside the long payloads one cut is like another.
    const cuts = Array.from({ length: WIRE.length }, (_, i) => i).filter(
      (i) => i < 700 || i % 1_009 === 0 || i > WIRE.length - 700,
    );
    for (const cut of cuts) {
      const { reader, told } = createReader();
      reader.read(WIRE, 0, cut, 1_000);
      reader.read(WIRE, cut, WIRE.length, 1_000);
      expect(told).toEqual(TOLD);
    }
    const { reader, told } = createReader();
    for (let i = 0; i < WIRE.length; i++) reader.read(WIRE, i, i + 1, 1);
    expect(told).toEqual(TOLD);
  });

  test("and wherever it is cut in many, with any number of frames a turn", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: WIRE.length }), { maxLength: 30 }),
        fc.integer({ min: 1, max: 4 }),
        (places, framesPerTurn) => {
          const { reader, told } = createReader();
          let at = 0;
          for (const end of [...places.toSorted((one, other) => one - other), WIRE.length]) {
            while (at < end) at = reader.read(WIRE, at, end, framesPerTurn);
          }
          expect(told).toEqual(TOLD);
        },
      ),
    );
  });

  test("any bytes are read to their end or to a fault, and never thrown over", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (pieces) => {
        const { reader } = createReader();
        for (const piece of pieces) {
          const bytes = Buffer.from(piece);
          expect(reader.read(bytes, 0, bytes.length, 1_000)).toBe(bytes.length);
        }
      }),
    );
  });

  test("no more frames are read than asked for, and the rest is read later", () => {
    const { reader, told } = createReader();
    const three = Buffer.concat([1, 2, 3].map((n) => frame(0x82, Buffer.from(String(n)))));
    expect(reader.read(three, 0, three.length, 2)).toBe(6);
    expect(told).toEqual(["binary 1", "binary 2"]);
    expect(reader.read(three, 6, three.length, 2)).toBe(three.length);
    expect(told).toEqual(["binary 1", "binary 2", "binary 3"]);
  });

  test("a frame without a payload is a frame as well", () => {
    const { reader, told } = createReader();
    const pings = Buffer.concat(Array.from({ length: 100 }, () => frame(0x89, Buffer.alloc(0))));
    expect(reader.read(pings, 0, pings.length, 4)).toBe(8);
    expect(told).toEqual(Array.from({ length: 4 }, () => "ping "));
  });

  test.each([
    ["a masked frame", "8185" + "00000000" + "48656c6c6f", 1002, /masked/],
    ["reserved bit 1", "c100", 1002, /reserved/],
    ["reserved bit 2", "a100", 1002, /reserved/],
    ["reserved bit 3", "9100", 1002, /reserved/],
    ["a reserved data opcode", "8300", 1002, /opcode 3/],
    ["a reserved control opcode", "8b00", 1002, /opcode 11/],
    ["a continuation of nothing", "8000", 1002, /continue/],
    ["a message inside another", "01014a8100", 1002, /inside/],
    ["a fragmented ping", "0900", 1002, /fragmented/],
    ["a ping of 126 octets", "897e007e", 1002, /too long/],
    ["a close of one octet", "880103", 1002, /one byte/],
    ["close code 1005", "880203ed", 1002, /1005/],
    ["close code 1006", "880203ee", 1002, /1006/],
    ["close code 999", "880203e7", 1002, /999/],
    ["close code 2999", "88020bb7", 1002, /2999/],
    ["close code 5000", "88021388", 1002, /5000/],
    ["a close reason that is not UTF-8", "880303e8ff", 1007, /UTF-8/],
    ["a text that is not UTF-8", "8101ff", 1007, /UTF-8/],
    ["a text cut inside a character", "8102e282", 1007, /UTF-8/],
    ["a UTF-16 surrogate in a text", "8103eda080", 1007, /UTF-8/],
    ["a message over the limit", "827f00000000000186a1", 1009, /100000/],
    ["a message of 2^63 octets", "827f7fffffffffffffff", 1009, /100000/],
    ["a last fragment over the limit", `027e0001ff807f00000000000186a0`, 1009, /100000/],
  ])("%s is a fault, at once and for good (RFC 6455 §7.1.7)", (_, hex, code, message) => {
    const { reader, told } = createReader();
    const bytes = Buffer.from(hex, "hex");
    reader.read(bytes, 0, bytes.length, 100);
    expect(reader.fault).toMatchObject({ code });
    expect(reader.fault?.message).toMatch(message);
    const later = frame(0x81, Buffer.from("later"));
    expect(reader.read(later, 0, later.length, 100)).toBe(later.length);
    expect(told).toEqual([]);
  });

  test("a message of exactly the limit is heard", () => {
    const { reader, told } = createReader();
    const bytes = frame(0x82, Buffer.alloc(MAX_MESSAGE_BYTES));
    reader.read(bytes, 0, bytes.length, 1);
    expect(told[0]).toHaveLength("binary ".length + MAX_MESSAGE_BYTES);
  });

  test("after a close nothing is heard (RFC 6455 §5.5.1)", () => {
    const { reader, told } = createReader();
    const bytes = Buffer.concat([frame(0x88, Buffer.alloc(0)), frame(0x82, Buffer.from("late"))]);
    expect(reader.read(bytes, 0, bytes.length, 100)).toBe(bytes.length);
    expect(told).toEqual(["close 1005 "]);
  });
});
