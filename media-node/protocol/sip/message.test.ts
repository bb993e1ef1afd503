import { existsSync, readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  headerList,
  headersByName,
  headerValue,
  parseMessage,
  type SipMessage,
  SipWriteError,
  writeMessage,
} from "./message.ts";
import { parseNameAddr, parseNameAddrList } from "./name-addr.ts";
import { SipSyntaxError } from "./syntax.ts";
import { parseVia } from "./via.ts";

const octets = (text: string): Uint8Array => new TextEncoder().encode(text);

function parsed(text: string): SipMessage {
  const message = parseMessage(octets(text));
  if (message instanceof SipSyntaxError) throw new Error(message.detail);
  return message;
}

const token = fc.stringMatching(/^[A-Za-z0-9.!%*_+`'~-]{1,12}$/);
const text = fc.stringMatching(/^[!-~é€ ]{0,40}$/).map((value) => value.trim());
const startLine = fc.oneof(
  fc.record({
    kind: fc.constant("request" as const),
    method: token.filter((method) => !/^SIP$/i.test(method)),
    requestUri: fc.stringMatching(/^sip:[!#-;=?-~]{1,20}$/),
  }),
  fc.record({
    kind: fc.constant("response" as const),
    status: fc.integer({ min: 100, max: 699 }),
    reason: text,
  }),
);
const header = fc.record({
  name: token.filter((name) => name.length > 1).map((name) => `X-${name}`),
  value: text,
});
const message = fc.record({
  startLine,
  headers: fc.array(header, { maxLength: 8 }),
  body: fc.uint8Array({ maxLength: 64 }),
});

test("what is written is read back the same", () => {
  fc.assert(
    fc.property(message, (original) => {
      const read = parseMessage(writeMessage(original));
      if (read instanceof SipSyntaxError) throw new Error(read.detail);
      expect(read.startLine).toEqual(original.startLine);
      expect(read.headers.slice(0, -1)).toEqual(original.headers);
      expect([...read.body]).toEqual([...original.body]);
    }),
  );
});

test("arbitrary octets are a message or a syntax error, never an exception", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void parseMessage(bytes)));
  const mutated = fc.tuple(message, fc.nat(), fc.nat(255)).map(([original, at, octet]) => {
    const bytes = writeMessage(original);
    bytes[at % bytes.length] = octet;
    return bytes;
  });
  fc.assert(
    fc.property(mutated, (bytes) => {
      const read = parseMessage(bytes);
      // What was read can be written: nothing that would break out of its line gets through.
      if (!(read instanceof SipSyntaxError)) writeMessage(read);
    }),
  );
});

test("compact names, folded lines and blanks before the colon are read as what they stand for (RFC 3261 §7.3)", () => {
  const read = parsed(
    "INVITE sip:a@b SIP/2.0\r\nv: SIP/2.0/TCP c\r\n ;branch=1\r\nf : <sip:x@y>\r\n\tfolded\r\nL: 2\r\n\r\nhi!",
  );
  expect(read.headers).toEqual([
    { name: "Via", value: "SIP/2.0/TCP c ;branch=1" },
    { name: "From", value: "<sip:x@y> folded" },
    { name: "Content-Length", value: "2" },
  ]);
  expect(new TextDecoder().decode(read.body)).toBe("hi");
});

test("a comma in quotes or brackets does not end a list element (RFC 3261 §7.3.1)", () => {
  const read = parsed(
    'INVITE sip:a@b SIP/2.0\r\nRoute: "a, b" <sip:c,d@e>, <sip:f>\r\nRoute: <sip:g>\r\n\r\n',
  );
  expect(headerList(read, "Route")).toEqual(['"a, b" <sip:c,d@e>', "<sip:f>", "<sip:g>"]);
  expect(headerValue(read, "Route")).toContain("a, b");
});

test.for([
  ["a bare LF in a header", "INVITE sip:a@b SIP/2.0\r\nX: a\nRoute: <sip:evil>\r\n\r\n", 400],
  ["a line without a colon", "INVITE sip:a@b SIP/2.0\r\nnothing\r\n\r\n", 400],
  ["two lengths that differ", "INVITE sip:a@b SIP/2.0\r\nl: 0\r\nl: 1\r\n\r\nx", 400],
  ["a body shorter than said", "INVITE sip:a@b SIP/2.0\r\nl: 9\r\n\r\nx", 400],
  ["another SIP version", "INVITE sip:a@b SIP/7.0\r\nl: 0\r\n\r\n", 505],
  ["a Request-URI with a blank", "INVITE sip:a @b SIP/2.0\r\nl: 0\r\n\r\n", 400],
  ["a status above 699", "SIP/2.0 4294967301 OK\r\nl: 0\r\n\r\n", 400],
  ["no end of the headers", "INVITE sip:a@b SIP/2.0\r\n", 400],
  ["too many headers", `INVITE sip:a@b SIP/2.0\r\n${"X: y\r\n".repeat(300)}\r\n`, 413],
] as const)("%s is a syntax error", ([, wire, status]) => {
  expect(parseMessage(octets(wire))).toMatchObject({ status });
});

test("the writer refuses a line break wherever it would stand", () => {
  const good = parsed("INVITE sip:a@b SIP/2.0\r\nX: y\r\n\r\n");
  const bad: SipMessage[] = [
    { ...good, headers: [{ name: "X", value: "y\r\nRoute: <sip:evil>" }] },
    { ...good, headers: [{ name: "X\r\nRoute", value: "y" }] },
    { ...good, startLine: { kind: "request", method: "A\r\nB", requestUri: "sip:a" } },
    { ...good, startLine: { kind: "request", method: "A", requestUri: "sip:a\r\nb" } },
    { ...good, startLine: { kind: "response", status: 200, reason: "a\nb" } },
  ];
  for (const refused of bad) expect(() => writeMessage(refused)).toThrow(SipWriteError);
});

test("a header named __proto__ is a header", () => {
  const byName = headersByName(
    parsed("A sip:b SIP/2.0\r\n__proto__: x\r\nX-A: 1\r\nx-a: 2\r\n\r\n").headers,
  );
  expect(Object.getPrototypeOf(byName)).toBe(null);
  expect(Object.keys(byName)).toEqual(["__proto__", "x-a"]);
  expect(byName["x-a"]).toEqual(["1", "2"]);
});

const corpora = ["rfc4475", "rfc5118"].map((name) => `../shared/corpora/${name}`);
const missing = corpora.every((folder) => existsSync(folder))
  ? null
  : "../shared/corpora is absent";

describe.skipIf(missing !== null)(
  `torture messages${missing === null ? "" : ` (${missing})`}`,
  () => {
    const files = corpora.flatMap((folder) => {
      if (!existsSync(folder)) return [];
      return readdirSync(folder)
        .filter((name) => name.endsWith(".dat"))
        .map((name) => [name, `${folder}/${name}`] as const);
    });

    test.for(files)("%s is read or refused, and what is read can be written", ([, path]) => {
      const read = parseMessage(readFileSync(path));
      if (read instanceof SipSyntaxError) {
        expect(read.status).toBeGreaterThanOrEqual(400);
        return;
      }
      writeMessage(read);
      for (const name of ["From", "To", "Contact"]) {
        for (const value of headerList(read, name)) parseNameAddr(value);
        parseNameAddrList(headerList(read, name).join(","));
      }
      for (const value of headerList(read, "Via")) parseVia(value);
    });

    const expectations: Record<string, { cls: string; expect: string }> = missing
      ? {}
      : JSON.parse(readFileSync("../shared/corpora/rfc4475-expect.json", "utf8"));
    const valid = Object.entries(expectations).filter(([, { cls }]) => cls === "valid");

    test.for(valid)(
      "%s is valid: it is read, addresses and Vias too (RFC 4475 §3.1.1)",
      ([name]) => {
        const read = parseMessage(readFileSync(`../shared/corpora/rfc4475/${name}.dat`));
        if (read instanceof SipSyntaxError) throw new Error(read.detail);
        for (const header of ["From", "To"]) {
          expect(parseNameAddr(headerValue(read, header) ?? "")).not.toBeInstanceOf(SipSyntaxError);
        }
        for (const value of headerList(read, "Via")) {
          expect(parseVia(value)).not.toBeInstanceOf(SipSyntaxError);
        }
      },
    );
  },
);
