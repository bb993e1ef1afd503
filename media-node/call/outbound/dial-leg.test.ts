import { expect, test } from "vitest";
import { answerTo, FakeOutboundNode, TRUNK } from "../../../tests/support/fake-outbound.ts";
import { offerSdp } from "../../../tests/support/fake-parties.ts";
import { settle } from "../../../tests/support/virtual-clock.ts";

const CRYPTO = `inline:${Buffer.alloc(30, 9).toString("base64")}`;
test.each([
  ["plain RTP", ["m=audio 4000 RTP/AVP 0"], "answer_downgraded"],
  ["no key", ["m=audio 4000 RTP/SAVP 0"], "answer_downgraded"],
  [
    "a short key",
    ["m=audio 4000 RTP/SAVP 0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2hvcnQ="],
    "answer_downgraded",
  ],
  [
    "another tag",
    ["m=audio 4000 RTP/SAVP 0", `a=crypto:2 AES_CM_128_HMAC_SHA1_80 ${CRYPTO}`],
    "answer_downgraded",
  ],
  [
    "another suite",
    ["m=audio 4000 RTP/SAVP 0", `a=crypto:1 AES_CM_128_HMAC_SHA1_32 ${CRYPTO}`],
    "answer_downgraded",
  ],
  [
    "a codec that was not offered",
    ["m=audio 4000 RTP/SAVP 18", `a=crypto:1 AES_CM_128_HMAC_SHA1_80 ${CRYPTO}`],
    "answer_unusable",
  ],
  ["no audio", ["m=audio 0 RTP/SAVP 0"], "answer_unusable"],
])("an answer with %s is ended by BYE before a packet is sent", async (_name, lines, code) => {
  const node = new FakeOutboundNode();
  const call = await node.place();
  node.dialer.last.answer(offerSdp({ lines }), node.dialog);
  expect(await call.ended).toBe(code);
  expect(node.session.plans).toEqual([]);
  expect(node.dialog.byes).toHaveLength(1);
  expect(node.record).toMatchObject({ end: { code }, answeredAtMs: null, media: null });
});

test.each([
  [302, "Moved Temporarily", "redirected"],
  [401, "Unauthorized", "carrier_auth_failed"],
  [403, "Forbidden", "carrier_refused"],
  [404, "Not Found", "callee_unknown"],
  [407, "Proxy Authentication Required", "carrier_auth_failed"],
  [408, "Request Timeout", "no_answer"],
  [480, "Temporarily Unavailable", "no_answer"],
  [484, "Address Incomplete", "callee_unknown"],
  [486, "Busy Here", "busy"],
  [487, "Request Terminated", "no_answer"],
  [500, "Server Internal Error", "carrier_failed"],
  [503, "Service Unavailable", "carrier_unavailable"],
  [600, "Busy Everywhere", "busy"],
  [603, "Decline", "declined"],
  [604, "Does Not Exist Anywhere", "callee_unknown"],
])(
  "a final response %i %s ends the call as %s, and the record has both",
  async (status, reason, code) => {
    const node = new FakeOutboundNode();
    const call = await node.place();
    node.dialer.last.refuse(status, reason, status === 503 ? "120" : null);
    expect(await call.ended).toBe(code);
    expect(node.record).toMatchObject({
      end: { code },
      refusal: { status, reason },
      durationMs: 0,
    });
    expect(node.progress.at(-1)).toMatchObject({
      state: "ended",
      sipStatus: status,
      sipReason: reason,
      endCode: code,
    });
    const detail = node.logs.find(({ event }) => event === "call_ended")?.fields["detail"];
    expect(detail).toBe(`${status} ${reason}${status === 503 ? ", Retry-After 120" : ""}`);
    expect(node.session.disposed).toBe(1);
  },
);

test.each([
  ["not_found", "carrier_not_found"],
  ["unreachable", "carrier_unreachable"],
  ["tls_failed", "carrier_tls_failed"],
  ["address_refused", "carrier_address_refused"],
  ["transport_unavailable", "transport_unavailable"],
  ["silent", "no_response"],
  ["engine_lost", "signalling_lost"],
] as const)("nobody answered (%s): %s, and no refusal in the record", async (cause, code) => {
  const node = new FakeOutboundNode();
  const call = await node.place();
  node.dialer.last.fail(cause);
  expect(await call.ended).toBe(code);
  expect(node.record).toMatchObject({ end: { code }, refusal: null });
});

test("the ringing timeout cancels the call as no_answer", async () => {
  const node = new FakeOutboundNode();
  const call = await node.place({ ringingTimeoutSecs: 20 });
  node.dialer.last.provisional(180, "Ringing");
  await node.clock.advance(19_999);
  expect(node.dialer.last.call.signal.aborted).toBe(false);
  await node.clock.advance(1);
  expect(await call.ended).toBe("no_answer");
  expect(node.record?.refusal).toBeNull();
});

test.each([488, 606, 415])(
  "%i to an encrypted offer is followed by a plain one where that is allowed",
  async (status) => {
    const node = new FakeOutboundNode();
    await node.place();
    const [first] = node.dialer.invites;
    first?.refuse(status, "Not Acceptable Here");
    await settle();
    expect(node.dialer.invites).toHaveLength(2);
    expect(node.dialer.last.offered).toBe("RTP/AVP");
    // RFC 3261 §8.1.3.5: the same call, once more.
    expect(node.dialer.last.call.after).toEqual({
      sipCallId: "call@node",
      from: "<sip:+15005550100@203.0.113.5>;tag=ours",
      cseq: 7,
    });
    node.dialer.last.answer(answerTo(node.dialer.last.call.sdp), node.dialog);
    await settle();
    expect(node.session.plans[0]?.srtp).toBeNull();
    expect(node.states).toEqual(["dialling", "answered"]);
  },
);

test("where encryption is required a media refusal is final", async () => {
  const node = new FakeOutboundNode();
  node.trunk = { ...TRUNK, mediaEncryption: "required" };
  const call = await node.place();
  node.dialer.last.refuse(488, "Not Acceptable Here");
  expect(await call.ended).toBe("carrier_media_refused");
  expect(node.dialer.invites).toHaveLength(1);
});

test("a media refusal after early media gets the plain offer all the same, and its media follows", async () => {
  const node = new FakeOutboundNode();
  await node.place();
  const [first] = node.dialer.invites;
  first?.provisional(183, "Session Progress", answerTo(first.call.sdp));
  await settle();
  first?.refuse(488, "Not Acceptable Here");
  await settle();
  const second = node.dialer.last;
  expect(second.offered).toBe("RTP/AVP");
  second.answer(answerTo(second.call.sdp), node.dialog);
  await settle();
  expect(node.session.plans).toMatchObject([
    { direction: "recvonly", srtp: { suite: "AES_CM_128_HMAC_SHA1_80" } },
    { direction: "sendrecv", srtp: null },
  ]);
  expect(node.states).toEqual(["dialling", "ringing", "answered"]);
});

test("a target that rang and is lost then is not left for another", async () => {
  const node = new FakeOutboundNode();
  node.trunk = { ...TRUNK, transport: "auto" };
  const call = await node.place();
  node.dialer.last.provisional(180, "Ringing");
  node.dialer.last.fail("unreachable");
  expect(await call.ended).toBe("carrier_unreachable");
  expect(node.dialer.invites).toHaveLength(1);
});

test("auto goes on without encryption only when no TLS target can be reached", async () => {
  const node = new FakeOutboundNode();
  node.trunk = { ...TRUNK, transport: "auto" };
  await node.place();
  expect(node.dialer.last.offered).toBe("RTP/SAVP");
  node.dialer.last.fail("unreachable");
  await settle();
  expect(node.dialer.last.call.nextHop).toBe("sip:carrier.test");
  expect(node.dialer.last.offered).toBe("RTP/AVP");

  const silent = new FakeOutboundNode();
  silent.trunk = { ...TRUNK, transport: "auto" };
  const call = await silent.place();
  silent.dialer.last.fail("silent");
  expect(await call.ended).toBe("no_response");
  expect(silent.dialer.invites).toHaveLength(1);
});
