import { S3Client } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { Secret } from "../../schema/values/secret.ts";
import type { BucketConfig } from "../env.ts";
import { signBucketUrl } from "./sign-bucket-url.ts";

/** Held to the AWS SDK's own signer. */

const CREDENTIALS = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const REGION = "eu-central-1";
const PAYLOAD_HEADER = "x-amz-content-sha256";
const NOW_MS = Date.UTC(2026, 10, 22, 12, 34, 56);

/** What of the SDK's signer its own presigner uses. */
interface Presigner {
  presign(
    request: unknown,
    options: unknown,
  ): Promise<{ readonly query: Readonly<Record<string, string>> }>;
}

async function signatureOfSdk(url: URL, method: string): Promise<string | undefined> {
  const client = new S3Client({ region: REGION, credentials: CREDENTIALS });
  // Typed as a signer of requests only.
  const signer = (await client.config.signer()) as unknown as Presigner;
  const query = [...url.searchParams].filter(([name]) => !name.startsWith("X-Amz-"));
  const signed = await signer.presign(
    {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(query),
      headers: { host: url.host, [PAYLOAD_HEADER]: "UNSIGNED-PAYLOAD" },
    },
    {
      signingDate: new Date(NOW_MS),
      expiresIn: Number(url.searchParams.get("X-Amz-Expires")),
      unhoistableHeaders: new Set([PAYLOAD_HEADER]),
      unsignableHeaders: new Set([PAYLOAD_HEADER]),
    },
  );
  return signed.query["X-Amz-Signature"];
}

const bucket: BucketConfig = {
  bucket: "recordings",
  endpoint: null,
  region: REGION,
  accessKeyId: CREDENTIALS.accessKeyId,
  secretAccessKey: new Secret(CREDENTIALS.secretAccessKey),
};

describe("an address in the bucket has the signature that the AWS SDK would give it", () => {
  test.each([
    ["GET", null, "eu/wksp_1/conv_1.mp3", undefined],
    ["DELETE", null, "wksp_1/conv_1.wav", undefined],
    ["GET", "https://s3.example.com:9000", "a b/c(d)*'!~é.mp3", undefined],
    ["GET", "https://s3.example.com/", "conv_1.mp3", 'attachment; filename="conv_1.mp3"'],
  ] as const)("%s at %s: %s", async (method, endpoint, key, disposition) => {
    const url = await signBucketUrl(
      { ...bucket, endpoint },
      {
        method,
        key,
        nowMs: NOW_MS,
        expiresSecs: 300,
        ...(disposition === undefined ? {} : { disposition }),
      },
    );
    expect(url.searchParams.get("X-Amz-Signature")).toBe(await signatureOfSdk(url, method));
    expect(url.host).toBe(
      endpoint === null ? `recordings.s3.${REGION}.amazonaws.com` : new URL(endpoint).host,
    );
  });

  test("another object, another method or a longer time has another", async () => {
    const terms = { method: "GET", key: "one.mp3", nowMs: NOW_MS, expiresSecs: 300 } as const;
    const urls = await Promise.all([
      signBucketUrl(bucket, terms),
      signBucketUrl(bucket, { ...terms, key: "two.mp3" }),
      signBucketUrl(bucket, { ...terms, method: "DELETE" }),
      signBucketUrl(bucket, { ...terms, expiresSecs: 301 }),
    ]);
    expect(new Set(urls.map(({ searchParams }) => searchParams.get("X-Amz-Signature"))).size).toBe(
      4,
    );
  });
});
