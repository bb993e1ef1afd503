import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { deadline } from "./deadline.ts";
import type { Trunkline } from "./processes.ts";

/** Breaks the node's connections to the control plane while both go on: by the kernel (ss, iproute2). */
export function cutNodeLink(trunkline: Trunkline): void {
  const { port } = new URL(trunkline.ready.api);
  const owner = `pid=${trunkline.pidOf("media-node")},`;
  const table = ss("-Htnp", "state", "established", `( dport = :${port} )`);
  for (const line of table.split("\n").filter((one) => one.includes(owner))) {
    const local = /(\S+):(\d+)\s+\S+:\d+\s+users/.exec(line);
    if (local !== null) ss("-K", "-tn", `( sport = :${local[2]} and dport = :${port} )`);
  }
}

/** Null when the kernel does that for us: it takes root, and a kernel built with INET_DIAG_DESTROY. */
export async function whyNoCut(): Promise<string | null> {
  const server = createServer((socket) => socket.on("error", () => undefined));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const socket = connect(port, "127.0.0.1");
  const closed = new Promise<true>((resolve) => socket.once("close", () => resolve(true)));
  socket.on("error", () => undefined);
  await once(socket, "connect");
  ss("-K", "-tn", `( dport = :${port} )`);
  const isCut = await deadline(closed, 1_000, "not cut").catch(() => false);
  socket.destroy();
  server.close();
  return isCut ? null : "ss cannot end connections here";
}

function ss(...args: string[]): string {
  return spawnSync("ss", args, { encoding: "utf8" }).stdout ?? "";
}
