import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "commander";
import { type components, ProblemError, type Trunkline } from "../../sdk/trunkline.ts";
import { parseSeconds } from "../options.ts";
import { UsageError } from "../user-error.ts";
import type { ApiOptions, ApiSession, Columns } from "./session.ts";
import { type AddVerb, parseLimit, take } from "./verbs.ts";

type Call = components["schemas"]["Call"];

const TAIL_POLL_MS = 1_000;

const COLUMNS: Columns<Call> = [
  ["CALL", (call) => call.call_id],
  ["STATUS", (call) => call.status],
  ["DIRECTION", (call) => call.direction],
  ["NUMBER", (call) => call.agent_number],
  ["OTHER SIDE", (call) => call.external_number],
  ["AGENT", (call) => call.agent_name],
  ["STARTED", (call) => call.started_at],
];

interface TransferOptions extends ApiOptions {
  readonly to?: string;
  readonly method: string;
}

/** `trunkline calls …` */
export function addCallVerbs(program: Command, add: AddVerb): void {
  const calls = program.command("calls").description("Calls that are up.");

  add<ApiOptions & { limit: number }>(calls, "list", "Calls that have not ended, newest first.")
    .option("--limit <count>", "at most so many", parseLimit, 100)
    .verb(({ limit }) => async (session) => {
      const query = { page_size: Math.min(limit, 100) };
      session.printList(
        await take(session.api.list("/v1/calls", { params: { query } }), limit),
        COLUMNS,
      );
      return undefined;
    });

  add<ApiOptions & { for?: number }>(
    calls,
    "tail",
    "Tells of calls as they begin, are answered and end.",
  )
    .option("--for <seconds>", "end after this time instead of at Ctrl-C", parseSeconds)
    .verb((options) => (session) => tailCalls(session, options.for ?? null));

  add(calls, "get", "One call.")
    .argument("<call>", "its identifier")
    .verb((_options, [callId = ""]) => async ({ api, print }) => {
      print(await getCall(api, callId));
      return undefined;
    });

  add(calls, "hangup", "Ends a call.")
    .argument("<call>", "its identifier")
    .verb((_options, [callId = ""]) => async ({ api, print }) => {
      const params = { path: { call_id: callId } };
      print(await api.post("/v1/calls/{call_id}/hangup", { params }));
      return undefined;
    });

  add<TransferOptions>(calls, "transfer", "Connects the caller to somebody else.")
    .argument("<call>", "its identifier")
    .option("--to <destination>", "a number, or a tel: or SIP URI that the settings allow")
    .option("--method <method>", "conference or refer", String, "conference")
    .verb((options, [callId = ""]) => async ({ api, print }) => {
      if (options.to === undefined)
        throw new UsageError("Name with --to whom the caller is given.");
      const body = {
        destination: options.to,
        // Another word is refused by the API, which names those that there are.
        method: options.method as "conference" | "refer",
      };
      const params = { path: { call_id: callId } };
      print(await api.post("/v1/calls/{call_id}/transfer", { params, body }));
      return undefined;
    });
}

function getCall(api: Trunkline, callId: string): Promise<Call> {
  return api.get("/v1/calls/{call_id}", { params: { path: { call_id: callId } } });
}

/** Asks every second; each call is told of when its status is another than before. */
async function tailCalls(session: ApiSession, seconds: number | null): Promise<undefined> {
  const { api, signal } = session;
  const limit = seconds === null ? [] : [AbortSignal.timeout(seconds * 1_000)];
  const over = AbortSignal.any([signal, ...limit]);
  let known = new Map<string, Call>();
  while (!over.aborted) {
    const now = new Map<string, Call>();
    const query = { page_size: 100 };
    for await (const call of api.list("/v1/calls", { params: { query } }))
      now.set(call.call_id, call);
    for (const call of now.values()) {
      if (known.get(call.call_id)?.status !== call.status) tell(session, call);
    }
    for (const callId of known.keys()) {
      if (!now.has(callId)) await tellEnd(session, callId);
    }
    known = now;
    await delay(TAIL_POLL_MS, undefined, { signal: over }).catch(() => undefined);
  }
  return undefined;
}

async function tellEnd(session: ApiSession, callId: string): Promise<void> {
  try {
    tell(session, await getCall(session.api, callId));
  } catch (error) {
    // Erased meanwhile: there is nothing to tell any more.
    if (!(error instanceof ProblemError && error.status === 404)) throw error;
  }
}

function tell(session: ApiSession, call: Call): void {
  const end = call.end === null ? "" : ` ${call.end.code}`;
  const at = call.ended_at ?? call.answered_at ?? call.started_at;
  const text = `${at} ${call.call_id} ${call.status}${end} ${call.direction} ${call.agent_number} ${call.external_number}`;
  session.printLine(call, text);
}
