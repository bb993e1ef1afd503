import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { deadline, eventually } from "./deadline.ts";
import { freePort } from "./free-port.ts";

/** NSD (Debian) as the DNS server of one zone, on a loopback port of its own. */

const NSD = "/usr/sbin/nsd";
const START_MS = 10_000;

export function hasNsd(): boolean {
  return spawnSync(NSD, ["-v"]).error === undefined;
}

export interface NameServer extends AsyncDisposable {
  /** `address:port`. */
  readonly address: string;
  /** Ends the process: from then on nobody answers. */
  stop(): Promise<void>;
  /** Lets it run no further: queries arrive and nothing comes back. Resolves when its processes are stopped. */
  freeze(): Promise<void>;
}

/** `records` are the zone's, below its SOA and NS, names relative to it. */
export async function serveZone(zone: string, records: readonly string[]): Promise<NameServer> {
  const folder = await mkdtemp(join(tmpdir(), "trunkline-nsd-"));
  const head = [
    `$ORIGIN ${zone}.`,
    "$TTL 60",
    "@ IN SOA ns hostmaster 1 3600 600 86400 5",
    "@ IN NS ns",
    "ns IN A 127.0.0.1",
  ];
  await writeFile(join(folder, "zone"), `${[...head, ...records].join("\n")}\n`);
  const port = await freePort();
  await writeFile(join(folder, "nsd.conf"), configuration(folder, zone, port));
  const child = spawn(NSD, ["-d", "-c", join(folder, "nsd.conf")], {
    stdio: ["ignore", "ignore", "pipe"],
    // It serves from processes of its own: they are one group, signalled as one.
    detached: true,
  });
  const exited = once(child, "exit");
  const signal = (name: NodeJS.Signals): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, name);
    }
  };
  const stop = async (): Promise<void> => {
    signal("SIGCONT");
    signal("SIGTERM");
    await exited;
  };
  try {
    await deadline(started(child), START_MS, "nsd did not start");
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    address: `127.0.0.1:${port}`,
    stop,
    async freeze() {
      signal("SIGSTOP");
      const isStopped = (): true | null =>
        statesOfGroup(child.pid ?? 0).every((state) => state === "T") ? true : null;
      await eventually(isStopped, START_MS, "nsd was not stopped");
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Its log says so; until then nobody listens. */
function started(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes("nsd started")) resolve();
    });
    child.once("exit", () => reject(new Error(`nsd ended: ${log}`)));
  });
}

function configuration(folder: string, zone: string, port: number): string {
  return `server:
  server-count: 1
  ip-address: 127.0.0.1@${port}
  username: ""
  chroot: ""
  zonesdir: "${folder}"
  database: ""
  pidfile: ""
  xfrdfile: "${folder}/xfrd.state"
  xfrdir: "${folder}"
  zonelistfile: "${folder}/zone.list"
  verbosity: 1
remote-control:
  control-enable: no
zone:
  name: "${zone}"
  zonefile: "zone"
`;
}

/** The kernel's words for the processes of a group; /proc/PID/stat has state and group behind the name. */
function statesOfGroup(group: number): string[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      return Number(fields[2]) === group ? [fields[0] ?? ""] : [];
    } catch {
      return []; // It ended meanwhile.
    }
  });
}
