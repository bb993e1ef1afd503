import type { AgentToNode } from "../../schema/contracts/agent-socket.ts";
import type { TranscriptEvent } from "../call/agent-ports.ts";
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
