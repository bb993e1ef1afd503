import type { AgentRoute } from "../../schema/contracts/routing.ts";
import type { AgentConnector, CallLogger } from "../call/ports.ts";
import type { AddressPolicy } from "./address-policy.ts";
import { connectNative } from "./native.ts";

interface AgentConnectorDeps {
  readonly logger: CallLogger;
  /** The handshake headers that the agent's settings hold sealed. */
  readonly unsealHeaders: (agent: AgentRoute) => Promise<Record<string, string>>;
  /** Where the node's own agent listens. */
  readonly builtinUrl: () => string;
  readonly addressPolicy: AddressPolicy;
  /** From the start of the attempt to the agent's `ready`. */
  readonly connectBudgetMs: number;
}

/** Chooses the protocol by the agent's settings. Each protocol is one file beside this one. */
export function createAgentConnector(deps: AgentConnectorDeps): AgentConnector {
  return {
    async connect(route, call, callEnded) {
      const signal = AbortSignal.any([callEnded, AbortSignal.timeout(deps.connectBudgetMs)]);
      const { connection } = route.agent;
      switch (connection.protocol) {
        case "builtin": {
          const builtin = { url: deps.builtinUrl(), headers: {}, addressPolicy: null };
          return connectNative(builtin, call, signal, deps.logger);
        }
        case "native": {
          const headers = connection.headers === null ? {} : await deps.unsealHeaders(route.agent);
          const { addressPolicy } = deps;
          return connectNative(
            { url: connection.url, headers, addressPolicy },
            call,
            signal,
            deps.logger,
          );
        }
        default:
          return connection satisfies never;
      }
    },
  };
}
