import { readFileSync } from "node:fs";
import { cpus, loadavg, release } from "node:os";
import { MEDIA_NODE_FLAGS } from "../../media-node/process-flags.ts";
import type { Pinning } from "./bench-pair.ts";

/** What figures depend on besides the program: says where and beside what they were taken. */
export function describeMachine(note: (line: string) => void, { node, generator }: Pinning): void {
  const [cpu] = cpus();
  const average = loadavg().map((value) => value.toFixed(1));
  const openFiles = /^Max open files\s+(\d+)/m.exec(
    readFileSync("/proc/self/limits", "latin1"),
  )?.[1];
  note(
    `machine: ${cpus().length} × ${cpu?.model ?? "?"}, Linux ${release()}, Node ${process.version} ${MEDIA_NODE_FLAGS.join(" ")}, ${openFiles} open files`,
  );
  note(`cores: node ${node}, generator ${generator}${node === generator ? " (shared)" : ""}`);
  note(`load average before: ${average.join(" ")}; figures count on a quiet machine only`);
}
