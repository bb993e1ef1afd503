import type { AgentCall, AgentConnector } from "../call/agent-ports.ts";
import type { CallLogger } from "../call/ports.ts";
import type { AddressPolicy } from "./address-policy.ts";
import { connectElevenLabs } from "./elevenlabs.ts";
import { connectNative } from "./native.ts";
import { connectOpenai } from "./openai.ts";
import { connectTelnyx } from "./telnyx.ts";
import { connectTwilio } from "./twilio.ts";
import type { AgentSocketKind } from "./websocket/agent-socket.ts";

interface AgentConnectorDeps {
  readonly logger: CallLogger;
  /** Where the node's own agent listens. */
  readonly builtinUrl: () => string;
  readonly addressPolicy: AddressPolicy;
  /** To the agent's `ready`: from the start of the attempt, or from when there is a call to tell it of. */
  readonly connectBudgetMs: number;
  /** Default: the lean one. */
  readonly webSocket?: AgentSocketKind;
}

/** Chooses the protocol by the target. Each protocol is one file beside this one. */
export function createAgentConnector(deps: AgentConnectorDeps): AgentConnector {
  const { webSocket = "lean" } = deps;
  return {
    async connect(target, call, callEnded, handshakeMs) {
      using budget = startBudget(call, deps.connectBudgetMs);
      const signal = AbortSignal.any([callEnded, budget.signal]);
      const connection = { addressPolicy: deps.addressPolicy, webSocket, handshakeMs };
      switch (target.protocol) {
        case "builtin": {
          const builtin = {
            ...connection,
            url: deps.builtinUrl(),
            headers: {},
            addressPolicy: null,
          };
          return await connectNative(builtin, call, signal, deps.logger);
        }
        case "native": {
          const { url, headers } = target;
          const agent = { ...connection, url, headers };
          return await connectNative(agent, call, signal, deps.logger);
        }
        case "twilio": {
          const { url, headers, workspaceId } = target;
          const agent = { ...connection, url, headers, workspaceId };
          return await connectTwilio(agent, call, signal, deps.logger);
        }
        case "telnyx": {
          const { url, headers, workspaceId, authToken } = target;
          const agent = { ...connection, url, headers, workspaceId, authToken };
          return await connectTelnyx(agent, call, signal, deps.logger);
        }
        case "openai": {
          const { url, headers, collectsDigits } = target;
          const agent = {
            ...connection,
            url,
            headers,
            settings: { ...target.settings, collectsDigits },
          };
          return await connectOpenai(agent, call, signal, deps.logger);
        }
        case "elevenlabs": {
          const { url, headers, apiKey, collectsDigits } = target;
          const agent = { ...connection, url, headers, apiKey, collectsDigits };
          return await connectElevenLabs(agent, call, signal, deps.logger);
        }
        default:
          return target satisfies never;
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
