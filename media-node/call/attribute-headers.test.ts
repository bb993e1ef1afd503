import fc from "fast-check";
import { expect, test } from "vitest";
import { isHeaderValue } from "../protocol/sip/syntax.ts";
import { attributeHeaders, headerText } from "./attribute-headers.ts";

test("a variable's value stands in the header that it is mapped to; what is not set gives none", () => {
  const attributes = {
    route: "X-RouteValue",
    visits: "X-Visits",
    missing: "X-Missing",
    empty: "X-Empty",
    toString: "X-Inherited",
  };
  const variables = { route: "sales", visits: 3, empty: " \r\n " };
  expect(attributeHeaders(attributes, variables)).toEqual({
    "X-RouteValue": "sales",
    "X-Visits": "3",
  });
});

test("a value cannot end its line: no header, no body, no second message comes of it", () => {
  const variables = { a: "x\r\nX-Injected: 1\r\n\r\nBYE sip:a SIP/2.0\u0000\u0085\u2028y" };
  expect(attributeHeaders({ a: "X-A" }, variables)).toEqual({
    "X-A": "x X-Injected: 1 BYE sip:a SIP/2.0 y",
  });
});

test("a secret goes into no SIP message", () => {
  const attributes = { secret__token: "X-Token", secret: "X-Secret" };
  expect(attributeHeaders(attributes, { secret__token: "t", secret: "open" })).toEqual({
    "X-Secret": "open",
  });
});

test("a name that is not a header's gives none", () => {
  expect(attributeHeaders({ a: "X-A: b\r\nX-B", b: "" }, { a: "1", b: "2" })).toEqual({});
});

test("every text is a header value, and not a long one", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 }), (units) => {
      const value = headerText(String.fromCharCode(...units).repeat(100));
      expect(isHeaderValue(value)).toBe(true);
      expect(value.length).toBeLessThanOrEqual(1_024);
      expect(value.isWellFormed()).toBe(true);
    }),
  );
});
