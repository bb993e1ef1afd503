import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type NodeToAgent, nodeToAgentSchema } from "../../schema/contracts/agent-socket.ts";
import { deadline, eventually } from "./deadline.ts";

const PROGRAM = fileURLToPath(new URL("./agent-program.ts", import.meta.url));

/** `agent-program.ts` as a process that can be killed. */
export interface AgentProcess extends AsyncDisposable {
  /** What it has been sent, without audio. */
  readonly told: readonly NodeToAgent[];
  hears(type: NodeToAgent["type"]): Promise<NodeToAgent>;
  /** SIGKILL, and its end. */
  kill(): Promise<void>;
}

/** Resolves when it listens. */
export async function startAgentProcess(port: number, toneHz: number): Promise<AgentProcess> {
  const child = spawn(process.execPath, [PROGRAM, String(port), String(toneHz)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const told: NodeToAgent[] = [];
  const listening = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line === "listening") listening.resolve();
    else told.push(nodeToAgentSchema.parse(JSON.parse(line)));
  });
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
  };
  await deadline(listening.promise, 10_000, "the agent's process does not listen");
  return {
    told,
    hears: (type) =>
      eventually(() => told.find((message) => message.type === type) ?? null, 5_000, type),
    kill,
    [Symbol.asyncDispose]: kill,
  };
}
