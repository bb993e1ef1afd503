import { createClient } from "@libsql/client/http";
import { drizzle } from "drizzle-orm/libsql/http";
import { migrate } from "drizzle-orm/libsql/migrator";

/**
 * Brings the schema up to date. Only another migration must not run meanwhile: a Worker that is up goes on.
 * `authToken` as the Worker takes it: a bearer token, or `Basic <credentials>`; null: the database asks for none.
 */
export async function applyMigrations(
  url: string,
  authToken: string | null,
  migrationsFolder: string,
): Promise<void> {
  const client = createClient({
    url,
    fetch: (request: Request) => {
      // The library knows bearer tokens only.
      if (authToken !== null) request.headers.set("authorization", authorizationOf(authToken));
      return fetch(request);
    },
  });
  try {
    await migrate(drizzle(client), { migrationsFolder });
  } finally {
    client.close();
  }
}

/** RFC 7617 §2, RFC 6750 §2.1. */
function authorizationOf(authToken: string): string {
  return authToken.startsWith("Basic ") ? authToken : `Bearer ${authToken}`;
}
