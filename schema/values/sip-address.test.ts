import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitSipAddress } from "./sip-address.ts";

describe("a pasted address", () => {
  it.each([
    ["sip:pbx.example.com:5061;transport=tls", "pbx.example.com", 5061, "tls"],
    ["sip:pbx.example.com", "pbx.example.com", null, null],
    ["sips:pbx.example.com", "pbx.example.com", null, "tls"],
    ["sips:pbx.example.com;transport=tcp", "pbx.example.com", null, "tls"],
    ["SIP:+4930123@PBX.Example.com:5080;transport=TCP", "pbx.example.com", 5080, "tcp"],
    ['"Office" <sip:100@192.0.2.1:5060;transport=udp;lr>', "192.0.2.1", 5060, "udp"],
    ["sip:[2001:db8::1]:5061", "[2001:db8::1]", 5061, "tls"],
    ["pbx.example.com:5060", "pbx.example.com", 5060, null],
    ["pbx.example.com;transport=tcp", "pbx.example.com", null, "tcp"],
    ["tls://pbx.example.com:5061/", "pbx.example.com", 5061, "tls"],
    [" https://pbx.example.com/trunks?x=1 ", "pbx.example.com", null, null],
    ["sip:pbx.example.com?Subject=x", "pbx.example.com", null, null],
    ["pbx.example.com", "pbx.example.com", null, null],
  ])("%j is %s, port %s, transport %s", (text, address, port, transport) => {
    expect(splitSipAddress(text)).toEqual({ address, port, transport });
  });

  it.each([
    "",
    "sip:",
    "sip:user@",
    "sip:pbx.example.com:0",
    "sip:pbx.example.com:65536",
    "sip:pbx.example.com;transport=ws",
    "2001:db8::1",
    "two words",
  ])("%j holds none that a trunk could have", (text) => {
    expect(splitSipAddress(text)).toBeNull();
  });

  it("of any parts is split into those parts again", () => {
    const host = fc.constantFrom("pbx.example.com", "192.0.2.7", "[2001:db8::7]");
    const transport = fc.constantFrom("tcp", "tls", "udp");
    fc.assert(
      fc.property(host, fc.integer({ min: 1, max: 65_535 }), transport, (address, port, named) => {
        const uri = `sip:+49301234@${address}:${port};transport=${named}`;
        expect(splitSipAddress(uri)).toEqual({ address, port, transport: named });
      }),
    );
  });

  it("of any text at all is split or refused, and never throws", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const split = splitSipAddress(text);
        if (split !== null) expect(splitSipAddress(split.address)?.address).toBe(split.address);
      }),
    );
  });
});
