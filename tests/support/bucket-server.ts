import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { S3Client } from "@aws-sdk/client-s3";

/**
 * A bucket that speaks what a node uses of S3. Every request is signed again by the AWS SDK's own signer, and refused when the
 * signatures differ.
 */

export const BUCKET = "recordings";
export const BUCKET_REGION = "eu-test-1";
export const BUCKET_KEY_ID = "AKIAIOSFODNN7EXAMPLE";
export const BUCKET_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

interface Upload {
  readonly key: string;
  readonly parts: Map<number, Buffer>;
}

interface BucketRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export class BucketServer implements AsyncDisposable {
  readonly objects = new Map<string, { readonly body: Buffer; readonly contentType: string }>();
  readonly uploads = new Map<string, Upload>();
  /** `METHOD /path?query` without signatures. */
  readonly requests: string[] = [];
  /** Status to answer everything with; null: as a bucket does. `507` is a full one. */
  failsWith: number | null = null;
  /** Bodies of parts beyond this many are never answered, until it is null again. */
  stuckAfterParts: number | null = null;
  port = 0;
  #server: Server | null = null;
  #nextUpload = 0;
  readonly #signer = new S3Client({
    region: BUCKET_REGION,
    credentials: { accessKeyId: BUCKET_KEY_ID, secretAccessKey: BUCKET_SECRET },
  });

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<this> {
    const server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
    await new Promise<void>((resolve) => server.listen(this.port, "127.0.0.1", resolve));
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
    return this;
  }

  /** Nothing listens any more; the objects stay. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? "/", this.url);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { method = "", headers } = incoming;
    const request: BucketRequest = { method, url, headers, body: Buffer.concat(chunks) };
    const query = [...url.searchParams].filter(([name]) => !/^x-(amz|id)/i.test(name));
    this.requests.push(`${method} ${url.pathname}?${new URLSearchParams(query)}`);
    if (this.failsWith !== null) return error(response, this.failsWith, "ServiceUnavailable");
    const refusal = await this.#refusal(request);
    if (refusal !== null) return error(response, 403, refusal);
    const [, bucket, ...path] = decodeURIComponent(url.pathname).split("/");
    if (bucket !== BUCKET) return error(response, 404, "NoSuchBucket");
    return this.#serve(request, path.join("/"), response);
  }

  #serve({ method, url, headers, body }: BucketRequest, key: string, response: ServerResponse) {
    const { searchParams } = url;
    const uploadId = searchParams.get("uploadId");
    const contentType = headers["content-type"] ?? "application/octet-stream";
    if (method === "GET" && searchParams.has("uploads")) {
      const prefix = searchParams.get("prefix") ?? "";
      const listed = [...this.uploads]
        .filter(([, upload]) => upload.key.startsWith(prefix))
        .map(
          ([id, upload]) => `<Upload><Key>${upload.key}</Key><UploadId>${id}</UploadId></Upload>`,
        );
      return xml(
        response,
        `<ListMultipartUploadsResult>${listed.join("")}</ListMultipartUploadsResult>`,
      );
    }
    if (method === "POST" && searchParams.has("uploads")) {
      this.#nextUpload += 1;
      const id = `upload-${this.#nextUpload}`;
      this.uploads.set(id, { key, parts: new Map() });
      return xml(
        response,
        `<InitiateMultipartUploadResult><Bucket>${BUCKET}</Bucket><Key>${key}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
      );
    }
    const upload = uploadId === null ? undefined : this.uploads.get(uploadId);
    if (uploadId !== null && upload === undefined) return error(response, 404, "NoSuchUpload");
    if (upload !== undefined && uploadId !== null) {
      if (method === "PUT") {
        if (this.stuckAfterParts !== null && upload.parts.size >= this.stuckAfterParts) return;
        upload.parts.set(Number(searchParams.get("partNumber")), body);
        return void response.writeHead(200, { etag: etagOf(body) }).end();
      }
      this.uploads.delete(uploadId);
      if (method === "DELETE") return void response.writeHead(204).end();
      const parts = [...upload.parts].sort(([a], [b]) => a - b);
      const isShort = parts.slice(0, -1).some(([, part]) => part.length < 5 * 1_048_576);
      if (isShort) return error(response, 400, "EntityTooSmall");
      const whole = Buffer.concat(parts.map(([, part]) => part));
      this.objects.set(key, { body: whole, contentType });
      return xml(
        response,
        `<CompleteMultipartUploadResult><Key>${key}</Key><ETag>${etagOf(whole)}</ETag></CompleteMultipartUploadResult>`,
      );
    }
    if (method === "PUT") {
      this.objects.set(key, { body, contentType });
      return void response.writeHead(200, { etag: etagOf(body) }).end();
    }
    if (method === "DELETE") {
      this.objects.delete(key);
      return void response.writeHead(204).end();
    }
    const object = this.objects.get(key);
    if (object === undefined) return error(response, 404, "NoSuchKey");
    response
      .writeHead(200, {
        "content-type": object.contentType,
        "content-length": object.body.length,
        etag: etagOf(object.body),
      })
      .end(object.body);
  }

  /** What is wrong with its signature; null: nothing. */
  async #refusal({ method, url, headers, body }: BucketRequest): Promise<string | null> {
    const query = Object.fromEntries(url.searchParams);
    const date = String(headers["x-amz-date"]);
    const at = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
    if (at === null) return "MissingSecurityHeader";
    const [, year, month, day, hour, minute, second] = at;
    const signingDate = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
    const signer = await this.#signer.config.signer();
    const base = {
      method,
      protocol: "http:",
      hostname: "127.0.0.1",
      port: this.port,
      path: url.pathname,
    };
    const hash = String(headers["x-amz-content-sha256"]);
    const isHashed = /^[0-9a-f]{64}$/.test(hash);
    const actual = createHash("sha256").update(body).digest("hex");
    if (isHashed && hash !== actual) return "XAmzContentSHA256Mismatch";
    const authorization = headers.authorization ?? "";
    const names = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(";") ?? [];
    const signedHeaders = Object.fromEntries(
      names.map((name) => [name, String(headers[name] ?? "")]),
    );
    const signed = await signer.sign(
      { ...base, query, headers: signedHeaders, body },
      { signingDate, signableHeaders: new Set(names) },
    );
    const ours = String(signed.headers["authorization"]);
    const signatureIn = (text: string) => /Signature=([0-9a-f]{64})/.exec(text)?.[1] ?? "";
    return isSame(signatureIn(ours), signatureIn(authorization)) ? null : "SignatureDoesNotMatch";
  }
}

function isSame(one: string, other: string): boolean {
  return (
    one.length === 64 &&
    other.length === 64 &&
    timingSafeEqual(Buffer.from(one), Buffer.from(other))
  );
}

function etagOf(body: Buffer): string {
  return `"${createHash("md5").update(body).digest("hex")}"`;
}

function xml(response: ServerResponse, text: string): void {
  response
    .writeHead(200, { "content-type": "application/xml" })
    .end(`<?xml version="1.0" encoding="UTF-8"?>${text}`);
}

function error(response: ServerResponse, status: number, code: string): void {
  response
    .writeHead(status, { "content-type": "application/xml" })
    .end(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code></Error>`);
}
