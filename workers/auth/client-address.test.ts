import { describe, expect, test } from "vitest";
import { clientAddress } from "./client-address.ts";

/** A request with what plain workerd tells of its connection. */
function over(clientIp: unknown): Request {
  return new Request("http://control-plane/", { cf: { clientIp } });
}

describe("the client's address", () => {
  test.each([
    ["127.0.0.1:38126", "127.0.0.1"],
    ["192.0.2.1", "192.0.2.1"],
    ["[2001:db8::1]:443", "2001:db8::1"],
    ["[::ffff:192.0.2.1]:443", "192.0.2.1"],
    ["2001:db8:0:0::1", "2001:db8::1"],
    ["unix:/run/socket", null],
    ["", null],
    [7, null],
  ])("of a connection from %j is %j", (clientIp, address) => {
    expect(clientAddress(over(clientIp), "socket")).toBe(address);
  });

  test("is not what a client says in a header, when it is the connection's", () => {
    const headers = { "cf-connecting-ip": "192.0.2.1", "x-forwarded-for": "192.0.2.1" };
    expect(clientAddress(new Request("http://control-plane/", { headers }), "socket")).toBeNull();
  });

  test("in a list is the last one, which the proxy in front has written", () => {
    const headers = { "x-forwarded-for": "192.0.2.1, 198.51.100.7" };
    const request = new Request("http://control-plane/", { headers });
    expect(clientAddress(request, { header: "x-forwarded-for" })).toBe("198.51.100.7");
    expect(clientAddress(request, { header: "cf-connecting-ip" })).toBeNull();
  });
});
