import { createAgentConnector } from "../../media-node/agent/connector.ts";
import type { AgentCall, AgentTarget } from "../../media-node/call/agent-ports.ts";
import { type AgentRoute, agentRouteSchema } from "../../schema/contracts/routing.ts";
import { parseId } from "../../schema/values/ids.ts";
import { addressPolicy, never, node } from "./native-call.ts";
import { recordingSink } from "./recording-sink.ts";
import type { AgentSocket } from "./scripted-agent.ts";

/** A call to an agent of media streams, with identifiers that frames can be written down with. */

/** The example of the TypeID specification: this text and 01890a5d-ac96-774b-bcce-b302099a8057 are the same. */
const SUFFIX = "01h455vb4pex5vsknk084sn02q";
export const CALL_HEX = "01890a5dac96774bbcceb302099a8057";
export const WORKSPACE_HEX = "00000000000000000000000000000021";
export const WORKSPACE = idOf("workspace", "wksp_00000000000000000000000011");
export const CALL: AgentCall = {
  callId: idOf("call", `call_${SUFFIX}`),
  conversationId: idOf("conversation", `conv_${SUFFIX}`),
  direction: "inbound",
  from: "+4930123456",
  to: "+15005550100",
  dynamicVariables: { sip_customer: 'A "quoted" ü', tier: 3, vip: true },
};

/** 20 ms of silence, and the same in µ-law and base64. */
export const SILENT_FRAME = new Int16Array(160);
export const SILENCE = Buffer.alloc(160, 0xff).toString("base64");

function idOf<K extends "call" | "conversation" | "workspace">(kind: K, text: string) {
  const id = parseId(kind, text);
  if (id === null) throw new Error(`${text} is no identifier`);
  return id;
}

const connector = createAgentConnector({
  logger: node.logger,
  builtinUrl: () => "",
  addressPolicy,
  connectBudgetMs: 2_000,
});

/** As the node connects, loopback agents allowed. */
export function connectTo(target: AgentTarget, call: AgentCall | Promise<AgentCall> = CALL) {
  return connector.connect(target, call, never);
}

/** An answered call whose agent has been told `connected` and `start`. */
export async function startStream(
  target: AgentTarget,
  accepted: Promise<AgentSocket<string>>,
  call: AgentCall = CALL,
) {
  const connection = await connectTo(target, call);
  const agent = await accepted;
  const recorder = recordingSink();
  connection.attach(recorder.sink);
  connection.answered();
  const opening = [await agent.next(), await agent.next()];
  return { agent, connection, opening, ...recorder };
}

/** An agent as the routing table has it. */
export function routeOf(connection: object): AgentRoute {
  return agentRouteSchema.parse({
    id: `agent_${SUFFIX}`,
    workspaceId: WORKSPACE,
    name: "A",
    connection: { headers: null, authToken: null, ...connection },
    maxDurationSecs: 60,
  });
}
