import { createAddressPolicy } from "../../media-node/agent/address-policy.ts";
import { connectNative } from "../../media-node/agent/native.ts";
import type { AgentCall, AgentConnection } from "../../media-node/call/agent-ports.ts";
import { conversationIdOf } from "../../schema/values/ids.ts";
import { FakeNode } from "./fake-call.ts";
import { recordingSink } from "./recording-sink.ts";
import type { AgentSocket } from "./scripted-agent.ts";

export const node = new FakeNode();
const callId = node.newCallId();
/** The call that an agent is connected for. */
export const CALL: AgentCall = {
  callId,
  conversationId: conversationIdOf(callId),
  direction: "inbound",
  from: "+4930123456",
  to: "+15005550100",
  dynamicVariables: { sip_customer: "42" },
};
export const addressPolicy = createAddressPolicy({ allowLoopback: true });
export const never: AbortSignal = new AbortController().signal;

/** Connects as the node does, loopback agents allowed. */
export function connect(
  url: string,
  options: { signal?: AbortSignal; keepAliveMs?: number; headers?: Record<string, string> } = {},
) {
  const { signal = never, headers = {}, ...rest } = options;
  return connectNative({ url, headers, addressPolicy, ...rest }, CALL, signal, node.logger);
}

/** A connection whose agent has said ready; what it said in `start` is consumed. */
export async function connected(
  url: string,
  accepted: Promise<AgentSocket>,
  options: { keepAliveMs?: number } = {},
) {
  const connecting = connect(url, options);
  const agent = await accepted;
  await agent.next();
  agent.say({ type: "ready" });
  const connection: AgentConnection = await connecting;
  const recorder = recordingSink();
  connection.attach(recorder.sink);
  return { agent, connection, ...recorder };
}
