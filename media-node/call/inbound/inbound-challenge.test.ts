import { expect, test } from "vitest";
import { FakeNode, ROUTE } from "../../../tests/support/fake-call.ts";
import { FakeInvite, offerSdp } from "../../../tests/support/fake-parties.ts";
import { settle } from "../../../tests/support/virtual-clock.ts";
import type { AuthenticateDecision, RouteRefusal } from "../ports.ts";
import { handleInbound } from "./inbound.ts";

const REFUSAL: RouteRefusal = {
  kind: "refuse",
  code: "digest_rejected",
  workspaceId: "wksp_1",
  phoneNumberId: "num_1",
  detail: "wrong password",
};
const PENDING: AuthenticateDecision = {
  kind: "authenticate",
  candidates: [],
  refusal: REFUSAL,
  isSourceNamed: false,
};

function setUp() {
  const node = new FakeNode();
  node.decide = () => PENDING;
  return { node, invite: new FakeInvite(node.journal, offerSdp()) };
}

test("a challenge is no refusal: nothing is counted, recorded, opened or held", async () => {
  const { node, invite } = setUp();
  const demand = { status: 407, challenge: "Digest …" } as const;
  node.authenticate = async () => ({ kind: "challenge", demand });
  await handleInbound(invite, node);
  expect(invite.demands).toEqual([demand]);
  expect(node.journal).toEqual(["challenge 407"]);
  expect(node.counted).toEqual([]);
  expect(node.events).toEqual([]);
  expect(node.calls.count).toBe(0);
  expect(node.logs).toMatchObject([
    {
      event: "call_challenged",
      fields: { sipStatus: 407, refusalCode: "digest_rejected", workspaceId: "wksp_1" },
    },
  ]);
});

test("a caller who proves nothing is refused, and the reason names the trunk's workspace", async () => {
  const { node, invite } = setUp();
  invite.credentials = ['Digest username="acme", response="5ecre7"'];
  await handleInbound(invite, node);
  expect(invite.rejections).toEqual(["digest_rejected"]);
  expect(node.counted).toEqual(["refused digest_rejected"]);
  expect(node.logs).toMatchObject([
    { event: "call_refused", fields: { code: "digest_rejected", workspaceId: "wksp_1" } },
  ]);
  expect(JSON.stringify(node.logs)).not.toContain("5ecre7");
});

test("a caller who proves it gets the call, and one who cancels meanwhile does not", async () => {
  const { node, invite } = setUp();
  node.authenticate = async () => ({ kind: "accept", route: ROUTE });
  const running = handleInbound(invite, node);
  await settle();
  expect(invite.answers).toHaveLength(1);
  invite.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
  await running;

  const gone = setUp();
  gone.node.authenticate = async () => {
    gone.invite.cancel();
    return { kind: "accept", route: ROUTE };
  };
  await handleInbound(gone.invite, gone.node);
  expect(gone.invite.rejections).toEqual(["cancelled"]);
  expect(gone.invite.answers).toEqual([]);
});
