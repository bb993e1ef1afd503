import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import type { NodeToHub } from "../../schema/contracts/node-link.ts";
import {
  SIGNED_REQUEST_HEADER,
  type SignedRequest,
  type WebhookPostOutcome,
} from "../../schema/contracts/webhook-job.ts";
import { Secret } from "../../schema/values/secret.ts";
import { recordedDeps } from "../../tests/support/control-deps.ts";
import { eventually } from "../../tests/support/deadline.ts";
import { createControlPlaneClient } from "./http-client.ts";
import { createWebhookJobs } from "./webhook-jobs.ts";

const REQUEST: SignedRequest = {
  url: "https://hooks.example.com/secret-path",
  headers: { "webhook-signature": "v1,c2lnbmF0dXJl" },
  contentLength: 4,
  timeoutMs: 15_000,
};
const ANSWERED: WebhookPostOutcome = {
  kind: "answered",
  statusCode: 200,
  retryAfterSecs: null,
  latencyMs: 3,
  excerpt: "thanks",
};
const header = Buffer.from(JSON.stringify(REQUEST)).toString("base64url");

async function start(
  answer: RequestListener,
  post: (request: SignedRequest, body: Readable) => Promise<WebhookPostOutcome>,
) {
  const asked: { path: string | undefined; authorization: string | undefined }[] = [];
  const server = createServer((request, response) => {
    asked.push({ path: request.url, authorization: request.headers.authorization });
    answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // a TCP server's address has a port
  const client = createControlPlaneClient({
    baseUrl: `http://127.0.0.1:${port}`,
    credential: new Secret("credential-1"),
    ca: null,
  });
  onTestFinished(async () => {
    client.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { logger, lines } = recordedDeps();
  const told: NodeToHub[] = [];
  const jobs = createWebhookJobs({
    client,
    logger,
    post,
    send: (message) => void told.push(message),
  });
  const outcome = (count = 1) =>
    eventually(() => (told.length >= count ? told.at(-1) : null), 3_000, "the hub was not told");
  return { asked, jobs, lines, told, outcome };
}

test("a job is fetched with the node's credential, posted as it was signed, and told", async () => {
  const posted: [SignedRequest, string][] = [];
  const { asked, jobs, lines, outcome } = await start(
    (_request, response) =>
      response.writeHead(200, { [SIGNED_REQUEST_HEADER]: header }).end("body"),
    async (request, body) => {
      posted.push([request, await text(body)]);
      return ANSWERED;
    },
  );
  jobs.onWebhookPost({ type: "webhook_post", jobId: "job/1" });
  expect(await outcome()).toEqual({ type: "webhook_posted", jobId: "job/1", outcome: ANSWERED });
  expect(posted).toEqual([[REQUEST, "body"]]);
  expect(asked).toEqual([
    { path: "/v1/nodes/webhook-jobs/job%2F1", authorization: "Bearer credential-1" },
  ]);
  // Neither where it went, nor what was said, nor its signature.
  expect(JSON.stringify(lines)).not.toMatch(/secret-path|thanks|c2lnbmF0dXJl|body/);
});

test("a job that is not there is lost, one that this address may not post is another node's", async () => {
  const statuses = [404, 409, 503];
  const { jobs, outcome } = await start(
    (_request, response) => response.writeHead(statuses.shift() ?? 500).end("{}"),
    async () => {
      throw new Error("nothing is to be posted");
    },
  );
  const lost = { kind: "failed", error: "source", latencyMs: 0 };
  const results = [lost, { kind: "not_posted", reason: "refused" }, lost];
  for (const [index, result] of results.entries()) {
    jobs.onWebhookPost({ type: "webhook_post", jobId: `job-${index}` });
    expect(await outcome(index + 1)).toMatchObject({ outcome: result });
  }
});

test("more than sixteen at once are left to other nodes", async () => {
  const hold = Promise.withResolvers<void>();
  const { jobs, told, outcome } = await start(
    (_request, response) =>
      response.writeHead(200, { [SIGNED_REQUEST_HEADER]: header }).end("body"),
    async (_request, body) => {
      body.resume();
      await hold.promise;
      return ANSWERED;
    },
  );
  for (let index = 0; index < 17; index += 1) {
    jobs.onWebhookPost({ type: "webhook_post", jobId: `job-${index}` });
  }
  expect(told).toEqual([
    {
      type: "webhook_posted",
      jobId: "job-16",
      outcome: { kind: "not_posted", reason: "busy" },
    },
  ]);
  hold.resolve();
  await outcome(17);
  jobs.onWebhookPost({ type: "webhook_post", jobId: "job-17" });
  expect(await outcome(18)).toMatchObject({ jobId: "job-17", outcome: ANSWERED });
});
