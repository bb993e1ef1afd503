import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { WebSocket } from "ws";
import { nodeToAgentSchema } from "../schema/contracts/agent-socket.ts";
import type { CallRecord } from "../schema/contracts/call-record.ts";
import { newId, parseId } from "../schema/values/ids.ts";
import { issueCertificate } from "../tests/support/certificates.ts";
import { deadline, eventually } from "../tests/support/deadline.ts";
import { OutboundPlane } from "../tests/support/outbound-plane.ts";
import { importedNumber } from "../tests/support/routing-rows.ts";
import { connectSipPeer, sdpOffer, sipRequest } from "../tests/support/sip-peer.ts";
import { parseMediaNodeConfig } from "./config.ts";
import { type MediaNode, startMediaNode } from "./node.ts";

/** A whole node that calls itself: engine, media and the built-in agent are the real ones, over TLS that proves its name. */

const DOMAIN = "sip.example.net";
const NUMBER = "+15005550100";

// Longer than what each step waits for, so that a failure names the step.
vi.setConfig({ testTimeout: 30_000 });

let plane: OutboundPlane;
let node: MediaNode;
const records = new Map<string, CallRecord>();

beforeAll(async () => {
  plane = await OutboundPlane.start();
  plane.plane.on("events", (events) => {
    for (const event of events) {
      if (event.kind === "call_ended") records.set(event.call.callId, event.call);
    }
  });
  const issued = await issueCertificate(plane.ca, { dnsNames: [DOMAIN] });
  const files = [join(plane.directory, "own.crt"), join(plane.directory, "own.key")] as const;
  await Promise.all([
    writeFile(files[0], issued.certificatePem),
    writeFile(files[1], issued.keyPem),
  ]);
  node = await startMediaNode(
    parseMediaNodeConfig({
      ...plane.environment,
      TRUNKLINE_TLS_CERT_FILE: files[0],
      TRUNKLINE_TLS_KEY_FILE: files[1],
      TRUNKLINE_TLS_CA_FILE: plane.caFile,
    }),
  );
  await deadline(node.ready, 10_000, "ready");
});

afterAll(async () => {
  await node?.stop({ code: "node_shutdown" });
  await plane?.[Symbol.asyncDispose]();
});

/** What comes over the audio of a test call until it ends; after some sound a key is pressed, and then it is hung up. */
async function callerOf(audio: WebSocket): Promise<{ heard: string[]; peak: number }> {
  const heard: string[] = [];
  let peak = 0;
  audio.on("message", (data: Buffer, isBinary: boolean) => {
    if (isBinary) {
      const before = peak;
      for (let at = 0; at + 1 < data.length; at += 2) {
        peak = Math.max(peak, Math.abs(data.readInt16LE(at)));
      }
      if (before < 1_000 && peak >= 1_000) {
        audio.send(JSON.stringify({ type: "send_digits", digits: "5" }));
      }
      return;
    }
    const message = nodeToAgentSchema.parse(JSON.parse(String(data)));
    heard.push(message.type);
    if (message.type === "digits_sent") audio.send(JSON.stringify({ type: "hangup" }));
  });
  audio.send(JSON.stringify({ type: "ready", sample_rate_hz: 16_000, early_audio: true }));
  await deadline(once(audio, "close"), 15_000, "the call did not end");
  return { heard, peak };
}

test("a test call reaches a number that lets nobody else in, over TLS and SRTP, as an inbound call that is marked", async () => {
  const {
    workspaceId: owner,
    number,
    rows,
  } = importedNumber(NUMBER, {
    allowedAddresses: ["192.0.2.1/32"],
    mediaEncryption: "required",
  });
  for (const { kind, entityId, value } of rows) plane.plane.put(kind, entityId, value);
  await plane.applied();
  const phoneNumberId = parseId("phoneNumber", number.entityId);
  const workspaceId = parseId("workspace", owner);
  if (phoneNumberId === null || workspaceId === null) throw new Error("ids");
  const [callId, testCallId] = [newId("call"), newId("testCall")];
  const joining = once(plane.plane, "testCallAudio");
  const question = { callId, workspaceId, phoneNumberId, caller: "console", ticket: "the ticket" };
  plane.plane.say({ type: "test_call", testCallId, question });
  const [audio, shown] = await deadline(joining, 5_000, "nobody joined");
  expect(shown).toBe("Bearer the ticket");

  await using stranger = await connectSipPeer(node.bound.sipPort);
  const names = { peer: stranger, callId: "stranger", fromTag: "s" };
  const headers = [`Authorization: Trunkline-Test token="${"a".repeat(43)}"`];
  const body = sdpOffer(40_000, { formats: "0" });
  const uri = `sip:${NUMBER}@${DOMAIN}`;
  stranger.send(sipRequest({ ...names, method: "INVITE", uri, headers, body }));
  await stranger.next("SIP/2.0 403");

  const { heard, peak } = await callerOf(audio);
  expect(heard.filter((type) => type !== "start")).toEqual([
    "ringing",
    "answered",
    "digits_sent",
    "end",
  ]);
  expect(peak).toBeGreaterThan(1_000);
  const record = await eventually(() => records.get(callId) ?? null, 10_000, "no record");
  expect(record).toMatchObject({
    isTest: true,
    direction: "inbound",
    transport: "tls",
    externalNumber: "console",
    agentNumber: NUMBER,
    end: { code: "caller_hung_up" },
    media: { srtpSuite: expect.stringContaining("AES") },
  });
  expect(JSON.stringify(record)).not.toContain("Trunkline-Test");
});
