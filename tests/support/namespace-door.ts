import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { deadline } from "./deadline.ts";
import { commandWithin } from "./namespaces.ts";

const PROGRAM = fileURLToPath(new URL("./door-program.ts", import.meta.url));

/**
 * Lets hosts of a namespace reach a loopback port of this one, and nothing else: a socket in `folder` joins the two,
 * because the file system is one for both. It listens on `port` of every address of the namespace.
 */
export async function openDoor(
  namespace: string,
  port: number,
  target: number,
  folder: string,
): Promise<AsyncDisposable> {
  await using made = new AsyncDisposableStack();
  const path = join(folder, "door");
  const server = createServer((inside) => {
    const outside = connect({ host: "127.0.0.1", port: target });
    const end = (): void => {
      inside.destroy();
      outside.destroy();
    };
    for (const socket of [inside, outside]) socket.on("error", end).on("close", end);
    inside.pipe(outside).pipe(inside);
  });
  server.listen(path);
  await once(server, "listening");
  made.defer(() => void server.close());
  const args = [PROGRAM, String(port), path];
  const [program, words] = commandWithin(namespace, process.execPath, args);
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"], env: {} });
  const exited = once(child, "exit");
  made.defer(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  await deadline(once(child.stdout, "data"), 20_000, "the door did not open");
  const resources = made.move();
  return { [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
