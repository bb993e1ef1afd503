import { expect, test } from "vitest";
import { RelayFrameReader, type RelayHead, writeRelayFrame } from "./relay-frames.ts";

const HEADS: readonly RelayHead[] = [
  {
    kind: "request",
    id: 1,
    flow: "tcp 192.0.2.1 49152",
    transport: "tcp",
    address: "192.0.2.1",
    port: 49_152,
  },
  { kind: "verdict", id: 1, isTaken: false },
  { kind: "response", flow: "tcp 192.0.2.1 49152" },
];
const MESSAGE = Buffer.from("BYE sip:a@example.test SIP/2.0\r\n\r\n\u0000\u00ff", "latin1");

test("frames come out as they went in, however the connection cuts them", () => {
  const wire = Buffer.concat(HEADS.map((head) => writeRelayFrame(head, MESSAGE)));
  for (const step of [1, 7, wire.length]) {
    const reader = new RelayFrameReader(1_000);
    const frames = [];
    for (let at = 0; at < wire.length; at += step) {
      frames.push(...(reader.push(wire.subarray(at, at + step)) ?? []));
    }
    expect(frames.map(({ head }) => head)).toEqual(HEADS);
    for (const { sip } of frames) expect(Buffer.compare(sip, MESSAGE)).toBe(0);
  }
});

test("what is too long, or no head of ours, ends the connection before it is kept", () => {
  const [head] = HEADS;
  if (head === undefined) throw new Error("no head");
  const tooLong = Buffer.alloc(4);
  tooLong.writeUInt32BE(0xffffffff);
  const headBeyond = Buffer.from([0, 0, 0, 4, 0xff, 0xff, 0, 0]);
  const notJson = Buffer.from([0, 0, 0, 3, 0, 1, 0x7b]);
  const unknown = Buffer.from('\u0000\u0000\u0000\u0011\u0000\u000f{"kind":"ping"}');
  const tooShort = Buffer.from([0, 0, 0, 1]);
  for (const bytes of [tooLong, headBeyond, notJson, unknown, tooShort]) {
    expect(new RelayFrameReader(1_000).push(bytes)).toBeNull();
  }
  expect(new RelayFrameReader(1_000).push(writeRelayFrame(head, Buffer.alloc(9_000)))).toBeNull();
});
