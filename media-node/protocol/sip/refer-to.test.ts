import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseReferTo } from "./refer-to.ts";

describe("Refer-To (RFC 3515 §2.1)", () => {
  test.each([
    ["<tel:+4930>", "tel:+4930"],
    ["tel:+4930", "tel:+4930"],
    ['"Desk, front" <sip:desk@x.example>;late', "sip:desk@x.example"],
    ["<sip:desk@x.example;method=INVITE;transport=tcp>", "sip:desk@x.example;transport=tcp"],
    ["<sips:a@x.example:5061?Subject=hello&Priority=urgent>", "sips:a@x.example:5061"],
    ["sip:a@x.example;method=BYE", "sip:a@x.example"],
  ])("%s asks for an INVITE to %s", (text, uri) => {
    expect(parseReferTo(text)).toEqual({ kind: "invite", uri });
  });

  test.each([
    ["<sip:a@x.example?Replaces=1%40x>"],
    ["<sip:a@x.example?Subject=x&%52eplaces=1%40x>"],
    ["<sip:a@x.example;method=invite?REPLACES=1%40x>"],
  ])("%s asks for another dialog's place (RFC 3891)", (text) => {
    expect(parseReferTo(text)).toEqual({ kind: "replaces" });
  });

  test("another method is told by its name", () => {
    expect(parseReferTo("<sip:a@x;method=SUBSCRIBE>")).toEqual({
      kind: "other_method",
      method: "SUBSCRIBE",
    });
  });

  test.each(["", "Alice", "<sip:a@x>, <sip:b@x>", "<sip:a@x", "<sip:a@x:0>", "<sip:@@>"])(
    "%j is malformed",
    (text) => {
      expect(parseReferTo(text)).toEqual({ kind: "malformed" });
    },
  );

  test("no text is thrown at", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseReferTo(`<sip:${text}>`).kind).toMatch(/^[a-z_]+$/);
      }),
    );
  });
});
