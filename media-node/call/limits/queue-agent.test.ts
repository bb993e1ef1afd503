import { expect, test } from "vitest";
import type { DynamicVariables } from "../../../schema/contracts/client-data.ts";
import { NO_CLIENT_DATA } from "../../../schema/contracts/client-data.ts";
import { FRAME } from "../../../tests/support/answered-call.ts";
import { FakeNode, ROUTE } from "../../../tests/support/fake-call.ts";
import { FakeInvite, offerSdp } from "../../../tests/support/fake-parties.ts";
import { settle } from "../../../tests/support/virtual-clock.ts";
import type { CallEndCode } from "../call-ends.ts";
import { handleInbound } from "../inbound/inbound.ts";
import type { PreCallAnswer } from "../ports.ts";

/** What a call that has waited in the queue has in common with every other: webhook, headers, digits, transfers. */

const WEBHOOK = {
  url: "https://crm.example.com/pre-call",
  headers: null,
  timeoutMs: 3_000,
  onFailure: "continue" as const,
  overrides: { conversationConfig: [], customLlmExtraBody: false },
};

async function waiting(prepare: (node: FakeNode) => void = () => {}) {
  const node = new FakeNode();
  const admitted = Promise.withResolvers<CallEndCode | null>();
  let placesOut = 1;
  node.acquirePermit = async () => ({
    kind: "queued",
    admitted: admitted.promise,
    [Symbol.asyncDispose]: async () => {
      placesOut -= 1;
    },
  });
  const agent = {
    ...ROUTE.agent,
    preCallWebhook: WEBHOOK,
    digitInput: { timeoutMs: 2_000, hashTerminator: true },
  };
  const attributesToHeaders = {
    customer: "X-Customer",
    system__conversation_id: "X-Conversation",
  };
  node.decide = () => ({ kind: "accept", route: { ...ROUTE, agent, attributesToHeaders } });
  prepare(node);
  const invite = new FakeInvite(node.journal, offerSdp());
  const handled = handleInbound(invite, node);
  await settle();
  const { handlers } = invite.dialog;
  if (handlers === null) throw new Error("not answered");
  return {
    node,
    invite,
    handled,
    admitted,
    get handlers() {
      return invite.dialog.handlers ?? handlers;
    },
    expectNothingLeft() {
      expect(placesOut).toBe(0);
      expect(node.session.disposed).toBe(1);
      expect(node.clock.pendingTimers).toBe(0);
      expect(node.calls.count).toBe(0);
    },
  };
}

const data = (dynamicVariables: DynamicVariables): PreCallAnswer => ({
  kind: "data",
  data: { ...NO_CLIENT_DATA, dynamicVariables },
});

test("the pre-call webhook is asked when the call's turn has come, and the agent is told its answer", async () => {
  const call = await waiting((node) => {
    node.askWebhook = async () => data({ customer: "Ada" });
  });
  await call.node.clock.advance(60_000);
  expect(call.node.questions).toEqual([]);
  call.admitted.resolve(null);
  await settle();
  expect(call.node.questions).toHaveLength(1);
  expect(call.node.agentCalls).toMatchObject([{ dynamicVariables: { customer: "Ada" } }]);
  call.handlers.ended({ by: "peer", reason: "BYE" });
  await call.handled;
  call.expectNothingLeft();
});

test("the 200 carries what is known when it leaves, our BYE what the webhook has said since", async () => {
  const call = await waiting((node) => {
    node.askWebhook = async () => data({ customer: "Ada" });
  });
  const conversation = { "X-Conversation": expect.stringMatching(/^conv_/) };
  expect(call.invite.answerHeaders).toEqual([conversation]);
  call.admitted.resolve(null);
  await settle();
  call.node.agent.sink?.hangUp("done");
  await call.node.clock.advance(1_000);
  await call.handled;
  expect(call.invite.dialog.byeHeaders).toEqual([{ ...conversation, "X-Customer": "Ada" }]);
});

test("a BYE that ends the wait carries the headers as well", async () => {
  const call = await waiting();
  call.admitted.resolve("queue_timeout");
  await call.handled;
  expect(call.invite.dialog.byeHeaders).toEqual([
    { "X-Conversation": expect.stringMatching(/^conv_/) },
  ]);
  expect(call.node.questions).toEqual([]);
});

test("a webhook that refuses the call ends it with a BYE that says 603", async () => {
  const call = await waiting((node) => {
    node.askWebhook = async () => ({ kind: "rejected", detail: "blocked" });
  });
  call.admitted.resolve(null);
  await call.handled;
  expect(call.invite.dialog.byes).toMatchObject([{ cause: 603 }]);
  expect(call.node.record).toMatchObject({
    answeredAtMs: null,
    end: { code: "precall_rejected" },
  });
  call.expectNothingLeft();
});

test("a caller who hangs up while the webhook is asked ends the question", async () => {
  let isAborted = false;
  const call = await waiting((node) => {
    node.connectAgent = node.neverReady;
    node.askWebhook = (_question, signal) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => {
          isAborted = true;
          resolve({ kind: "failed", code: "aborted", detail: "the call ended" });
        });
      });
  });
  call.admitted.resolve(null);
  await settle();
  expect(call.node.questions).toHaveLength(1);
  call.handlers.ended({ by: "peer", reason: "BYE" });
  await call.handled;
  expect(isAborted).toBe(true);
  expect(call.node.record?.end.code).toBe("caller_hung_up");
  call.expectNothingLeft();
});

test("keys that are pressed in the queue are nobody's answer; those after it are the agent's", async () => {
  const call = await waiting();
  call.node.session.sink?.digit("9", 100);
  call.admitted.resolve(null);
  await settle();
  call.node.session.sink?.digit("1", 100);
  call.handlers.digit?.("2", 100);
  call.handlers.digit?.("#", 100);
  expect(call.node.agent.told).toEqual([
    "answered",
    "digit 1 100",
    "digit 2 100",
    "digit # 100",
    "digits 12 by terminator",
  ]);
  expect(call.node.agent.sink?.sendDigits("34", "auto")).toBe(true);
  expect(call.node.session.digits).toEqual(["34 auto"]);
  call.handlers.ended({ by: "peer", reason: "BYE" });
  await call.handled;
  call.expectNothingLeft();
});

test("its agent may transfer it", async () => {
  const call = await waiting();
  call.admitted.resolve(null);
  await settle();
  call.node.agent.sink?.transfer({
    id: "c1",
    destination: "+4930123400",
    method: "refer",
    headers: {},
    userToUser: null,
  });
  await settle();
  expect(call.invite.dialog.refers).toMatchObject([{ referTo: "<tel:+4930123400>" }]);
  call.handlers.referNotice?.({ status: 200, reason: "OK", isLast: true });
  await call.handled;
  expect(call.node.record?.end.code).toBe("transferred");
  call.expectNothingLeft();
});

test("re-INVITEs are answered after the queue as in it", async () => {
  const call = await waiting();
  const held = (version: number) => offerSdp({ version, direction: "sendonly" });
  expect(await call.handlers.reoffer(held(2))).toMatchObject({
    answer: expect.stringContaining("a=recvonly"),
  });
  call.admitted.resolve(null);
  await settle();
  expect(await call.handlers.reoffer(offerSdp({ version: 3 }))).toMatchObject({
    answer: expect.stringContaining("a=sendrecv"),
  });
  call.node.session.sink?.audio(FRAME);
  expect(call.node.agent.heard).toHaveLength(1);
  expect(call.node.agent.told).toEqual(["answered", "held", "resumed"]);
  call.handlers.ended({ by: "peer", reason: "BYE" });
  await call.handled;
});
