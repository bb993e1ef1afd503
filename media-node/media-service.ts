import { join } from "node:path";
import type { MediaPorts } from "./call/media-ports.ts";
import type { Clock } from "./call/ports.ts";
import type { MediaNodeConfig } from "./config.ts";
import type { MediaIoKind } from "./media/media-io.ts";
import type { MediaLoss } from "./media-process/child.ts";
import { type MediaObservers, startMediaHere } from "./media-process/media-here.ts";
import type { MediaProcessConfig } from "./media-process/messages.ts";
import { type MediaProcessState, startMediaProcesses } from "./media-process/processes.ts";

const AGENT_CONNECT_BUDGET_MS = 8_000;

/** The node's media, wherever they are. */
export interface MediaService extends AsyncDisposable {
  readonly ports: MediaPorts;
  /** How packets are read and sent. */
  readonly io: MediaIoKind;
  /** RTP port pairs of the processes that are up. */
  portPairs(): { readonly used: number; readonly total: number };
  /** None when media are in the main process. */
  processes(): readonly MediaProcessState[];
}

interface MediaServiceDeps extends MediaObservers {
  readonly config: Pick<MediaNodeConfig, "agents" | "media" | "sip" | "stateDirectory">;
  readonly clock: Clock;
  /** A process is gone, and its calls with it; it is started again. */
  readonly onLost: (loss: MediaLoss) => void;
  readonly onRestored: () => void;
}

/** Where the node keeps the agents' audio files. */
export function audioDirectoryOf({ stateDirectory }: Pick<MediaNodeConfig, "stateDirectory">) {
  return join(stateDirectory, "audio-files");
}

/** @throws MediaStartFault, or the system's error when media are in the main process */
export async function startMediaService(deps: MediaServiceDeps): Promise<MediaService> {
  const { agents, media, sip } = deps.config;
  const { first, last } = media.rtpPorts;
  const config: MediaProcessConfig = {
    bindAddress: sip.bindAddress,
    advertisedAddress: sip.advertisedAddress,
    ports: [first, last],
    timeouts: { firstPacketMs: media.firstPacketMs, silenceMs: media.silenceMs },
    allowLoopback: agents.addresses === "loopback",
    agentConnectBudgetMs: AGENT_CONNECT_BUDGET_MS,
    io: media.io,
    audioDirectory: audioDirectoryOf(deps.config),
    webSocket: agents.webSocket,
    extraCaFile: agents.extraCaFile,
  };
  if (media.processes === 0) {
    const here = await startMediaHere(config, deps);
    return {
      ports: here.ports,
      io: here.io,
      portPairs: () => ({ used: here.portsInUse(), total: here.portsTotal() }),
      processes: () => [],
      [Symbol.asyncDispose]: () => here[Symbol.asyncDispose](),
    };
  }
  const processes = await startMediaProcesses({ ...deps, config, count: media.processes });
  return {
    ports: processes.ports,
    io: processes.states[0]?.status?.io ?? media.io,
    portPairs() {
      let used = 0;
      let total = 0;
      for (const { status } of processes.states) {
        used += status?.portsUsed ?? 0;
        total += status?.portsTotal ?? 0;
      }
      return { used, total };
    },
    processes: () => processes.states,
    [Symbol.asyncDispose]: () => processes[Symbol.asyncDispose](),
  };
}
