import { describe, expect, test } from "vitest";
import { deadline } from "../../tests/support/deadline.ts";
import { connected, node } from "../../tests/support/native-call.ts";
import { type AgentSocket, startScriptedAgent } from "../../tests/support/scripted-agent.ts";

describe("an agent that does not keep to the protocol, or does not keep up", () => {
  test("the twentieth malformed message closes the connection with 1008", async () => {
    await using scripted = await startScriptedAgent();
    const { agent, connection, told, until } = await connected(scripted.url, scripted.accepted());
    await using _connection = connection;
    for (let i = 0; i < 20; i++) agent.say("{");
    await until(1);
    expect(told).toEqual(["closed for good: 20 malformed messages, the last: malformed_message"]);
    expect(await deadline(agent.closed, 2_000, "not closed")).toBe(1008);
  });

  test("no more than 2,048 marks are pending at a time", async () => {
    await using scripted = await startScriptedAgent();
    const { agent, connection, told, until } = await connected(scripted.url, scripted.accepted());
    await using _connection = connection;
    for (let i = 0; i < 2_049; i++) agent.say({ type: "mark", name: `m${i}` });
    expect(await agent.next()).toMatchObject({ type: "error", code: "too_many_marks" });
    connection.markReached("m0", "played", 0);
    agent.say({ type: "mark", name: "again" });
    await until(2_049);
    expect(told.at(-1)).toBe("mark again");
  });

  test("a message over 1 MiB ends the connection (close code 1009)", async () => {
    await using scripted = await startScriptedAgent();
    const { agent, connection, told, until } = await connected(scripted.url, scripted.accepted());
    await using _connection = connection;
    agent.socket.send(Buffer.alloc(1_048_578));
    await until(1);
    expect(told[0]).toMatch(/^closed: closed with/);
    expect(await deadline(agent.closed, 2_000, "not closed")).toBe(1009);
  });

  test.each([
    ["messages", (agent: AgentSocket) => agent.say({ type: "clear" }), 12_000],
    ["audio", (agent: AgentSocket) => agent.socket.send(Buffer.alloc(1_000_000)), 12],
  ])("an agent that floods the node with %s is closed with 1008", async (_, send, times) => {
    await using scripted = await startScriptedAgent();
    const { agent, connection, told } = await connected(scripted.url, scripted.accepted());
    await using _connection = connection;
    for (let i = 0; i < times; i++) send(agent);
    expect(await deadline(agent.closed, 5_000, "not closed")).toBe(1008);
    expect(told.at(-1)).toBe("closed for good: the agent sends more than it may");
    expect(told.length).toBeLessThan(times);
  });

  test("a flood of small messages leaves the thread to others in between", async () => {
    await using scripted = await startScriptedAgent();
    const { agent, connection, told, until } = await connected(scripted.url, scripted.accepted());
    await using _connection = connection;
    const perTurn: number[] = [];
    let isOver = false;
    const watch = () => {
      perTurn.push(told.length);
      if (!isOver) setImmediate(watch);
    };
    watch();
    for (let i = 0; i < 2_000; i++) agent.say({ type: "clear" });
    await until(2_000);
    isOver = true;
    const most = Math.max(...perTurn.map((count, turn) => count - (perTurn[turn - 1] ?? 0)));
    expect(most).toBeLessThanOrEqual(10);
  });

  test("an agent that reads nothing of what it is told is lost, and holds no memory", async () => {
    await using scripted = await startScriptedAgent();
    const { agent, connection, told, until } = await connected(scripted.url, scripted.accepted());
    await using _connection = connection;
    agent.request.socket.pause();
    for (let i = 0; i < 200_000; i++) connection.digit("5", 100);
    await until(1);
    expect(told).toEqual(["closed: closed with 1006: the agent does not read"]);
  });

  test("audio for an agent that reads nothing is dropped, and counted in the log", async () => {
    await using scripted = await startScriptedAgent();
    const { agent, connection } = await connected(scripted.url, scripted.accepted());
    agent.request.socket.pause();
    const frame = new Int16Array(160);
    // Without a turn of the event loop nothing leaves the process once the system's buffers are full.
    for (let i = 0; i < 40_000; i++) connection.audio(frame.fill(i % 30_000));
    agent.request.socket.destroy();
    await connection[Symbol.asyncDispose]();
    const closed = node.logs.filter(({ event }) => event === "agent_closed").at(-1);
    expect(closed?.fields["framesDropped"]).toBeGreaterThan(1_000);
  });
});
