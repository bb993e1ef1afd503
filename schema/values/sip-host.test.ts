import { describe, expect, it } from "vitest";
import { parseSipHost } from "./sip-host.ts";

describe("SIP hosts", () => {
  it.each([
    ["sip.example.com", "sip.example.com"],
    [" SIP.Example.com ", "sip.example.com"],
    ["192.0.2.1", "192.0.2.1"],
    ["[2001:db8::1]", "[2001:db8::1]"],
    ["localhost", "localhost"],
  ])("%j is %j", (text, host) => {
    expect(parseSipHost(text)).toEqual({ ok: true, host });
  });

  it.each([
    ["", "empty", null],
    ["sip:sip.example.com", "contains_scheme", "sip.example.com"],
    ["sip:user@sip.example.com:5060;transport=tls", "contains_scheme", "sip.example.com"],
    ["https://sip.example.com/x", "contains_scheme", "sip.example.com"],
    ["sip.example.com:5061", "contains_port", "sip.example.com"],
    ["user@sip.example.com", "contains_forbidden", "sip.example.com"],
    ["sip.example.com/path", "contains_forbidden", "sip.example.com"],
    ["sip.example.com;transport=tls", "contains_forbidden", "sip.example.com"],
    ["2001:db8::1", "contains_forbidden", "[2001:db8::1]"],
    ["[fe80::1%eth0]", "contains_forbidden", null],
    ["[2001:db8::1]:5060", "contains_port", "[2001:db8::1]"],
    ["300.1.1.1", "not_a_host", null],
    ["-bad-.example", "not_a_host", null],
    ["a..b", "not_a_host", null],
  ])("%j is refused as %s, and %j would pass", (text, code, hint) => {
    expect(parseSipHost(text)).toMatchObject({ ok: false, code, hint });
  });
});
