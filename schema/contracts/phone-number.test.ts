import { expect, test } from "vitest";
import { inboundTrunkConfigSchema } from "./phone-number.ts";

const asks = (header: string) =>
  inboundTrunkConfigSchema.safeParse({ attributes_to_headers: { tier: header } }).success;

test.each(["X-Tier", "P-Charging-Vector", "Subject-Line"])(
  "a trunk may ask for a variable in %s",
  (header) => {
    expect(asks(header)).toBe(true);
  },
);

test.each([
  "Refer-To",
  "r",
  "Referred-By",
  "B",
  "Via",
  "v",
  "Content-Encoding",
  "e",
  "event",
  "X A",
])("a trunk cannot have a variable written over %s", (header) => {
  expect(asks(header)).toBe(false);
});
