import { createReadStream, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createGunzip } from "node:zlib";
import { EXIT } from "../exit-status.ts";
import { createDatabaseService } from "../start/database.ts";
import { startGuard } from "../start/guard.ts";
import { loadSecrets } from "../start/secrets.ts";
import {
  lockStateDirectory,
  openStateDirectory,
  type StateDirectory,
} from "../start/state-directory.ts";
import { createSupervisor } from "../start/supervisor.ts";
import type { Terminal } from "../terminal.ts";
import { UserError } from "../user-error.ts";
import { type BackupHeader, parseHeader, readLines, readStatements } from "./backup-format.ts";
import type { RestoreOptions } from "./operator-action.ts";
import { openSqlClient, type SqlClient } from "./sql-client.ts";

const STATEMENTS_AT_ONCE = 500;
const CHARS_AT_ONCE = 2_000_000;
/** What the dump says about its own transaction: each part has one of its own here. */
const FRAME = /^(?:PRAGMA foreign_keys|BEGIN TRANSACTION|COMMIT|ROLLBACK)\b/;

/**
 * Puts a backup in the place of the database. It is written beside it first, checked, and takes its place
 * in one step; what was there is kept under another name. Every change of the routing log gets a new
 * identity, so that each hub begins an epoch: nodes keep their tables until they have the restored one.
 */
export async function runRestore(options: RestoreOptions, terminal: Terminal): Promise<number> {
  const begun = performance.now();
  const state = openStateDirectory(options.state);
  using _lock = await lockStateDirectory(state);
  const header = await readHeader(options.from);
  requireKeys(state, header, options.from);
  const { restoringFolder } = state;
  rmSync(restoringFolder, { recursive: true, force: true });
  mkdirSync(restoringFolder, { mode: 0o700 });
  const statements = await fill({ ...state, databaseFolder: restoringFolder }, options.from);
  const kept = join(
    state.root,
    `database.before-${new Date().toISOString().replaceAll(/[-:.]/g, "")}`,
  );
  if (existsSync(state.databaseFolder)) renameSync(state.databaseFolder, kept);
  renameSync(restoringFolder, state.databaseFolder);
  const seconds = ((performance.now() - begun) / 1_000).toFixed(1);
  terminal.say(
    `Restored the backup of ${header.created_at} (${statements} statements) in ${seconds} s. What was there is in ${kept}.`,
  );
  return EXIT.ok;
}

async function readHeader(path: string): Promise<BackupHeader> {
  for await (const line of linesOf(path)) {
    const header = parseHeader(line);
    if (header !== null) return header;
    break;
  }
  throw new UserError(`${path} is no backup of this version.`);
}

function requireKeys(state: StateDirectory, header: BackupHeader, path: string): void {
  const { heldMasterKeys, masterKey } = loadSecrets(state.secretsFile);
  const known = [masterKey, ...heldMasterKeys.map(({ key }) => key)].map(
    (key) => key.split(":")[0],
  );
  const missing = header.master_key_ids.filter((id) => !known.includes(id));
  if (missing.length === 0) return;
  throw new UserError(
    `${path} holds secrets under ${missing.join(", ")}, which ${state.secretsFile} does not have: put the file of that time back first.`,
  );
}

/** @throws UserError when the backup does not end, or its database is not sound */
async function fill(state: StateDirectory, path: string): Promise<number> {
  const database = await createDatabaseService(state);
  using guard = startGuard(join(state.logsFolder, "restore-guardian.log"));
  const supervisor = createSupervisor({
    logsFolder: state.logsFolder,
    guard,
    onChildren: () => {},
    report: () => {},
  });
  try {
    await supervisor.run(database.service);
    const client = openSqlClient(`http://127.0.0.1:${database.port}`, database.authToken);
    const count = await replay(client, path);
    await client.run([
      "UPDATE routing_changes SET change_id = 'rchg_' || lower(hex(randomblob(16)))",
      "DELETE FROM write_guards",
    ]);
    const [sound] = await client.rows("PRAGMA integrity_check");
    if (sound !== "ok") throw new UserError(`The restored database is not sound: ${sound}.`);
    // A backup of an earlier version gets the schema of this one.
    await database.migrate();
    return count;
  } finally {
    await supervisor.stop();
  }
}

async function replay(client: SqlClient, path: string): Promise<number> {
  let part: string[] = [];
  let chars = 0;
  let count = 0;
  let isWhole = false;
  const commit = async (): Promise<void> => {
    if (part.length > 0) await client.run(part);
    part = [];
    chars = 0;
  };
  try {
    for await (const statement of readStatements(linesOf(path))) {
      const text = statement.replace(/^(?:--.*\n)+/, "");
      isWhole = text === "COMMIT;";
      if (FRAME.test(text)) continue;
      part.push(text);
      chars += text.length;
      count += 1;
      if (part.length >= STATEMENTS_AT_ONCE || chars >= CHARS_AT_ONCE) await commit();
    }
    await commit();
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`${path} is damaged or cut short.`, { cause });
  }
  if (!isWhole) throw new UserError(`${path} is cut short: it does not end with its commit.`);
  return count;
}

function linesOf(path: string): AsyncIterable<string> {
  const file = createReadStream(path);
  const text = createGunzip();
  file.on("error", (error) => text.destroy(error));
  return readLines(file.pipe(text).setEncoding("utf8"));
}
