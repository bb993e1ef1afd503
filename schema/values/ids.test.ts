import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conversationIdOf, idHex, idSchema, makeId, newId, parseId } from "./ids.ts";

const random = new Uint8Array(10).fill(0xff);

describe("identifiers", () => {
  it("are the prefix and 26 characters of base 32", () => {
    expect(makeId("phoneNumber", 0, new Uint8Array(10))).toBe("phnum_0000000000e008000000000000");
  });

  it("sort by the time they were made", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31), fc.nat(2 ** 31), (a, b) => {
        fc.pre(a !== b);
        const [first, second] = [
          makeId("call", a * 1000, random),
          makeId("call", b * 1000, random),
        ];
        expect(first < second).toBe(a < b);
      }),
    );
  });

  it("parse back, and only as their own kind", () => {
    const id = newId("agent");
    expect(parseId("agent", id)).toBe(id);
    expect(parseId("call", id)).toBeNull();
    expect(idSchema("agent").parse(id)).toBe(id);
  });

  it("are in hexadecimal what the example of the TypeID specification is", () => {
    const id = parseId("call", "call_01h455vb4pex5vsknk084sn02q");
    expect(id === null ? null : idHex(id)).toBe("01890a5dac96774bbcceb302099a8057");
  });

  it("are refused with another length, alphabet or prefix", () => {
    for (const text of [
      "agent_",
      "agent_0",
      `${newId("agent")}0`,
      "agent_8zzzzzzzzzzzzzzzzzzzzzzzzz",
    ]) {
      expect(parseId("agent", text)).toBeNull();
      expect(idSchema("agent").safeParse(text).success).toBe(false);
    }
  });

  it("a call and its conversation differ by prefix only", () => {
    const callId = newId("call");
    expect(parseId("conversation", conversationIdOf(callId))).toBe(
      callId.replace("call_", "conv_"),
    );
  });
});
