import type { NodeEvent } from "../../schema/contracts/call-record.ts";
import { conversationIdOf, newId, type WorkspaceId } from "../../schema/values/ids.ts";

/** What a webhook endpoint is told of each of them, in this order. */
export const TOLD_OF_A_CALL: readonly string[] = [
  "call.screened",
  "call.ended",
  "call.recording.ready",
];

/** What a node tells of calls that were answered, screened and recorded, oldest first. */
export function toldCalls(
  count: number,
  where: { readonly workspaceId: WorkspaceId; readonly nodeId: string; readonly region: string },
): readonly NodeEvent[] {
  const startedAtMs = Date.now() - 60_000;
  const calls = Array.from({ length: count }, () => {
    const callId = newId("call");
    return {
      ...where,
      callId,
      conversationId: conversationIdOf(callId),
      phoneNumberId: newId("phoneNumber"),
      agentId: newId("agent"),
      agentName: "Agent",
      direction: "inbound" as const,
      agentNumber: "+15005550100",
      externalNumber: "+15005550199",
      callSid: callId,
      sipCallId: callId,
      dynamicVariables: {},
      transport: "tls" as const,
      sourceAddress: "192.0.2.20",
      startedAtMs,
      answeredAtMs: startedAtMs + 1_000,
    };
  });
  const voicemail = {
    verdict: "human",
    confidence: 0.9,
    cause: "short_greeting",
    atMs: 1_000,
    beepAtMs: null,
    action: "continue",
    message: null,
  } as const;
  const end = { code: "caller_hung_up", blame: "none", sipStatus: null, reason: "It is over." };
  return [
    ...calls.map((call) => ({
      kind: "call_screened" as const,
      eventId: newId("event"),
      call: { ...call, voicemail },
    })),
    ...calls.map((call) => ({
      kind: "call_ended" as const,
      eventId: newId("event"),
      call: {
        ...call,
        voicemail,
        ...{ endedAtMs: startedAtMs + 31_000, durationMs: 30_000 },
        ...{ end, refusal: null, media: null },
      },
    })),
    ...calls.map(({ callId, conversationId, workspaceId, agentId, region }) => ({
      kind: "recording" as const,
      eventId: newId("event"),
      recording: {
        ...{ callId, conversationId, workspaceId, agentId, region, startedAtMs },
        ...{ format: "wav" as const, expiresAtMs: Date.now() + 86_400_000 },
        ...{ state: "ready" as const, code: null, durationMs: 30_000, bytes: 480_044 },
        ...{ isComplete: true, place: { kind: "parts" as const, count: 1 } },
      },
    })),
  ];
}
