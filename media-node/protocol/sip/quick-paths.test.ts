import fc from "fast-check";
import { expect, it } from "vitest";
import { parseHead, type SipHeader, type SipStartLine, writeHead } from "./message.ts";
import { parseParams, SipSyntaxError, splitOutsideQuotes } from "./syntax.ts";

// What is usual is read by shorter ways. Something unusual added to the same text takes the long way: both must agree.

const FRAGMENTS = [
  ..."INVITE BYE FOO SIP/2.0 SIP/2.1 200 OK sip:a@b;c=d <sip:a@b> Via: via: v: VIA: X-Other: : From: Content-Length:".split(
    " ",
  ),
  " ",
  "  ",
  "\t",
  "\r\n",
  "\r",
  "\n",
  "\0",
  "\\\0",
  "\u00a0",
  "é",
  "x",
  '"',
  ";",
  "",
];
const text = fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 24 }).map((all) => all.join(""));
const head = fc.oneof(
  text,
  text.map((rest) => `INVITE sip:a@b SIP/2.0\r\n${rest}`),
  text.map((rest) => `SIP/2.0 200 OK\r\nVia: x\r\nFrom:${rest}`),
);

type Head = { startLine: SipStartLine; headers: readonly SipHeader[] } | SipSyntaxError;

function outcome(parsed: Head): unknown {
  return parsed instanceof SipSyntaxError
    ? { status: parsed.status, detail: parsed.detail }
    : parsed;
}

it("a head is read the same whether or not a folded line makes it a careful reader's", () => {
  fc.assert(
    fc.property(head, (plain) => {
      const folded = parseHead(`${plain}\r\nX-Folded: a\r\n b`);
      const last = folded instanceof SipSyntaxError ? null : folded.headers.at(-1);
      // The folded line may have been taken into a start line or a header that ends without its line break.
      fc.pre(last === null || last?.value === "a b");
      const expected =
        folded instanceof SipSyntaxError
          ? folded
          : { ...folded, headers: folded.headers.slice(0, -1) };
      expect(outcome(parseHead(plain))).toEqual(outcome(expected));
    }),
    { numRuns: 2_000 },
  );
});

it("limits are kept on the short way too", () => {
  const limits = { maxHeaders: 2, maxLineChars: 10 };
  const line = (count: number): string => `BYE sip:a SIP/2.0${"\r\nVia: x".repeat(count)}`;
  expect(parseHead(line(2), limits)).not.toBeInstanceOf(SipSyntaxError);
  expect(parseHead(line(3), limits)).toMatchObject({ status: 413, detail: "too many headers" });
  expect(parseHead(`${line(1)}${"y".repeat(5)}`, limits)).toMatchObject({ status: 413 });
});

const paramText = fc
  .array(fc.constantFrom(";", ";", "a", "B", "rport", "=", "1.2.3.4", '"q;"', "<", ",", " ", "é"), {
    maxLength: 12,
  })
  .map((all) => all.join(""));

it("parameters are read the same with a blank before them, which takes the long way", () => {
  fc.assert(
    fc.property(paramText, (plain) => {
      expect(parseParams(plain)).toEqual(parseParams(` ${plain}`));
    }),
    { numRuns: 2_000 },
  );
});

it("a list is split the same with a quoted part at its end, which takes the long way", () => {
  const list = fc.array(fc.constantFrom("a", " ", ",", "\\", ">", "\t"), { maxLength: 12 });
  fc.assert(
    fc.property(list, (parts) => {
      const plain = parts.join("");
      expect(splitOutsideQuotes(plain, ",")).toEqual(
        splitOutsideQuotes(`${plain},""`, ",").slice(0, -1),
      );
    }),
  );
});

it("the head that was written last is given again for that message only", () => {
  const startLine = { kind: "response", status: 200, reason: "OK" } as const;
  const first = { startLine, headers: [{ name: "X", value: "1" }], body: new Uint8Array(0) };
  const second = { ...first, headers: [{ name: "X", value: "2" }] };
  expect(
    [first, first, second, first].map((message) => /X: (\d)/.exec(writeHead(message))?.[1]),
  ).toEqual(["1", "1", "2", "1"]);
});
