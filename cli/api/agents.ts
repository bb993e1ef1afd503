import type { Command } from "commander";
import { readJsonFile } from "./input.ts";
import type { ApiOptions, Columns } from "./session.ts";
import { type AddVerb, parseLimit, take } from "./verbs.ts";

type AgentRow = { agent_id: string; name: string; last_call_time_unix_secs: number | null };

const COLUMNS: Columns<AgentRow> = [
  ["AGENT", (agent) => agent.agent_id],
  ["NAME", (agent) => agent.name],
  [
    "LAST CALL",
    ({ last_call_time_unix_secs: secs }) =>
      secs === null ? null : new Date(secs * 1_000).toISOString(),
  ],
];

interface CreateOptions extends ApiOptions {
  readonly name?: string;
  readonly url?: string;
  readonly file?: string;
}

/** `trunkline agents …` */
export function addAgentVerbs(program: Command, add: AddVerb): void {
  const agents = program.command("agents").description("Who answers calls.");

  add<ApiOptions & { limit: number; search?: string }>(agents, "list", "All agents, newest first.")
    .option("--search <text>", "a part of the name")
    .option("--limit <count>", "at most so many", parseLimit, 100)
    .verb(({ search, limit }) => async (session) => {
      const query = {
        page_size: Math.min(limit, 100),
        ...(search === undefined ? {} : { search }),
      };
      const rows = session.api.list("/v1/convai/agents", { params: { query } });
      session.printList(await take(rows, limit), COLUMNS);
      return undefined;
    });

  add(agents, "get", "One agent.")
    .argument("<agent>", "its identifier")
    .verb((_options, [agentId = ""]) => async ({ api, print }) => {
      const params = { path: { agent_id: agentId } };
      print(await api.get("/v1/convai/agents/{agent_id}", { params }));
      return undefined;
    });

  add<CreateOptions>(agents, "create", "Makes an agent.")
    .option("--name <name>", "what people tell it by")
    .option("--url <url>", "ws: or wss: URL that speaks the native protocol; without it: built in")
    .option("--file <file>", "the whole agent as JSON; - is the standard input")
    .verb((options) => async ({ api, print }) => {
      const given = options.file === undefined ? {} : await readJsonFile(options.file);
      const body = {
        ...given,
        ...(options.name === undefined ? {} : { name: options.name }),
        ...connectionOf(options),
      };
      print(await api.post("/v1/convai/agents/create", { body }));
      return undefined;
    });
}

function connectionOf({ url, file }: CreateOptions) {
  if (url !== undefined) return { connection: { protocol: "native" as const, url } };
  return file === undefined ? { connection: { protocol: "builtin" as const } } : {};
}
