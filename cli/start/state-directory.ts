import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { basename, join, resolve } from "node:path";
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
  /** A restore writes it whole, and then puts it in the place of the database. */
  readonly restoringFolder: string;
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
    restoringFolder: join(root, "database.restoring"),
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
    requireOurs(state);
    chmodSync(state.root, 0o700);
    finishRestore(state);
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
    if (cause instanceof UserError) throw cause;
    throw new UserError(`The state directory ${state.root} cannot be used: ${messageOf(cause)}.`, {
      cause,
    });
  }
  return state;
}

/** The old database goes away only when the new one is whole: a restore that was cut off right then is finished. */
function finishRestore({ databaseFolder, restoringFolder }: StateDirectory): void {
  if (existsSync(databaseFolder) || !existsSync(restoringFolder)) return;
  renameSync(restoringFolder, databaseFolder);
}

/** A directory of something else, such as a home, must not be closed to others and filled. */
function requireOurs(state: StateDirectory): void {
  const { root: _root, ...parts } = state;
  // What an empty volume holds (ext4), and what a start that was cut off has left of a file.
  const ours = new Set(["lost+found", ...Object.values(parts).map((path) => basename(path))]);
  const entries = readdirSync(state.root);
  const isOurs =
    entries.includes(basename(state.secretsFile)) ||
    entries.every((entry) => ours.has(entry.replace(/\.\d+$/, "")));
  if (isOurs) return;
  throw new UserError(
    `${state.root} holds other files: name an empty or a new directory with --state.`,
  );
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

/**
 * The whole new content or the whole old one, whenever the machine stops.
 * @throws UserError when the disk does not take it
 */
export function writeFileWhole(path: string, content: string, mode: number): void {
  try {
    replaceFile(path, content, mode, true);
  } catch (cause) {
    throw new UserError(`${path} cannot be written: ${messageOf(cause)}.`, { cause });
  }
}

/**
 * Whoever reads it meanwhile has the whole old content or the whole new one, and so with whoever else replaces it: the
 * content is written under a name of this process first. `isDurable`: it is on the disk before it takes its name.
 * @throws the system's error; nothing is left over
 */
export function replaceFile(
  path: string,
  content: string | Uint8Array,
  mode: number,
  isDurable = false,
): void {
  const temporary = `${path}.${process.pid}`;
  try {
    writeFileSync(temporary, content, { mode, flush: isDurable });
    chmodSync(temporary, mode);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true, recursive: true });
    throw error;
  }
}

/**
 * Null when there is no such file.
 * @throws UserError when there is one that cannot be read
 */
export function readFileIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw new UserError(`${path} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
