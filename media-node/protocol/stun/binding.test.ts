import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  readBindingRequest,
  readBindingSuccess,
  writeBindingRequest,
  writeBindingSuccess,
} from "./binding.ts";

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const TRANSACTION = hex("b7e7a701bc34d686fa87dfae");

describe("STUN binding", () => {
  // The attribute as RFC 5769 §2.2 and §2.3 print it, for their transaction.
  test.each([
    ["192.0.2.1", "0020 0008 0001 a147 e112a643"],
    [
      "2001:db8:1234:5678:11:2233:4455:6677",
      "0020 0014 0002 a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9",
    ],
  ])("answers %s with the bytes of the test vectors (RFC 5769 §2)", (address, attribute) => {
    const answer = writeBindingSuccess(TRANSACTION, { address, port: 32_853 });
    const length = hex(attribute).length.toString(16).padStart(4, "0");
    expect(answer).toEqual(hex(`0101 ${length} 2112a442 b7e7a701bc34d686fa87dfae ${attribute}`));
    expect(readBindingSuccess(answer ?? hex(""), TRANSACTION)).toEqual({ address, port: 32_853 });
    expect(readBindingSuccess(answer ?? hex(""), hex("00".repeat(12)))).toBeNull();
  });

  test("a request of ours is no shorter than the longest answer", () => {
    const request = writeBindingRequest(TRANSACTION);
    expect(readBindingRequest(request)).toEqual(TRANSACTION);
    const longest = writeBindingSuccess(TRANSACTION, { address: "2001:db8::1", port: 1 });
    expect(request.length).toBeGreaterThanOrEqual(longest?.length ?? Number.POSITIVE_INFINITY);
  });

  test("what demands more than an address, is cut, or is no request, is none", () => {
    const bare = hex("0001 0000 2112a442 b7e7a701bc34d686fa87dfae");
    expect(readBindingRequest(bare)).toEqual(TRANSACTION);
    // CHANGE-REQUEST: it would have the answer sent from elsewhere.
    const change = hex("0001 0008 2112a442 b7e7a701bc34d686fa87dfae 0003 0004 00000006");
    expect(readBindingRequest(change)).toBeNull();
    expect(readBindingRequest(change.subarray(0, 24))).toBeNull();
    expect(readBindingRequest(hex("0101 0000 2112a442 b7e7a701bc34d686fa87dfae"))).toBeNull();
    expect(readBindingRequest(hex("8000 0001 00000000 00000000 00000000 00000000"))).toBeNull();
  });

  test("an answer whose address is empty is none", () => {
    const empty = hex("0101 0004 2112a442 b7e7a701bc34d686fa87dfae 0020 0000");
    expect(readBindingSuccess(empty, TRANSACTION)).toBeNull();
  });

  test("any bytes are read without a throw", () => {
    const head = fc.constant(hex("0001 0008 2112a442 b7e7a701bc34d686fa87dfae"));
    fc.assert(
      fc.property(head, fc.uint8Array({ maxLength: 64 }), fc.boolean(), (start, rest, isBare) => {
        const bytes = isBare ? rest : Uint8Array.from([...start, ...rest]);
        readBindingRequest(bytes);
        readBindingSuccess(bytes, TRANSACTION);
      }),
    );
  });
});
