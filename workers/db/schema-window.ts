import journal from "../../schema/migrations/meta/_journal.json" with { type: "json" };
import { TrunklineError } from "../errors/trunkline-error.ts";
import type { Database } from "./client.ts";

/** The newest migration that this code was written with, as drizzle tells migrations apart. */
const NEEDED_AT_MS = Math.max(...journal.entries.map(({ when }) => when));
const RETRY_AFTER_SECS = 5;

/** The Worker was deployed before the migrations that it needs. */
class SchemaOutsideWindow extends TrunklineError {
  readonly code = "schema_outside_window";
  readonly publicMessage = "The service is being upgraded. Try again shortly.";
  readonly retryAfterSecs = RETRY_AFTER_SECS;
}

/**
 * Refuses a database whose schema is older than this code; a newer one is no reason, because migrations
 * only expand. Asked until it has passed once: a database does not go back while somebody uses it, and
 * `trunkline restore` applies the migrations that a backup lacks.
 */
export function withinSchemaWindow(db: Database, neededAtMs = NEEDED_AT_MS): Database {
  let hasPassed = false;
  return {
    async read(query) {
      if (!hasPassed) {
        const [row] = await db.read((reader) =>
          reader.all<{ newest: number | null }>(
            "SELECT max(created_at) AS newest FROM __drizzle_migrations",
          ),
        );
        const newest = row?.newest ?? 0;
        if (newest < neededAtMs) {
          throw new SchemaOutsideWindow(`the newest migration is of ${newest}, not ${neededAtMs}`);
        }
        hasPassed = true;
      }
      return db.read(query);
    },
  };
}
