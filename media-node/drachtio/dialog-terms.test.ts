// biome-ignore-all lint/style/noRestrictedImports: this test compares the two sides of the control protocol.
import { expect, test } from "vitest";
import { deadline } from "../../tests/support/deadline.ts";
import { ANSWER, requestLines } from "../engine/test-engine.ts";
import { trunkNamesOf } from "../engine/trunk-names.ts";
import { dialogHeaders, forPeer } from "./dialog-terms.ts";
import { call, hangUp, startNode } from "./test-node.ts";

const TERMS = { remoteDomains: ["a.test", "B.test"], outboundAddress: "Sip.test:5061" };

test("the engine reads from the headers what the settings say, and nothing where they say nothing", () => {
  const read = (terms: Parameters<typeof dialogHeaders>[0]) =>
    trunkNamesOf({
      headers: Object.entries(dialogHeaders(terms)).map(([name, value]) => ({ name, value })),
    });
  expect(read(TERMS)).toEqual({ remoteDomains: ["a.test", "b.test"], outboundAddress: "sip.test" });
  expect(read({})).toEqual({ remoteDomains: [], outboundAddress: null });
  expect(read({ remoteDomains: [], outboundAddress: null })).toEqual(read({}));
});

test("a header of the settings cannot speak to the engine, and what does never leaves", async () => {
  const forged = { "x-trunkline-remote-domains": "evil.test", "X-Tenant": "42" };
  expect(forPeer(forged)).toEqual({ "X-Tenant": "42" });
  const node = await startNode();
  const { peer, invite } = await call(node);
  invite.ringing(TERMS);
  expect((await peer.next("SIP/2.0 180")).text).not.toMatch(/trunkline/i);
  const answering = invite.answer(ANSWER, forged, TERMS);
  const ok = await peer.next("SIP/2.0 200");
  expect(ok.header("X-Tenant")).toBe("42");
  expect(ok.text).not.toMatch(/trunkline/i);
  const named = { To: ok.header("To"), "Call-ID": ok.header("Call-ID"), CSeq: "1 ACK" };
  peer.send(requestLines("ACK", named));
  const dialog = await deadline(answering, 5_000, "not acknowledged");
  await hangUp(peer, dialog.bye({ cause: 200, text: "done" }));
});
