import type { AgentRoute } from "../../schema/contracts/routing.ts";
import type { AgentTarget } from "../call/agent-ports.ts";

/**
 * What the agent's settings say of where it is, with its handshake headers opened.
 * @throws what `unsealHeaders` throws
 */
export async function agentTarget(
  agent: AgentRoute,
  unsealHeaders: (agent: AgentRoute) => Promise<Record<string, string>>,
): Promise<AgentTarget> {
  const { connection } = agent;
  switch (connection.protocol) {
    case "builtin":
      return { protocol: "builtin" };
    case "native": {
      const headers = connection.headers === null ? {} : await unsealHeaders(agent);
      return { protocol: "native", url: connection.url, headers };
    }
    default:
      return connection satisfies never;
  }
}
