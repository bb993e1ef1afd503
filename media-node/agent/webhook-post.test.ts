import { Readable } from "node:stream";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { SignedRequest } from "../../schema/contracts/webhook-job.ts";
import { issueCertificate, makeTestCa } from "../../tests/support/certificates.ts";
import { resolvesTo } from "../../tests/support/pre-call-question.ts";
import { type PreCallServer, startPreCallServer } from "../../tests/support/pre-call-server.ts";
import { createAddressPolicy } from "./address-policy.ts";
import { postWebhook } from "./webhook-post.ts";

const BODY = '{"type":"call.ended","data":{"text":"Grüße"}}';
const SIGNATURE = "v1,c2lnbmF0dXJl";

let server: PreCallServer;
beforeAll(async () => {
  server = await startPreCallServer();
});
afterEach(() => {
  server.asked.length = 0;
});
afterAll(() => server[Symbol.asyncDispose]());

interface Surroundings extends Partial<SignedRequest> {
  readonly allowLoopback?: boolean;
  readonly resolve?: ReturnType<typeof resolvesTo>;
  readonly ca?: string;
  readonly body?: Readable;
}

function post(url: string, { allowLoopback = true, ...more }: Surroundings = {}) {
  const resolve = more.resolve === undefined ? {} : { resolve: more.resolve };
  const request: SignedRequest = {
    url,
    headers: { "content-type": "application/json", "webhook-signature": SIGNATURE },
    contentLength: more.contentLength === undefined ? Buffer.byteLength(BODY) : null,
    timeoutMs: more.timeoutMs ?? 5_000,
  };
  return postWebhook(request, more.body ?? Readable.from([Buffer.from(BODY)]), {
    addressPolicy: createAddressPolicy({ allowLoopback, ...resolve }),
    allowPlainLoopback: allowLoopback,
    ca: more.ca ?? null,
    nowMs: performance.now.bind(performance),
  });
}

describe("a delivery that a node posts", () => {
  test("is one POST of exactly these bytes with exactly these headers", async () => {
    server.answer = (response) => response.writeHead(204).end();
    expect(await post(`${server.url}?tenant=7`)).toMatchObject({
      kind: "answered",
      statusCode: 204,
      retryAfterSecs: null,
      excerpt: null,
    });
    expect(server.asked).toHaveLength(1);
    const [{ body, request }] = server.asked as [PreCallServer["asked"][number]];
    expect([request.method, request.url, body]).toEqual(["POST", "/pre-call?tenant=7", BODY]);
    expect(request.headers).toMatchObject({
      "content-length": String(Buffer.byteLength(BODY)),
      "webhook-signature": SIGNATURE,
    });
    expect(request.headers["transfer-encoding"]).toBeUndefined();
  });

  test("is sent in pieces where nobody has counted them", async () => {
    server.answer = (response) => response.writeHead(200).end("thanks");
    const body = Readable.from([Buffer.from("one "), Buffer.from("two")]);
    const posted = await post(server.url, { body, contentLength: null });
    expect(posted).toMatchObject({ kind: "answered", statusCode: 200, excerpt: "thanks" });
    expect(server.asked[0]?.body).toBe("one two");
  });

  test("follows no redirect, and reads a kilobyte of an answer without end", async () => {
    server.answer = (response) =>
      response.writeHead(307, { location: server.url, "retry-after": "9" }).end();
    expect(await post(server.url)).toMatchObject({ statusCode: 307, retryAfterSecs: 9 });
    expect(server.asked).toHaveLength(1);
    server.answer = (response) => {
      response.writeHead(503);
      const more = (): void => {
        while (response.write("é".repeat(4_096)));
        response.once("drain", more);
      };
      more();
    };
    const endless = await post(server.url);
    expect(endless).toMatchObject({ kind: "answered", statusCode: 503 });
    expect(endless.kind === "answered" && endless.excerpt).toBe("é".repeat(512));
    expect(server.connections).toBeLessThanOrEqual(1);
  });

  test("is given up when its time is over, wherever the exchange is", async () => {
    server.answer = () => undefined;
    expect(await post(server.url, { timeoutMs: 50 })).toMatchObject({
      kind: "failed",
      error: "timeout",
    });
    // A look-up that never ends.
    const resolve = (() => undefined) as unknown as ReturnType<typeof resolvesTo>;
    expect(await post("https://hooks.example.com/", { resolve, timeoutMs: 50 })).toMatchObject({
      error: "timeout",
    });
  });

  test("goes to public addresses only, for every address that the name has when it connects", async () => {
    const strict = { allowLoopback: false };
    for (const url of [
      "https://127.0.0.1/",
      "https://10.0.0.1/",
      "https://[::1]/",
      "https://169.254.169.254/latest",
    ]) {
      expect(await post(url, strict)).toMatchObject({ kind: "failed", error: "address_refused" });
    }
    const rebound = resolvesTo(["203.0.113.9", "192.168.0.1"]);
    expect(await post("https://hooks.example.com/", { ...strict, resolve: rebound })).toMatchObject(
      { error: "address_refused" },
    );
    for (const url of ["http://hooks.example.com/", "https://user:word@hooks.example.com/"]) {
      expect(await post(url, strict)).toMatchObject({ error: "unreachable" });
    }
    expect(server.asked).toHaveLength(0);
  });

  test("goes over TLS to a host whose certificate is trusted and names it, and to no other", async () => {
    const ca = await makeTestCa();
    const { certificatePem: cert, keyPem: key } = await issueCertificate(ca, {
      dnsNames: ["hooks.example.com"],
    });
    await using secure = await startPreCallServer({ cert, key });
    const resolve = resolvesTo(["127.0.0.1"]);
    const to = (host: string, trusted: string) =>
      post(`https://${host}:${secure.port}/`, { resolve, ca: trusted });
    expect(await to("hooks.example.com", ca.certificatePem)).toMatchObject({ statusCode: 200 });
    expect(await to("other.example.com", ca.certificatePem)).toMatchObject({
      error: "unreachable",
    });
    const stranger = await makeTestCa();
    expect(await to("hooks.example.com", stranger.certificatePem)).toMatchObject({
      error: "unreachable",
    });
    expect(secure.asked).toHaveLength(1);
  });

  test("whose bytes end too early is no fault of the endpoint", async () => {
    server.answer = (response) => response.writeHead(200).end();
    const body = new Readable({
      read() {
        this.push("half");
        this.destroy(new Error("the control plane is gone"));
      },
    });
    expect(await post(server.url, { body, contentLength: null })).toMatchObject({
      kind: "failed",
      error: "source",
    });
    expect(server.asked).toHaveLength(0);
  });
});
