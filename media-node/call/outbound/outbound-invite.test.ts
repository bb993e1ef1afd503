import { describe, expect, test } from "vitest";
import { TRUNK } from "../../../tests/support/fake-outbound.ts";
import { legAttempts } from "./leg-attempts.ts";
import { expandHeaders, inviteIdentity, userPart } from "./outbound-invite.ts";

describe("the user part of a called number", () => {
  test.each([
    ["+1 (500) 555-0123", "as_given", "+1%20(500)%20555-0123"],
    ["+1 (201) 555-0123", "e164", "+12015550123"],
    ["+1 (201) 555-0123", "e164_without_plus", "12015550123"],
    ["12015550123", "e164", "+12015550123"],
    ["0012015550123", "e164", "+12015550123"],
    ["reception", "e164", "reception"],
    ["1000", "e164_without_plus", "1000"],
    ["a;b=c?d", "as_given", "a%3Bb=c%3Fd"],
  ] as const)("%s, %s: %s", (number, form, user) => {
    expect(userPart(number, form)).toBe(user);
  });

  test.each(["", "a@evil.test", "<sip:b>", "a\r\nRoute: <sip:evil>", "ünicode", "x".repeat(129)])(
    "%j can be dialled in no form",
    (number) => {
      expect(userPart(number, "as_given")).toBeNull();
    },
  );
});

describe("who the carrier is told is calling", () => {
  const numbers = { called: "+12015550123", caller: "+12015550100" };
  const trunk = (callerIdentity: Partial<typeof TRUNK.callerIdentity>) => ({
    ...TRUNK,
    credentials: { username: "acme-trunk", password: null },
    callerIdentity: { ...TRUNK.callerIdentity, ...callerIdentity },
  });

  test("the number, in the form that the trunk wants everywhere", () => {
    const identity = inviteIdentity(
      trunk({ numberForm: "e164_without_plus", assertedIdentity: "p_asserted_identity" }),
      numbers,
      "203.0.113.5",
    );
    expect(identity).toEqual({
      requestUri: "sip:12015550123@carrier.test",
      to: "<sip:12015550123@carrier.test>",
      from: "<sip:12015550100@203.0.113.5>",
      headers: { "P-Asserted-Identity": "<sip:12015550100@203.0.113.5>" },
    });
  });

  test("the trunk's user name in From, and the number in P-Preferred-Identity (RFC 3325)", () => {
    const identity = inviteIdentity(
      trunk({ fromUser: "username", assertedIdentity: "p_preferred_identity" }),
      numbers,
      "203.0.113.5",
    );
    expect(identity?.from).toBe("<sip:acme-trunk@203.0.113.5>");
    expect(identity?.headers).toEqual({
      "P-Preferred-Identity": "<sip:+12015550100@203.0.113.5>",
    });
  });
});

describe("headers of a trunk", () => {
  test("variables are put in once; what is incomplete or would break out of its line is left out", () => {
    const { headers, left } = expandHeaders(
      {
        "X-Customer": "id-{{customer}}",
        "X-Static": "as it is",
        "X-Unset": "{{nobody}}",
        "X-Nested": "{{braces}}",
        "X-Broken": "{{evil}}",
        "X-Long": "{{long}}",
      },
      {
        customer: "42",
        braces: "{{customer}}",
        evil: "a\r\nRoute: <sip:evil>",
        long: "x".repeat(1025),
      },
    );
    expect(headers).toEqual({
      "X-Customer": "id-42",
      "X-Static": "as it is",
      "X-Nested": "{{customer}}",
    });
    expect(left).toEqual(["X-Unset", "X-Broken", "X-Long"]);
  });

  test.each([
    "From",
    "to",
    "v",
    "Content-Type",
    "Proxy-Authorization",
    "X-Trunkline-Account",
    "a b",
  ])("%s is not the trunk's to set", (name) => {
    expect(expandHeaders({ [name]: "x" }, {})).toEqual({ headers: {}, left: [name] });
  });
});

describe("what is offered to a trunk, and over what (DESIGN §6, media encryption)", () => {
  const over = (
    transport: "auto" | "tls" | "tcp" | "udp",
    mediaEncryption: "required" | "allowed" | "disabled",
    address = "carrier.test",
    insecureSdes = false,
  ) =>
    legAttempts({ address, transport, mediaEncryption, insecureSdes })?.map(
      ({ nextHop, profile, after }) => `${nextHop} ${profile} ${after}`,
    ) ?? null;

  test("over TLS: SAVP when required; SAVP and then AVP when allowed; AVP when disabled", () => {
    const tls = "sip:carrier.test;transport=tls";
    expect(over("tls", "required")).toEqual([`${tls} RTP/SAVP nothing`]);
    expect(over("tls", "allowed")).toEqual([
      `${tls} RTP/SAVP nothing`,
      `${tls} RTP/AVP media_refused`,
    ]);
    expect(over("tls", "disabled")).toEqual([`${tls} RTP/AVP nothing`]);
  });

  test.each(["tcp", "udp"] as const)("over %s: keys only where the trunk says so", (plain) => {
    const hop = `sip:carrier.test;transport=${plain}`;
    expect(over(plain, "required")).toBeNull();
    expect(over(plain, "required", "carrier.test", true)).toEqual([`${hop} RTP/SAVP nothing`]);
    expect(over(plain, "allowed")).toEqual([`${hop} RTP/AVP nothing`]);
    expect(over(plain, "disabled")).toEqual([`${hop} RTP/AVP nothing`]);
  });

  test("auto never shows keys: TLS alone when required, TLS before all others when allowed", () => {
    expect(over("auto", "required")).toEqual(["sip:carrier.test;transport=tls RTP/SAVP nothing"]);
    expect(over("auto", "required", "192.0.2.1")).toEqual([
      "sip:192.0.2.1;transport=tls RTP/SAVP nothing",
    ]);
    expect(over("auto", "allowed")).toEqual([
      "sip:carrier.test;transport=tls RTP/SAVP nothing",
      "sip:carrier.test;transport=tls RTP/AVP media_refused",
      "sip:carrier.test RTP/AVP unreachable",
    ]);
    expect(over("auto", "disabled")).toEqual(["sip:carrier.test RTP/AVP nothing"]);
  });

  test.each([
    ["192.0.2.1", "sip:192.0.2.1 RTP/AVP nothing"],
    ["[2001:db8::1]", "sip:[2001:db8::1] RTP/AVP nothing"],
    ["carrier.test:5080", "sip:carrier.test:5080 RTP/AVP nothing"],
    ["carrier.test:5061", "sip:carrier.test:5061;transport=tls RTP/SAVP nothing"],
  ])("auto to %s is decided before the look-up: %s first", (address, first) => {
    expect(over("auto", "allowed", address)?.[0]).toBe(first);
  });
});
