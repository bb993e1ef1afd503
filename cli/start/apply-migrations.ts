import { createClient } from "@libsql/client/http";
import { drizzle } from "drizzle-orm/libsql/http";
import { migrate } from "drizzle-orm/libsql/migrator";

/** Brings the schema up to date. Nothing else may write meanwhile: the Worker is not up yet. */
export async function applyMigrations(
  url: string,
  authToken: string,
  migrationsFolder: string,
): Promise<void> {
  const client = createClient({
    url,
    fetch: (request: Request) => {
      // The library knows bearer tokens only.
      request.headers.set("authorization", authToken);
      return fetch(request);
    },
  });
  try {
    await migrate(drizzle(client), { migrationsFolder });
  } finally {
    client.close();
  }
}
