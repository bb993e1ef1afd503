import { expect, test } from "vitest";
import type { SipMessageView } from "../../schema/contracts/sip-messages.ts";
import { ladderOf, rungWords, withoutNoise } from "./ladder.ts";
import { ladderMermaid, ladderText } from "./ladder-export.ts";
import { layoutOf } from "./ladder-layout.ts";

const SDP = "v=0\r\nm=audio 4000 RTP/SAVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n";

function message(
  direction: "in" | "out",
  atMs: number,
  startLine: string,
  cseq: string,
  more: { via?: string; remote?: string; body?: string; headers?: string } = {},
): SipMessageView {
  const via = more.via ?? "SIP/2.0/TLS pbx.example.com:5061;branch=z9hG4bK1";
  return {
    call_id: "a@b",
    phone_numbers: [],
    local_address: "192.0.2.1:5061",
    remote_address: more.remote ?? "203.0.113.5:40000",
    transport: "tls",
    raw_message: `${startLine}\r\nVia: ${via}\r\nCSeq: ${cseq}\r\n${more.headers ?? ""}\r\n${more.body ?? ""}`,
    error_message: null,
    direction,
    created_at_unix_micro: 1_700_000_000_000_000 + atMs * 1_000,
  };
}

const CALL = [
  message("in", 0, "INVITE sip:1@x SIP/2.0", "1 INVITE", { body: SDP }),
  message("in", 500, "INVITE sip:1@x SIP/2.0", "1 INVITE", { body: SDP }),
  message("out", 5, "SIP/2.0 100 Trying", "1 INVITE"),
  message("out", 20, "SIP/2.0 180 Ringing", "1 INVITE"),
  message("out", 900, "SIP/2.0 200 OK", "1 INVITE", { body: SDP }),
  message("in", 950, "ACK sip:1@x SIP/2.0", "1 ACK", { remote: "203.0.113.5:40001" }),
  message("in", 9_950, "BYE sip:1@x SIP/2.0", "2 BYE", {
    via: "SIP/2.0/TLS pbx.example.com:5061;branch=z9hG4bK2",
    remote: "203.0.113.6:5061",
  }),
  message("out", 9_960, "SIP/2.0 200 OK", "2 BYE", { remote: "203.0.113.6:5061" }),
];

test("a message sent again is one rung with its count, and a peer is one lane whatever its ports and addresses", () => {
  const ladder = ladderOf(CALL, "Carrier");
  expect(ladder.rungs.map(({ label, repeats }) => `${label} ${repeats}`)).toEqual([
    "INVITE 1",
    "100 Trying 0",
    "180 Ringing 0",
    "200 OK 0",
    "ACK 0",
    "BYE 0",
    "200 OK 0",
  ]);
  expect(ladder.lanes).toEqual([{ host: "203.0.113.5", role: "Carrier" }]);
  expect(ladder.media).toEqual({ fromSecs: 0.95, toSecs: 9.95 });
});

test("each rung is told in words: when, what, from whom, with which media", () => {
  const ladder = ladderOf(CALL, "Carrier");
  const [invite, , , ok] = ladder.rungs;
  if (invite === undefined || ok === undefined) throw new Error("rungs are missing");
  expect(rungWords(invite, ladder.lanes)).toBe(
    "0.000 s: INVITE from Carrier 203.0.113.5, with PCMU SRTP sendrecv, sent 2 times",
  );
  expect(rungWords(ok, ladder.lanes)).toBe(
    "0.900 s: 200 OK to INVITE to Carrier 203.0.113.5, with PCMU SRTP sendrecv",
  );
});

test("noise goes, long silence is a gap, and the media bar lies between ACK and BYE", () => {
  const quiet = withoutNoise(ladderOf(CALL, "Carrier"));
  expect(quiet.rungs.map(({ label }) => label)).toEqual([
    "INVITE",
    "180 Ringing",
    "200 OK",
    "BYE",
    "200 OK",
  ]);
  const layout = layoutOf(ladderOf(CALL, "Carrier"));
  expect(layout.gaps.map(({ secs }) => secs)).toEqual([9]);
  const [ack, bye] = [layout.rungs[4], layout.rungs[5]];
  expect(layout.media).toEqual({ top: (ack?.top ?? 0) + 17, bottom: (bye?.top ?? 0) + 17 });
  expect(layout.rungs.every(({ fromX, toX }) => fromX !== toX)).toBe(true);
});

test("markup, syntax and unseen characters of a hostile peer stay text in every export", () => {
  const hostile = message(
    "in",
    0,
    'INVITE sip:"><script>alert(1)</script>@x SIP/2.0',
    "1 INVITE; participant evil",
    { remote: "evil\u202e;host\nend:1", headers: "User-Agent: \u0000\u001b[31m\u202eabc😀\r\n" },
  );
  const ladder = ladderOf(
    [hostile, { ...hostile, raw_message: "", error_message: "3 left out" }],
    "Caller",
  );
  const text = ladderText(ladder);
  expect(text).toContain("⟨U+0000⟩⟨U+001B⟩[31m⟨U+202E⟩abc😀");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
  expect(text + ladderMermaid(ladder)).not.toMatch(/[\u0000\u001b\u202e]/);
  const lines = ladderMermaid(ladder).trimEnd().split("\n").slice(1);
  expect(
    lines.every((line) => /^ {2}(participant|Note over|peer\d+->>node|node->>peer\d+)/.test(line)),
  ).toBe(true);
});
