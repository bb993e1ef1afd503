import type { ElevenLabs, ElevenLabsClient } from "@elevenlabs/elevenlabs-js";
import { type ApiClient, createAgent } from "./api-client.ts";
import {
  type BatchCarrier,
  type BatchFate,
  batchNumbers,
  startBatchCarrier,
} from "./batch-carrier.ts";
import { eventually } from "./deadline.ts";
import { numberWithTrunk } from "./outbound-client.ts";
import { openRtpPeer } from "./rtp-peer.ts";
import { startToneAgent } from "./tone-agent.ts";

type Batch = ElevenLabs.BatchCallDetailedResponse;

/** By the last digit of the number: who answers, whose voicemail does, who does not answer, and who refuses. */
const FATES: readonly BatchFate[] = [
  "answered",
  "answered",
  "answered",
  "answered",
  "answered",
  "voicemail",
  "rings",
  "486 Busy Here",
  "603 Decline",
  "404 Not Found",
];

/** A recipient's status after its first call. */
export function statusOf(number: string): "completed" | "voicemail" | "failed" {
  const fate = FATES[Number(number.at(-1))];
  if (fate === "voicemail") return "voicemail";
  return fate === "answered" ? "completed" : "failed";
}

export interface BatchScene extends AsyncDisposable {
  readonly carrier: BatchCarrier;
  /** Submits a batch to so many recipients. */
  submit(recipients: number, name?: string): Promise<string>;
  /** The batch, once it is as asked. */
  when(id: string, isThere: (batch: Batch) => boolean): Promise<Batch>;
}

/**
 * An agent with so many calls at a time, and a number whose carrier answers, takes messages, rings out and refuses; whoever is called a
 * second time answers. Batches are submitted and read by the vendor's own library.
 */
export async function openBatchScene(
  api: ApiClient,
  vendor: ElevenLabsClient,
  settings: { readonly agentLimit: number; readonly talkMs: number; readonly withinMs: number },
): Promise<BatchScene> {
  const agent = await startToneAgent(1037, 1);
  const agentId = await createAgent(api, "Batch", agent.url);
  await api.patch(`/v1/convai/agents/${agentId}`, {
    platform_settings: { call_limits: { agent_concurrency_limit: settings.agentLimit } },
    voicemail_detection: { action: "hang_up" },
  });
  const phone = await openRtpPeer(437);
  const carrier = await startBatchCarrier({
    fateOf: (number, times) => (times > 1 ? "answered" : (FATES[Number(number.at(-1))] ?? "rings")),
    rtpPort: phone.port,
    talkMs: settings.talkMs,
  });
  const { order } = await numberWithTrunk(api, agentId, { address: carrier.carrier.address });
  const { batchCalls } = vendor.conversationalAi;
  return {
    carrier,
    async submit(recipients, name = "Spring") {
      const { id } = await batchCalls.create({
        callName: name,
        agentId,
        agentPhoneNumberId: order.agent_phone_number_id,
        telephonyCallConfig: { ringingTimeoutSecs: 1 },
        recipients: batchNumbers(recipients).map((phoneNumber, index) => ({
          phoneNumber,
          conversationInitiationClientData: { dynamicVariables: { index } },
        })),
      });
      return id;
    },
    async when(id, isThere) {
      let last: Batch | null = null;
      return eventually(
        async () => {
          last = await batchCalls.get(id).catch(() => null);
          return last !== null && isThere(last) ? last : null;
        },
        settings.withinMs,
        "the batch is not as it should be",
      ).catch((cause: unknown) => {
        throw new Error(`${String(cause)}: ${JSON.stringify(tally(last))}`, { cause });
      });
    },
    async [Symbol.asyncDispose]() {
      await carrier[Symbol.asyncDispose]();
      await phone[Symbol.asyncDispose]();
      await agent[Symbol.asyncDispose]();
    },
  };
}

/** How many recipients have each status. */
export function tally(batch: Batch | null): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of batch?.recipients ?? []) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
