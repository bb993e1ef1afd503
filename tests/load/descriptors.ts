import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** What a process has open. */
export interface OpenDescriptors {
  readonly sockets: number;
  /** Everything else: files, pipes, and what event loops wait with. */
  readonly others: number;
}

/** @param exceptPort TCP connections to this port are not counted: those to the control plane, whose pool breathes. */
export function openDescriptors(pid: number, exceptPort: number): OpenDescriptors {
  const root = `/proc/${pid}`;
  const except = new Set<string>();
  const port = exceptPort.toString(16).toUpperCase().padStart(4, "0");
  for (const line of readFileSync(`${root}/net/tcp`, "latin1").split("\n")) {
    const fields = line.trim().split(/\s+/);
    if (fields[2]?.endsWith(`:${port}`) === true) except.add(fields[9] ?? "");
  }
  let sockets = 0;
  let others = 0;
  for (const descriptor of readdirSync(`${root}/fd`)) {
    const target = targetOf(`${root}/fd/${descriptor}`);
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode === undefined) others += Number(target !== "");
    else if (!except.has(inode)) sockets += 1;
  }
  return { sockets, others };
}

/** Empty when it was closed between the listing and the reading. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return "";
  }
}
