import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { KEY_AND_SALT_BYTES, type SrtpSuite } from "../../media-node/protocol/sdp/media-plan.ts";
import {
  type ApiClient,
  createAgent,
  createApiClient,
  importRoutedNumber,
} from "../support/api-client.ts";
import { type ByteCall, openByteCall } from "../support/byte-call.ts";
import { routingReached, startTrunkline, type Trunkline } from "../support/processes.ts";
import { openRtpPeer, type RtpPeer } from "../support/rtp-peer.ts";
import type { SipText } from "../support/sip-peer.ts";
import { startToneAgent, type ToneAgent } from "../support/tone-agent.ts";

const NUMBER = "+14155550321";

interface Offered {
  readonly version: number;
  readonly port: number;
  readonly suite: SrtpSuite;
  readonly key: Uint8Array;
  readonly address?: string;
}

function offer({ version, port, suite, key, address = "127.0.0.1" }: Offered): string {
  return [
    "v=0",
    `o=- 4711 ${version} IN IP4 127.0.0.1`,
    "s=-",
    `c=IN IP4 ${address}`,
    "t=0 0",
    `m=audio ${port} RTP/SAVP 0`,
    `a=crypto:1 ${suite} inline:${Buffer.from(key).toString("base64")}`,
    "",
  ].join("\r\n");
}

const newKey = (suite: SrtpSuite): Uint8Array => randomBytes(KEY_AND_SALT_BYTES[suite]);

/** What our side answered: where it hears, and the key of what it sends. */
function readAnswer({ body }: SipText): { port: number; suite: string; key: Buffer } {
  const [, port = ""] = /^m=audio (\d+) /m.exec(body) ?? [];
  const [, suite = "", key = ""] = /^a=crypto:1 (\S+) inline:(\S+)/m.exec(body) ?? [];
  return { port: Number(port), suite, key: Buffer.from(key, "base64") };
}

describe("a call that is renegotiated", () => {
  let trunkline: Trunkline;
  let api: ApiClient;
  let agent: ToneAgent;
  beforeAll(async () => {
    trunkline = await startTrunkline();
    api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
    agent = await startToneAgent(1037);
    const agentId = await createAgent(api, "Tone", agent.url);
    const trunk = { media_encryption: "required" };
    const { routingVersion } = await importRoutedNumber(api, NUMBER, agentId, trunk);
    await routingReached(trunkline, routingVersion);
  });
  afterAll(async () => {
    await agent[Symbol.asyncDispose]();
    await trunkline.stop();
  });

  async function rtpPeer(): Promise<RtpPeer> {
    const peer = await openRtpPeer(437);
    onTestFinished(() => peer[Symbol.asyncDispose]());
    return peer;
  }

  async function call(): Promise<ByteCall> {
    const opened = await openByteCall(trunkline.sipPort, NUMBER);
    onTestFinished(() => opened[Symbol.asyncDispose]());
    return opened;
  }

  it("keys, suite and ports change, a refresh changes nothing, and a hold ends: audio is back in 100 ms", async () => {
    const opened = agent.nextSession();
    const { invite, bye } = await call();
    const first = await rtpPeer();
    const key = newKey("AES_CM_128_HMAC_SHA1_80");
    const initial = {
      version: 1,
      port: first.port,
      suite: "AES_CM_128_HMAC_SHA1_80",
      key,
    } as const;
    const answered = await invite(offer(initial));
    const answer = readAnswer(answered);
    first.talk(answer.port, { suite: initial.suite, send: key, receive: answer.key });
    const session = await opened;
    await session.heardMs(400);
    await first.heardAfter(performance.now());

    // RFC 3264 §8: the same version is the same description, whatever for: nothing is interrupted.
    const packetsBefore = first.arrived.length;
    expect((await invite(offer(initial))).body).toBe(answered.body);
    await first.heardAfter(performance.now() + 200);
    const uninterrupted = first.arrived.slice(packetsBefore - 1);
    expect(new Set(uninterrupted.map(({ ssrc }) => ssrc)).size).toBe(1);
    const numbers = uninterrupted.map(({ sequenceNumber }) => sequenceNumber);
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));

    let version = 1;
    let ours = answer.key;
    for (const suite of ["AES_CM_128_HMAC_SHA1_32", "AES_256_CM_HMAC_SHA1_80"] as const) {
      version += 1;
      const next = await rtpPeer();
      const nextKey = newKey(suite);
      const changed = readAnswer(
        await invite(offer({ version, port: next.port, suite, key: nextKey })),
      );
      expect(changed.suite).toBe(suite);
      expect(changed.key.equals(ours)).toBe(false);
      ours = changed.key;
      const atMs = performance.now();
      const heardBefore = session.heard().length;
      next.talk(changed.port, { suite, send: nextKey, receive: changed.key });
      expect((await next.heardAfter(atMs)).atMs - atMs).toBeLessThan(100);
      await session.heardMs(heardBefore / 8 + 300);
      expect(next.unreadable).toBeLessThan(3);
    }

    // The older way to hold (RFC 3264 §8.4), and back with keys of a suite that was used before.
    const { suite } = initial;
    const last = await rtpPeer();
    const lastKey = newKey(suite);
    const lastOffer = { port: last.port, suite, key: lastKey };
    await invite(offer({ ...lastOffer, version: version + 1, address: "0.0.0.0" }));
    await session.told("held", 1);
    const resumed = readAnswer(await invite(offer({ ...lastOffer, version: version + 2 })));
    expect(resumed.key.equals(answer.key)).toBe(false);
    const atMs = performance.now();
    last.talk(resumed.port, { suite, send: lastKey, receive: resumed.key });
    expect((await last.heardAfter(atMs)).atMs - atMs).toBeLessThan(100);
    await session.told("resumed", 1);
    await session.heardMs(session.heard().length / 8 + 200);
    expect(Math.max(...session.silenceAfterResumeMs)).toBeLessThan(100);
    await bye();
    await session.closed;
  });
});
