import type {
  AgentTarget,
  DigitInputSettings,
  TranscriptEvent,
} from "../../media-node/call/agent-ports.ts";
import type { TransferRequest } from "../../media-node/call/transfer/transfers.ts";
import { startMediaHere } from "../../media-node/media-process/media-here.ts";
import { CALL, never, node } from "./native-call.ts";
import { openRtpPeer } from "./rtp-peer.ts";

/** The media of an answered call in this process, with real sockets: a caller with a tone over SRTP, and an agent. */

const SUITE = "AES_CM_128_HMAC_SHA1_80";
const key = (fill: number) => new Uint8Array(30).fill(fill);

interface AgentMediaCallOptions {
  readonly callerHz: number;
  readonly digitInput?: DigitInputSettings;
}

export async function openAgentMediaCall(target: AgentTarget, options: AgentMediaCallOptions) {
  await using opening = new AsyncDisposableStack();
  const here = opening.use(
    await startMediaHere(
      {
        bindAddress: "127.0.0.1",
        advertisedAddress: "127.0.0.1",
        ports: [0, 0],
        timeouts: { firstPacketMs: 30_000, silenceMs: 60_000 },
        io: "portable",
        allowLoopback: true,
        audioDirectory: "",
        agentConnectBudgetMs: 5_000,
        webSocket: "lean",
        extraCaFile: null,
      },
      { logger: node.logger, qualitySampled() {} },
    ),
  );
  const hungUp = Promise.withResolvers<string>();
  const lost = Promise.withResolvers<string>();
  const media = await here.ports.open(
    { callId: CALL.callId, digitInput: options.digitInput ?? null },
    {
      agentHungUp: hungUp.resolve,
      agentLost: lost.resolve,
      agentAway() {},
      agentBack() {},
      lost() {},
      failed() {},
    },
  );
  if (media === null) throw new Error("no port");
  opening.use(media);
  const caller = opening.use(await openRtpPeer(options.callerHz));
  media.first.start(
    {
      remoteAddress: "127.0.0.1",
      remotePort: caller.port,
      remoteRtcpPort: caller.port,
      rtcpMux: true,
      codec: "PCMU",
      payloadType: 0,
      ptimeMs: 20,
      telephoneEventPayloadType: 101,
      direction: "sendrecv",
      srtp: { suite: SUITE, send: key(1), receive: key(2), receiveMki: null },
    },
    "127.0.0.1",
  );
  caller.talk(media.first.rtpPort, { suite: SUITE, send: key(2), receive: key(1) });
  const link = opening.use(
    media.connectAgent(Promise.resolve(target), CALL, never, { isListening: false }),
  );
  const transfer = Promise.withResolvers<TransferRequest>();
  const transcript: TranscriptEvent[] = [];
  const opened = opening.move();
  return {
    caller,
    media,
    link,
    /** Resolves with the reason. */
    hungUp: hungUp.promise,
    lost: lost.promise,
    transfer: transfer.promise,
    transcript,
    /** When the agent has accepted. */
    async answer(): Promise<void> {
      await link.accepted;
      media.open({
        silenceTimeoutSecs: null,
        voicemail: null,
        silent() {},
        screened() {},
        transfer: transfer.resolve,
        transcript: (event) => transcript.push(event),
      });
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
