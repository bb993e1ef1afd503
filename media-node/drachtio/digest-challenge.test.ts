// biome-ignore-all lint/style/noRestrictedImports: the real engine is behind the adapter here.
import { expect, test } from "vitest";
import { ANSWER, OFFER, requestLines } from "../engine/test-engine.ts";
import { call, startNode } from "./test-node.ts";

const DEMAND = {
  challenge: 'Digest realm="sip.example.net", nonce="a,b", algorithm=MD5, qop="auth"',
};
const CREDENTIALS = 'Digest username="acme", realm="sip.example.net", nonce="a,b", uri="sip:x@y"';

test.each([
  [401, "Unauthorized", "WWW-Authenticate", "Proxy-Authenticate"],
  [407, "Proxy Authentication Required", "Proxy-Authenticate", "WWW-Authenticate"],
] as const)(
  "a demand is a %i with its one challenge, as it was written",
  async (status, phrase, name, other) => {
    const node = await startNode();
    const { peer, invite } = await call(node);
    await invite.challenge({ ...DEMAND, status });
    const answer = await peer.next("SIP/2.0 4");
    expect(answer.startLine).toBe(`SIP/2.0 ${status} ${phrase}`);
    expect(answer.header(name)).toBe(DEMAND.challenge);
    expect(answer.header(other)).toBe("");
  },
);

test("the next try, of the same Call-ID and From tag, is an INVITE of its own and can be answered", async () => {
  const node = await startNode();
  const { peer, invite } = await call(node);
  await invite.challenge({ ...DEMAND, status: 401 });
  const refused = await peer.next("SIP/2.0 401");
  const dialog = { To: refused.header("To"), "Call-ID": refused.header("Call-ID") };
  peer.send(requestLines("ACK", { ...dialog, CSeq: "1 ACK" }));
  const lines = requestLines("INVITE", { "Call-ID": dialog["Call-ID"], CSeq: "2 INVITE" });
  peer.send(
    [
      ...lines,
      "Proxy-Authorization: Digest of=another",
      `Authorization: ${CREDENTIALS}`,
      "X-Foo: bar",
      "Content-Type: application/sdp",
    ],
    OFFER,
  );
  await peer.next("SIP/2.0 100");
  const next = await node.invited();
  expect(next.sipCallId).toBe(invite.sipCallId);
  expect(next.credentials).toEqual([CREDENTIALS, "Digest of=another"]);
  expect(Object.keys(next.headers)).not.toContain("authorization");
  expect(Object.keys(next.headers)).not.toContain("proxy-authorization");
  expect(next.headers["x-foo"]).toEqual(["bar"]);
  expect(Object.getPrototypeOf(next.headers)).toBeNull();
  expect(next.requestUri).toBe(invite.requestUri);
  const answering = next.answer(ANSWER);
  const ok = await peer.next("SIP/2.0 200");
  expect(ok.header("CSeq")).toBe("2 INVITE");
  const target = /<([^>]+)>/.exec(ok.header("Contact"))?.[1] ?? "";
  const to = { To: ok.header("To"), "Call-ID": dialog["Call-ID"] };
  peer.send(requestLines("ACK", { ...to, CSeq: "2 ACK" }, target));
  await answering;
  peer.send(requestLines("BYE", { ...to, CSeq: "3 BYE" }, target));
  // In a dialog nobody is asked for a password again.
  expect((await peer.next("SIP/2.0 200")).header("CSeq")).toBe("3 BYE");
});

test("an INVITE that has been cancelled is not asked any more", async () => {
  const node = await startNode();
  const same = { Via: "SIP/2.0/TCP peer.test:5060;branch=z9hG4bKcancelled", "Call-ID": "one@peer" };
  const { peer, invite } = await call(node, requestLines("INVITE", same));
  const cancelled = new Promise((resolve) => {
    invite.cancelled.addEventListener("abort", resolve, { once: true });
  });
  peer.send(requestLines("CANCEL", { ...same, CSeq: "1 CANCEL" }));
  const answers = [await peer.next("SIP/2.0"), await peer.next("SIP/2.0")];
  await cancelled;
  await invite.challenge({ ...DEMAND, status: 401 });
  peer.send(requestLines("REGISTER"));
  answers.push(await peer.next("SIP/2.0"));
  expect(answers.map(({ startLine }) => startLine.split(" ")[1]).sort()).toEqual([
    "200",
    "405",
    "487",
  ]);
});
