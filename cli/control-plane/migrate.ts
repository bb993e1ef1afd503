import { join } from "node:path";
import { EXIT } from "../exit-status.ts";
import { readSecretFile } from "../secret-file.ts";
import { applyMigrations } from "../start/apply-migrations.ts";
import { PACKAGE_ROOT } from "../start/packages.ts";
import type { Terminal } from "../terminal.ts";
import { UserError } from "../user-error.ts";
import type { MigrateOptions } from "./control-plane-options.ts";

/**
 * `trunkline migrate`: brings the schema of a database up to date. Migrations only add: the Worker that runs goes on.
 * @throws UserError when the database refuses, or does not answer
 */
export async function runMigrate(options: MigrateOptions, terminal: Terminal): Promise<number> {
  const { databaseUrl, tokenFile } = options;
  const token =
    tokenFile === undefined
      ? null
      : (await readSecretFile(tokenFile, "the token of the database")).reveal();
  try {
    await applyMigrations(databaseUrl.href, token, join(PACKAGE_ROOT, "schema/migrations"));
  } catch (cause) {
    throw new UserError(
      `The database at ${databaseUrl.host} was not migrated: ${reasonOf(cause)}.`,
      { cause },
    );
  }
  terminal.say(`The schema of the database at ${databaseUrl.host} is up to date.`);
  return EXIT.ok;
}

/** Statements of a migration hold nothing secret, but their parameters are nobody's to see: the innermost cause alone. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}
