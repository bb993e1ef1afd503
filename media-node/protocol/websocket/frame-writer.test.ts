import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameWriter } from "./frame-writer.ts";

/** RFC 6455 §5.2, read by its text: an independent reader of one masked frame. */
function unmask(frame: Buffer): { first: number; payload: Buffer; key: Buffer } {
  const [first = 0, second = 0] = frame;
  expect(second & 0x80).toBe(0x80);
  const short = second & 0x7f;
  const headerBytes = short < 126 ? 2 : short === 126 ? 4 : 10;
  const length =
    short < 126 ? short : short === 126 ? frame.readUInt16BE(2) : Number(frame.readBigUInt64BE(2));
  const key = frame.subarray(headerBytes, headerBytes + 4);
  const masked = frame.subarray(headerBytes + 4);
  expect(masked.length).toBe(length);
  return { first, key, payload: Buffer.from(masked.map((octet, i) => octet ^ (key[i % 4] ?? 0))) };
}

/** Keys 0, 1, 2 …, so that each can be told from the next. */
function createWriter(): FrameWriter {
  let next = 0;
  return new FrameWriter((words) => {
    for (let i = 0; i < words.length; i++) words[i] = next++;
  });
}

describe("FrameWriter", () => {
  test("the masked example of RFC 6455 §5.7, octet for octet", () => {
    const writer = new FrameWriter((words) => void words.fill(0x3d21fa37));
    expect(writer.text("Hello").toString("hex")).toBe("818537fa213d7f9f4d5158");
  });

  test("any payload comes back from its frame, in the shortest form of length", () => {
    const writer = createWriter();
    const lengths = fc.oneof(
      fc.constantFrom(0, 1, 2, 3, 4, 124, 125, 126, 127, 65_534, 65_535, 65_536, 200_001),
      fc.integer({ min: 0, max: 2_000 }),
    );
    fc.assert(
      fc.property(lengths, fc.integer({ min: 0, max: 255 }), (length, octet) => {
        const payload = Buffer.alloc(length, octet);
        const frame = writer.binary(payload);
        expect(unmask(frame)).toMatchObject({ first: 0x82, payload });
        expect(frame.length - length).toBe(length < 126 ? 6 : length < 65_536 ? 8 : 14);
      }),
    );
  });

  test("any text comes back, whatever its script", () => {
    const writer = createWriter();
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 2_000 }), (text) => {
        const { first, payload } = unmask(writer.text(text));
        expect(first).toBe(0x81);
        expect(payload.toString("utf8")).toBe(Buffer.from(text, "utf8").toString("utf8"));
      }),
    );
  });

  test("every frame has a key of its own (RFC 6455 §5.3)", () => {
    const writer = createWriter();
    const keys = Array.from({ length: 3_000 }, () =>
      unmask(writer.binary(Buffer.alloc(10))).key.readUInt32LE(0),
    );
    expect(new Set(keys).size).toBe(3_000);
  });

  test("ping, pong and close are control frames; a reason is cut at a character", () => {
    const writer = createWriter();
    expect(unmask(writer.ping())).toMatchObject({ first: 0x89, payload: Buffer.alloc(0) });
    const ping = Buffer.from("..echo..");
    expect(unmask(writer.pong(ping, 2, 6))).toMatchObject({
      first: 0x8a,
      payload: Buffer.from("echo"),
    });
    expect(unmask(writer.closeWithoutCode())).toMatchObject({
      first: 0x88,
      payload: Buffer.alloc(0),
    });
    const { first, payload } = unmask(writer.close(1011, "€".repeat(60)));
    expect([first, payload.readUInt16BE(0)]).toEqual([0x88, 1011]);
    expect(payload.toString("utf8", 2)).toBe("€".repeat(41));
  });

  test("frames of one length are one object, and a frame that is left stays as it is", () => {
    const writer = createWriter();
    const first = writer.binary(Buffer.alloc(320, 1));
    expect(writer.binary(Buffer.alloc(320, 2))).toBe(first);
    const kept = Buffer.from(first);
    writer.leaveMemory();
    expect(writer.binary(Buffer.alloc(320, 3))).not.toBe(first);
    expect(first).toEqual(kept);
  });
});
