import { describe, expect, test } from "vitest";
import { type ClientData, NO_CLIENT_DATA } from "../../../schema/contracts/client-data.ts";
import type { InboundRoute, PreCallWebhookRoute } from "../../../schema/contracts/routing.ts";
import { FakeNode, ROUTE } from "../../../tests/support/fake-call.ts";
import { FakeInvite, offerSdp } from "../../../tests/support/fake-parties.ts";
import { settle } from "../../../tests/support/virtual-clock.ts";
import { AgentUnavailable } from "../faults.ts";
import type { PreCallAnswer } from "../ports.ts";
import { handleInbound } from "./inbound.ts";

/** A node whose agent asks a webhook, and a call to it. */
function asking(
  onFailure: PreCallWebhookRoute["onFailure"] = "continue",
  more: Partial<InboundRoute> = {},
) {
  const node = new FakeNode();
  const preCallWebhook: PreCallWebhookRoute = {
    url: "https://crm.example.com/",
    headers: null,
    timeoutMs: 3_000,
    onFailure,
    overrides: { conversationConfig: [], customLlmExtraBody: false },
  };
  node.decide = () => ({
    kind: "accept",
    route: { ...ROUTE, agent: { ...ROUTE.agent, preCallWebhook }, ...more },
  });
  return { node, invite: new FakeInvite(node.journal, offerSdp()) };
}

const data = (more: Partial<ClientData>): PreCallAnswer => ({
  kind: "data",
  data: { ...NO_CLIENT_DATA, ...more },
});

const FAILED: PreCallAnswer = { kind: "failed", code: "bad_status", detail: "status 500" };

function expectNothingLeft(node: FakeNode): void {
  expect(node.session.disposed).toBe(1);
  expect(node.clock.pendingTimers).toBe(0);
  expect(node.calls.count).toBe(0);
}

test("an agent without a webhook is told of the call at once", async () => {
  const node = new FakeNode();
  const invite = new FakeInvite(node.journal, offerSdp());
  const handled = handleInbound(invite, node);
  await settle();
  expect(node.questions).toEqual([]);
  expect(invite.answers).toHaveLength(1);
  invite.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
  await handled;
});

describe("a call whose agent asks a webhook", () => {
  test("rings, connects the agent meanwhile and is answered after both", async () => {
    const { node, invite } = asking();
    const answer = Promise.withResolvers<PreCallAnswer>();
    node.askWebhook = () => answer.promise;
    const handled = handleInbound(invite, node);
    await settle();
    expect(node.journal).toEqual(["ringing", "call_started", "webhook.ask", "agent.connect"]);
    expect(node.agentCalls).toEqual([]);
    answer.resolve(data({ dynamicVariables: { name: "Ada" } }));
    await settle();
    expect(node.agentCalls).toMatchObject([{ dynamicVariables: { name: "Ada" } }]);
    const then = ["media.start", "answer", "call_answered", "agent.answered"];
    expect(node.journal.slice(4)).toEqual(then);
    expect(node.counted).toContain("webhook data");
    invite.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
    await handled;
    expectNothingLeft(node);
  });

  test("asks with the numbers, the identifiers and the X- headers of the INVITE", async () => {
    const { node, invite } = asking();
    invite.headers = { "x-foo": ["bar"], "x-twilio-callsid": ["CA1"], via: ["hop"] };
    const handled = handleInbound(invite, node);
    await settle();
    expect(node.questions).toMatchObject([
      {
        callerId: "+4930123456",
        calledNumber: "+15005550100",
        callSid: "CA1",
        givenCallId: "call@peer",
        conversationId: node.agentCalls[0]?.conversationId,
      },
    ]);
    expect({ ...node.questions[0]?.sipHeaders }).toEqual({
      "x-foo": "bar",
      "x-twilio-callsid": "CA1",
    });
    invite.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
    await handled;
    expect(node.record?.callSid).toBe("CA1");
  });

  test("SIP headers yield to the webhook, and both to the system", async () => {
    const { node, invite } = asking();
    invite.headers = { "x-tier": ["basic"], "x-only": ["sip"], "x-caller-id": ["+49401"] };
    const dynamicVariables = { sip_tier: "gold", mine: 1, system__caller_id: "forged" };
    node.askWebhook = async () => data({ dynamicVariables });
    const handled = handleInbound(invite, node);
    await settle();
    expect(node.agentCalls[0]?.dynamicVariables).toEqual({
      sip_tier: "gold",
      sip_only: "sip",
      mine: 1,
      system__agent_id: ROUTE.agent.id,
      system__current_agent_id: ROUTE.agent.id,
      system__call_sid: "call@peer",
      system__call_id: "call@peer",
      system__caller_id: "+49401",
      system__called_number: "+15005550100",
      system__conversation_id: node.agentCalls[0]?.conversationId,
      system__call_duration_secs: 0,
      system__time_utc: "2025-06-15T15:06:40.000Z",
      system__is_text_only: false,
    });
    invite.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
    await handled;
  });

  test("leaves what it was told in the record, but for secrets and what is too large", async () => {
    const { node, invite } = asking();
    const told = {
      dynamicVariables: { name: "Ada", secret__token: "s3cret" },
      conversationConfigOverride: { agent: { language: "de" } },
      userId: "u-1",
    };
    node.askWebhook = async () => data(told);
    const handled = handleInbound(invite, node);
    await settle();
    expect(node.agentCalls[0]?.clientData?.dynamicVariables).toEqual(told.dynamicVariables);
    invite.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
    await handled;
    expect(node.record?.clientData).toEqual({
      ...NO_CLIENT_DATA,
      ...told,
      dynamicVariables: { name: "Ada" },
    });
    expect(JSON.stringify([node.events, node.logs])).not.toContain("s3cret");

    const large = asking();
    large.node.askWebhook = async () =>
      data({ ...told, customLlmExtraBody: { text: "x".repeat(70_000) } });
    const second = handleInbound(large.invite, large.node);
    await settle();
    large.invite.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
    await second;
    expect(large.node.record?.clientData).toEqual({ ...NO_CLIENT_DATA, userId: "u-1" });
  });

  test("goes on without the data when the webhook fails, and the record says so", async () => {
    const { node, invite } = asking("continue");
    node.askWebhook = async () => FAILED;
    const handled = handleInbound(invite, node);
    await settle();
    expect(invite.answers).toHaveLength(1);
    expect(node.agentCalls[0]?.clientData).toBe(undefined);
    invite.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
    await handled;
    expect(node.record).toMatchObject({
      end: { code: "caller_hung_up" },
      warnings: ["The pre-call webhook failed (bad_status: status 500)."],
    });
    expect(node.counted).toContain("webhook bad_status");
    expect(node.logs).toContainEqual({
      event: "pre_call_asked",
      fields: expect.objectContaining({ outcome: "bad_status", detail: "status 500" }),
    });
  });

  test("is declined when the webhook fails and its failure rejects, with a record", async () => {
    const { node, invite } = asking("reject");
    node.askWebhook = async () => FAILED;
    await handleInbound(invite, node);
    expect(invite.rejections).toEqual(["precall_failed"]);
    expect(invite.answers).toEqual([]);
    expect(node.record).toMatchObject({
      answeredAtMs: null,
      end: { code: "precall_failed", blame: "customer", sipStatus: 603 },
      warnings: ["The pre-call webhook failed (bad_status: status 500)."],
    });
    expectNothingLeft(node);
  });

  test.each(["continue", "reject"] as const)(
    "is declined when the webhook rejects it, whatever its failures do (%s)",
    async (onFailure) => {
      const { node, invite } = asking(onFailure);
      node.askWebhook = async () => ({ kind: "rejected", detail: "blocked" });
      await handleInbound(invite, node);
      expect(invite.rejections).toEqual(["precall_rejected"]);
      expect(node.record?.end).toMatchObject({ code: "precall_rejected", sipStatus: 603 });
      expect(node.journal).not.toContain("answer");
      expectNothingLeft(node);
    },
  );

  test("that is cancelled asks no longer, and ends as cancelled", async () => {
    const { node, invite } = asking("reject");
    let signal: AbortSignal | null = null;
    node.connectAgent = node.neverReady;
    node.askWebhook = (_question, given) => {
      signal = given;
      return new Promise((resolve) => {
        given.addEventListener("abort", () =>
          resolve({ kind: "failed", code: "aborted", detail: "the call ended first" }),
        );
      });
    };
    const handled = handleInbound(invite, node);
    await settle();
    invite.cancel();
    await handled;
    expect(signal).toHaveProperty("aborted", true);
    expect(invite.rejections).toEqual(["cancelled"]);
    expect(node.record?.end.code).toBe("cancelled");
    expect(node.record?.warnings).toBe(undefined);
    expectNothingLeft(node);
  });

  test("whose agent cannot be reached asks no longer", async () => {
    const { node, invite } = asking();
    let signal: AbortSignal | null = null;
    node.connectAgent = async () => {
      throw new AgentUnavailable("ECONNREFUSED");
    };
    node.askWebhook = (_question, given) => {
      signal = given;
      return new Promise(() => undefined);
    };
    await handleInbound(invite, node);
    expect(invite.rejections).toEqual(["agent_unavailable"]);
    expect(signal).toHaveProperty("aborted", true);
    expectNothingLeft(node);
  });
});

describe("a trunk's attributes_to_headers", () => {
  const attributesToHeaders = {
    route: "X-Route",
    system__conversation_id: "X-Conversation-Id",
    system__call_duration_secs: "X-Duration",
    unset: "X-Unset",
  };

  test("stand in our 200 and in our BYE, with the values of their time", async () => {
    const { node, invite } = asking("continue", { attributesToHeaders });
    node.askWebhook = async () => data({ dynamicVariables: { route: "sales\r\nX-Evil: 1" } });
    const handled = handleInbound(invite, node);
    await settle();
    const conversationId = node.agentCalls[0]?.conversationId;
    const common = { "X-Route": "sales X-Evil: 1", "X-Conversation-Id": conversationId };
    expect(invite.answerHeaders).toEqual([{ ...common, "X-Duration": "0" }]);
    await node.clock.advance(65_900);
    node.agent.sink?.hangUp("done");
    await node.clock.advance(1_000);
    await handled;
    expect(invite.dialog.byeHeaders).toEqual([{ ...common, "X-Duration": "66" }]);
  });
});
