import { ElevenLabsClient } from "@elevenlabs/elevenlabs-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApiClient, createApiClient } from "../support/api-client.ts";
import { batchNumbers } from "../support/batch-carrier.ts";
import { openBatchScene, statusOf, tally } from "../support/batch-run.ts";
import { startTrunkline, type Trunkline } from "../support/processes.ts";

/** Of which a batch takes seven tenths. */
const AGENT_LIMIT = 20;
const CEILING = 14;
const RECIPIENTS = 40;
/** One in ten. */
const VOICEMAILS = 4;

describe("a batch of calls", () => {
  let trunkline: Trunkline;
  let api: ApiClient;
  let vendor: ElevenLabsClient;
  beforeAll(async () => {
    trunkline = await startTrunkline();
    const { api: baseUrl, api_key: apiKey } = trunkline.ready;
    api = createApiClient(baseUrl, apiKey);
    vendor = new ElevenLabsClient({ apiKey, baseUrl, maxRetries: 0 });
  });
  afterAll(() => trunkline.stop());

  const scene = () =>
    openBatchScene(api, vendor, { agentLimit: AGENT_LIMIT, talkMs: 150, withinMs: 50_000 });

  it("reaches who can be reached, under its ceiling, and a retry calls only the others", async () => {
    await using set = await scene();
    const id = await set.submit(RECIPIENTS);
    const batch = await set.when(id, ({ status }) => status === "completed");
    const numbers = batchNumbers(RECIPIENTS);
    expect(batch.recipients.map(({ phoneNumber, status }) => [phoneNumber, status])).toEqual(
      numbers.map((number) => [number, statusOf(number)]),
    );
    expect(Object.fromEntries(set.carrier.dialled)).toEqual(
      Object.fromEntries(numbers.map((number) => [number, 1])),
    );
    expect(set.carrier.most).toBeLessThanOrEqual(CEILING);
    expect(set.carrier.most).toBeGreaterThan(1);

    const { batchCalls } = vendor.conversationalAi;
    expect(await batchCalls.retry(id)).toMatchObject({ retryCount: 1, status: "in_progress" });
    const retried = await set.when(id, ({ status }) => status === "completed");
    expect(tally(retried)).toEqual({ completed: RECIPIENTS - VOICEMAILS, voicemail: VOICEMAILS });
    expect(Object.fromEntries(set.carrier.dialled)).toEqual(
      Object.fromEntries(numbers.map((number) => [number, statusOf(number) === "failed" ? 2 : 1])),
    );
    expect(set.carrier.most).toBeLessThanOrEqual(CEILING);

    const table = await new Response(await batchCalls.export(id)).text();
    expect(table.trimEnd().split("\r\n")).toHaveLength(RECIPIENTS + 1);
    const { batchCalls: listed } = await batchCalls.list({ limit: 1 });
    expect(listed).toMatchObject([{ id, totalCallsFinished: RECIPIENTS, retryCount: 1 }]);
    await batchCalls.delete(id);
    expect((await api.get(`/v1/convai/batch-calling/${id}`)).status).toBe(404);
  });

  it("that is cancelled calls nobody else: each recipient was dialled or is cancelled", async () => {
    await using set = await scene();
    const id = await set.submit(RECIPIENTS);
    await set.when(id, () => set.carrier.dialled.size > CEILING);
    await vendor.conversationalAi.batchCalls.cancel(id);
    const batch = await set.when(id, ({ totalCallsFinished }) => totalCallsFinished === RECIPIENTS);
    const called = batch.recipients.filter(({ status }) => status !== "cancelled");
    expect(called.map(({ phoneNumber }) => phoneNumber)).toEqual(
      [...set.carrier.dialled.keys()].sort(),
    );
    expect(called.length).toBeLessThan(RECIPIENTS);
    for (const { phoneNumber, status } of called) expect(status).toBe(statusOf(phoneNumber ?? ""));
    expect(set.carrier.up).toBe(0);
  });

  it("goes on when the control plane is killed in its middle: nobody is called twice, nobody forgotten", async () => {
    await using set = await scene();
    const id = await set.submit(RECIPIENTS);
    await set.when(id, () => set.carrier.dialled.size > CEILING);
    await trunkline.kill("workerd");
    const batch = await set.when(id, ({ status }) => status === "completed");
    expect(Object.fromEntries(set.carrier.dialled)).toEqual(
      Object.fromEntries(batchNumbers(RECIPIENTS).map((number) => [number, 1])),
    );
    for (const { phoneNumber, status } of batch.recipients) {
      expect([phoneNumber, status]).toEqual([phoneNumber, statusOf(phoneNumber ?? "")]);
    }
    expect(set.carrier.most).toBeLessThanOrEqual(CEILING);
  });
});
