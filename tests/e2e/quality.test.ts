import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import {
  type ApiClient,
  createAgent,
  createApiClient,
  importRoutedNumber,
} from "../support/api-client.ts";
import { openByteCall } from "../support/byte-call.ts";
import { eventually } from "../support/deadline.ts";
import { routingReached, startTrunkline, type Trunkline } from "../support/processes.ts";
import {
  type LineManners,
  openRtcpPeer,
  type PeerKeys,
  type RtcpPeer,
} from "../support/rtcp-peer.ts";
import { audioPort } from "../support/rtp-peer.ts";
import { sdpOffer } from "../support/sip-peer.ts";
import { startToneAgent, type ToneAgent } from "../support/tone-agent.ts";

const NUMBER = "+14155550711";
const SUITE = "AES_CM_128_HMAC_SHA1_80";
const PATIENCE_MS = 20_000;
/** Reports of the node's: the second gives the peer's first back, and has the loss of the time between. */
const REPORTS = 2;
const CLEAN: LineManners = { loseEvery: 0, claimedLoss: 0, delayMs: 0 };
/** A tenth each way, and 90 ms that the peer does not own up to. */
const POOR: LineManners = { loseEvery: 10, claimedLoss: 26, delayMs: 90 };

describe("the quality of a call", () => {
  let trunkline: Trunkline;
  let api: ApiClient;
  let agent: ToneAgent;
  beforeAll(async () => {
    trunkline = await startTrunkline();
    api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
    agent = await startToneAgent(1037);
    const agentId = await createAgent(api, "Tone", agent.url);
    const { routingVersion } = await importRoutedNumber(api, NUMBER, agentId);
    await routingReached(trunkline, routingVersion);
  });
  afterAll(async () => {
    await agent[Symbol.asyncDispose]();
    await trunkline.stop();
  });

  /** One call from INVITE to BYE over such a line, and what the API then says of it. */
  async function call(manners: LineManners, kind: "srtp" | "mux") {
    const peer = await openRtcpPeer(manners, kind === "mux");
    onTestFinished(() => peer[Symbol.asyncDispose]());
    const dialog = await openByteCall(trunkline.sipPort, NUMBER);
    onTestFinished(() => dialog[Symbol.asyncDispose]());
    const session = agent.nextSession();
    const key = randomBytes(30);
    const crypto = `a=crypto:1 ${SUITE} inline:${key.toString("base64")}`;
    const offer =
      kind === "mux"
        ? sdpOffer(peer.rtpPort, { formats: "0", lines: ["a=rtcp-mux"] })
        : sdpOffer(peer.rtpPort, {
            profile: "RTP/SAVP",
            formats: "0",
            lines: [crypto, `a=rtcp:${peer.rtcpPort}`],
          });
    const { body } = await dialog.invite(offer);
    const port = audioPort(body);
    peer.talk(port, kind === "mux" ? port : port + 1, kind === "mux" ? null : keysOf(body, key));
    await eventually(
      () => (peer.reports.length >= REPORTS ? true : null),
      PATIENCE_MS,
      "the node does not report",
    );
    await dialog.bye();
    await eventually(() => (peer.hasHeardBye ? true : null), PATIENCE_MS, "no RTCP BYE");
    const id = (await session).start.conversation_id;
    const view = await eventually(
      async () => {
        const answer = await api.get(`/v1/convai/conversations/${id}`);
        return answer.body?.quality == null ? null : answer.body;
      },
      PATIENCE_MS,
      "the conversation has no quality",
    );
    const { body: detail } = await api.get(`/v1/conversations/${id}/quality`);
    return { peer, view, quality: view.quality, detail };
  }

  function keysOf(answer: string, send: Uint8Array): PeerKeys {
    const [, key = ""] = /^a=crypto:1 \S+ inline:([^|\s]+)/m.exec(answer) ?? [];
    return { suite: SUITE, send, receive: Buffer.from(key, "base64") };
  }

  /** Of a whole interval: the last report comes with the BYE, soon after one. */
  const lossesSeen = (peer: RtcpPeer) => peer.reports[REPORTS - 1]?.fractionLost ?? 0;

  it("is the best on a clean line, with SRTCP on the next port, both sides having measured the other", async () => {
    const { peer, quality, detail } = await call(CLEAN, "srtp");
    expect(peer.unreadable).toBe(0);
    expect(lossesSeen(peer)).toBe(0);
    expect(peer.reports.at(-1)?.roundTripMs).toBeLessThan(1_000);
    expect(quality).toMatchObject({ codec: "PCMU", srtp_suite: SUITE });
    expect(quality.receive).toMatchObject({ packets_lost: 0, loss_percent: { max: 0 } });
    expect(quality.receive.mos.avg).toBeGreaterThan(4.2);
    expect(quality.send.mos.avg).toBeGreaterThan(4.2);
    expect(quality.send.jitter_ms).toEqual({ min: 3, avg: 3, max: 3 });
    expect(quality.round_trip_ms.min).toBeLessThan(60);
    expect(detail.summary).toEqual(quality);
    expect(detail.series.at_secs.length).toBeGreaterThan(0);
    expect(detail.series.receive.mos).toHaveLength(detail.series.at_secs.length);
  });

  it("shows the loss and the round trip that the peer caused, and its score falls with them, on one port", async () => {
    const clean = (await call(CLEAN, "mux")).quality;
    const { peer, quality, view } = await call(POOR, "mux");
    expect(quality.srtp_suite).toBeNull();
    expect(quality.receive.loss_percent.avg).toBeGreaterThan(7);
    expect(quality.receive.loss_percent.avg).toBeLessThan(13);
    expect(quality.receive.packets_lost).toBeGreaterThan(5);
    expect(quality.send).toMatchObject({ packets_lost: 7, loss_percent: { avg: 10.16 } });
    expect(quality.round_trip_ms.avg).toBeGreaterThan(85);
    expect(quality.round_trip_ms.avg).toBeLessThan(250);
    // What the node reported to the peer is what it kept itself.
    expect(lossesSeen(peer) / 256).toBeGreaterThan(0.07);
    expect(lossesSeen(peer) / 256).toBeLessThan(0.13);
    for (const direction of ["receive", "send"]) {
      expect(quality[direction].mos.avg).toBeLessThan(clean[direction].mos.avg - 0.5);
    }
    expect(view.end.code).toBe("caller_hung_up");
  });

  it("is in the node's histograms, by direction and codec alone", async () => {
    const text = await (await fetch(new URL("/metrics", trunkline.ready.admin))).text();
    for (const direction of ["receive", "send"]) {
      const count = new RegExp(
        `^trunkline_mos_estimate_count\\{direction="${direction}",codec="PCMU"\\} (\\d+)$`,
        "m",
      ).exec(text);
      expect(Number(count?.[1])).toBeGreaterThanOrEqual(3);
    }
    expect(text).toMatch(/^trunkline_rtp_round_trip_seconds_count\{codec="PCMU"\} [1-9]/m);
    expect(text).toMatch(/^trunkline_rtcp_packets_total\{direction="receive"\} [1-9]/m);
    expect(text).toMatch(/^trunkline_rtcp_refused_total 0$/m);
  });
});
