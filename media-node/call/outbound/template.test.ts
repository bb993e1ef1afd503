import fc from "fast-check";
import { expect, test } from "vitest";
import { expandTemplate } from "./template.ts";

test.for([
  ["plain", {}, "plain"],
  ["{{name}}", { name: "Ada" }, "Ada"],
  ["a={{ a }};b={{b}}", { a: 1, b: true }, "a=1;b=true"],
  ["{{system__conversation_id}}", { system__conversation_id: "conv_1" }, "conv_1"],
  ["{{a}}{{a}}", { a: "x" }, "xx"],
  ["{{Name}}", { name: "Ada" }, null],
  ["{{empty}}!", { empty: "" }, "!"],
  ["{a} {{}} {{ }} {{a b}}", { a: "x" }, "{a} {{}} {{ }} {{a b}}"],
] as const)("%s with %o is %s", ([text, variables, expanded]) => {
  expect(expandTemplate(text, variables)).toBe(expanded);
});

test("one variable that is not set leaves the whole text out", () => {
  expect(expandTemplate("{{a}} {{b}}", { a: "x" })).toBe(null);
});

test("members of every object are not variables", () => {
  for (const name of ["constructor", "__proto__", "toString"]) {
    expect(expandTemplate(`{{${name}}}`, {})).toBe(null);
  }
});

test("a value is inserted once and never expanded again", () => {
  expect(expandTemplate("{{a}}", { a: "{{b}} $1 $& {{a}}", b: "secret" })).toBe(
    "{{b}} $1 $& {{a}}",
  );
  fc.assert(
    fc.property(fc.string(), (value) => {
      expect(expandTemplate("<{{v}}>", { v: value })).toBe(`<${value}>`);
    }),
  );
});
