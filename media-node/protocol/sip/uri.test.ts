import fc from "fast-check";
import { expect, test } from "vitest";
import { parseNameAddr, tagOf, withTag, writeNameAddr } from "./name-addr.ts";
import { parseReason, quote, unquote, writeReason } from "./reason.ts";
import { SipSyntaxError } from "./syntax.ts";
import { hostForSocket, hostForUri, parseSipUri, type SipUri, writeSipUri } from "./uri.ts";
import { parseVia, viaBranch, writeVia } from "./via.ts";

const host = fc.oneof(
  fc.constantFrom("example.com", "192.0.2.1", "[2001:db8::9:1]", "a_b.example.", "x"),
  fc.domain(),
);
const port = fc.option(fc.integer({ min: 1, max: 65_535 }));
const param = fc.tuple(
  fc.stringMatching(/^[a-z][a-z0-9.-]{0,6}$/),
  fc.option(fc.stringMatching(/^[\w.%[\]:+-]{1,8}$/)),
);
const uri: fc.Arbitrary<SipUri> = fc.record({
  scheme: fc.constantFrom("sip", "sips"),
  user: fc.option(fc.stringMatching(/^[\w\-.!~*'()&=+$,;?/%]{1,12}$/)),
  password: fc.constant(null),
  host,
  port,
  params: fc.array(param, { maxLength: 3 }),
  headers: fc.option(fc.stringMatching(/^[\w=&%.]{1,10}$/)),
});

test("a URI that is written is read back the same", () => {
  fc.assert(
    fc.property(uri, (original) => {
      expect(parseSipUri(writeSipUri(original))).toEqual(original);
    }),
  );
});

test("a name-addr and a Via that are written are read back the same", () => {
  const display = fc.option(fc.constantFrom('"a, \\"b\\" <c>"', "Plain Words", '""'));
  fc.assert(
    fc.property(display, uri, fc.array(param, { maxLength: 3 }), (displayName, target, params) => {
      const original = { displayName, uri: writeSipUri(target), params };
      expect(parseNameAddr(writeNameAddr(original))).toEqual(original);
    }),
  );
  fc.assert(
    fc.property(host, port, fc.array(param, { maxLength: 3 }), (viaHost, viaPort, params) => {
      const original = { transport: "TCP", host: viaHost, port: viaPort, params };
      expect(parseVia(writeVia(original))).toEqual(original);
    }),
  );
});

test("arbitrary text is a value or a syntax error, never an exception", () => {
  const any = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.stringMatching(/^[sipe:@;<>"\\=,?[\]%. a0]{0,40}$/),
  );
  fc.assert(
    fc.property(any, (value) => {
      for (const parse of [parseSipUri, parseNameAddr, parseVia, parseReason, tagOf]) parse(value);
    }),
  );
});

test.for([
  ["sip:vivekg@chair-dnrc.example.com;unknownparam", "vivekg", "chair-dnrc.example.com"],
  ["sip:user;par=u%40example.net@example.com", "user;par=u%40example.net", "example.com"],
  ["SIP:%2B1500@[2001:db8::10]:5070;transport=tls", "%2B1500", "[2001:db8::10]"],
  ["sip:example.com", null, "example.com"],
] as const)("%s has its user as it is written", ([text, user, uriHost]) => {
  expect(parseSipUri(text)).toMatchObject({ user, host: uriHost });
});

test.for([
  "tel:+15005550100",
  "sip:",
  "sip:@example.com",
  "sip:a@",
  "sip:a@b@c",
  "sip:a@example.com:99999",
  "sip:a@exa mple.com",
  "sip:a@[::1",
  "sip:<a@b>",
  `sip:${"a".repeat(9_000)}@b`,
])("%s is not a SIP URI", (text) => {
  expect(parseSipUri(text)).toBeInstanceOf(SipSyntaxError);
});

test("an IPv6 address has brackets in a URI and none for a socket", () => {
  expect(hostForUri("2001:db8::1")).toBe("[2001:db8::1]");
  expect(hostForUri("sip.example.com")).toBe("sip.example.com");
  expect(hostForSocket("[2001:db8::1]")).toBe("2001:db8::1");
});

test("parameters of a bare URI belong to the header, in brackets to the URI (RFC 3261 §20)", () => {
  expect(tagOf("sip:a@b;tag=1")).toBe("1");
  expect(tagOf("<sip:a@b;tag=2>")).toBe(null);
  expect(tagOf('"x;tag=3" <sip:a@b>;x=y;TAG=4')).toBe("4");
  const parsed = parseNameAddr("sip:a@b;tag=1");
  if (parsed instanceof SipSyntaxError) throw new Error(parsed.detail);
  expect(writeNameAddr(withTag(parsed, "9"))).toBe("<sip:a@b>;tag=9");
});

test.for(['"unbalanced <sip:a@b>', "<sip:a@b", "sip:a@b, sip:c@d", "<no-uri>", '<sip:a"b@c>'])(
  "%s is not an address",
  (text) => expect(parseNameAddr(text)).toBeInstanceOf(SipSyntaxError),
);

test("a Via may have blanks around its slashes and colon, and an IPv6 sent-by (RFC 3261 §7.3.1)", () => {
  const via = parseVia("SIP  / 2.0 /  TCP  [2001:db8::1] : 5060 ; branch=z9hG4bK1;rport");
  if (via instanceof SipSyntaxError) throw new Error(via.detail);
  expect(via).toMatchObject({ transport: "TCP", host: "[2001:db8::1]", port: 5060 });
  expect(viaBranch(via)).toBe("z9hG4bK1");
});

test("reasons are read in order and written so that nothing breaks out (RFC 3326 §2)", () => {
  expect(parseReason('Q.850;cause=16;text="Normal", SIP ;cause=200 ;text="a;\\"b\\","')).toEqual([
    { protocol: "Q.850", cause: 16, text: "Normal" },
    { protocol: "SIP", cause: 200, text: 'a;"b",' },
  ]);
  expect(writeReason({ protocol: "SIP", cause: 486, text: 'x"\r\nRoute: y\\' })).toBe(
    'SIP;cause=486;text="x\\" Route: y\\\\"',
  );
  fc.assert(
    fc.property(fc.stringMatching(/^[ -~é]{0,20}$/), (text) => {
      expect(unquote(quote(text))).toBe(text);
    }),
  );
});
