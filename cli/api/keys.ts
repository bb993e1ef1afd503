import type { Command } from "commander";
import { collectText } from "../options.ts";
import type { ApiOptions, Columns } from "./session.ts";
import { type AddVerb, parseLimit, take } from "./verbs.ts";

interface KeyRow {
  readonly api_key_id: string;
  readonly name: string;
  readonly last4: string;
  readonly scopes: readonly string[];
  readonly status: string;
  readonly last_used_at: string | null;
}

const COLUMNS: Columns<KeyRow> = [
  ["KEY", (key) => key.api_key_id],
  ["NAME", (key) => key.name],
  ["ENDS IN", (key) => key.last4],
  ["STATUS", (key) => key.status],
  ["SCOPES", (key) => key.scopes.join(" ")],
  ["LAST USED", (key) => key.last_used_at],
];

interface CreateOptions extends ApiOptions {
  readonly scope?: readonly string[];
  readonly cidr?: readonly string[];
  readonly expiresAt?: string;
}

/** `trunkline api-keys …` */
export function addKeyVerbs(program: Command, add: AddVerb): void {
  const keys = program.command("api-keys").description("API keys of the workspace.");

  add<ApiOptions & { limit: number }>(keys, "list", "All keys, newest first.")
    .option("--limit <count>", "at most so many", parseLimit, 100)
    .verb(({ limit }) => async (session) => {
      const query = { page_size: Math.min(limit, 100) };
      const rows = session.api.list("/v1/api-keys", { params: { query } });
      session.printList(await take(rows, limit), COLUMNS);
      return undefined;
    });

  add<CreateOptions>(keys, "create", "Makes a key, which is shown once.")
    .argument("<name>", "what people tell it by")
    .option<readonly string[]>(
      "--scope <scope>",
      "such as numbers:read; repeatable (default: all)",
      collectText,
      [],
    )
    .option<readonly string[]>(
      "--cidr <block>",
      "where it may be used from; repeatable",
      collectText,
      [],
    )
    .option("--expires-at <time>", "RFC 3339")
    .verb(({ scope = [], cidr = [], expiresAt }, [name = ""]) => async ({ api, print }) => {
      const body = {
        name,
        // Another word is refused by the API, which names those that there are.
        scopes: (scope.length === 0 ? ["*"] : [...scope]) as "*"[],
        ...(cidr.length === 0 ? {} : { allowed_cidrs: [...cidr] }),
        ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
      };
      print(await api.post("/v1/api-keys", { body }));
      return undefined;
    });

  add(keys, "revoke", "Ends a key at once.")
    .argument("<key>", "its identifier")
    .verb((_options, [id = ""]) => async ({ api, say }) => {
      await api.delete("/v1/api-keys/{api_key_id}", { params: { path: { api_key_id: id } } });
      say(`${id} is revoked.`);
      return undefined;
    });
}
