import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { getCompileCacheDir } from "node:module";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { deadline } from "./deadline.ts";
import { commandWithin } from "./namespaces.ts";
import { expectNoSecret } from "./secret-watch.ts";
import { noteSecretsOf } from "./secrets-used.ts";

/** The media node as a process of its own: it can be killed, and trusts the authorities that its environment names. */

const MAIN = fileURLToPath(new URL("../../media-node/main.ts", import.meta.url));
/** Several start side by side on two cores. */
const START_MS = 60_000;
const STOP_MS = 20_000;
const READY = /^\{.*"event":"ready".*\}$/m;

const readySchema = z.object({ sip: z.object({ tcp: z.number() }), admin: z.string() });

export interface NodeProcess {
  readonly pid: number;
  readonly output: () => string;
  /** Of SIP over TCP. */
  readonly sipPort: number;
  /** Of `/readyz` and `/metrics`. */
  readonly admin: string;
  /** SIGKILL, and its end. */
  kill(): Promise<void>;
  /** SIGTERM; the exit status, which is 0 when everything has ended by itself, or null after another signal. */
  stop(): Promise<number | null>;
}

export async function startNodeProcess(
  environment: Readonly<Record<string, string>>,
  nodeArguments: readonly string[] = [],
  namespace?: string,
): Promise<NodeProcess> {
  const [program, args] = commandWithin(namespace, process.execPath, [...nodeArguments, MAIN]);
  const child: ChildProcess = spawn(program, args, {
    env: { NODE_COMPILE_CACHE: getCompileCacheDir() ?? "", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  noteSecretsOf(environment["TRUNKLINE_NODE_IDENTITY"] ?? "");
  let output = "";
  const exited = once(child, "exit");
  const ready = new Promise<void>((resolve) => {
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
      if (READY.test(output)) resolve();
    };
    child.stdout?.on("data", collect);
    child.stderr?.on("data", collect);
  });
  const kill = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await exited;
    expectNoSecret(output, "the node's log");
  };
  const gone = exited.then(() => {
    throw new Error(`the node ended: ${output}`);
  });
  gone.catch(() => undefined);
  try {
    await deadline(Promise.race([ready, gone]), START_MS, "the node did not start");
  } catch (error) {
    await kill();
    throw error;
  }
  const { sip, admin } = readySchema.parse(JSON.parse(READY.exec(output)?.[0] ?? ""));
  return {
    pid: child.pid ?? 0,
    output: () => output,
    sipPort: sip.tcp,
    admin,
    kill,
    async stop() {
      child.kill("SIGTERM");
      await deadline(exited, STOP_MS, "the node did not stop");
      expectNoSecret(output, "the node's log");
      return child.exitCode;
    },
  };
}
