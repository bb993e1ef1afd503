import { createPublicKey, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createNegotiation } from "../../media-node/call/negotiation.ts";
import type { InboundInvite } from "../../media-node/call/ports.ts";
import { connectSrf } from "../../media-node/drachtio/connect.ts";
import { startSipServer } from "../../media-node/drachtio/server.ts";
import { DEFAULT_ENGINE_LIMITS } from "../../media-node/engine/engine-config.ts";
import { startEngine } from "../../media-node/engine/start-engine.ts";
import { createMediaPlane } from "../../media-node/media/media-plane.ts";
import { createSpeechLike } from "../../media-node/protocol/audio/tone.ts";
import {
  KEY_AND_SALT_BYTES,
  type MediaEncryption,
} from "../../media-node/protocol/sdp/media-plan.ts";
import {
  generateSigningKey,
  issueCertificate,
  privateKeyPem,
} from "../certificates/certificate.ts";
import { createTerminal } from "../terminal.ts";
import type { CallOptions } from "./call-options.ts";
import type { CallReport } from "./report.ts";
import { runCall } from "./run-call.ts";
import { readWav } from "./wav.ts";

/** What the other side of the call does. */
interface Behaviour {
  readonly transport: "tcp" | "tls";
  readonly encryption: MediaEncryption;
  readonly echoes: boolean;
  readonly answers: boolean;
}

interface Peer {
  readonly port: number;
  readonly caFile: string;
  readonly digits: string[];
  readonly headers: Record<string, readonly string[]>;
  /** Resolves when the INVITE has come. */
  readonly invited: Promise<void>;
  /** Resolves when the caller has acknowledged the answer. */
  readonly answered: Promise<void>;
  /** Resolves when the caller has hung up or given up. */
  readonly over: Promise<string>;
}

/** A SIP server made of the node's parts that greets and echoes. */
async function startPeer(behaviour: Behaviour): Promise<Peer> {
  const stack = new AsyncDisposableStack();
  onTestFinished(() => stack.disposeAsync());
  const folder = mkdtempSync(join(tmpdir(), "trunkline-peer-"));
  stack.defer(() => rmSync(folder, { recursive: true }));
  const privateKey = generateSigningKey();
  const files = { ca: join(folder, "ca.pem"), key: join(folder, "key.pem") };
  const issuer = { commonName: "peer", privateKey };
  const subject = { commonName: "peer", days: 2, nowMs: Date.now() };
  const publicKey = createPublicKey(privateKey);
  const alternativeNames = ["127.0.0.1"];
  writeFileSync(
    files.ca,
    await issueCertificate({ ...subject, publicKey, alternativeNames, isAuthority: false }, issuer),
  );
  writeFileSync(files.key, privateKeyPem(privateKey));

  const secret = randomBytes(16).toString("hex");
  const engine = stack.use(
    await startEngine({
      listeners: [{ transport: behaviour.transport, bindAddress: "127.0.0.1", port: 0 }],
      advertisedHost: "127.0.0.1",
      tls: { certificateFile: files.ca, keyFile: files.key },
      control: { port: 0, secret },
      nodeId: "peer",
      limits: DEFAULT_ENGINE_LIMITS,
      addressPolicy: "any",
    }),
  );
  const connection = stack.use(await connectSrf({ port: engine.controlPort, secret }));
  const media = createMediaPlane({ bindAddress: "127.0.0.1", ports: [0, 0], quarantineMs: 0 });
  stack.defer(() => media.close());
  const over = Promise.withResolvers<string>();
  const invited = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  const digits: string[] = [];
  const headers: Record<string, readonly string[]> = {};

  async function take(invite: InboundInvite): Promise<void> {
    Object.assign(headers, invite.headers);
    invited.resolve();
    invite.cancelled.addEventListener("abort", () => over.resolve("cancelled"));
    const session = await media.open();
    if (session === null || !behaviour.answers) return invite.ringing();
    stack.use(session);
    const negotiation = createNegotiation({
      policy: { encryption: behaviour.encryption, codecs: ["PCMA"] },
      transport: behaviour.transport,
      local: {
        address: "127.0.0.1",
        rtpPort: session.localPort,
        sessionId: "1",
        sessionVersion: 1,
        masterKeyAndSalt: (suite) => randomBytes(KEY_AND_SALT_BYTES[suite]),
      },
    });
    const round = negotiation.offered(invite.offer);
    if (!round.ok || round.plan === null) return invite.reject("no_common_crypto");
    session.start(round.plan, {
      audio: (frame) => behaviour.echoes && session.queuedMs() < 100 && session.send(frame.slice()),
      digit: (digit) => digits.push(digit),
      digitsSent: () => {},
      markReached: () => {},
    });
    const dialog = await invite.answer(round.sdp);
    answered.resolve();
    dialog.attach({
      ended: () => over.resolve("bye"),
      reoffer: async () => ({ refuse: "no_common_codec" }),
    });
    const greeting = new Int16Array(8_000);
    createSpeechLike(8_000).fill(greeting);
    session.send(greeting);
  }
  startSipServer(connection, {
    invite: take,
    options: () => ({ status: 200 }),
    refused: () => {},
  });
  return {
    port: engine.listeners[0]?.port ?? 0,
    caFile: files.ca,
    digits,
    headers,
    invited: invited.promise,
    answered: answered.promise,
    over: over.promise,
  };
}

const OPTIONS: CallOptions = {
  state: "/nonexistent",
  srtp: "required",
  expect: "echo",
  header: [],
  from: "tester",
  json: true,
};

async function call(
  peer: Pick<Peer, "port">,
  options: Partial<CallOptions>,
): Promise<{ status: number; report: CallReport; prose: string }> {
  let out = "";
  let prose = "";
  const terminal = createTerminal(
    { write: (text) => (out += text) },
    { write: (text) => (prose += text) },
    true,
  );
  const proxy = { host: "127.0.0.1", port: peer.port };
  const status = await runCall("+15005550100", { ...OPTIONS, proxy, ...options }, terminal);
  return { status, report: JSON.parse(out) as CallReport, prose };
}

test("a call over TLS and SRTP hears greeting and echo, sends digits and headers, and records", async () => {
  const peer = await startPeer({
    transport: "tls",
    encryption: "required",
    echoes: true,
    answers: true,
  });
  const folder = mkdtempSync(join(tmpdir(), "trunkline-record-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const recorded = join(folder, "heard.wav");
  const { status, report, prose } = await call(peer, {
    ca: peer.caFile,
    dtmf: "12#",
    record: recorded,
    header: [{ name: "X-Foo", value: "bar" }],
  });
  expect(report).toMatchObject({
    ok: true,
    status: 200,
    heard_agent: true,
    echo_ok: true,
    lost: 0,
    codec: "PCMA",
    srtp: "AES_CM_128_HMAC_SHA1_80",
  });
  expect(status).toBe(0);
  expect(report.round_trip_ms).toBeGreaterThan(20);
  expect(report.round_trip_ms).toBeLessThan(500);
  expect(report.setup_ms).not.toBeNull();
  expect(
    report.ladder.map((rung) => `${rung.direction} ${rung.message.replace(/sip:.*/, "…")}`),
  ).toEqual(
    expect.arrayContaining(["out INVITE …", "in 200 OK (INVITE)", "out ACK …", "out BYE …"]),
  );
  expect(prose).toContain("the agent speaks");
  expect(await peer.over).toBe("bye");
  expect(peer.digits.join("")).toBe("12#");
  expect(peer.headers["x-foo"]).toEqual(["bar"]);
  const heard = readWav(readFileSync(recorded));
  expect(heard.channels[0]?.length).toBeGreaterThan(8_000 * 3);
}, 20_000);

test("a call in clear to a peer that does not echo exits 5 and says so", async () => {
  const peer = await startPeer({
    transport: "tcp",
    encryption: "disabled",
    echoes: false,
    answers: true,
  });
  const { status, report } = await call(peer, { transport: "tcp", srtp: "disabled" });
  expect(status).toBe(5);
  expect(report).toMatchObject({
    ok: false,
    status: 200,
    heard_agent: true,
    echo_ok: false,
    srtp: null,
  });
  expect(report.reason).toContain("what was sent did not come back");
}, 20_000);

test("required SRTP is not given up: a peer without it refuses, the call exits 1 with 488", async () => {
  const peer = await startPeer({
    transport: "tls",
    encryption: "disabled",
    echoes: true,
    answers: true,
  });
  const { status, report } = await call(peer, { ca: peer.caFile });
  expect(status).toBe(1);
  expect(report).toMatchObject({ ok: false, status: 488, codec: null });
  const allowed = await call(peer, { ca: peer.caFile, srtp: "allowed", expect: "agent" });
  expect(allowed.report).toMatchObject({ ok: true, srtp: null, echo_ok: null });
  expect(allowed.status).toBe(0);
}, 20_000);

test("a server whose certificate nobody vouches for is not called", async () => {
  const peer = await startPeer({
    transport: "tls",
    encryption: "required",
    echoes: true,
    answers: true,
  });
  const { status, report } = await call(peer, {});
  expect(status).toBe(1);
  expect(report).toMatchObject({ status: null, ladder: [] });
  expect(report.reason).toMatch(/nobody was reached \(tls /);
});

test("a server that speaks something else is told at once from one that says nothing", async () => {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", () =>
      socket.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
    );
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const { status, report } = await call({ port }, { transport: "tcp", srtp: "disabled" });
  expect(status).toBe(1);
  expect(report.status).toBeNull();
  expect(report.reason).toBe(`nobody was reached (tcp 127.0.0.1:${port} does not speak SIP)`);
}, 5_000);

test("Ctrl-C while it rings cancels the call", async () => {
  const peer = await startPeer({
    transport: "tcp",
    encryption: "disabled",
    echoes: true,
    answers: false,
  });
  const calling = call(peer, { transport: "tcp", srtp: "disabled" });
  await peer.invited;
  process.emit("SIGINT");
  const { status, report } = await calling;
  expect(status).toBe(1);
  expect(report).toMatchObject({ ok: false, reason: "interrupted before an answer" });
  expect(await peer.over).toBe("cancelled");
}, 20_000);

test("Ctrl-C during a call hangs up properly", async () => {
  const peer = await startPeer({
    transport: "tcp",
    encryption: "disabled",
    echoes: true,
    answers: true,
  });
  const calling = call(peer, { transport: "tcp", srtp: "disabled", duration: 60 });
  await peer.answered;
  process.emit("SIGINT");
  const { status, report } = await calling;
  expect(status).toBe(1);
  expect(report.reason).toContain("interrupted");
  expect(await peer.over).toBe("bye");
}, 20_000);

test.each([
  [
    "an authority that is not there",
    { ca: "/nonexistent/ca.pem" },
    "/nonexistent/ca.pem cannot be read",
  ],
  ["a file without a certificate", { ca: import.meta.filename }, "holds no certificate in PEM"],
  [
    "a record that cannot be written",
    { record: "/nonexistent/heard.wav" },
    "cannot be written to /nonexistent/heard.wav",
  ],
  [
    "an address of another machine",
    { bind: "203.0.113.1" },
    "203.0.113.1 is not an address of this machine",
  ],
])("%s is one sentence and status 1, before anything is sent", async (_what, options, sentence) => {
  const { prose, report, status } = await call({ port: 1 }, { transport: "tls", ...options });
  expect(status).toBe(1);
  expect(report).toMatchObject({ ok: false, status: null, ladder: [] });
  expect(report.reason).toContain(sentence);
  expect(prose.trim().split("\n")).toHaveLength(1);
});
