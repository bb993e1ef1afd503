import { describe, expect, test } from "vitest";
import type { CallAction, CallActionOutcome } from "../../schema/contracts/call-control.ts";
import { answeredCall } from "../../tests/support/answered-call.ts";
import { FakeNode, ROUTE } from "../../tests/support/fake-call.ts";
import { FakeOutboundNode, TRUNK } from "../../tests/support/fake-outbound.ts";
import { FakeInvite, offerSdp } from "../../tests/support/fake-parties.ts";
import { settle } from "../../tests/support/virtual-clock.ts";
import { handleInbound } from "./inbound/inbound.ts";

/** What is done to calls from outside: by the API, through the hub. */

let actions = 0;
function act(node: FakeNode, action: CallAction, actionId?: string): CallActionOutcome | undefined {
  actions += 1;
  const [call] = node.calls;
  return call?.control.act(actionId ?? `action-${actions}`, action);
}

const HANG_UP: CallAction = { kind: "hangup" };
const KEYS: CallAction = { kind: "dtmf", digits: "1w2#" };
const transferTo = (destination: string, method: "conference" | "refer" = "refer"): CallAction => ({
  kind: "transfer",
  destination,
  method,
});

describe("a hang-up from outside", () => {
  test("of an answered call is a BYE with cause 200, and the call ends as hung_up_by_api", async () => {
    const call = await answeredCall();
    const { control } = [...call.node.calls][0] ?? {};
    expect(act(call.node, HANG_UP)).toBe("done");
    expect(control?.act("again", HANG_UP)).toBe("call_ended");
    await call.handled;
    expect(call.dialog.byes).toMatchObject([{ cause: 200 }]);
    expect(call.node.record?.end.code).toBe("hung_up_by_api");
    expect(call.node.agent.told).toContain("ended hung_up_by_api");
  });

  test("of an inbound call that rings refuses it; of an outbound one cancels it", async () => {
    const node = new FakeNode();
    node.connectAgent = node.neverReady;
    const invite = new FakeInvite(node.journal, offerSdp());
    const handled = handleInbound(invite, node);
    await settle();
    expect(act(node, KEYS)).toBe("call_not_answered");
    expect(act(node, HANG_UP)).toBe("done");
    await handled;
    expect(invite.rejections).toEqual(["hung_up_by_api"]);

    const placing = new FakeOutboundNode();
    const placed = await placing.place();
    placing.dialer.last.provisional(180, "Ringing");
    expect(act(placing, HANG_UP)).toBe("done");
    expect(await placed.ended).toBe("hung_up_by_api");
    expect(placing.dialer.last.call.signal.aborted).toBe(true);
  });
});

describe("keys from outside", () => {
  test("are pressed for the caller, once for each action, and not while the caller holds", async () => {
    const call = await answeredCall();
    const { session } = call.node;
    expect(act(call.node, KEYS, "one")).toBe("done");
    expect(act(call.node, KEYS, "one")).toBe("done");
    expect(session.digits).toEqual(["1w2# auto"]);
    await call.handlers.reoffer(offerSdp({ version: 2, direction: "inactive" }));
    expect(act(call.node, KEYS)).toBe("call_on_hold");
    expect(session.digits).toHaveLength(1);
    await call.node.calls.endAll("node_shutdown");
  });
});

describe("a transfer from outside", () => {
  test.each([
    ["+19005550100", "refer", "destination_not_allowed"],
    ["nobody", "refer", "destination_malformed"],
    ["+4930123400", "conference", "no_outbound_trunk"],
  ] as const)("to %s by %s is %s, as it would be for the agent", async (to, method, outcome) => {
    const call = await answeredCall();
    expect(act(call.node, transferTo(to, method))).toBe(outcome);
    expect(call.dialog.refers).toEqual([]);
    await call.node.calls.endAll("node_shutdown");
  });

  test("is tried by the rules of the call's settings, one at a time, and the agent is told of it", async () => {
    const call = await answeredCall();
    call.dialog.referAnswer = { status: 603, reason: "Decline" };
    expect(act(call.node, transferTo("+4930123400"))).toBe("done");
    expect(call.dialog.refers.map(({ referTo }) => referTo)).toEqual(["<tel:+4930123400>"]);
    await settle();
    expect(call.node.agent.told).toContain("transfer null failed 603 Decline");
    call.dialog.referAnswer = null;
    expect(act(call.node, transferTo("+4930123400"))).toBe("done");
    expect(act(call.node, transferTo("+4930123400"))).toBe("transfer_under_way");
    await call.node.calls.endAll("node_shutdown");
  });

  test("by conference is dialled over the number's trunk", async () => {
    const node = new FakeOutboundNode();
    const route = { ...ROUTE, transfers: { ...ROUTE.transfers, trunk: TRUNK } };
    node.decide = () => ({ kind: "accept", route });
    const handled = handleInbound(new FakeInvite(node.journal, offerSdp()), node);
    await settle();
    expect(act(node, transferTo("+4930123400", "conference"))).toBe("done");
    await settle();
    expect(node.dialer.last.call.requestUri).toBe("sip:+4930123400@carrier.test");
    await node.calls.endAll("node_shutdown");
    await handled;
  });
});
