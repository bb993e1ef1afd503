import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { join, resolve } from "node:path";
import process from "node:process";
import { UserError } from "../user-error.ts";

/** Where everything of one embedded system is kept, and who may use it. */
export interface StateDirectory {
  readonly root: string;
  readonly secretsFile: string;
  readonly runtimeFile: string;
  readonly childrenFile: string;
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly databaseFolder: string;
  readonly objectsFolder: string;
  readonly workerFolder: string;
  readonly nodeFolder: string;
  readonly logsFolder: string;
}

/** Paths only; touches nothing. */
export function stateDirectoryAt(path: string): StateDirectory {
  const root = resolve(path);
  return {
    root,
    secretsFile: join(root, "secrets.json"),
    runtimeFile: join(root, "runtime.json"),
    childrenFile: join(root, "children.json"),
    caFile: join(root, "ca.pem"),
    certificateFile: join(root, "node-cert.pem"),
    keyFile: join(root, "node-key.pem"),
    databaseFolder: join(root, "database"),
    objectsFolder: join(root, "objects"),
    workerFolder: join(root, "worker"),
    nodeFolder: join(root, "node"),
    logsFolder: join(root, "logs"),
  };
}

/**
 * Makes the folders, for this user alone.
 * @throws UserError when the path cannot be used
 */
export function openStateDirectory(path: string): StateDirectory {
  const state = stateDirectoryAt(path);
  try {
    mkdirSync(state.root, { recursive: true, mode: 0o700 });
    chmodSync(state.root, 0o700);
    for (const folder of [
      state.databaseFolder,
      state.objectsFolder,
      state.workerFolder,
      state.nodeFolder,
      state.logsFolder,
    ]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`The state directory ${state.root} cannot be used: ${reason}.`, { cause });
  }
  return state;
}

/**
 * Holds the directory for this process. A socket in the abstract namespace (unix(7)) is released by the
 * kernel however the process ends, so there is no stale lock to judge.
 * @throws UserError when another process holds it
 */
export async function lockStateDirectory(state: StateDirectory): Promise<Disposable> {
  const digest = createHash("sha256").update(realpathSync(state.root)).digest("hex");
  const server: Server = createServer((socket) => socket.destroy());
  const uid = process.getuid?.() ?? 0;
  await new Promise<void>((locked, refused) => {
    server.once("error", (cause: Error & { code?: string }) => {
      const error =
        cause.code === "EADDRINUSE"
          ? new UserError(
              `Trunkline is already running with the state directory ${state.root}: stop it, or use another with --state.`,
              { cause },
            )
          : cause;
      refused(error);
    });
    server.listen({ path: `\0trunkline-${uid}-${digest}` }, locked);
  });
  server.on("error", () => {}); // it accepts nothing that could matter
  server.unref();
  return { [Symbol.dispose]: () => void server.close() };
}

/** The whole new content or the whole old one, whenever the machine stops. */
export function writeFileWhole(path: string, content: string, mode: number): void {
  const temporary = `${path}.new`;
  writeFileSync(temporary, content, { mode, flush: true });
  chmodSync(temporary, mode);
  renameSync(temporary, path);
}

/** Null when there is no such file. */
export function readFileIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
