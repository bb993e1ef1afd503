import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseSessionDescription } from "./parse.ts";
import type { SessionDescription } from "./session-description.ts";
import { writeSessionDescription } from "./write.ts";

const MINIMAL = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n";

function errorOf(text: string): unknown {
  const parsed = parseSessionDescription(text);
  return parsed.ok ? null : parsed.error;
}

describe("parseSessionDescription", () => {
  test("reads the description of RFC 4566 (now 8866) §5", () => {
    const text = [
      "v=0",
      "o=jdoe 2890844526 2890842807 IN IP4 10.47.16.5",
      "s=SDP Seminar",
      "i=A Seminar on the session description protocol",
      "u=http://www.example.com/seminars/sdp.pdf",
      "e=j.doe@example.com (Jane Doe)",
      "c=IN IP4 224.2.17.12/127",
      "t=2873397496 2873404696",
      "a=recvonly",
      "m=audio 49170 RTP/AVP 0",
      "m=video 51372/2 RTP/AVP 99",
      "c=IN IP6 2001:db8::1",
      "b=AS:256",
      "a=rtpmap:99 h263-1998/90000",
      "a=empty:",
    ].join("\r\n");
    expect(parseSessionDescription(text)).toEqual({
      ok: true,
      description: {
        origin: {
          username: "jdoe",
          sessionId: "2890844526",
          sessionVersion: "2890842807",
          connection: { addressType: "IP4", address: "10.47.16.5" },
        },
        sessionName: "SDP Seminar",
        connection: { addressType: "IP4", address: "224.2.17.12/127" },
        timing: "2873397496 2873404696",
        attributes: [{ name: "recvonly", value: null }],
        media: [
          {
            media: "audio",
            port: 49_170,
            portCount: 1,
            protocol: "RTP/AVP",
            formats: ["0"],
            connection: null,
            attributes: [],
          },
          {
            media: "video",
            port: 51_372,
            portCount: 2,
            protocol: "RTP/AVP",
            formats: ["99"],
            connection: { addressType: "IP6", address: "2001:db8::1" },
            attributes: [
              { name: "rtpmap", value: "99 h263-1998/90000" },
              { name: "empty", value: "" },
            ],
          },
        ],
      },
    });
  });

  test("lines may end in LF alone", () => {
    expect(parseSessionDescription(MINIMAL.replaceAll("\r\n", "\n"))).toEqual(
      parseSessionDescription(MINIMAL),
    );
  });

  test.each([
    ["", 1, "no o= line"],
    ["o=- 1 1 IN IP4 192.0.2.1\r\n", 1, "the first line must be v=0"],
    ["v=1\r\n", 1, "the first line must be v=0"],
    ["v=0\r\ns=-\r\n", 2, "no o= line"],
    ["v=0\r\no=- x 1 IN IP4 192.0.2.1\r\n", 2, "bad session id in o="],
    ["v=0\r\no=- 1 1 IN IP4\r\n", 2, "bad address"],
    [`${MINIMAL}c=IN IP7 192.0.2.1\r\n`, 5, "address type is neither IP4 nor IP6"],
    [`${MINIMAL}m=audio 65536 RTP/AVP 0\r\n`, 5, "bad port in m="],
    [`${MINIMAL}m=audio -1 RTP/AVP 0\r\n`, 5, "bad port in m="],
    [`${MINIMAL}m=audio 5000 RTP/AVP\r\n`, 5, "no format in m="],
    [`${MINIMAL}\r\nm=audio 5000 RTP/AVP 0\r\n`, 5, "not of the form <type>=<value>"],
    [`${MINIMAL}x=1\r\n`, 5, "unknown line type"],
    [`${MINIMAL}a=\r\n`, 5, "bad attribute name"],
    [`${MINIMAL}a=x\ry\r\n`, 5, "control character in the line"],
    [`${MINIMAL}${"m=audio 1 RTP/AVP 0\r\n".repeat(65)}`, 69, "more than 64 m= lines"],
    [`v=0\r\n${"a".repeat(70_000)}`, 1, "longer than 65536 characters"],
  ])("names the line and the cause of %j", (text, line, detail) => {
    expect(errorOf(text)).toEqual({ code: "sdp_syntax", line, detail });
  });

  test("an error does not repeat the line, which may hold a key", () => {
    const error = errorOf(`${MINIMAL}a\u0001crypto:1 X inline:SECRET\r\n`);
    expect(JSON.stringify(error)).not.toContain("SECRET");
  });

  test("any text gives a value, never an exception", () => {
    const line = fc
      .tuple(fc.constantFrom(..."vosctamxbk"), fc.string())
      .map(([t, v]) => `${t}=${v}`);
    fc.assert(
      fc.property(fc.array(fc.oneof(line, fc.string())), (lines) => {
        parseSessionDescription(`${MINIMAL}${lines.join("\r\n")}`);
        parseSessionDescription(lines.join("\n"));
      }),
      { numRuns: 1_000 },
    );
  });
});

const token = fc.stringMatching(/^[A-Za-z0-9._-]{1,12}$/);
const digits = fc.stringMatching(/^[0-9]{1,20}$/);
const connection = fc.oneof(
  fc.record({ addressType: fc.constant("IP4" as const), address: fc.ipV4() }),
  fc.record({ addressType: fc.constant("IP6" as const), address: fc.ipV6() }),
);
const attribute = fc.record({
  name: token,
  value: fc.option(fc.stringMatching(/^[ -~]{0,30}$/)),
});
const description: fc.Arbitrary<SessionDescription> = fc.record({
  origin: fc.record({ username: token, sessionId: digits, sessionVersion: digits, connection }),
  sessionName: fc.stringMatching(/^[ -~]{0,20}$/),
  connection: fc.option(connection),
  timing: fc.constant("0 0"),
  attributes: fc.array(attribute, { maxLength: 4 }),
  media: fc.array(
    fc.record({
      media: token,
      port: fc.integer({ min: 0, max: 65_535 }),
      portCount: fc.integer({ min: 1, max: 999 }),
      protocol: fc.constantFrom("RTP/AVP", "RTP/SAVP", "UDP/TLS/RTP/SAVPF"),
      formats: fc.array(token, { minLength: 1, maxLength: 5 }),
      connection: fc.option(connection),
      attributes: fc.array(attribute, { maxLength: 4 }),
    }),
    { maxLength: 4 },
  ),
});

test("what is written is what is read", () => {
  fc.assert(
    fc.property(description, (original) => {
      expect(parseSessionDescription(writeSessionDescription(original))).toEqual({
        ok: true,
        description: original,
      });
    }),
  );
});
