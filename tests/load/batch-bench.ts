import { parseArgs } from "node:util";
import { ElevenLabsClient } from "@elevenlabs/elevenlabs-js";
import { createApiClient } from "../support/api-client.ts";
import { batchNumbers } from "../support/batch-carrier.ts";
import { openBatchScene, statusOf, tally } from "../support/batch-run.ts";
import { startTrunkline } from "../support/processes.ts";

/**
 * `npm run bench -- batch-calls [--recipients 500] [--agent-limit 40]`: a batch through a whole system to a scripted
 * carrier, and its retry. Exits with 1 when a status is wrong, somebody was called once too often, or the ceiling was
 * exceeded.
 */
const RECIPIENTS = "500";
const AGENT_LIMIT = "40";
const AGENT_SHARE = 0.7;
const TALK_MS = 150;
const WITHIN_MS = 600_000;

export async function benchBatchCalls(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      recipients: { type: "string", default: RECIPIENTS },
      "agent-limit": { type: "string", default: AGENT_LIMIT },
      json: { type: "boolean", default: false },
    },
  });
  const recipients = Number(values.recipients);
  const agentLimit = Number(values["agent-limit"]);
  const ceiling = Math.floor(agentLimit * AGENT_SHARE);
  const trunkline = await startTrunkline();
  try {
    const { api: baseUrl, api_key: apiKey } = trunkline.ready;
    const vendor = new ElevenLabsClient({ apiKey, baseUrl, maxRetries: 0 });
    await using scene = await openBatchScene(createApiClient(baseUrl, apiKey), vendor, {
      agentLimit,
      talkMs: TALK_MS,
      withinMs: WITHIN_MS,
    });
    const isOver = ({ status }: { readonly status: string }) => status === "completed";
    const begunAtMs = performance.now();
    const id = await scene.submit(recipients);
    const first = await scene.when(id, isOver);
    const firstMs = performance.now() - begunAtMs;
    const wrong = first.recipients.filter(
      ({ phoneNumber, status }) => status !== statusOf(phoneNumber ?? ""),
    );
    await vendor.conversationalAi.batchCalls.retry(id);
    const second = await scene.when(id, isOver);
    const tooOften = batchNumbers(recipients).filter(
      (number) => scene.carrier.dialled.get(number) !== (statusOf(number) === "failed" ? 2 : 1),
    );
    const report = {
      recipients,
      seconds: Number((firstMs / 1_000).toFixed(1)),
      first: tally(first),
      afterRetry: tally(second),
      wrongStatuses: wrong.length,
      calledWrongly: tooOften.length,
      ceiling,
      mostAtATime: scene.carrier.most,
    };
    process.stdout.write(`${JSON.stringify(report, null, values.json ? 0 : 2)}\n`);
    const isRight = wrong.length === 0 && tooOften.length === 0 && scene.carrier.most <= ceiling;
    if (!isRight) process.exitCode = 1;
  } finally {
    await trunkline.stop();
  }
}
