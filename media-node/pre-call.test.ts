import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { CallEvent } from "../schema/contracts/call-record.ts";
import type { PreCallWebhookRoute } from "../schema/contracts/routing.ts";
import { importSealingKey, seal } from "../schema/sealing/sealing.ts";
import { issueCertificate, makeTestCa } from "../tests/support/certificates.ts";
import { deadline, eventually } from "../tests/support/deadline.ts";
import { FakeControlPlane } from "../tests/support/fake-control-plane.ts";
import { json, type PreCallServer, startPreCallServer } from "../tests/support/pre-call-server.ts";
import { agentRow, newWorkspaceId, numberRow, trunkRow } from "../tests/support/routing-rows.ts";
import {
  connectSipPeer,
  type SipPeer,
  type SipText,
  sdpOffer,
  sipRequest,
} from "../tests/support/sip-peer.ts";
import { parseMediaNodeConfig } from "./config.ts";
import { type MediaNode, startMediaNode } from "./node.ts";

/** A whole node, its real SIP and its real webhook client; the caller is a socket. */

const TOKEN = "Bearer t0ken";
const NUMBERS = {
  continue: "+15005550101",
  reject: "+15005550102",
  metadata: "+15005550103",
  down: "+15005550104",
} as const;

let directory = "";
let plane: FakeControlPlane;
let node: MediaNode;
let server: PreCallServer;
const events: CallEvent[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "trunkline-pre-call-"));
  plane = await new FakeControlPlane().start();
  plane.on("events", (arrived) => {
    for (const event of arrived) {
      if (event.kind !== "call_rejected" && event.kind !== "recording") events.push(event);
    }
  });
  server = await startPreCallServer();
  const gone = await startPreCallServer();
  await gone[Symbol.asyncDispose]();
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  plane.regionKeys = [{ keyId: "rk1", bytes }];
  const key = await importSealingKey("rk1", bytes);
  const webhooks: Record<keyof typeof NUMBERS, Partial<PreCallWebhookRoute>> = {
    continue: { url: server.url },
    reject: { url: server.url, onFailure: "reject" },
    metadata: { url: "https://169.254.169.254/", onFailure: "reject" },
    down: { url: gone.url, onFailure: "reject" },
  };
  for (const [name, webhook] of Object.entries(webhooks)) {
    const workspaceId = newWorkspaceId();
    const row = agentRow(workspaceId);
    const owner = `${workspaceId}/${row.entityId}/pre-call`;
    const preCallWebhook = {
      headers: await seal(key, JSON.stringify({ authorization: TOKEN }), owner),
      timeoutMs: 500,
      onFailure: "continue",
      overrides: { conversationConfig: [], customLlmExtraBody: false },
      ...webhook,
    };
    const agent = { ...row, value: { ...(row.value as object), preCallWebhook } };
    const trunk = trunkRow(workspaceId, {
      attributesToHeaders: { system__conversation_id: "X-Conversation-Id", tier: "X-Tier" },
    });
    const dialled = NUMBERS[name as keyof typeof NUMBERS]; // a key of the record above
    const number = numberRow(dialled, { workspaceId, trunk, agent });
    for (const one of [agent, trunk, number]) plane.put(one.kind, one.entityId, one.value);
  }
  const issued = await issueCertificate(await makeTestCa(), { dnsNames: ["localhost"] });
  const files = { certificate: join(directory, "tls.crt"), key: join(directory, "tls.key") };
  await writeFile(files.certificate, issued.certificatePem);
  await writeFile(files.key, issued.keyPem);
  node = await startMediaNode(
    parseMediaNodeConfig({
      TRUNKLINE_CONTROL_PLANE_URL: plane.url,
      TRUNKLINE_NODE_IDENTITY: JSON.stringify(await plane.identity()),
      TRUNKLINE_STATE_DIR: join(directory, "state"),
      TRUNKLINE_BIND_ADDRESS: "127.0.0.1",
      TRUNKLINE_SIP_PORT: "0",
      TRUNKLINE_SIPS_PORT: "0",
      TRUNKLINE_TLS_CERT_FILE: files.certificate,
      TRUNKLINE_TLS_KEY_FILE: files.key,
      TRUNKLINE_RTP_PORTS: "0-0",
      TRUNKLINE_MEDIA_PROCESSES: "0",
      TRUNKLINE_ADMIN_PORT: "0",
      TRUNKLINE_SIP_DOMAIN: "sip.example.net",
      TRUNKLINE_AGENT_ADDRESSES: "loopback",
      TRUNKLINE_LOG_LEVEL: "silent",
    }),
  );
  await deadline(node.ready, 10_000, "ready");
});

afterEach(() => {
  events.length = 0;
  server.asked.length = 0;
});

afterAll(async () => {
  await node.stop({ code: "node_shutdown" });
  await server[Symbol.asyncDispose]();
  await plane.stop();
  await rm(directory, { recursive: true, force: true });
});

/** An INVITE that has been told that it rings. */
async function ringing(peer: SipPeer, number: string) {
  const uri = `sip:${number}@127.0.0.1:${node.bound.sipPort};transport=tcp`;
  const same = { peer, uri, callId: crypto.randomUUID(), fromTag: "peer", fromUser: "+4930123456" };
  const branch = `z9hG4bK${crypto.randomUUID()}`;
  const headers = ["X-Customer: 42"];
  peer.send(sipRequest({ ...same, method: "INVITE", branch, headers, body: sdpOffer(40_000) }));
  await peer.next("SIP/2.0 180");
  const respond = (method: "ACK" | "BYE", response: SipText, cseq: number) => {
    const toTag = /;tag=(.*)$/.exec(response.header("To"))?.[1] ?? "";
    const target = /<([^>]+)>/.exec(response.header("Contact"))?.[1] ?? uri;
    peer.send(sipRequest({ ...same, method, uri: target, toTag, cseq }));
  };
  return {
    cancel: () => peer.send(sipRequest({ ...same, method: "CANCEL", branch })),
    async answered() {
      const ok = await peer.next("SIP/2.0 200");
      respond("ACK", ok, 1);
      return {
        ok,
        async hangUp() {
          respond("BYE", ok, 2);
          await peer.next("SIP/2.0 200");
        },
      };
    },
  };
}

async function ended() {
  const event = await eventually(
    () => events.find((one) => one.kind === "call_ended") ?? null,
    5_000,
    "the record did not arrive",
  );
  return event.call;
}

test("the phone rings until the webhook answers; what it said is in the 200 and in the record", async () => {
  await using peer = await connectSipPeer(node.bound.sipPort);
  const waiting = Promise.withResolvers<ServerResponse>();
  server.answer = waiting.resolve;
  const call = await ringing(peer, NUMBERS.continue);
  const response = await deadline(waiting.promise, 2_000, "the webhook was not asked");
  json(response, { dynamic_variables: { tier: "gold" }, user_id: "u-1" });
  const { ok, hangUp } = await call.answered();
  expect(ok.header("X-Tier")).toBe("gold");
  const [asked] = server.asked;
  expect(asked?.request.headers.authorization).toBe(TOKEN);
  const question: unknown = JSON.parse(asked?.body ?? "");
  expect(question).toMatchObject({
    caller_id: "+4930123456",
    called_number: NUMBERS.continue,
    conversation_id: ok.header("X-Conversation-Id"),
    sip_headers: { "x-customer": "42" },
  });
  await hangUp();
  expect(await ended()).toMatchObject({
    end: { code: "caller_hung_up" },
    clientData: { dynamicVariables: { tier: "gold" }, userId: "u-1" },
    dynamicVariables: { sip_customer: "42" },
  });
});

const FAILURES: readonly [string, (response: ServerResponse) => void, string][] = [
  ["is slow", () => undefined, "timeout: no answer within 500 ms"],
  ["answers 500", (response) => void response.writeHead(500).end(), "bad_status: status 500"],
  [
    "redirects",
    (response) => void response.writeHead(302, { location: "https://169.254.169.254/" }).end(),
    "redirected: status 302",
  ],
  [
    "answers more than 256 KiB",
    (response) => json(response, { user_id: "x".repeat(300_000) }),
    "too_large: more than 262144 bytes",
  ],
  [
    "answers what is not JSON",
    (response) => void response.writeHead(200, { "content-type": "application/json" }).end("{"),
    "not_json: the answer is not JSON",
  ],
  [
    "answers another content type",
    (response) => void response.writeHead(200, { "content-type": "text/plain" }).end("{}"),
    "not_json: the answer does not say that it is JSON",
  ],
  [
    "overrides what is not enabled",
    (response) => json(response, { custom_llm_extra_body: { a: 1 } }),
    "override_not_enabled: custom_llm_extra_body",
  ],
];

describe.each(FAILURES)("a webhook that %s", (_, answer, failure) => {
  const warnings = [`The pre-call webhook failed (${failure}).`];

  test("lets the call go on, after it has rung", async () => {
    server.answer = answer;
    await using peer = await connectSipPeer(node.bound.sipPort);
    const { hangUp } = await (await ringing(peer, NUMBERS.continue)).answered();
    await hangUp();
    expect(await ended()).toMatchObject({ end: { code: "caller_hung_up" }, warnings });
  });

  test("declines the call where its failure rejects, after it has rung", async () => {
    server.answer = answer;
    await using peer = await connectSipPeer(node.bound.sipPort);
    await ringing(peer, NUMBERS.reject);
    expect((await peer.next("SIP/2.0 603")).startLine).toBe("SIP/2.0 603 Decline");
    expect(await ended()).toMatchObject({ end: { code: "precall_failed" }, warnings });
  });
});

test.each(["metadata", "down"] as const)(
  "a webhook that cannot be reached (%s) declines the call where its failure rejects",
  async (which) => {
    await using peer = await connectSipPeer(node.bound.sipPort);
    await ringing(peer, NUMBERS[which]);
    await peer.next("SIP/2.0 603");
    expect((await ended()).end.code).toBe("precall_failed");
  },
);

test("a webhook that rejects declines the call", async () => {
  server.answer = (response) => json(response, { reject: true });
  await using peer = await connectSipPeer(node.bound.sipPort);
  await ringing(peer, NUMBERS.continue);
  await peer.next("SIP/2.0 603");
  expect((await ended()).end.code).toBe("precall_rejected");
});

test("a CANCEL while the webhook is asked ends the call and the question", async () => {
  await using peer = await connectSipPeer(node.bound.sipPort);
  server.answer = () => undefined;
  const call = await ringing(peer, NUMBERS.reject);
  await eventually(() => server.connections > 0 || null, 2_000, "the webhook was not asked");
  call.cancel();
  await peer.next("SIP/2.0 487");
  await eventually(() => server.connections === 0 || null, 2_000, "the question went on");
  expect((await ended()).end.code).toBe("cancelled");
});

test("the metrics count what webhooks came to, and do not say whose", async () => {
  server.answer = (response) => void response.writeHead(500).end();
  await using peer = await connectSipPeer(node.bound.sipPort);
  const before = await counted();
  await ringing(peer, NUMBERS.reject);
  await peer.next("SIP/2.0 603");
  const after = await counted();
  const name = 'trunkline_pre_call_webhook_seconds_count{outcome="bad_status"}';
  expect(after.get(name)).toBe((before.get(name) ?? 0) + 1);
  for (const series of after.keys()) expect(series).toMatch(/^\w+\{outcome="[a-z_]+"\}$/);
});

async function counted(): Promise<Map<string, number>> {
  const response = await fetch(`http://127.0.0.1:${node.bound.adminPort}/metrics`);
  const counts = new Map<string, number>();
  for (const line of (await response.text()).split("\n")) {
    if (!line.startsWith("trunkline_pre_call_webhook_seconds_count")) continue;
    const [series = "", count = ""] = line.split(" ");
    counts.set(series, Number(count));
  }
  return counts;
}
