import { expect, test } from "vitest";
import { isDigitBody, parseInfoDigit } from "./info-digits.ts";

test.each([
  ["Signal=5\r\nDuration=250\r\n", { digit: "5", durationMs: 250 }],
  ["Signal= *\nDuration= 100", { digit: "*", durationMs: 100 }],
  ["signal=#", { digit: "#", durationMs: 160 }],
  ["Signal=11\r\nDuration=160", { digit: "#", durationMs: 160 }],
  ["7", { digit: "7", durationMs: 160 }],
  ["a\r\n", { digit: "A", durationMs: 160 }],
  ["p=Digit-Collection\r\ny=Digits\r\nd0=3\r\n", { digit: "3", durationMs: 160 }],
  ["Signal=5\r\nDuration=99999999", { digit: "5", durationMs: 160 }],
  ["Signal=5\r\nDuration=-1", { digit: "5", durationMs: 160 }],
])("%j is one key", (body, key) => {
  expect(parseInfoDigit(body)).toEqual(key);
});

test.each(["", "16", "Signal=", "Signal=55", "Signal=!", "Duration=100", "hookflash"])(
  "%j is no key",
  (body) => {
    expect(parseInfoDigit(body)).toBeNull();
  },
);

test("the types that carry keys are known in any case and with parameters", () => {
  expect(isDigitBody("application/dtmf-relay")).toBe(true);
  expect(isDigitBody("Application/DTMF; charset=utf-8")).toBe(true);
  expect(isDigitBody("application/dtmf-relay-x")).toBe(false);
  expect(isDigitBody("application/sdp")).toBe(false);
});
