import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { deadline } from "../../tests/support/deadline.ts";
import { addressPolicy, CALL, connect, never, node } from "../../tests/support/native-call.ts";
import { startScriptedAgent } from "../../tests/support/scripted-agent.ts";
import type { AgentConnection } from "../call/agent-ports.ts";
import { AgentUnavailable } from "../call/faults.ts";
import { createAgentConnector } from "./connector.ts";

describe("an agent is unavailable", () => {
  async function unavailable(connecting: Promise<AgentConnection>): Promise<string> {
    const fault = await deadline(
      connecting.then(
        () => null,
        (error: unknown) => error,
      ),
      2_000,
      "the attempt did not end",
    );
    if (!(fault instanceof AgentUnavailable)) throw new Error(`not AgentUnavailable: ${fault}`);
    return fault.message;
  }

  test("when nothing listens", async () => {
    const scripted = await startScriptedAgent();
    await scripted[Symbol.asyncDispose]();
    expect(await unavailable(connect(scripted.url))).toMatch(/ECONNREFUSED/);
  });

  test.each([false, "other.v1"] as const)(
    "when it answers with subprotocol %s",
    async (subprotocol) => {
      await using scripted = await startScriptedAgent({ subprotocol });
      expect(await unavailable(connect(scripted.url))).toMatch(/subprotocol/);
    },
  );

  test("when it redirects: a redirect is not followed", async () => {
    await using scripted = await startScriptedAgent();
    const redirecting = createServer((_request, response) => {
      response.writeHead(302, { location: scripted.url }).end();
    }).listen(0, "127.0.0.1");
    await once(redirecting, "listening");
    const { port } = redirecting.address() as AddressInfo;
    expect(await unavailable(connect(`ws://127.0.0.1:${port}`))).toMatch(/302/);
    redirecting.close();
  });

  test("when it closes before ready", async () => {
    await using scripted = await startScriptedAgent();
    const failed = unavailable(connect(scripted.url));
    (await scripted.accepted()).socket.close(4001, "busy");
    expect(await failed).toBe("closed with 4001: busy");
  });

  test("when it declines with hangup", async () => {
    await using scripted = await startScriptedAgent();
    const failed = unavailable(connect(scripted.url));
    (await scripted.accepted()).say({ type: "hangup", reason: "closed on Sundays" });
    expect(await failed).toBe("the agent declined: closed on Sundays");
  });

  test("when it is not ready within the budget, and its socket is closed", async () => {
    await using scripted = await startScriptedAgent();
    const connector = createAgentConnector({
      logger: node.logger,
      builtinUrl: () => scripted.url,
      addressPolicy,
      connectBudgetMs: 300,
    });
    const failed = unavailable(connector.connect({ protocol: "builtin" }, CALL, never));
    const agent = await scripted.accepted();
    expect(await failed).toBe("the agent was not ready in time");
    expect(await deadline(agent.closed, 2_000, "not closed")).toBe(1006);
  });

  test("when its handshake takes longer than it may, and is given the rest of the budget once it is open", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    silent.on("upgrade", () => undefined);
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const connector = createAgentConnector({
      logger: node.logger,
      builtinUrl: () => `ws://127.0.0.1:${port}`,
      addressPolicy,
      connectBudgetMs: 2_000,
    });
    const late = connector.connect({ protocol: "builtin" }, CALL, never, 100);
    expect(await unavailable(late)).toMatch(/^closed with 1006/);
    silent.closeAllConnections();
    silent.close();
  });

  test("when the call is cancelled meanwhile, and its socket is closed", async () => {
    await using scripted = await startScriptedAgent();
    const cancelling = new AbortController();
    const failed = unavailable(connect(scripted.url, { signal: cancelling.signal }));
    const agent = await scripted.accepted();
    cancelling.abort();
    expect(await failed).toBe("the call ended first");
    expect(await deadline(agent.closed, 2_000, "not closed")).toBe(1006);
  });

  test.each([
    ["http://127.0.0.1/", "the agent's URL is not a ws: or wss: URL"],
    ["not a url", "the agent's URL is not a ws: or wss: URL"],
    ["ws://169.254.169.254/", "169.254.169.254 is not a public address (linkLocal)"],
    ["ws://[::ffff:10.0.0.1]/", "::ffff:a00:1 is not a public address (private)"],
  ])("when its URL is %s", async (url, message) => {
    expect(await unavailable(connect(url))).toBe(message);
  });
});
