import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { deadline } from "../support/deadline.ts";
import { openDescriptors } from "./descriptors.ts";
import type { FromSoaked, ThreadState, ToSoaked } from "./soak-preload.ts";

const MAIN = fileURLToPath(new URL("../../media-node/main.ts", import.meta.url));
const PRELOAD = new URL("./soak-preload.ts", import.meta.url).href;
/** Without optimised code, which comes and goes by itself and is counted with the heap. */
const NODE_ARGUMENTS = ["--expose-gc", "--no-opt", "--no-sparkplug"];
/** The node's own and the engine's. */
const THREADS = 2;
const START_MS = 20_000;
const ANSWER_MS = 10_000;

const readySchema = z.object({
  event: z.literal("ready"),
  sip: z.object({ tcp: z.number() }),
  admin: z.string(),
});

export interface NodeState {
  readonly heapBytes: number;
  readonly timers: number;
  readonly resources: Readonly<Record<string, number>>;
  /** Without those to the control plane, whose pool breathes. */
  readonly sockets: number;
  readonly rssBytes: number;
}

/** `media-node/main.ts` as a process of its own, with `soak-preload.ts` in each of its threads. */
export class SoakedNode implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #controlPlanePort: number;
  #answers: FromSoaked[] = [];
  #answered: () => void = () => undefined;
  #output = "";
  sipPort = 0;
  admin = "";
  /** By so much the node's clock is ahead of ours. */
  aheadMs = 0;

  private constructor(child: ChildProcess, controlPlanePort: number) {
    this.#child = child;
    this.#controlPlanePort = controlPlanePort;
    child.on("message", (message) => {
      this.#answers.push(message as FromSoaked); // what the preload sends
      if (this.#answers.length === THREADS) this.#answered();
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.#output += chunk.toString();
      });
    }
  }

  static async start(environment: Readonly<Record<string, string>>): Promise<SoakedNode> {
    const url = new URL(environment["TRUNKLINE_CONTROL_PLANE_URL"] ?? "");
    const child = spawn(process.execPath, [...NODE_ARGUMENTS, "--import", PRELOAD, MAIN], {
      env: environment,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    const node = new SoakedNode(child, Number(url.port));
    try {
      await deadline(node.#ready(), START_MS, "the node did not start");
    } catch (error) {
      await node[Symbol.asyncDispose]();
      throw error;
    }
    return node;
  }

  /** What it has said, for a failure. */
  get output(): string {
    return this.#output;
  }

  async #ready(): Promise<void> {
    const { stdout } = this.#child;
    if (stdout === null) throw new Error("no output");
    for (;;) {
      const line = this.#output.split("\n").find((text) => text.includes('"event":"ready"'));
      if (line !== undefined) {
        const { sip, admin } = readySchema.parse(JSON.parse(line));
        this.sipPort = sip.tcp;
        this.admin = admin;
        return;
      }
      const [, code] = await Promise.race([
        once(stdout, "data").then(() => []),
        once(this.#child, "exit").then(() => [null, "ended"]),
      ]);
      if (code === "ended") throw new Error(`the node ended: ${this.#output}`);
    }
  }

  async #ask(message: ToSoaked): Promise<readonly FromSoaked[]> {
    this.#answers = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#answered = resolve;
    this.#child.send(message);
    await deadline(promise, ANSWER_MS, `no answer to ${message.kind}: ${this.#output}`);
    return this.#answers;
  }

  /** Lets so much time pass at once: whatever falls due in it, fires. */
  async advance(byMs: number): Promise<void> {
    await this.#ask({ kind: "advance", byMs });
    this.aheadMs += byMs;
  }

  async state(): Promise<NodeState> {
    const answers = await this.#ask({ kind: "measure" });
    const threads = answers.filter((answer): answer is ThreadState => answer.kind === "state");
    const resources: Record<string, number> = {};
    for (const thread of threads) {
      for (const [kind, count] of Object.entries(thread.resources)) {
        resources[kind] = (resources[kind] ?? 0) + count;
      }
    }
    return {
      heapBytes: threads.reduce((sum, { heapBytes }) => sum + heapBytes, 0),
      timers: threads.reduce((sum, { timers }) => sum + timers, 0),
      resources,
      sockets: openDescriptors(this.#child.pid ?? 0, this.#controlPlanePort).sockets,
      rssBytes: this.#rssBytes(),
    };
  }

  /** Gauges without labels, by their names without the prefix. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const headers = { connection: "close" };
    const text = await (await fetch(`${this.admin}/metrics`, { headers })).text();
    const samples = text.matchAll(/^trunkline_(\w+) (\d+)$/gm);
    return new Map([...samples].map(([, name = "", value]) => [name, Number(value)]));
  }

  #rssBytes(): number {
    const text = readFileSync(`/proc/${this.#child.pid}/status`, "latin1");
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(text)?.[1] ?? Number.NaN) * 1_024;
  }

  /** SIGTERM; the exit status, which is 0 when everything has ended by itself. */
  async stop(): Promise<number | null> {
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    const [code] = await deadline(exited, ANSWER_MS, "the node did not stop");
    return code as number | null; // of the exit event
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}
