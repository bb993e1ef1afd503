import type { BucketConfig } from "../env.ts";

/**
 * Addresses in a bucket that are good without credentials for a while: AWS Signature Version 4 in the query. The AWS SDK would do
 * the same for a third of the Worker's size, and throws in workerd unless its XML parser is replaced.
 */

const ALGORITHM = "AWS4-HMAC-SHA256";

export async function signBucketUrl(
  bucket: BucketConfig,
  request: {
    readonly method: "GET" | "DELETE";
    readonly key: string;
    readonly nowMs: number;
    readonly expiresSecs: number;
    /** What the answer says of itself, for browsers. */
    readonly disposition?: string;
  },
): Promise<URL> {
  const { region, accessKeyId, secretAccessKey } = bucket;
  const url = new URL(addressOf(bucket, request.key));
  const dateTime = new Date(request.nowMs).toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const date = dateTime.slice(0, 8);
  const scope = `${date}/${region}/s3/aws4_request`;
  const query: [string, string][] = [
    ["X-Amz-Algorithm", ALGORITHM],
    ["X-Amz-Credential", `${accessKeyId}/${scope}`],
    ["X-Amz-Date", dateTime],
    ["X-Amz-Expires", String(request.expiresSecs)],
    ["X-Amz-SignedHeaders", "host"],
  ];
  if (request.disposition !== undefined) {
    query.push(["response-content-disposition", request.disposition]);
  }
  const canonicalQuery = query
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
  const canonical = [
    request.method,
    url.pathname,
    canonicalQuery,
    `host:${url.host}\n`,
    "host",
    "UNSIGNED-PAYLOAD",
  ].join("\n");
  const toSign = [ALGORITHM, dateTime, scope, await sha256(canonical)].join("\n");
  let key: ArrayBuffer = bytesOf(`AWS4${secretAccessKey.reveal()}`);
  for (const step of [date, region, "s3", "aws4_request"]) key = await hmac(key, step);
  const signature = new Uint8Array(await hmac(key, toSign)).toHex();
  return new URL(`${url.origin}${url.pathname}?${canonicalQuery}&X-Amz-Signature=${signature}`);
}

function addressOf({ bucket, endpoint, region }: BucketConfig, key: string): string {
  const path = key.split("/").map(encode).join("/");
  if (endpoint === null) return `https://${bucket}.s3.${region}.amazonaws.com/${path}`;
  return `${endpoint.replace(/\/$/, "")}/${encode(bucket)}/${path}`;
}

/** RFC 3986 §2.3: all but the unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

async function hmac(key: ArrayBuffer, text: string): Promise<ArrayBuffer> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
  return crypto.subtle.sign("HMAC", imported, bytesOf(text));
}

async function sha256(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytesOf(text))).toHex();
}

function bytesOf(text: string): ArrayBuffer {
  return new Uint8Array(new TextEncoder().encode(text)).buffer;
}
