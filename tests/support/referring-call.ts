import { expect } from "vitest";
import type { InviteOutcome, OutboundCall } from "../../media-node/call/outbound/outbound-ports.ts";
import type { PeerRefer } from "../../media-node/call/transfer/peer-refer.ts";
import { answeredCall } from "./answered-call.ts";
import { FakeNode, ROUTE } from "./fake-call.ts";
import { answerTo, TRUNK } from "./fake-outbound.ts";
import { FakeDialog } from "./fake-parties.ts";
import { settle } from "./virtual-clock.ts";

/** A call whose peer sends REFER, and the legs that the node places because of it. */

export const TARGET = "<tel:+493012340055>";

/** What the SIP side would have sent. */
export class FakeRefer implements PeerRefer {
  readonly sent: string[] = [];
  readonly referTo: readonly string[];
  readonly referredBy: string | null = "<sip:boss@pbx.example>";

  constructor(...referTo: string[]) {
    this.referTo = referTo;
  }

  refuse({ status, text }: { status: number; text: string }): void {
    this.sent.push(`${status} ${text}`);
  }

  accept(): void {
    this.sent.push("202");
  }

  notify(status: number, reason: string, isLast: boolean): void {
    this.sent.push(`NOTIFY ${status} ${reason}${isLast ? " (last)" : ""}`);
  }
}

/** A leg that the node places when the peer asks for it. */
interface Placed {
  readonly invite: OutboundCall;
  readonly dialog: FakeDialog;
  readonly media: FakeNode["session"];
  readonly end: (outcome: InviteOutcome) => void;
  answer(sdp?: string): Promise<void>;
}

export async function callWithTrunk(changes: { allowRefer?: boolean; trunkAllows?: boolean } = {}) {
  const { allowRefer = true, trunkAllows = false } = changes;
  const trunk = { ...TRUNK, allowRefer: trunkAllows, headers: { "X-Account": "42" } };
  const call = await answeredCall(undefined, (node) => {
    const transfers = { ...ROUTE.transfers, trunk };
    node.decide = () => ({ kind: "accept", route: { ...ROUTE, allowRefer, transfers } });
  });
  const placed: Placed[] = [];
  const { node } = call;
  node.openMedia = async () => {
    const { session } = new FakeNode();
    node.dial = (invite) => {
      const outcome = Promise.withResolvers<InviteOutcome>();
      invite.signal.addEventListener("abort", () => outcome.resolve({ kind: "cancelled" }));
      const dialog = new FakeDialog(node.journal);
      placed.push({
        invite,
        dialog,
        media: session,
        end: outcome.resolve,
        async answer(sdp = answerTo(invite.sdp)) {
          const said = { status: 200, headers: {}, address: "192.0.2.77" };
          outcome.resolve({ kind: "answered", dialog, sdp, ...said });
          await settle();
        },
      });
      return outcome.promise;
    };
    return { session, address: "203.0.113.5", rtpPort: 10_002 };
  };
  return {
    ...call,
    placed,
    /** The peer's REFER, and the leg that came of it. */
    async refer(...referTo: string[]) {
      const refer = new FakeRefer(...referTo);
      call.handlers.referred?.(refer);
      await settle();
      return refer;
    },
    async transferred() {
      const refer = new FakeRefer(TARGET);
      call.handlers.referred?.(refer);
      await settle();
      const leg = placed.at(-1);
      if (leg === undefined) throw new Error("nothing was dialled");
      await leg.answer();
      return { refer, leg };
    },
    async hangUp() {
      call.handlers.ended({ by: "peer", reason: "BYE" });
      await call.handled;
    },
  };
}

/** Nothing of it is left. */
export function expectOver(call: Awaited<ReturnType<typeof callWithTrunk>>): void {
  expect(call.node.clock.pendingTimers).toBe(0);
  for (const { media } of call.placed) expect(media.disposed).toBe(1);
}
