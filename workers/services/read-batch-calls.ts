import type {
  BatchCallDetail,
  BatchCallPage,
  BatchCallQuery,
  BatchCallView,
  BatchRecipientView,
} from "../../schema/contracts/batch-call.ts";
import { writeCsvRow } from "../../schema/values/csv.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import {
  type BatchCallRow,
  countRecipients,
  findBatchCall,
  findBatchCalls,
  NO_RECIPIENTS,
} from "../db/batch-calls.ts";
import {
  findRecipients,
  findRecipientsWithCalls,
  type RecipientRow,
  type RecipientWithCall,
} from "../db/batch-recipients.ts";
import type { RowPage } from "../db/client.ts";
import { notFound, type Outcome, refuse, succeed } from "../errors/refusal.ts";
import { batchCallView, conversationOf, recipientView } from "./batch-call-view.ts";
import { pageOf, readCursor, writeCursor } from "./cursor.ts";

type ReadDeps = Pick<AppDeps, "db">;

const READ_ROWS = 2_000;

export const NO_BATCH_CALL = notFound("There is no such batch call.");

export async function pageBatchCalls(
  deps: ReadDeps,
  { workspaceId }: Principal,
  { last_doc: cursor, limit, ...filters }: BatchCallQuery,
): Promise<Outcome<BatchCallPage>> {
  const position = readCursor(cursor, filters);
  if (!position.ok) return position;
  const rows = await findBatchCalls(deps.db, {
    workspaceId,
    agentId: filters.agent_id,
    after: position.value === null ? null : [Number(position.value[0]), position.value[1]],
    limit: limit + 1,
  });
  const { last, page } = pageOf(rows, limit);
  const counts = await countRecipients(
    deps.db,
    page.map(({ id }) => id),
  );
  return succeed({
    batch_calls: page.map((row) => batchCallView(row, counts.get(row.id) ?? NO_RECIPIENTS)),
    next_doc: last === null ? null : writeCursor([last.createdAtMs, last.id], filters),
    has_more: last !== null,
  });
}

export async function readBatchCall(
  deps: ReadDeps,
  { workspaceId }: Principal,
  id: string,
): Promise<Outcome<BatchCallDetail>> {
  const row = await findBatchCall(deps.db, workspaceId, id);
  if (row === null) return NO_BATCH_CALL;
  const recipients: BatchRecipientView[] = [];
  for await (const found of pages(
    ({ position }: RecipientRow) => position,
    (after) => findRecipients(deps.db, id, after, READ_ROWS),
  )) {
    for (const recipient of found) recipients.push(recipientView(recipient));
  }
  // Counted here: what was read a moment later would not be their sum.
  const counts = new Map<RecipientRow["status"], number>();
  for (const { status } of recipients) counts.set(status, (counts.get(status) ?? 0) + 1);
  return succeed({ ...batchCallView(row, counts), recipients });
}

/** The batch without its recipients, as it stands now. */
export async function viewOf(deps: ReadDeps, row: BatchCallRow): Promise<BatchCallView> {
  const counts = await countRecipients(deps.db, [row.id]);
  return batchCallView(row, counts.get(row.id) ?? NO_RECIPIENTS);
}

const COLUMNS = [
  "recipient_id",
  "phone_number",
  "status",
  "attempts",
  "conversation_id",
  "accepted_time_unix_secs",
  "end_time_unix_secs",
  "call_duration_secs",
  "end_code",
  "termination_reason",
] as const;

/** All recipients with what became of their calls, and a column for each of their variables. */
export async function exportBatchCall(
  deps: ReadDeps,
  { workspaceId }: Principal,
  id: string,
): Promise<Outcome<string>> {
  const row = await findBatchCall(deps.db, workspaceId, id);
  if (row === null) return NO_BATCH_CALL;
  if (row.status === "pending" || row.status === "in_progress") {
    return refuse({
      status: 409,
      code: "batch_call_not_over",
      detail: "The batch still goes on. Export it when it is over, or cancel it.",
    });
  }
  const recipients: RecipientWithCall[] = [];
  for await (const found of pages(
    ({ recipient }: RecipientWithCall) => recipient.position,
    (after) => findRecipientsWithCalls(deps.db, id, after, READ_ROWS),
  )) {
    recipients.push(...found);
  }
  const variables = new Set(recipients.flatMap((one) => Object.keys(variablesOf(one))));
  const lines = recipients.map((one) => writeCsvRow(fieldsOf(one, variables)));
  return succeed(writeCsvRow([...COLUMNS, ...variables]) + lines.join(""));
}

function fieldsOf(one: RecipientWithCall, variables: ReadonlySet<string>): readonly string[] {
  const { acceptedAtMs, durationMs, endCode, endedAtMs, recipient, terminationReason } = one;
  const given = variablesOf(one);
  const known = {
    recipient_id: recipient.id,
    phone_number: recipient.phoneNumber,
    status: recipient.status,
    attempts: recipient.attempts,
    conversation_id: conversationOf(recipient),
    accepted_time_unix_secs: unixSecs(acceptedAtMs),
    end_time_unix_secs: unixSecs(endedAtMs),
    call_duration_secs: durationMs === null ? null : Math.round(durationMs / 1_000),
    end_code: endCode,
    termination_reason: terminationReason,
  } satisfies Record<(typeof COLUMNS)[number], unknown>;
  return [
    ...COLUMNS.map((column) => textOf(known[column])),
    ...Array.from(variables, (name) => textOf(Object.hasOwn(given, name) ? given[name] : null)),
  ];
}

function variablesOf({ recipient }: RecipientWithCall): Readonly<Record<string, unknown>> {
  return recipient.clientData?.dynamic_variables ?? {};
}

function textOf(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}

function unixSecs(ms: number | null): number | null {
  return ms === null ? null : Math.floor(ms / 1_000);
}

/** Page after page until the last. */
async function* pages<T>(
  positionOf: (row: T) => number,
  read: (after: number) => Promise<RowPage<T>>,
): AsyncGenerator<readonly T[]> {
  for (let after = -1; ; ) {
    const { isLast, rows } = await read(after);
    yield rows;
    const last = rows.at(-1);
    if (isLast || last === undefined) return;
    after = positionOf(last);
  }
}
