import { createAddressPolicy } from "../agent/address-policy.ts";
import { createAgentConnector } from "../agent/connector.ts";
import { startDemoAgent } from "../agent/demo-agent.ts";
import { createAudioFolder } from "../bridge/audio-folder.ts";
import { createMediaPorts } from "../bridge/call-media.ts";
import type { MediaCall, MediaPorts } from "../call/media-ports.ts";
import type { CallLogger } from "../call/ports.ts";
import type { RecordingNews } from "../call/recording-ports.ts";
import { systemClock } from "../control/system-clock.ts";
import { systemMediaClock } from "../media/clock.ts";
import { openMediaIo } from "../media/io/open.ts";
import type { MediaIoFailures, MediaIoKind } from "../media/media-io.ts";
import { createMediaPlane } from "../media/media-plane.ts";
import { createPacketMemory } from "../media/packet-memory.ts";
import type { QualitySample } from "../media/quality.ts";
import { WasmSrtpEngine } from "../media/wasm-srtp.ts";
import { createCallRecordings } from "../recording/call-recordings.ts";
import { createSpoolWriter } from "../recording/spool-writer.ts";
import type { MediaProcessConfig } from "./messages.ts";
import { warmUp } from "./warm-up.ts";

/** Media in this process, whichever it is: ports, wheel, agents' connections and the node's own agent. */
export interface MediaHere extends AsyncDisposable {
  readonly ports: MediaPorts;
  /** How packets are read and sent. */
  readonly io: MediaIoKind;
  /** Pairs leased or in quarantine. */
  portsInUse(): number;
  portsTotal(): number;
  /** Packets that did not leave, or were not read, so far. */
  packetFailures(): MediaIoFailures;
  /** Before the first call: the packet path runs for some 0.1 s without a socket. */
  warmUp(): Promise<void>;
  /** Open in the packet memory; what is beyond its room is not counted. */
  srtpContexts(): number;
}

/** Who is told of what happens, whichever process they are in. */
export interface MediaObservers {
  readonly logger: CallLogger;
  /** Every 5 s of every leg. */
  readonly qualitySampled: (sample: QualitySample) => void;
  /** Of each call that was to be recorded: that it is, and once what came of it. Absent: nobody. */
  readonly recordingNews?: (callId: MediaCall["callId"], news: RecordingNews) => void;
}

/** @throws the system's error when the node's own agent cannot listen */
export async function startMediaHere(
  config: MediaProcessConfig,
  { logger, qualitySampled, recordingNews }: MediaObservers,
): Promise<MediaHere> {
  await using starting = new AsyncDisposableStack();
  // SRTP works on packets where they are read to.
  const packetMemory = createPacketMemory();
  const { io, fallback } = await openMediaIo(config.io, packetMemory.slots);
  starting.defer(() => io.close());
  if (fallback !== null) logger.warn("media_io_fallback", { io: io.kind, detail: fallback });
  const srtp = new WasmSrtpEngine(packetMemory);
  const plane = starting.adopt(
    createMediaPlane({
      bindAddress: config.bindAddress,
      ports: config.ports,
      timeouts: config.timeouts,
      sampled: qualitySampled,
      io,
      srtp,
    }),
    (made) => made.close(),
  );
  const demoAgent = starting.adopt(await startDemoAgent(), (made) => made.close());
  const spoolWriter = starting.use(createSpoolWriter({ clock: systemMediaClock }));
  const ports = createMediaPorts({
    audioFiles: createAudioFolder(config.audioDirectory),
    clock: systemClock,
    recordings: createCallRecordings(spoolWriter, recordingNews ?? (() => undefined)),
    agents: createAgentConnector({
      logger,
      builtinUrl: () => demoAgent.url,
      addressPolicy: createAddressPolicy({ allowLoopback: config.allowLoopback }),
      connectBudgetMs: config.agentConnectBudgetMs,
      webSocket: config.webSocket,
    }),
    async openSession() {
      const session = await plane.open();
      if (session === null) return null;
      return { session, address: config.advertisedAddress, rtpPort: session.localPort };
    },
  });
  const running = starting.move();
  return {
    ports,
    io: io.kind,
    portsInUse: plane.portsInUse,
    portsTotal: plane.portsTotal,
    packetFailures: () => ({ ...io.failures }),
    warmUp: () => warmUp(srtp),
    srtpContexts: () => srtp.openContexts,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
