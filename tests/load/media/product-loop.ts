import { execFileSync } from "node:child_process";
import type { AgentTarget } from "../../../media-node/call/agent-ports.ts";
import type { CallMedia, LegReport } from "../../../media-node/call/media-ports.ts";
import { systemClock } from "../../../media-node/control/system-clock.ts";
import {
  type MediaProcesses,
  startMediaProcesses,
} from "../../../media-node/media-process/processes.ts";
import type { CodecName } from "../../../media-node/protocol/sdp/media-plan.ts";
import { newId } from "../../../schema/values/ids.ts";
import { answerCall, benchConfig, benchPlan } from "../bench-call.ts";
import { cpuMsOf, residentBytesOf } from "../measured-process.ts";
import { type CallLine, newKeys } from "./call-lines.ts";

/** The product's loop: calls on one real media process, from SRTP to an agent's WebSocket and back, without the SIP. */

const PORTS = [30_000, 49_999] as const;

/** The caller's codec, and how the agent gets its audio: linear samples in binary messages, or PCMU as base64 in JSON. */
export interface LoopKind {
  readonly codec: CodecName;
  readonly audio: "binary" | "json";
}

export class ProductLoop implements AsyncDisposable {
  readonly pid: number;
  readonly #processes: MediaProcesses;

  private constructor(processes: MediaProcesses, pid: number) {
    this.#processes = processes;
    this.pid = pid;
  }

  /** `cores` as taskset takes them; a process for each. */
  static async start(core: string): Promise<ProductLoop> {
    const processes = await startMediaProcesses({
      count: 1,
      config: benchConfig(PORTS),
      logger: { info() {}, warn() {}, error() {} },
      qualitySampled() {},
      clock: systemClock,
      onLost: ({ detail }) => process.stderr.write(`the media process is lost: ${detail}\n`),
      onRestored() {},
    });
    const pid = processes.states[0]?.pid ?? 0;
    execFileSync("taskset", ["-a", "-p", "-c", core, String(pid)], { stdio: "ignore" });
    return new ProductLoop(processes, pid);
  }

  get cpuMs(): number {
    return cpuMsOf(this.pid);
  }

  get residentBytes(): number {
    return residentBytesOf(this.pid);
  }

  /** `generatorPort` is where the caller of this call sends from. */
  async call(agentPort: number, generatorPort: number, kind: LoopKind): Promise<LoopCall> {
    const callId = newId("call");
    const media = await this.#processes.ports.open(
      { callId, digitInput: null },
      {
        agentHungUp() {},
        agentAway: complain,
        agentBack() {},
        agentLost: complain,
        lost: complain,
        failed: complain,
      },
    );
    if (media === null) throw new Error("no port pair is free");
    const keys = newKeys();
    const target = targetOf(`ws://127.0.0.1:${agentPort}/`, kind.audio);
    await answerCall(media, callId, target, benchPlan(generatorPort, keys, kind));
    return new LoopCall(media, {
      localPort: generatorPort,
      remotePort: media.first.rtpPort,
      keys: { send: keys.receive, receive: keys.send },
    });
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#processes[Symbol.asyncDispose]();
  }
}

class LoopCall {
  readonly line: CallLine;
  readonly #media: CallMedia;

  constructor(media: CallMedia, line: CallLine) {
    this.#media = media;
    this.line = line;
  }

  async end(): Promise<LegReport | null> {
    this.#media.close();
    const report = await this.#media.first.stop();
    await this.#media[Symbol.asyncDispose]();
    return report;
  }
}

export type { LoopCall };

function complain(detail: string): void {
  process.stderr.write(`a call was lost: ${detail}\n`);
}

function targetOf(url: string, audio: LoopKind["audio"]): AgentTarget {
  if (audio === "binary") return { protocol: "native", url, headers: {} };
  return { protocol: "twilio", url, headers: {}, workspaceId: newId("workspace") };
}
