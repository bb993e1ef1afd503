import { readdirSync, readFileSync } from "node:fs";

/** Process ids of the media processes of a media node, found as its children, lowest first. */
export function mediaChildren(parent: number): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids
    .map(Number)
    .filter((pid) => parentOf(pid) === parent && isMediaProcess(pid))
    .sort((one, other) => one - other);
}

/** What anybody on the machine may read of a process: its arguments and, for its owner, its environment. */
export function readableOf(pid: number): string {
  return ["cmdline", "environ"].map((name) => textOf(`/proc/${pid}/${name}`)).join("\n");
}

function isMediaProcess(pid: number): boolean {
  const name = "media-node/media-process/main.ts";
  return textOf(`/proc/${pid}/cmdline`)
    .split("\0")
    .some((argument) => argument.endsWith(name));
}

function parentOf(pid: number): number | null {
  // proc(5): the name in brackets may hold anything.
  const stat = textOf(`/proc/${pid}/stat`);
  const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return state === undefined || state === "Z" ? null : Number(parent);
}

/** Empty when the process has ended meanwhile. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
