import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { NO_CLIENT_DATA } from "../../schema/contracts/client-data.ts";
import { deadline, eventually } from "../../tests/support/deadline.ts";
import { addressPolicy, CALL, node } from "../../tests/support/native-call.ts";
import { type ScriptedAgent, startScriptedAgent } from "../../tests/support/scripted-agent.ts";
import { settle } from "../../tests/support/virtual-clock.ts";
import type { AgentCall } from "../call/agent-ports.ts";
import { PreCallRefused } from "../call/faults.ts";
import { createAgentConnector } from "./connector.ts";

/** Connects for a call that is not known yet. */
function connecting(scripted: Pick<ScriptedAgent, "url">, connectBudgetMs = 2_000) {
  const call = Promise.withResolvers<AgentCall>();
  call.promise.catch(() => undefined);
  const cancelling = new AbortController();
  const connector = createAgentConnector({
    logger: node.logger,
    builtinUrl: () => scripted.url,
    addressPolicy,
    connectBudgetMs,
  });
  const connection = connector.connect({ protocol: "builtin" }, call.promise, cancelling.signal);
  connection.catch(() => undefined);
  return { call, cancelling, connection };
}

const faultOf = (connection: Promise<unknown>) =>
  deadline(
    connection.then(
      () => null,
      (fault: unknown) => fault,
    ),
    2_000,
    "the attempt did not end",
  );

describe("a call that waits for its webhook", () => {
  test("is connected for meanwhile; start follows, and what the agent said before is read after it", async () => {
    await using scripted = await startScriptedAgent();
    const { call, connection } = connecting(scripted);
    const agent = await scripted.accepted();
    agent.say({ type: "ready" });
    await settle();
    expect(await Promise.race([connection, settle().then(() => "waits")])).toBe("waits");
    call.resolve({
      ...CALL,
      dynamicVariables: { name: "Ada", visits: 3 },
      clientData: {
        ...NO_CLIENT_DATA,
        conversationConfigOverride: { agent: { language: "de" } },
        customLlmExtraBody: { a: 1 },
        userId: "u-1",
      },
    });
    expect(await agent.next()).toMatchObject({
      type: "start",
      dynamic_variables: { name: "Ada", visits: 3 },
      conversation_config_override: { agent: { language: "de" } },
      custom_llm_extra_body: { a: 1 },
      user_id: "u-1",
    });
    await (await deadline(connection, 2_000, "not ready"))[Symbol.asyncDispose]();
  });

  test("has the agent's whole budget left when the webhook has answered", async () => {
    await using scripted = await startScriptedAgent();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const { call, connection } = connecting(scripted, 600);
    const stillWaits = async () =>
      expect(await Promise.race([connection, settle().then(() => "waits")])).toBe("waits");
    const agent = await scripted.accepted();
    vi.advanceTimersByTime(10_000);
    await stillWaits();
    call.resolve(CALL);
    await agent.next();
    vi.advanceTimersByTime(599);
    await stillWaits();
    vi.advanceTimersByTime(1);
    await expect(connection).rejects.toThrow("the agent was not ready in time");
  });

  test("and is refused by it closes the agent's connection without a start", async () => {
    await using scripted = await startScriptedAgent();
    const { call, connection } = connecting(scripted);
    const agent = await scripted.accepted();
    const messages: unknown[] = [];
    agent.socket.on("message", (message) => messages.push(message));
    const refused = new PreCallRefused("precall_rejected", "blocked");
    call.reject(refused);
    expect(await faultOf(connection)).toBe(refused);
    expect(await deadline(agent.closed, 2_000, "not closed")).toBe(1006);
    expect(messages).toEqual([]);
  });

  test("and is refused before the handshake is over leaves no connection", async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket)).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo; // a TCP server's address has a port
    const { call, connection } = connecting({ url: `ws://127.0.0.1:${port}` });
    const [socket] = await eventually(
      () => (sockets.length > 0 ? sockets : null),
      2_000,
      "not connected",
    );
    const closed = once(socket!, "close");
    socket?.resume();
    const refused = new PreCallRefused("precall_failed", "timeout");
    call.reject(refused);
    expect(await faultOf(connection)).toBe(refused);
    await deadline(closed, 2_000, "not closed");
    silent.close();
  });

  test("and is cancelled closes the agent's connection", async () => {
    await using scripted = await startScriptedAgent();
    const { cancelling, connection } = connecting(scripted);
    const agent = await scripted.accepted();
    cancelling.abort();
    expect(await faultOf(connection)).toMatchObject({ message: "the call ended first" });
    expect(await deadline(agent.closed, 2_000, "not closed")).toBe(1006);
  });

  test("learns at once that no agent is there", async () => {
    const gone = await startScriptedAgent();
    await gone[Symbol.asyncDispose]();
    const { connection } = connecting(gone);
    expect(await faultOf(connection)).toMatchObject({ code: "agent_unavailable" });
  });
});
