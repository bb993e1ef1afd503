import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "commander";
import type { Answer, Trunkline } from "../../sdk/trunkline.ts";
import { parseSeconds } from "../options.ts";
import type { ApiOptions, ApiSession, Columns } from "./session.ts";
import { type AddVerb, parseLimit, take } from "./verbs.ts";

type Page = Answer<"/v1/events", "get">;
type Event = Page["data"][number];

interface FilterOptions extends ApiOptions {
  readonly type?: string;
  readonly conversation?: string;
}

const TAIL_POLL_MS = 1_000;

const COLUMNS: Columns<Event> = [
  ["EVENT", (event) => event.event_id],
  ["TYPE", (event) => event.type],
  ["CONVERSATION", (event) => event.conversation_id ?? "-"],
  ["SEQUENCE", (event) => String(event.sequence)],
  ["AT", (event) => event.created_at],
];

/** `trunkline events …` */
export function addEventVerbs(program: Command, add: AddVerb): void {
  const events = program
    .command("events")
    .description("What has happened, whether it was posted to you or not.");

  add<FilterOptions & { limit: number }>(
    events,
    "list",
    "Events of the last 30 days, newest first.",
  )
    .option("--type <type>", "of this type only, e.g. call.ended")
    .option("--conversation <conversation>", "of this conversation only")
    .option("--limit <count>", "at most so many", parseLimit, 100)
    .verb(({ limit, ...options }) => async (session) => {
      const query = { ...filterOf(options), page_size: Math.min(limit, 100) };
      session.printList(
        await take(session.api.list("/v1/events", { params: { query } }), limit),
        COLUMNS,
      );
      return undefined;
    });

  add(events, "get", "One event, with what is posted of it.")
    .argument("<event>", "its identifier")
    .verb((_options, [id = ""]) => async ({ api, print }) => {
      print(await api.get("/v1/events/{event_id}", { params: { path: { event_id: id } } }));
      return undefined;
    });

  add<FilterOptions & { for?: number }>(events, "tail", "Tells of events as they happen.")
    .option("--type <type>", "of this type only, e.g. call.ended")
    .option("--conversation <conversation>", "of this conversation only")
    .option("--for <seconds>", "end after this time instead of at Ctrl-C", parseSeconds)
    .verb((options) => (session) => tailEvents(session, options));
}

/** Another word is refused by the API, which names those that there are. */
function filterOf({ conversation, type }: Pick<FilterOptions, "type" | "conversation">) {
  return {
    ...(type === undefined ? {} : { type: type as "call.ended" }),
    ...(conversation === undefined ? {} : { conversation_id: conversation }),
  };
}

/** Asks every second for what has come behind the last event, and tells of each once. */
export async function tailEvents(
  session: Pick<ApiSession, "api" | "printLine" | "signal">,
  options: Pick<FilterOptions, "type" | "conversation"> & { readonly for?: number },
): Promise<undefined> {
  const limit = options.for === undefined ? [] : [AbortSignal.timeout(options.for * 1_000)];
  const over = AbortSignal.any([session.signal, ...limit]);
  const query = { ...filterOf(options), after: new Date().toISOString() };
  let cursor: string | null = null;
  while (!over.aborted) {
    const page: Page = await pageOf(session.api, query, cursor);
    for (const event of page.data) {
      const { conversation_id: conversation, created_at, event_id, sequence, type } = event;
      const text = `${created_at} ${event_id} ${type} ${conversation ?? "-"} ${sequence}`;
      session.printLine(event, text);
    }
    cursor = page.next_cursor;
    if (!page.has_more) await delay(TAIL_POLL_MS, undefined, { signal: over }).catch(() => {});
  }
  return undefined;
}

function pageOf(
  api: Trunkline,
  filter: ReturnType<typeof filterOf> & { readonly after: string },
  cursor: string | null,
) {
  const from = cursor === null ? {} : { cursor };
  const query = { ...filter, ...from, order: "asc" as const, page_size: 100 };
  return api.get("/v1/events", { params: { query } });
}
