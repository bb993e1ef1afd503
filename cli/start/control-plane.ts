import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { z } from "zod";
import { packagedProgram } from "./packages.ts";
import { type StateDirectory, writeFileWhole } from "./state-directory.ts";
import type { Service } from "./supervisor.ts";
import {
  API_SOCKET,
  SECRET_BINDINGS,
  type SecretBinding,
  type WorkerdSettings,
  writeWorkerdConfig,
} from "./workerd-config.ts";

export interface ControlPlaneSettings
  extends Pick<
    WorkerdSettings,
    "runtime" | "residency" | "sipDomain" | "outbound" | "consoleFolder"
  > {
  readonly bundlePath: string;
  /** 0 lets the system choose. */
  readonly apiPort: number;
  readonly databasePort: number;
  /** As they are when a process is started: keys are rotated while the system runs. */
  readonly secrets: () => Readonly<Record<SecretBinding, string>>;
}

export interface ControlPlaneService {
  readonly service: Service;
  /** The same port again, also when the system chose it. */
  readonly next: () => Service;
  /** Known once the service is ready. */
  port(): number;
}

const listenSchema = z.object({ event: z.literal("listen"), socket: z.string(), port: z.number() });

/** workerd with the Worker, its objects on disk. */
export function createControlPlaneService(
  state: StateDirectory,
  settings: ControlPlaneSettings,
): ControlPlaneService {
  let port = settings.apiPort;
  const make = (): Service => {
    const configFile = join(state.workerFolder, "config.capnp");
    const text = writeWorkerdConfig({
      ...settings,
      listen: { address: `127.0.0.1:${port}`, tls: null, isBehindProxy: false },
      databaseUrl: new URL(`http://127.0.0.1:${settings.databasePort}`),
      secretNames: SECRET_BINDINGS,
      // One machine, one user: what is counted is shown, and stops nobody.
      vars: { CLIENT_ADDRESS: "socket", API_KEY_REQUESTS: "100000/10" },
      bundle: basename(settings.bundlePath),
      objectsFolder: state.objectsFolder,
    });
    writeFileWhole(configFile, text, 0o600);
    return {
      name: "workerd",
      command: packagedProgram("@cloudflare/workerd-linux-64", "bin/workerd"),
      args: ["serve", "--control-fd=3", configFile],
      env: { ...settings.secrets() },
      cwd: state.root,
      hasControlPipe: true,
      async ready(control) {
        port = await listeningPort(control);
      },
    };
  };
  return { service: make(), next: make, port: () => port };
}

/** workerd tells each socket's port as one JSON line. */
async function listeningPort(control: Readable | null): Promise<number> {
  if (control === null) throw new Error("workerd has no control pipe");
  for await (const line of createInterface({ input: control })) {
    const message = listenSchema.safeParse(JSON.parse(line));
    if (message.success && message.data.socket === API_SOCKET) return message.data.port;
  }
  throw new Error("workerd closed its control pipe before it listened");
}
