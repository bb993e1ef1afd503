import type { AgentRoute } from "../../schema/contracts/routing.ts";
import type { AgentCall, AgentConnector, CallLogger } from "../call/ports.ts";
import type { AddressPolicy } from "./address-policy.ts";
import { connectNative } from "./native.ts";
import type { AgentSocketKind } from "./websocket/agent-socket.ts";

interface AgentConnectorDeps {
  readonly logger: CallLogger;
  /** The handshake headers that the agent's settings hold sealed. */
  readonly unsealHeaders: (agent: AgentRoute) => Promise<Record<string, string>>;
  /** Where the node's own agent listens. */
  readonly builtinUrl: () => string;
  readonly addressPolicy: AddressPolicy;
  /** To the agent's `ready`: from the start of the attempt, or from when there is a call to tell it of. */
  readonly connectBudgetMs: number;
  /** Default: the lean one. */
  readonly webSocket?: AgentSocketKind;
}

/** Chooses the protocol by the agent's settings. Each protocol is one file beside this one. */
export function createAgentConnector(deps: AgentConnectorDeps): AgentConnector {
  const { webSocket = "lean" } = deps;
  return {
    async connect(route, call, callEnded) {
      using budget = startBudget(call, deps.connectBudgetMs);
      const signal = AbortSignal.any([callEnded, budget.signal]);
      const { connection } = route.agent;
      switch (connection.protocol) {
        case "builtin": {
          const builtin = {
            url: deps.builtinUrl(),
            headers: {},
            addressPolicy: null,
            webSocket,
          };
          return await connectNative(builtin, call, signal, deps.logger);
        }
        case "native": {
          const headers = connection.headers === null ? {} : await deps.unsealHeaders(route.agent);
          const { addressPolicy } = deps;
          return await connectNative(
            { url: connection.url, headers, addressPolicy, webSocket },
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

/** What the call itself waits for, as for its pre-call webhook, is not the agent's time. */
function startBudget(
  call: AgentCall | Promise<AgentCall>,
  budgetMs: number,
): Disposable & { readonly signal: AbortSignal } {
  const over = new AbortController();
  let isDisposed = false;
  let timer: NodeJS.Timeout | undefined;
  const start = (): void => {
    if (isDisposed) return;
    timer = setTimeout(() => over.abort(new DOMException("budget", "TimeoutError")), budgetMs);
  };
  // A call that is refused has no agent to wait for: the connection's attempt ends with it.
  if (call instanceof Promise) call.then(start, () => undefined);
  else start();
  return {
    signal: over.signal,
    [Symbol.dispose]() {
      isDisposed = true;
      clearTimeout(timer);
    },
  };
}
