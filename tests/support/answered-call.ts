import { handleInbound } from "../../media-node/call/inbound/inbound.ts";
import { FakeNode } from "./fake-call.ts";
import { FakeInvite, offerSdp } from "./fake-parties.ts";
import { settle } from "./virtual-clock.ts";

/** One frame of audio that is not silence. */
export const FRAME = new Int16Array(160).fill(5);

/** A call that has been answered and is told nothing yet. */
export async function answeredCall(
  offer: string = offerSdp(),
  prepare: (node: FakeNode) => void = () => {},
) {
  const node = new FakeNode();
  prepare(node);
  const invite = new FakeInvite(node.journal, offer);
  const handled = handleInbound(invite, node);
  await settle();
  const { handlers } = invite.dialog;
  const { sink } = node.agent;
  const mediaSink = node.session.sink;
  if (handlers === null || sink === null || mediaSink === null) throw new Error("not answered");
  return { node, invite, handled, dialog: invite.dialog, handlers, agent: sink, mediaSink };
}
