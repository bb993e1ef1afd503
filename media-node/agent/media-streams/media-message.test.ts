import { expect, test } from "vitest";
import { MediaMessage } from "./media-message.ts";

const message = new MediaMessage(`{"event":"media","n":"`, `"},"stream":"s"}`);

test.each([0, 1, 2, 3, 4, 5, 6, 159, 160, 161, 480])(
  "a payload of %i bytes is the base64 of RFC 4648, whatever stood there before",
  (length) => {
    const bytes = Buffer.from(Array.from({ length: length + 4 }, (_, i) => (i * 151 + 77) % 256));
    const written = message.write(1, 2, 3, bytes, 4).toString("utf8");
    const payload = bytes.subarray(4).toString("base64");
    expect(written).toBe(
      `{"event":"media","n":"1","media":{"track":"inbound","chunk":"2","timestamp":"3","payload":"${payload}"},"stream":"s"}`,
    );
    expect(written.length).toBeLessThanOrEqual(message.mostBytes(length));
  },
);

test.each([0, 9, 10, 99, 100, 999_999_999, 1_000_000_000, 4_294_967_295])(
  "the number %i is written in full",
  (number) => {
    const written = message.write(number, number, number, new Uint8Array(2), 0);
    const { n, media } = JSON.parse(written.toString("utf8"));
    expect([n, media.chunk, media.timestamp]).toEqual(Array(3).fill(String(number)));
  },
);

test("messages of the same length are written to the same memory", () => {
  const payload = new Uint8Array(160);
  const first = message.write(1, 1, 0, payload, 0);
  expect(message.write(2, 2, 0, payload, 0)).toBe(first);
});
