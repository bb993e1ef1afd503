import type { AgentTarget } from "../../media-node/call/agent-ports.ts";
import type { CallMedia } from "../../media-node/call/media-ports.ts";
import type { MediaProcessConfig } from "../../media-node/media-process/messages.ts";
import {
  CODECS,
  type CodecName,
  type MediaPlan,
  type SrtpKeys,
} from "../../media-node/protocol/sdp/media-plan.ts";
import { type CallId, conversationIdOf } from "../../schema/values/ids.ts";

/** A call of the benchmarks, on media as a node has them and without the SIP. */

/** A node's defaults, on loopback. */
export function benchConfig(ports: readonly [number, number]): MediaProcessConfig {
  return {
    bindAddress: "127.0.0.1",
    advertisedAddress: "127.0.0.1",
    ports,
    timeouts: { firstPacketMs: 30_000, silenceMs: 60_000 },
    allowLoopback: true,
    agentConnectBudgetMs: 8_000,
    io: "batched",
    webSocket: "lean",
    extraCaFile: null,
    audioDirectory: "",
  };
}

/** SRTP with a peer on loopback; RTCP shares its port where `rtcpMux`. */
export function benchPlan(
  remotePort: number,
  keys: Pick<SrtpKeys, "send" | "receive">,
  { codec = "PCMU", rtcpMux = true }: { codec?: CodecName; rtcpMux?: boolean } = {},
): MediaPlan {
  return {
    remoteAddress: "127.0.0.1",
    remotePort,
    remoteRtcpPort: remotePort,
    rtcpMux,
    codec,
    payloadType: CODECS[codec].payloadType,
    ptimeMs: 20,
    telephoneEventPayloadType: 101,
    direction: "sendrecv",
    srtp: { suite: "AES_CM_128_HMAC_SHA1_80", ...keys, receiveMki: null },
  };
}

/** From the agent's connection to the answer. */
export async function answerCall(
  media: CallMedia,
  callId: CallId,
  target: AgentTarget,
  plan: MediaPlan,
): Promise<void> {
  const agent = media.connectAgent(
    Promise.resolve(target),
    {
      callId,
      conversationId: conversationIdOf(callId),
      direction: "inbound",
      from: "+4930123456",
      to: "+15005550100",
      dynamicVariables: {},
    },
    new AbortController().signal,
    { isListening: false },
  );
  await agent.accepted;
  media.first.start(plan, "127.0.0.1");
  media.open({
    silenceTimeoutSecs: null,
    voicemail: null,
    silent() {},
    screened() {},
    transfer() {},
    transcript() {},
  });
}
