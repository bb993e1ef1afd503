import type { App, AppDeps } from "../app-type.ts";
import { openDump } from "../db/dump.ts";

/** The database as SQL text, as it stands at one moment: behind the operator token. Not part of the published API. */
export function registerAdminBackupRoute(app: App, deps: AppDeps): void {
  app.get("/v1/admin/backup", async (c) =>
    c.body(await openDump(c.env, deps.config), 200, { "content-type": "application/sql" }),
  );
}
