import { describe, expect, test } from "vitest";
import { answeredCall, FRAME } from "../../tests/support/answered-call.ts";
import type { FakeNode } from "../../tests/support/fake-call.ts";
import { FakeAgent, offerSdp } from "../../tests/support/fake-parties.ts";
import { settle } from "../../tests/support/virtual-clock.ts";
import type { AgentCall } from "../call/agent-ports.ts";
import { AgentUnavailable } from "../call/faults.ts";

/** The bounds of an agent's return, in virtual time. */

type Call = Awaited<ReturnType<typeof answeredCall>>;

const refused = async () => {
  throw new AgentUnavailable("refused");
};

/** From here on every connection is another one, accepted at once. */
function returning(node: FakeNode): FakeAgent[] {
  const agents: FakeAgent[] = [];
  node.connectAgent = async () => {
    const agent = new FakeAgent(node.journal);
    agents.push(agent);
    return agent;
  };
  return agents;
}

const lastAgentCall = ({ node }: Call): AgentCall | undefined => node.agentCalls.at(-1);

describe("an agent whose connection is lost in mid-call", () => {
  test("is tried again at once, then after 100, 200 and 400 ms, for 5 s", async () => {
    const call = await answeredCall();
    const attempts: number[] = [];
    const { clock } = call.node;
    const beganAtMs = clock.monotonicMs();
    call.node.connectAgent = () => {
      attempts.push(clock.monotonicMs() - beganAtMs);
      return refused();
    };
    call.agent.closed("closed with 1006", true);
    await clock.advance(4_999);
    expect(attempts.slice(0, 5)).toEqual([0, 100, 300, 700, 1_100]);
    expect(call.node.record).toBeNull();
    await clock.advance(400);
    await call.handled;
    expect(call.node.record?.end.code).toBe("agent_lost");
    expect(call.node.logs.find(({ event }) => event === "call_ended")?.fields["detail"]).toBe(
      "closed with 1006; it did not come back: refused",
    );
    expect(clock.pendingTimers).toBe(0);
  });

  test("loses what it had queued, and what it says when it is back is heard in the place of the tone", async () => {
    const call = await answeredCall();
    const { session } = call.node;
    const agents = returning(call.node);
    call.agent.mark("before");
    call.mediaSink.markReached("before", "played", 20);
    call.agent.closed("closed with 1006", true);
    expect(session.cleared).toBe(1);
    // The comfort tone: 600 ms of it, for a queue that nobody empties.
    expect(session.sent.length).toBeGreaterThanOrEqual(1);
    await call.node.clock.advance(0);
    expect(session.cleared).toBe(2);
    expect(lastAgentCall(call)?.resumption).toEqual({ count: 1, awayMs: 0, lastMark: "before" });
    expect(agents[0]?.told).toEqual(["answered"]);
    agents[0]?.sink?.audio(FRAME);
    expect(session.sent.at(-1)).toBe(FRAME);
    call.mediaSink.audio(FRAME);
    expect(agents[0]?.heard).toHaveLength(1);
    await call.node.calls.endAll("node_shutdown");
    expect(call.node.record?.warnings).toEqual([
      "The agent's connection was lost and came back after 0 ms.",
    ]);
    expect(agents[0]?.disposed).toBe(1);
  });

  test("is told what was pressed meanwhile, and that the caller holds", async () => {
    const call = await answeredCall();
    call.node.connectAgent = refused;
    call.agent.closed("closed with 1006", true);
    await call.node.clock.advance(50);
    call.mediaSink.digit("5", 100);
    await call.handlers.reoffer(offerSdp({ version: 2, direction: "inactive" }));
    const agents = returning(call.node);
    await call.node.clock.advance(100);
    expect(agents[0]?.told).toEqual(["answered", "held", "digit 5 100"]);
    await call.node.calls.endAll("node_shutdown");
  });

  test("is not waited for when it has hung up, or when the node has cut it off", async () => {
    const hungUp = await answeredCall();
    hungUp.agent.hangUp("done");
    hungUp.agent.closed("closed with 1006", true);
    await hungUp.node.clock.advance(200);
    await hungUp.handled;
    expect(hungUp.node.record?.end.code).toBe("agent_hung_up");
    const cutOff = await answeredCall();
    cutOff.agent.closed("20 malformed messages", false);
    await cutOff.handled;
    expect(cutOff.node.record?.end.code).toBe("agent_lost");
  });

  test("and who hangs up meanwhile is gone at once, with every attempt", async () => {
    const call = await answeredCall();
    call.node.connectAgent = call.node.neverReady;
    call.agent.closed("closed with 1006", true);
    await call.node.clock.advance(1_000);
    call.handlers.ended({ by: "peer", reason: "BYE" });
    await call.handled;
    expect(call.node.record?.end.code).toBe("caller_hung_up");
    expect(call.node.clock.pendingTimers).toBe(0);
  });

  test("that comes and goes has 5 s from its first loss, unless it stayed for 2 s", async () => {
    const call = await answeredCall();
    const agents = returning(call.node);
    const { clock } = call.node;
    const lose = () => agents.at(-1)?.sink?.closed("closed with 1006", true);
    call.agent.closed("closed with 1006", true);
    for (let i = 0; i < 4; i++) {
      await clock.advance(1_300);
      lose();
    }
    await call.handled;
    expect(call.node.record?.end.code).toBe("agent_lost");
  });

  test("comes back ten times in a call at most", async () => {
    const call = await answeredCall();
    const agents = returning(call.node);
    call.agent.closed("closed with 1006", true);
    for (let i = 0; i < 10; i++) {
      await call.node.clock.advance(3_000);
      expect(call.node.record).toBeNull();
      agents.at(-1)?.sink?.closed("closed with 1006", true);
    }
    await call.handled;
    expect(agents).toHaveLength(10);
    expect(call.node.record?.end.code).toBe("agent_lost");
  });

  test("is disposed of with each loss, once", async () => {
    const call = await answeredCall();
    const agents = returning(call.node);
    call.agent.closed("closed with 1006", true);
    await call.node.clock.advance(3_000);
    expect(call.node.agent.disposed).toBe(1);
    agents[0]?.sink?.closed("closed with 1006", true);
    expect(agents[0]?.disposed).toBe(1);
    await call.node.calls.endAll("node_shutdown");
    expect(call.node.agent.disposed).toBe(1);
  });

  test.for([0, 1, 2, 3, 4])(
    "is disposed of when its return crosses the end of the call by %i turns",
    async (turns) => {
      const call = await answeredCall();
      const connected = Promise.withResolvers<FakeAgent>();
      call.node.connectAgent = () => connected.promise;
      call.agent.closed("closed with 1006", true);
      await call.node.clock.advance(0);
      const late = new FakeAgent(call.node.journal);
      connected.resolve(late);
      for (let turn = 0; turn < turns; turn++) await null;
      call.handlers.ended({ by: "peer", reason: "BYE" });
      await call.handled;
      await settle();
      expect(late.disposed).toBe(1);
    },
  );
});
