import { expect, onTestFinished, test } from "vitest";
import { conversationIdOf, newId } from "../../schema/values/ids.ts";
import { Secret } from "../../schema/values/secret.ts";
import {
  BUCKET,
  BUCKET_KEY_ID,
  BUCKET_REGION,
  BUCKET_SECRET,
  BucketServer,
} from "../../tests/support/bucket-server.ts";
import { createBucketStore } from "./bucket-store.ts";

test("what the encoder cannot do is not said of the bucket, and leaves nothing there", async () => {
  const bucket = await new BucketServer().start();
  onTestFinished(() => bucket.stop());
  const store = createBucketStore({
    bucket: BUCKET,
    endpoint: bucket.url,
    region: BUCKET_REGION,
    prefix: "",
    credentials: { accessKeyId: BUCKET_KEY_ID, secretAccessKey: new Secret(BUCKET_SECRET) },
  });
  onTestFinished(() => store.close());
  const callId = newId("call");
  const facts = {
    callId,
    conversationId: conversationIdOf(callId),
    workspaceId: newId("workspace"),
    agentId: newId("agent"),
    region: "test-1",
    format: "wav",
    startedAtMs: 0,
    expiresAtMs: 1,
  } as const;
  const fault = new Error("the chunk is altered");
  async function* blocks(): AsyncGenerator<Uint8Array> {
    // More than one part: the upload has begun.
    yield new Uint8Array(6 * 1_048_576);
    throw fault;
  }
  const put = store.put(facts, blocks(), new AbortController().signal);
  await expect(put).rejects.toBe(fault);
  expect([bucket.objects.size, bucket.uploads.size]).toEqual([0, 0]);
});
