import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { testFolder } from "../../tests/support/test-folder.ts";
import { createTerminal } from "../terminal.ts";
import { UserError } from "../user-error.ts";
import { runMigrate } from "./migrate.ts";

const nobody = { write: () => true };

/** A database that takes nobody, and what it was shown. */
async function startDatabase() {
  const shown = new Set<string | null>();
  const server = createServer((request, response) => {
    shown.add(request.headers.authorization ?? null);
    response.writeHead(401).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;
  return { shown, url: new URL(`http://127.0.0.1:${port}`) };
}

test.each([
  [
    "a token as a bearer token (RFC 6750 §2.1)",
    "eyJhbGciOiJFZERTQSJ9.e30.c2ln",
    "Bearer eyJhbGciOiJFZERTQSJ9.e30.c2ln",
  ],
  ["credentials as they are (RFC 7617 §2)", "Basic dXNlcjpwYXNz", "Basic dXNlcjpwYXNz"],
  ["nothing where there is no token", null, null],
])("the database is shown %s, and its refusal names no secret", async (_, token, header) => {
  const { shown, url } = await startDatabase();
  const { file } = testFolder();
  const options = {
    databaseUrl: url,
    ...(token === null ? {} : { tokenFile: file("token", `${token}\n`) }),
  };
  const migrated = runMigrate(options, createTerminal(nobody, nobody, true));
  await expect(migrated).rejects.toBeInstanceOf(UserError);
  await expect(migrated).rejects.not.toThrow(token ?? "authorization");
  expect([...shown]).toEqual([header]);
});
