import type { AgentToNode, NodeToAgent } from "../../schema/contracts/agent-socket.ts";
import type { AgentAction, AgentActionOutcome, TranscriptEvent } from "../call/agent-ports.ts";
import type { TransferRequest } from "../call/transfer/transfers.ts";

/** What an agent of the `native` protocol sends, as the connection reads it. */

/** 16-bit little-endian samples from `start` to before `end`, an even number of bytes. */
export function samplesOf(bytes: Buffer, start: number, end: number): Int16Array {
  const pcm = new Int16Array((end - start) / 2);
  for (let i = 0; i < pcm.length; i++) pcm[i] = bytes.readInt16LE(start + i * 2);
  return pcm;
}

/** What the agent asks for, in the words of the call. */
export function transferOf(message: Extract<AgentToNode, { type: "transfer" }>): TransferRequest {
  const { id, destination, method, headers, user_to_user: data } = message;
  const userToUser =
    data == null
      ? null
      : ({
          data: data.data,
          protocolDiscriminator: data.protocol_discriminator ?? null,
          discriminatorForm: data.protocol_discriminator_mode === "prefix" ? "prefix" : "parameter",
        } as const);
  return { id: id ?? null, destination, method, headers, userToUser };
}

export function transcriptOf(
  message: Extract<AgentToNode, { type: "transcript" }>,
): TranscriptEvent {
  const { role, text, id, ago_ms: agoMs, is_correction: isCorrection } = message;
  const eventId = id ?? null;
  return isCorrection
    ? { kind: "corrected", role, eventId, text }
    : { kind: "said", role, eventId, text, agoMs };
}

/** What the agent does with the audio of its call, in the words of the call. */
export function actionOf(
  message: Extract<AgentToNode, { type: "hold" | "mute" | "play" }>,
): AgentAction {
  switch (message.type) {
    case "hold":
      return { kind: "hold", isActive: message.active };
    case "mute":
      return { kind: "mute", party: message.party, isActive: message.active };
    case "play":
      return { kind: "play", id: message.id ?? null, file: message.file };
    default:
      return message satisfies never;
  }
}

/** What came of it, in the words of the protocol. */
export function actionMessageOf(outcome: AgentActionOutcome): NodeToAgent {
  switch (outcome.kind) {
    case "hold":
      return { type: "hold", active: outcome.isActive };
    case "mute":
      return { type: "mute", party: outcome.party, active: outcome.isActive };
    case "play": {
      const { id, file, outcome: came, reason } = outcome;
      return { type: "play", id, file, outcome: came, reason };
    }
    default:
      return outcome satisfies never;
  }
}
