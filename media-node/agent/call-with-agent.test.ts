import { expect, test } from "vitest";
import { deadline, eventually } from "../../tests/support/deadline.ts";
import { FakeNode } from "../../tests/support/fake-call.ts";
import { FakeInvite, offerSdp } from "../../tests/support/fake-parties.ts";
import { handleInbound } from "../call/inbound/inbound.ts";
import { createAddressPolicy } from "./address-policy.ts";
import { createAgentConnector } from "./connector.ts";
import { startDemoAgent } from "./demo-agent.ts";

test("a call to the built-in agent: greeting, mark, echo, digits, and the agent's hang-up ends it", async () => {
  const agent = await startDemoAgent();
  const node = new FakeNode();
  const connector = createAgentConnector({
    logger: node.logger,
    builtinUrl: () => agent.url,
    addressPolicy: createAddressPolicy({ allowLoopback: false }),
    connectBudgetMs: 2_000,
  });
  node.connectAgent = (...asked) => connector.connect(...asked);
  const invite = new FakeInvite(node.journal, offerSdp());
  const handled = handleInbound(invite, node);

  const { session } = node;
  await eventually(() => session.marks[0] ?? null, 2_000, "no greeting");
  expect(session.sent[0]?.length).toBe(12_000);
  session.sink?.markReached("greeting", "played", 1_500);
  const loudest = () => session.sent.some((pcm) => pcm.length === 160 && pcm[0] === 4_321);
  await eventually(
    () => {
      session.sink?.audio(new Int16Array(160).fill(4_321));
      return loudest() || null;
    },
    2_000,
    "no echo",
  );

  session.sink?.digit("*", 100);
  session.sink?.digit("9", 100);
  const [call] = node.calls;
  expect(call?.direction).toBe("inbound");
  // The wait for what was said to be heard is the call's second timer, beside its maximum duration.
  await eventually(() => node.clock.pendingTimers === 2 || null, 2_000, "no hang-up");
  await node.clock.advance(200);
  await deadline(handled, 2_000, "the call did not end");
  expect(node.record?.end.code).toBe("agent_hung_up");
  expect(invite.dialog.byes).toHaveLength(1);
  await agent.close();
});

test("an agent that is not there is 480, with a record", async () => {
  const agent = await startDemoAgent();
  await agent.close();
  const node = new FakeNode();
  const connector = createAgentConnector({
    logger: node.logger,
    builtinUrl: () => agent.url,
    addressPolicy: createAddressPolicy({ allowLoopback: false }),
    connectBudgetMs: 2_000,
  });
  node.connectAgent = (...asked) => connector.connect(...asked);
  const invite = new FakeInvite(node.journal, offerSdp());
  await deadline(handleInbound(invite, node), 2_000, "the call did not end");
  expect(invite.rejections).toEqual(["agent_unavailable"]);
  expect(node.record?.end.code).toBe("agent_unavailable");
});
