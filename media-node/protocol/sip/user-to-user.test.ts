import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeUserToUser, parseUserToUser } from "./user-to-user.ts";

test.for([
  ["48656c6c6f", "Hello", null],
  ["0448656c6c6f;encoding=hex", "Hello", "04"],
  ["0048656c6c6f;encoding=hex;purpose=isdn-uui;content=isdn-uui", "Hello", "00"],
  ["4048656c6c6f;encoding=HEX;purpose=isdn-uui", "Hello", "40"],
  ["48656c6c6f;pd=04;encoding=hex", "Hello", "04"],
  ["48656c6c6f;pd=04;encoding=hex;purpose=isdn-uui", "Hello", "04"],
  ["48656c6c6f;pd=x4", "Hello", null],
  ['"plain text";encoding=ascii', "plain text", null],
  ['"a;b=c";encoding=ascii', "a;b=c", null],
  ["c3a9", "é", null],
  ["486", "486", null],
  ["ff", "ff", null],
  ["text", "text", null],
  ["", "", null],
] as const)(
  "User-to-User %s is %s, discriminator %s (RFC 7433 §4.1, RFC 7434)",
  ([value, text, discriminator]) => {
    expect(decodeUserToUser(value)).toEqual({ text, discriminator });
  },
);

test("several headers and several values of one are the same (RFC 7433 §4.1)", () => {
  const [one, other] = ["00414243;encoding=hex", '"x,y";encoding=ascii;purpose=app'];
  const expected = {
    raw: `${one}, ${other}`,
    texts: ["ABC", "x,y"],
    discriminator: "00",
  };
  expect(parseUserToUser([one, other])).toEqual(expected);
  expect(parseUserToUser([`${one}, ${other}`])).toEqual(expected);
});

test("none is null, and more than four are not kept", () => {
  expect(parseUserToUser([])).toBe(null);
  expect(parseUserToUser(["", " , "])).toBe(null);
  expect(parseUserToUser(["41", "42", "43", "44", "45"])?.texts).toEqual(["A", "B", "C", "D"]);
});

test("no value makes it throw", () => {
  fc.assert(fc.property(fc.string(), (value) => void parseUserToUser([value])));
});
