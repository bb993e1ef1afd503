import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { noteSecret, noteSecretsOf, secretsIn } from "./secrets-used.ts";

/**
 * Vitest's setup of `e2e` and `interop`: what a file of tests sends and is answered over HTTP is looked through for
 * secrets, and whoever starts a system has its logs and files searched for them when it ends.
 */
const KEY_HEADERS = ["xi-api-key", "authorization"];
const plainFetch = globalThis.fetch;

globalThis.fetch = async (input, init) => {
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : {}));
  for (const name of KEY_HEADERS) {
    noteSecret((headers.get(name) ?? "").replace(/^Bearer /, ""), `the ${name} header`);
  }
  if (typeof init?.body === "string") noteSecretsOf(init.body);
  const answer = await plainFetch(input, init);
  // A copy is read beside the test; what streams is not JSON.
  if (/^application\/json/.test(answer.headers.get("content-type") ?? "")) {
    answer
      .clone()
      .text()
      .then(noteSecretsOf, () => undefined);
  }
  return answer;
};

/** @throws Error that names what was found and where */
export function expectNoSecret(log: string, where: string): void {
  const found = secretsIn(log);
  if (/\binline:[A-Za-z0-9+/]{20}/.test(log)) found.push("an SRTP key");
  if (found.length > 0) throw new Error(`${where} holds in clear: ${found.join(", ")}`);
}

/** Where a system may hold secrets, and copies of sources, which are large. */
const NOT_SEARCHED = /\/(secrets\.json|worker-[0-9a-f]+\.js)$/;

/** Logs, database and objects of a system that has ended, its own secrets among those that are looked for. */
export async function expectNoSecretIn(stateDir: string): Promise<void> {
  const own = await readFile(join(stateDir, "secrets.json"), "utf8").catch(() => "");
  noteEmbedded(own);
  const entries = await readdir(stateDir, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || NOT_SEARCHED.test(path)) continue;
    const bytes = await readFile(path);
    if (path.endsWith(".log")) expectNoSecret(bytes.toString("latin1"), path);
    else {
      const found = secretsIn(bytes);
      if (found.length > 0) throw new Error(`${path} holds in clear: ${found.join(", ")}`);
    }
  }
}

/** `secrets.json`, whose members are not all named as secrets are. */
function noteEmbedded(text: string): void {
  if (text === "") return;
  const secrets: Record<string, unknown> = JSON.parse(text);
  for (const name of [
    "masterKey",
    "operatorToken",
    "snapshotSigningKey",
    "feedSigningKey",
    "caKey",
  ]) {
    const value = secrets[name];
    if (typeof value === "string") noteSecret(value.slice(value.indexOf(":") + 1), name);
  }
  noteSecretsOf(JSON.stringify(secrets["nodeIdentity"] ?? {}));
}
