// biome-ignore-all lint/style/noRestrictedImports: this test puts the real engine behind the adapters.
import { expect, test } from "vitest";
import { deadline } from "../../tests/support/deadline.ts";
import type { PeerRefer } from "../call/transfer/peer-refer.ts";
import type { WireText } from "../engine/scripted-peer.ts";
import { ANSWER, OFFER, requestLines } from "../engine/test-engine.ts";
import { call, handlers, hangUp, type Node, startNode } from "./test-node.ts";

/** An answered call whose peer may transfer it, or may not. */
async function answered(node: Node, allowsRefer: boolean) {
  const { peer, invite } = await call(node);
  const answering = invite.answer(ANSWER, {}, { allowsRefer });
  const ok = await peer.next("SIP/2.0 200");
  const inDialog = (method: string, cseq: number): Record<string, string> => ({
    From: ok.header("From"),
    To: ok.header("To"),
    "Call-ID": ok.header("Call-ID"),
    CSeq: `${cseq} ${method}`,
  });
  peer.send(requestLines("ACK", inDialog("ACK", 1)));
  const dialog = await deadline(answering, 5_000, "not acknowledged");
  const refers: PeerRefer[] = [];
  const referred = (refer: PeerRefer): void => void refers.push(refer);
  dialog.attach(handlers(allowsRefer ? { referred } : {}));
  const send = (method: string, cseq: number, lines: Record<string, string> = {}, body = "") =>
    peer.send(requestLines(method, { ...inDialog(method, cseq), ...lines }), body);
  /** Sends a REFER, has it accepted and gives what the call domain was told. */
  const refer = async (cseq: number, lines: Record<string, string>): Promise<PeerRefer> => {
    send("REFER", cseq, lines);
    await expect.poll(() => refers.length).toBe(1);
    const [told] = refers.splice(0);
    if (told === undefined) throw new Error("no REFER");
    return told;
  };
  /** The next NOTIFY, answered, without what differs in every run. */
  const notified = async (status = "200 OK"): Promise<WireText> => {
    const notify = await peer.next("NOTIFY");
    peer.reply(notify, status);
    return notify;
  };
  return { peer, dialog, ok, send, refer, notified };
}

const TARGET = { "Refer-To": "<tel:+49301234>" };

test("a REFER is answered 202 and followed by NOTIFYs to the end of its subscription (RFC 3515 §2.4)", async () => {
  const node = await startNode();
  const { peer, dialog, ok, refer, notified } = await answered(node, true);
  expect(ok.header("Allow")).toMatch(/\bREFER\b/);
  const told = await refer(2, { r: "<tel:+49301234>", b: "<sip:boss@pbx.example>" });
  expect(told.referTo).toEqual(["<tel:+49301234>"]);
  expect(told.referredBy).toBe("<sip:boss@pbx.example>");
  told.accept();
  told.notify(100, "Trying", false);
  told.notify(180, "Ringing", false);
  told.notify(200, "OK", true);
  told.notify(180, "Ringing", false);
  expect((await peer.next("SIP/2.0 202")).header("CSeq")).toBe("2 REFER");
  const notifies = [await notified(), await notified(), await notified()];
  expect(notifies.map((notify) => [notify.header("Subscription-State"), notify.body])).toEqual([
    ["active;expires=180", "SIP/2.0 100 Trying\r\n"],
    ["active;expires=180", "SIP/2.0 180 Ringing\r\n"],
    ["terminated;reason=noresource", "SIP/2.0 200 OK\r\n"],
  ]);
  const [first] = notifies;
  expect(first?.header("Event")).toBe("refer");
  expect(first?.header("Content-Type")).toBe("message/sipfrag;version=2.0");
  expect(first?.header("Contact")).toMatch(/^<sip:.*@sip\.node\.test/);
  const [one, two] = notifies.map((notify) => Number.parseInt(notify.header("CSeq"), 10));
  expect(two).toBe((one ?? 0) + 1);
  // Nothing follows the last one: the next that comes is our BYE.
  await hangUp(peer, dialog.bye({ cause: 200, text: "done" }));
});

test("the NOTIFYs of a second REFER name it, and the second leaves when the first is answered (RFC 3515 §2.4.6)", async () => {
  const node = await startNode();
  const { peer, dialog, refer, notified } = await answered(node, true);
  (await refer(2, TARGET)).refuse({ status: 403, text: 'Not "there".' });
  const refused = await peer.next("SIP/2.0 403");
  expect(refused.header("Warning")).toBe('399 node "Not \\"there\\"."');
  const told = await refer(3, TARGET);
  told.accept();
  told.notify(100, "Trying", false);
  told.notify(603, "No\r\nX-Evil: 1", true);
  await peer.next("SIP/2.0 202");
  const held = await peer.next("NOTIFY");
  expect(peer.unread).toBe(0);
  peer.reply(held, "200 OK");
  const last = await notified();
  expect([held.header("Event"), last.header("Event")]).toEqual(["refer;id=3", "refer;id=3"]);
  expect(last.body).toBe("SIP/2.0 603 No  X-Evil: 1\r\n");
  await hangUp(peer, dialog.bye({ cause: 200, text: "done" }));
});

test("a peer that does not know the subscription gets no more NOTIFYs, and keeps its call (RFC 5057 §5.1)", async () => {
  const node = await startNode();
  const { peer, dialog, refer, notified } = await answered(node, true);
  const told = await refer(2, TARGET);
  told.accept();
  told.notify(100, "Trying", false);
  told.notify(200, "OK", true);
  await peer.next("SIP/2.0 202");
  await notified("481 Subscription does not exist");
  await hangUp(peer, dialog.bye({ cause: 200, text: "done" }));
});

test("where the trunk does not allow it Allow leaves REFER out, and it is 405 (RFC 3261 §21.4.6)", async () => {
  const node = await startNode();
  const { peer, dialog, ok, send } = await answered(node, false);
  send("REFER", 2, TARGET);
  const refused = await peer.next("SIP/2.0 405");
  for (const message of [ok, refused]) {
    expect(message.header("Allow")).toMatch(/\bNOTIFY\b/);
    expect(message.header("Allow")).not.toMatch(/\bREFER\b/);
  }
  await hangUp(peer, dialog.bye({ cause: 200, text: "done" }));
});

test("a re-INVITE is answered with the Allow of its dialog", async () => {
  const node = await startNode();
  const { peer, dialog, send } = await answered(node, true);
  send("INVITE", 2, { "Content-Type": "application/sdp" }, OFFER);
  await peer.next("SIP/2.0 100");
  const ok = await peer.next("SIP/2.0 200");
  expect(ok.header("Allow")).toMatch(/\bREFER\b/);
  send("ACK", 2);
  await hangUp(peer, dialog.bye({ cause: 200, text: "done" }));
});
