import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { deadline } from "./deadline.ts";

/** An example of docs/agents as its readers run it; resolves with its port. */
export async function startExample(name: string, env: Record<string, string>): Promise<number> {
  const path = fileURLToPath(new URL(`../../docs/agents/${name}`, import.meta.url));
  const agent = spawn(process.execPath, [path], {
    env: { PORT: "0", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(agent, "exit");
  onTestFinished(async () => {
    agent.kill();
    await exited;
  });
  const lines = createInterface({ input: agent.stdout });
  const [line] = await deadline(once(lines, "line"), 10_000, `${name} did not start`);
  return Number(/^listening on (\d+)$/.exec(String(line))?.[1]);
}
