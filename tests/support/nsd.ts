import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { deadline, eventually } from "./deadline.ts";
import { freePort } from "./free-port.ts";
import { commandWithin } from "./namespaces.ts";

/** NSD (Debian) as the DNS server of one zone, on a loopback port of its own, or on port 53 of a namespace. */

const NSD = "/usr/sbin/nsd";
const START_MS = 10_000;

export function hasNsd(): boolean {
  return spawnSync(NSD, ["-v"]).error === undefined;
}

export interface NameServer extends AsyncDisposable {
  /** `address:port`. */
  readonly address: string;
  /** Serves these from now on, below SOA and NS; resolves when it says so. */
  replace(records: readonly string[]): Promise<void>;
  /** Ends the process: from then on nobody answers. */
  stop(): Promise<void>;
  /** Lets it run no further: queries arrive and nothing comes back. Resolves when its processes are stopped. */
  freeze(): Promise<void>;
}

/** `records` are the zone's, below its SOA and NS, names relative to it. */
export async function serveZone(
  zone: string,
  records: readonly string[],
  namespace?: string,
): Promise<NameServer> {
  const folder = await mkdtemp(join(tmpdir(), "trunkline-nsd-"));
  let serial = 0;
  const write = async (next: readonly string[]): Promise<void> => {
    serial += 1;
    const head = [
      `$ORIGIN ${zone}.`,
      "$TTL 60",
      `@ IN SOA ns hostmaster ${serial} 3600 600 86400 5`,
      "@ IN NS ns",
      "ns IN A 127.0.0.1",
    ];
    await writeFile(join(folder, "zone"), `${[...head, ...next].join("\n")}\n`);
  };
  await write(records);
  const port = namespace === undefined ? await freePort() : 53;
  await writeFile(join(folder, "nsd.conf"), configuration(folder, zone, port));
  const [program, args] = commandWithin(namespace, NSD, ["-d", "-c", join(folder, "nsd.conf")]);
  const child = spawn(program, args, {
    stdio: ["ignore", "ignore", "pipe"],
    // It serves from processes of its own: they are one group, signalled as one.
    detached: true,
  });
  const exited = once(child, "exit");
  let log = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
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
    async replace(next) {
      await write(next);
      // nsd(8): it reads its zones again, and logs each that it has read.
      if (child.pid !== undefined) process.kill(child.pid, "SIGHUP");
      const read = (): true | null =>
        log.split("read with success").length > serial ? true : null;
      await eventually(read, START_MS, "nsd did not read the zone");
    },
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
