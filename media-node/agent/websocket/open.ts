import type { AgentSocketKind, OpenAgentSocket } from "./agent-socket.ts";
import { openLeanSocket } from "./lean-socket.ts";
import { openWsSocket } from "./ws-socket.ts";

export const AGENT_SOCKETS = {
  lean: openLeanSocket,
  ws: openWsSocket,
} as const satisfies Record<AgentSocketKind, OpenAgentSocket>;
