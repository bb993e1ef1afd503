import { createSocket } from "node:dgram";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from "vitest";
import type { CallEvent } from "../schema/contracts/call-record.ts";
import { issueCertificate, makeTestCa } from "../tests/support/certificates.ts";
import { deadline, eventually } from "../tests/support/deadline.ts";
import { FakeControlPlane } from "../tests/support/fake-control-plane.ts";
import { importedNumber } from "../tests/support/routing-rows.ts";
import { connectSipPeer, type SipPeer, sipRequest } from "../tests/support/sip-peer.ts";
import { type MediaNodeConfig, parseMediaNodeConfig } from "./config.ts";
import { type MediaNode, startMediaNode } from "./node.ts";

/** Whole nodes start and stop here: what hangs is found, a busy machine is waited for. */
const PATIENCE_MS = 15_000;
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });
const NUMBER = "+15005550100";

let directory = "";
let plane: FakeControlPlane;
let config: MediaNodeConfig;
let nodes: MediaNode[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "trunkline-node-"));
  plane = await new FakeControlPlane().start();
  const issued = await issueCertificate(await makeTestCa(), { dnsNames: ["localhost"] });
  const files = { certificate: join(directory, "tls.crt"), key: join(directory, "tls.key") };
  await writeFile(files.certificate, issued.certificatePem);
  await writeFile(files.key, issued.keyPem);
  config = parseMediaNodeConfig({
    TRUNKLINE_CONTROL_PLANE_URL: plane.url,
    TRUNKLINE_NODE_IDENTITY: JSON.stringify(await plane.identity()),
    TRUNKLINE_STATE_DIR: join(directory, "state"),
    TRUNKLINE_BIND_ADDRESS: "127.0.0.1",
    TRUNKLINE_ADVERTISED_ADDRESS: "192.0.2.7",
    TRUNKLINE_SIP_PORT: "0",
    TRUNKLINE_SIPS_PORT: "0",
    TRUNKLINE_TLS_CERT_FILE: files.certificate,
    TRUNKLINE_TLS_KEY_FILE: files.key,
    TRUNKLINE_RTP_PORTS: "0-0",
    TRUNKLINE_MEDIA_PROCESSES: "0",
    TRUNKLINE_ADMIN_PORT: "0",
    TRUNKLINE_SIP_DOMAIN: "sip.example.net",
    TRUNKLINE_ROUTING_POLL_MS: "200",
    TRUNKLINE_LOG_LEVEL: "silent",
  });
  for (const row of importedNumber(NUMBER, { country: "US" }).rows) {
    plane.put(row.kind, row.entityId, row.value);
  }
});

afterEach(async () => {
  for (const node of nodes) await node.stop({ code: "node_shutdown" });
  nodes = [];
  await plane.stop();
  await rm(directory, { recursive: true, force: true, maxRetries: 3 });
});

async function start(): Promise<MediaNode> {
  const node = await startMediaNode(config);
  nodes.push(node);
  return node;
}

const readyz = async (node: MediaNode) => {
  const response = await fetch(`http://127.0.0.1:${node.bound.adminPort}/readyz`);
  const body: unknown = await response.json();
  return { status: response.status, body };
};

const SDP = [
  "v=0",
  "o=- 1 1 IN IP4 127.0.0.1",
  "s=-",
  "c=IN IP4 127.0.0.1",
  "t=0 0",
  "m=audio 40000 RTP/AVP 0",
  "",
].join("\r\n");

function invite(peer: SipPeer, node: MediaNode, user = NUMBER, offer = SDP): string {
  const callId = crypto.randomUUID();
  const target = `sip:${user}@127.0.0.1:${node.bound.sipPort};transport=tcp`;
  peer.send(
    [
      `INVITE ${target} SIP/2.0`,
      `Via: SIP/2.0/TCP 127.0.0.1:${peer.localPort};branch=z9hG4bK${callId}`,
      "Max-Forwards: 70",
      `From: <sip:+14155550123@127.0.0.1>;tag=peer`,
      `To: <sip:${user}@127.0.0.1>`,
      `Call-ID: ${callId}`,
      "CSeq: 1 INVITE",
      `Contact: <sip:peer@127.0.0.1:${peer.localPort};transport=tcp>`,
      "Content-Type: application/sdp",
      `Content-Length: ${offer.length}`,
      "",
      offer,
    ].join("\r\n"),
  );
  return callId;
}

function inDialog(method: "ACK" | "BYE", callId: string, to: string, contact: string): string {
  const target = /<([^>]+)>/.exec(contact)?.[1] ?? "";
  return [
    `${method} ${target} SIP/2.0`,
    `Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK${crypto.randomUUID()}`,
    "Max-Forwards: 70",
    "From: <sip:+14155550123@127.0.0.1>;tag=peer",
    `To: ${to}`,
    `Call-ID: ${callId}`,
    `CSeq: ${method === "ACK" ? 1 : 2} ${method}`,
    "Content-Length: 0",
    "",
    "",
  ].join("\r\n");
}

async function answered(peer: SipPeer, node: MediaNode) {
  const callId = invite(peer, node);
  const ok = await peer.next("200");
  const dialog = { callId, to: ok.header("To"), contact: ok.header("Contact"), body: ok.body };
  peer.send(inDialog("ACK", callId, dialog.to, dialog.contact));
  return dialog;
}

function arrival(kind: CallEvent["kind"]): Promise<CallEvent> {
  const arrived = new Promise<CallEvent>((resolve) => {
    plane.on("events", (events) => {
      const event = events.find((candidate): candidate is CallEvent => candidate.kind === kind);
      if (event !== undefined) resolve(event);
    });
  });
  return deadline(arrived, PATIENCE_MS, `${kind} arrives`);
}

it("a call is answered from the pulled table on the advertised address, and its record arrives", async () => {
  const node = await start();
  await deadline(node.ready, PATIENCE_MS, "ready");
  expect(await readyz(node)).toMatchObject({ status: 200, body: { ready: true } });
  await using peer = await connectSipPeer(node.bound.sipPort);
  const ended = arrival("call_ended");
  const dialog = await answered(peer, node);
  expect(dialog.contact).toContain("192.0.2.7");
  expect(dialog.body).toContain("c=IN IP4 192.0.2.7");
  peer.send(inDialog("BYE", dialog.callId, dialog.to, dialog.contact));
  await peer.next("200");
  expect(await ended).toMatchObject({
    call: { agentNumber: NUMBER, end: { code: "caller_hung_up" }, sipCallId: dialog.callId },
  });
});

it("what an agent says before the answer is on the wire within 60 ms of the ACK", async () => {
  const node = await start();
  await deadline(node.ready, PATIENCE_MS, "ready");
  await using peer = await connectSipPeer(node.bound.sipPort);
  const latenciesMs: number[] = [];
  for (let call = 0; call < 3; call++) latenciesMs.push(await greetingLatency(peer, node));
  const [, medianMs] = latenciesMs.sort((one, other) => one - other);
  expect(medianMs).toBeLessThan(60);
});

/** Milliseconds from our ACK to the first packet that is not silence. */
async function greetingLatency(peer: SipPeer, node: MediaNode): Promise<number> {
  const phone = createSocket("udp4");
  await new Promise<void>((bound) => phone.bind(0, "127.0.0.1", bound));
  // G.711 §3: µ-law silence is 0xff.
  const spoken = new Promise<number>((resolve) => {
    phone.on("message", (packet) => {
      if (packet.subarray(12).some((code) => code !== 0xff)) resolve(performance.now());
    });
  });
  const callId = invite(peer, node, NUMBER, SDP.replace("40000", `${phone.address().port}`));
  const ok = await peer.next("200");
  const [to, contact] = [ok.header("To"), ok.header("Contact")];
  const acknowledgedAt = performance.now();
  peer.send(inDialog("ACK", callId, to, contact));
  const heardAt = await deadline(spoken, PATIENCE_MS, "the greeting");
  peer.send(inDialog("BYE", callId, to, contact));
  await peer.next("200");
  phone.close();
  return heardAt - acknowledgedAt;
}

it("without a table every INVITE is answered 503, until the control plane gives one", async () => {
  await plane.stop();
  const node = await start();
  await using peer = await connectSipPeer(node.bound.sipPort);
  invite(peer, node);
  const refused = await peer.next("503");
  expect(refused.header("Retry-After")).not.toBe("");
  expect(await readyz(node)).toMatchObject({
    status: 503,
    body: {
      ready: false,
      checks: expect.arrayContaining([expect.objectContaining({ name: "routing", ok: false })]),
    },
  });
  await plane.start();
  await deadline(node.ready, PATIENCE_MS, "ready");
  await answered(peer, node);
});

it("outside of the published ranges a node takes no calls, also after a restart without its control plane; inside it does", async () => {
  const block = (prefixes: string[], isEnforced: boolean) => {
    const value = { id: "block", version: 1, isEnforced, prefixes };
    plane.put("address_block", "block", value, { hint: true });
  };
  block(["198.51.100.0/24"], false);
  const first = await start();
  await deadline(first.ready, PATIENCE_MS, "ready where nothing is enforced");
  block(["198.51.100.0/24"], true);
  const refusal = async (node: MediaNode) => {
    const { status, body } = await readyz(node);
    return status === 503 ? body : null;
  };
  expect(
    await eventually(() => refusal(first), PATIENCE_MS, "not ready outside of the ranges"),
  ).toMatchObject({
    checks: expect.arrayContaining([
      {
        name: "address",
        ok: false,
        detail: "192.0.2.7 is in no published range that is in use",
      },
    ]),
  });
  await first.stop({ code: "node_shutdown" });
  await plane.stop();
  const second = await start();
  await using peer = await connectSipPeer(second.bound.sipPort);
  invite(peer, second);
  expect((await peer.next("503")).header("Retry-After")).not.toBe("");
  await plane.start();
  block(["198.51.100.0/24", "192.0.2.0/28"], true);
  await deadline(second.ready, PATIENCE_MS, "ready inside of a range");
  await answered(peer, second);
});

it("a node that restarts without its control plane answers from its sealed file", async () => {
  const first = await start();
  await deadline(first.ready, PATIENCE_MS, "ready");
  await first.stop({ code: "node_shutdown" });
  await plane.stop();
  const second = await start();
  await deadline(second.ready, PATIENCE_MS, "ready");
  await using peer = await connectSipPeer(second.bound.sipPort);
  await answered(peer, second);
});

it("a stop sends BYE to live calls, and their records survive it", async () => {
  const node = await start();
  await deadline(node.ready, PATIENCE_MS, "ready");
  await using peer = await connectSipPeer(node.bound.sipPort);
  const told = arrival("call_answered");
  await answered(peer, node);
  await told;
  const outbox = async () =>
    (await readdir(join(directory, "state/outbox"))).filter((name) => name.endsWith(".json"));
  const isEmpty = async () => ((await outbox()).length === 0 ? true : null);
  await eventually(isEmpty, PATIENCE_MS, "the outbox empties");
  await plane.stop();
  const beganAt = performance.now();
  const stopped = node.stop({ code: "node_shutdown" });
  const bye = await peer.next("BYE");
  expect(bye.header("Reason")).not.toBe("");
  await stopped;
  expect(performance.now() - beganAt).toBeLessThan(4_000);
  expect(await outbox()).toHaveLength(1);
  await plane.start();
  const ended = arrival("call_ended");
  await start();
  expect(await ended).toMatchObject({ call: { end: { code: "node_shutdown" } } });
});

it("the engine's thread dies: its calls end as signalling_lost, and the next is taken on the same port", async () => {
  const threads: Worker[] = [];
  const made = (thread: Worker): unknown => threads.push(thread);
  process.on("worker", made);
  onTestFinished(() => {
    process.off("worker", made);
  });
  const node = await start();
  await deadline(node.ready, PATIENCE_MS, "ready");
  expect(threads).toHaveLength(1);
  await using caller = await connectSipPeer(node.bound.sipPort);
  const ended = arrival("call_ended");
  await answered(caller, node);
  await threads[0]?.terminate();
  expect(await ended).toMatchObject({ call: { end: { code: "signalling_lost" } } });
  await eventually(
    async () => ((await readyz(node)).status === 200 ? true : null),
    PATIENCE_MS,
    "the node does not take calls again",
  );
  expect(threads).toHaveLength(2);
  await using next = await connectSipPeer(node.bound.sipPort);
  await answered(next, node);
  const metrics = await fetch(`http://127.0.0.1:${node.bound.adminPort}/metrics`);
  expect(await metrics.text()).toContain("trunkline_sip_engine_restarts_total 1");
});

it("a draining node refuses new calls and is not ready, and its link says so", async () => {
  const node = await start();
  await deadline(node.ready, PATIENCE_MS, "ready");
  await eventually(
    () => (plane.states.at(-1)?.state === "ready" ? true : null),
    PATIENCE_MS,
    "the hub knows that the node is ready",
  );
  await fetch(`http://127.0.0.1:${node.bound.adminPort}/drain`, { method: "POST" });
  expect((await readyz(node)).status).toBe(503);
  await using peer = await connectSipPeer(node.bound.sipPort);
  invite(peer, node);
  await peer.next("503");
  await eventually(
    () => (plane.states.at(-1)?.state === "draining" ? true : null),
    PATIENCE_MS,
    "the hub knows that the node drains",
  );
});

it("a drain that the hub orders is said at once, and new calls are refused", async () => {
  const node = await start();
  await deadline(node.ready, PATIENCE_MS, "ready");
  await eventually(
    () => (plane.states.at(-1)?.state === "ready" ? true : null),
    PATIENCE_MS,
    "the hub knows that the node is ready",
  );
  plane.say({ type: "drain" });
  await eventually(
    () => (plane.states.at(-1)?.state === "draining" ? true : null),
    PATIENCE_MS,
    "the hub knows that the node drains",
  );
  await using peer = await connectSipPeer(node.bound.sipPort);
  invite(peer, node);
  await peer.next("503");
});

it("a changed number reaches the next call by a hint over the link", async () => {
  const node = await start();
  await deadline(node.ready, PATIENCE_MS, "ready");
  await eventually(() => (plane.links.size === 1 ? true : null), PATIENCE_MS, "linked");
  for (const row of importedNumber("+15005550188").rows) {
    plane.put(row.kind, row.entityId, row.value, { hint: true });
  }
  await eventually(
    () => (plane.states.at(-1)?.routingVersion === 6 ? true : null),
    PATIENCE_MS,
    "the node tells its new version",
  );
  await using peer = await connectSipPeer(node.bound.sipPort);
  invite(peer, node, "+15005550188");
  await peer.next("200");
});

it("a port that is taken is a fault that names its cause", async () => {
  const node = await start();
  const taken = {
    ...config,
    stateDirectory: join(directory, "other"),
    sip: { ...config.sip, port: node.bound.sipPort },
  };
  await expect(startMediaNode(taken)).rejects.toMatchObject({ code: "EADDRINUSE" });
});

it("/metrics has the table, the outbox and the ports, and no number of anybody", async () => {
  const node = await start();
  await deadline(node.ready, PATIENCE_MS, "ready");
  await using peer = await connectSipPeer(node.bound.sipPort);
  peer.send(sipRequest({ method: "OPTIONS", uri: "sip:127.0.0.1", peer }));
  await peer.next("200");
  const response = await fetch(`http://127.0.0.1:${node.bound.adminPort}/metrics`);
  const text = await response.text();
  for (const sample of [
    "trunkline_routing_version 3",
    "trunkline_ready 1",
    "trunkline_outbox_events 0",
    "trunkline_sip_connections 1",
    'trunkline_sip_messages_total{direction="in",transport="tcp",method="OPTIONS",kind="request"} 1',
    'trunkline_sip_messages_total{direction="out",transport="tcp",method="OPTIONS",kind="2xx"} 1',
  ]) {
    expect(text).toContain(sample);
  }
  expect(text).not.toContain("5005550100");
});
