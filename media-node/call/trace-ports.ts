import type { AgentRoute } from "../../schema/contracts/routing.ts";
import type { CallId } from "../../schema/values/ids.ts";
import type { AgentTarget } from "./agent-ports.ts";
import type { CallEndCode } from "./call-ends.ts";
import type { SipTransport } from "./ports.ts";

/** What a call tells of itself while it goes on: one trace per call, a span for each thing that takes its time. */

/** Identifiers and codes alone: no number, no header's value, no text of a peer. */
export type TraceAttributes = Readonly<Record<string, string | number | boolean>>;

type CallSpanName =
  /** From the INVITE to the ACK or to its refusal. */
  | "sip.invite"
  /** The decision of the limits, which the hub may be asked for. */
  | "permit"
  | "queue"
  | "pre_call"
  /** To the agent that has accepted the call. */
  | "agent.connect"
  /** From the answer to the end, on the first leg. */
  | "media"
  | "transfer";

export interface CallSpan {
  /** W3C Trace Context §3.2: for what is asked of others within the span; null where nothing is traced. */
  readonly traceparent: string | null;
  /** Once, later calls do nothing. `failure` is a code; null: it went as it should. Never throws. */
  end(failure: string | null, attributes?: TraceAttributes): void;
}

export interface CallTrace {
  /** Within the call. Never throws. */
  span(name: CallSpanName, attributes?: TraceAttributes): CallSpan;
  /** Ends the call's trace and what is open in it, once; later calls do nothing. Never throws. */
  end(code: CallEndCode, attributes?: TraceAttributes): void;
}

export interface TracedCall {
  /** The trace's own identifier is made of it. */
  readonly callId: CallId;
  readonly direction: "inbound" | "outbound";
  /** Wall time of its first message or of its order. */
  readonly startedAtMs: number;
  /** Null where it is not known yet. */
  readonly sipCallId: string | null;
  readonly transport: SipTransport | null;
  readonly workspaceId: string;
  readonly phoneNumberId: string;
  readonly agentId: string;
  readonly trunkId: string;
}

export interface CallTraces {
  start(call: TracedCall): CallTrace;
}

const NO_SPAN: CallSpan = { traceparent: null, end() {} };
export const NO_TRACE: CallTrace = { span: () => NO_SPAN, end() {} };
/** Of a node that exports none. */
export const NO_TRACES: CallTraces = { start: () => NO_TRACE };

/** The target with the span's place in the opening handshake, where the agent's settings do not have one of their own. */
export async function tracedTarget(
  target: Promise<AgentTarget>,
  { traceparent }: CallSpan,
): Promise<AgentTarget> {
  const known = await target;
  if (traceparent === null || known.protocol === "builtin") return known;
  const isSet = Object.keys(known.headers).some((name) => name.toLowerCase() === "traceparent");
  return isSet ? known : { ...known, headers: { ...known.headers, traceparent } };
}

/** The connection to a call's agent, from here to what comes of it. */
export function connectSpan(
  trace: CallTrace,
  { connection }: Pick<AgentRoute, "connection">,
): CallSpan & { endWith(accepted: Promise<unknown>): void } {
  const span = trace.span("agent.connect", { "trunkline.agent.protocol": connection.protocol });
  return {
    ...span,
    endWith(accepted) {
      accepted.then(
        () => span.end(null),
        () => span.end("agent_unavailable"),
      );
    },
  };
}
