import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  countryOf,
  matchKeys,
  normaliseDialled,
  parseCalledIdentifier,
  parseCountry,
  toE164,
} from "./called-identifier.ts";

function keys(identifier: string, country: string | null): string[] {
  const parsed = parseCalledIdentifier(identifier);
  if (parsed === null) throw new Error(`${identifier} does not parse`);
  return matchKeys(parsed, country === null ? null : parseCountry(country));
}

describe("called identifiers", () => {
  it.each(["+15005550100", "1000", "john", "front desk", "a"])("%j can be dialled", (text) => {
    expect(parseCalledIdentifier(text)).toBe(text);
  });

  it.each(["", " 1000", "a@b", "<x>", "a\r\nb", "x".repeat(129), "é"])("%j is refused", (text) => {
    expect(parseCalledIdentifier(text)).toBeNull();
  });

  it.each([
    ["+1 (500) 555-0100", "+15005550100"],
    ["0015005550100", "+15005550100"],
    ["%2B15005550100", "+15005550100"],
    ["+15005550100;phone-context=example.com", "+15005550100"],
    ["john-doe", "john-doe"],
    ["%zz", "%zz"],
  ])("%j is dialled as %j", (dialled, normalised) => {
    expect(normaliseDialled(dialled)).toBe(normalised);
  });

  it("are matched with and without +, and in the national form of the country", () => {
    expect(keys("+493012345678", "DE")).toEqual(
      expect.arrayContaining(["+493012345678", "493012345678", "03012345678"]),
    );
    expect(keys("+15005550100", "US")).toEqual(
      expect.arrayContaining(["+15005550100", "15005550100", "5005550100"]),
    );
  });

  it("in national form find their E.164 by the country", () => {
    expect(toE164("030 12345678", parseCountry("de"))).toBe("+493012345678");
    expect(countryOf("+493012345678")).toBe("DE");
  });

  it("that are extensions or names have one form", () => {
    expect(keys("1000", "US")).toEqual(["1000"]);
    expect(keys("reception", null)).toEqual(["reception"]);
    expect(toE164("1000", parseCountry("US"))).toBeNull();
  });

  it("normalise without ever throwing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (user) => {
        expect(typeof normaliseDialled(user)).toBe("string");
      }),
    );
  });

  it("dialled as imported always match themselves", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\+?[1-9][0-9]{5,14}$/), (number) => {
        expect(keys(number, null)).toContain(normaliseDialled(number));
      }),
    );
  });
});
