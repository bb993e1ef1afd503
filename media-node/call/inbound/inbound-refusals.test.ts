import { describe, expect, test } from "vitest";
import { FakeNode, ROUTE } from "../../../tests/support/fake-call.ts";
import { FakeInvite, offerSdp } from "../../../tests/support/fake-parties.ts";
import { settle } from "../../../tests/support/virtual-clock.ts";
import type { CallEndCode } from "../call-ends.ts";
import { AgentUnavailable, SipFault } from "../faults.ts";
import { handleInbound } from "./inbound.ts";

function inviteTo(node: FakeNode, offer: string | null = offerSdp()): FakeInvite {
  return new FakeInvite(node.journal, offer);
}

/** Whatever happened, nothing of the call may be left. */
function expectNothingLeft(node: FakeNode, opened: { media: boolean; agent: boolean }): void {
  expect(node.session.disposed).toBe(opened.media ? 1 : 0);
  expect(node.agent.disposed).toBe(opened.agent ? 1 : 0);
  expect(node.clock.pendingTimers).toBe(0);
  expect(node.calls.count).toBe(0);
}

describe("a refused INVITE", () => {
  test.each(["node_draining", "node_not_ready", "ports_exhausted"] as const)(
    "%s is decided before the number is looked up",
    async (code) => {
      const node = new FakeNode();
      node.admission = () => code;
      node.decide = () => {
        throw new Error("looked up");
      };
      const invite = inviteTo(node);
      await handleInbound(invite, node);
      expect(invite.rejections).toEqual([code]);
      expect(node.counted).toEqual([`refused ${code}`]);
      expectNothingLeft(node, { media: false, agent: false });
    },
  );

  test("says to the SIP side what the trunk's peer may prove, as the 180 does, once there is a trunk", async () => {
    const node = new FakeNode();
    const route = { ...ROUTE, remoteDomains: ["sbc.carrier.test"] };
    node.decide = () => ({ kind: "accept", route });
    node.connectAgent = () => Promise.reject(new AgentUnavailable("refused"));
    const refused = inviteTo(node);
    await handleInbound(refused, node);
    const terms = { remoteDomains: ["sbc.carrier.test"], outboundAddress: null };
    expect(refused.otherTerms).toMatchObject([terms, terms]);
    node.admission = () => "node_draining";
    const unrouted = inviteTo(node);
    await handleInbound(unrouted, node);
    expect(unrouted.otherTerms).toEqual([{}]);
  });

  test("the log has code, blame, detail and source; the wire has the code alone", async () => {
    const node = new FakeNode();
    node.decide = () => ({
      kind: "refuse",
      code: "source_not_allowed",
      workspaceId: ROUTE.workspaceId,
      phoneNumberId: ROUTE.phoneNumberId,
      detail: "192.0.2.10 is not in 198.51.100.0/24",
    });
    const invite = inviteTo(node);
    await handleInbound(invite, node);
    expect(node.journal).toEqual(["reject source_not_allowed"]);
    expect(node.logs).toMatchObject([
      {
        event: "call_refused",
        fields: {
          code: "source_not_allowed",
          blame: "customer",
          sipStatus: 403,
          detail: "192.0.2.10 is not in 198.51.100.0/24",
          sourceAddress: "192.0.2.10",
          workspaceId: ROUTE.workspaceId,
        },
      },
    ]);
    expect(node.events).toEqual([]);
    expect(node.refused).toEqual([
      {
        code: "source_not_allowed",
        query: invite.query,
        sipCallId: invite.sipCallId,
        workspaceId: ROUTE.workspaceId,
        phoneNumberId: ROUTE.phoneNumberId,
        conversationId: null,
      },
    ]);
  });

  test.each([
    ["no_common_codec", "allowed", ["m=audio 4000 RTP/AVP 18"]],
    ["encryption_required", "required", ["m=audio 4000 RTP/AVP 0"]],
    ["encryption_not_accepted", "disabled", ["m=audio 4000 RTP/SAVP 0"]],
    ["no_common_crypto", "required", ["m=audio 4000 RTP/SAVP 0"]],
    ["no_audio", "allowed", ["m=video 4000 RTP/AVP 96"]],
  ] as const)("%s is known before it rings", async (code, encryption, lines) => {
    const node = new FakeNode();
    node.decide = () => ({
      kind: "accept",
      route: { ...ROUTE, media: { ...ROUTE.media, encryption } },
    });
    const invite = inviteTo(node, offerSdp({ lines: [...lines] }));
    await handleInbound(invite, node);
    expect(node.journal).toEqual(["media.dispose", `reject ${code}`]);
    expect(node.counted).toEqual([`refused ${code}`]);
    expectNothingLeft(node, { media: true, agent: false });
  });

  test("without a free port is 503 before it rings", async () => {
    const node = new FakeNode();
    node.openMedia = async () => null;
    const invite = inviteTo(node);
    await handleInbound(invite, node);
    expect(node.journal).toEqual(["reject ports_exhausted"]);
    expectNothingLeft(node, { media: false, agent: false });
  });

  test("for want of the agent has a record, because the agent was asked", async () => {
    const node = new FakeNode();
    node.connectAgent = () => Promise.reject(new AgentUnavailable("connect ECONNREFUSED"));
    const invite = inviteTo(node);
    await handleInbound(invite, node);
    expect(invite.rejections).toEqual(["agent_unavailable"]);
    expect(node.refused).toMatchObject([
      { code: "agent_unavailable", conversationId: node.record?.conversationId },
    ]);
    expect(node.events.map((event) => event.kind)).toEqual(["call_started", "call_ended"]);
    expect(node.record).toMatchObject({
      answeredAtMs: null,
      durationMs: 0,
      end: { code: "agent_unavailable", sipStatus: 480, blame: "agent" },
      media: null,
    });
    expect(node.counted).toEqual(["started", "ended agent_unavailable"]);
    expectNothingLeft(node, { media: true, agent: false });
  });

  test("whose agent leaves before the answer is refused as without an agent", async () => {
    const node = new FakeNode();
    const saved = Promise.withResolvers<void>();
    node.saveRecord = () => saved.promise;
    const invite = inviteTo(node);
    const handled = handleInbound(invite, node);
    await settle();
    node.agent.sink?.closed("closed with 1006", true);
    saved.resolve();
    await handled;
    expect(invite.answers).toEqual([]);
    expect(invite.rejections).toEqual(["agent_unavailable"]);
    expect(node.record?.end.code).toBe("agent_unavailable");
    expectNothingLeft(node, { media: true, agent: true });
  });
});

describe("a CANCEL", () => {
  const stages: readonly [string, (node: FakeNode, invite: FakeInvite) => void, boolean][] = [
    ["before the INVITE is handled", (_node, invite) => invite.cancel(), false],
    [
      "while the ports are opened",
      (node, invite) => {
        const { openMedia } = node;
        node.openMedia = async () => {
          invite.cancel();
          return openMedia();
        };
      },
      false,
    ],
    [
      "while the agent is connected",
      (node, invite) => {
        node.connectAgent = (...asked) => {
          queueMicrotask(() => invite.cancel());
          return node.neverReady(...asked);
        };
      },
      false,
    ],
    [
      "while the start is recorded",
      (node, invite) => {
        node.saveRecord = async () => {
          // The agent is there before the disk is.
          await settle();
          invite.cancel();
        };
      },
      true,
    ],
    [
      "that wins against the 200",
      (_node, invite) => {
        invite.onAnswer = async () => {
          invite.cancel();
          throw new SipFault("cancelled", "487 was sent");
        };
      },
      true,
    ],
  ];

  test.each(stages)("%s ends the call and releases everything", async (_, arrange, hasAgent) => {
    const node = new FakeNode();
    const invite = inviteTo(node);
    arrange(node, invite);
    await handleInbound(invite, node);
    expect(invite.rejections).toEqual(["cancelled"]);
    expect(invite.dialog.byes).toEqual([]);
    expect(node.agent.told).toEqual(hasAgent ? ["ended cancelled"] : []);
    expectNothingLeft(node, { media: true, agent: hasAgent });
    const wasAsked = node.journal.includes("agent.connect");
    expect(node.record?.end.code).toBe(wasAsked ? "cancelled" : undefined);
  });

  test("that loses against the 200 has no effect (RFC 3261 §9.2)", async () => {
    const node = new FakeNode();
    const invite = inviteTo(node);
    invite.onAnswer = async () => invite.cancel();
    const handled = handleInbound(invite, node);
    await settle();
    expect(node.agent.told).toEqual(["answered"]);
    invite.dialog.handlers?.ended({ by: "peer", reason: "BYE" });
    await handled;
    expect(node.record?.end.code).toBe("caller_hung_up");
  });
});

describe("a fault", () => {
  const faults: readonly [string, (node: FakeNode, invite: FakeInvite) => void][] = [
    [
      "in the admission",
      (node) => {
        node.admission = () => {
          throw new Error("bug");
        };
      },
    ],
    [
      "in the look-up",
      (node) => {
        node.decide = () => {
          throw new Error("bug");
        };
      },
    ],
    [
      "in the ports",
      (node) => {
        node.openMedia = () => Promise.reject(new Error("bug"));
      },
    ],
    [
      "in the agent link",
      (node) => {
        node.connectAgent = () => Promise.reject(new Error("bug"));
      },
    ],
    [
      "in the SIP adapter",
      (_node, invite) => {
        invite.onAnswer = () => Promise.reject(new Error("bug"));
      },
    ],
  ];

  test.each(faults)("%s is a 500 and, once the agent was asked, a record", async (_, arrange) => {
    const node = new FakeNode();
    const invite = inviteTo(node);
    arrange(node, invite);
    await handleInbound(invite, node);
    expect(invite.rejections).toEqual(["internal_error"]);
    const wasAsked = node.journal.includes("agent.connect");
    expect(node.record?.end.code).toBe(wasAsked ? "internal_error" : undefined);
    expect(node.logs.find(({ event }) => event === "call_refused")?.fields["err"]).toEqual(
      new Error("bug"),
    );
    expect(node.session.disposed).toBe(node.journal.includes("media.dispose") ? 1 : 0);
    expect(node.agent.disposed).toBe(node.agent.sink === null ? 0 : 1);
    expect(node.calls.count).toBe(0);
  });

  test.each(["ack_timeout", "signalling_lost"] as const)(
    "%s sends no response after the 200",
    async (code) => {
      const node = new FakeNode();
      const invite = inviteTo(node);
      invite.onAnswer = () => Promise.reject(new SipFault(code, "gone"));
      await handleInbound(invite, node);
      expect(invite.rejections).toEqual([]);
      expect(node.record?.end.code).toBe(code satisfies CallEndCode);
      expectNothingLeft(node, { media: true, agent: true });
    },
  );

  test("in a rejection is logged, and the call is over all the same", async () => {
    const node = new FakeNode();
    node.admission = () => "node_draining";
    const invite = inviteTo(node);
    invite.reject = () => Promise.reject(new Error("no transaction"));
    await handleInbound(invite, node);
    expect(node.logs.map(({ event }) => event)).toEqual(["call_refused", "rejection_failed"]);
    expect(node.calls.count).toBe(0);
  });
});

test("a shutdown refuses the INVITE that is still ringing with 503", async () => {
  const node = new FakeNode();
  node.connectAgent = node.neverReady;
  const invite = inviteTo(node);
  const handled = handleInbound(invite, node);
  await settle();
  await node.calls.endAll("node_shutdown");
  expect(invite.rejections).toEqual(["node_draining"]);
  expect(node.record?.end.code).toBe("node_draining");
  await handled;
  expectNothingLeft(node, { media: true, agent: false });
});
