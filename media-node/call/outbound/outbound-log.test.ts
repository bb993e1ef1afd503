import { expect, test } from "vitest";
import type { OutboundTrunkRoute } from "../../../schema/contracts/routing.ts";
import { makeId } from "../../../schema/values/ids.ts";
import { FakeNode, ROUTE } from "../../../tests/support/fake-call.ts";
import { placeOutbound } from "./outbound.ts";
import type { OutboundOrder } from "./outbound-facts.ts";

const id = <K extends Parameters<typeof makeId>[0]>(kind: K) =>
  makeId(kind, 1_750_000_000_000, new Uint8Array(10).fill(7));

const TRUNK: OutboundTrunkRoute = {
  id: id("outboundTrunk"),
  workspaceId: ROUTE.workspaceId,
  address: "sip.carrier.example",
  transport: "tls",
  mediaEncryption: "allowed",
  insecureSdes: false,
  codecs: ["PCMU"],
  headers: {},
  attributesToHeaders: {},
  credentials: null,
  callerIdentity: { fromUser: "number", assertedIdentity: "none", numberForm: "as_given" },
  callsPerSecond: null,
  remoteDomains: [],
  phoneTransferForm: "tel" as const,
  allowRefer: false,
};

function orderOf(node: FakeNode): OutboundOrder {
  return {
    orderId: id("order"),
    fence: 1,
    callId: node.newCallId(),
    workspaceId: ROUTE.workspaceId,
    phoneNumberId: ROUTE.phoneNumberId,
    agentId: ROUTE.agent.id,
    toNumber: "+14155550123",
    dialBeforeMs: node.clock.nowMs() + 10_000,
    ringingTimeoutSecs: 60,
    clientData: {
      dynamicVariables: {},
      conversationConfigOverride: {},
      customLlmExtraBody: {},
      userId: null,
      branchId: null,
      environment: null,
    },
  };
}

test.each([true, false])(
  "the messages of a call that we place are logged where its number keeps them: %s",
  async (storeSipMessages) => {
    const node = new FakeNode();
    node.dial = async (call) => {
      call.onSent?.({ sipCallId: "call@us", transport: "tls", address: "192.0.2.7" });
      return { kind: "failed", cause: "silent", detail: "test" };
    };
    const route = {
      phoneNumber: "+15005550100",
      storeSipMessages,
      trunk: TRUNK,
      workspaceConcurrency: null,
      agent: ROUTE.agent,
      transfers: ROUTE.transfers,
    };
    await placeOutbound(orderOf(node), route, () => undefined, node).ended;
    const callId = node.newCallId();
    // Following a call that has no log does nothing.
    const follow = `${callId} call@us any`;
    expect(node.logged).toEqual(
      storeSipMessages ? [`open ${callId}`, follow, `close ${callId}`] : [follow],
    );
  },
);
