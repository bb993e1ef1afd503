import type {
  AuditEntryView,
  AuditPage,
  AuditQuery,
  AuditVerdict,
  VerifyAuditQuery,
} from "../../schema/contracts/audit-log.ts";
import type { AppDeps } from "../app-type.ts";
import {
  type AuditRow,
  auditHash,
  listAuditRows,
  NO_HASH,
  readAuditChain,
} from "../db/audit-log.ts";
import { type Outcome, succeed } from "../errors/refusal.ts";
import { pageOf, readNumberCursor, writeCursor } from "./cursor.ts";

/** Rows of one read: an entry has up to 128 kB. */
const VERIFIED_AT_ONCE = 200;

/** A page of a chain, newest first. */
export async function pageAuditLog(
  deps: Pick<AppDeps, "db">,
  chain: string,
  query: AuditQuery,
): Promise<Outcome<AuditPage>> {
  const { cursor, page_size: size, ...filters } = query;
  const position = readNumberCursor(cursor, filters);
  if (!position.ok) return position;
  const time = (text: string | undefined) => (text === undefined ? undefined : Date.parse(text));
  const rows = await listAuditRows(
    deps.db,
    chain,
    {
      target: query.target,
      actorId: query.actor_id,
      fromMs: time(query.after),
      toMs: time(query.before),
    },
    position.value?.[0] ?? null,
    size + 1,
  );
  const { last, page } = pageOf({ rows, isLast: true }, size);
  return succeed({
    data: page.map(auditEntryView),
    has_more: last !== null,
    next_cursor: last === null ? null : writeCursor([last.sequence, last.id], filters),
  });
}

/** Walks a chain from its first entry: every hash is made again, and must be what the next one names. */
export async function verifyAuditLog(
  deps: Pick<AppDeps, "db">,
  chain: string,
  kept: VerifyAuditQuery,
): Promise<AuditVerdict> {
  let head = { sequence: 0, hash: NO_HASH };
  const verdict = (broken: AuditVerdict["broken"]): AuditVerdict => ({
    valid: broken === null,
    entries: head.sequence,
    head: head.sequence === 0 ? null : head,
    broken,
  });
  for (;;) {
    const rows = await readAuditChain(deps.db, chain, head.sequence, VERIFIED_AT_ONCE);
    for (const row of rows) {
      const { sequence } = row;
      const reason = await faultOf(row, head, kept);
      if (reason !== null) return verdict({ sequence, reason });
      head = { sequence, hash: row.hash };
    }
    if (rows.length < VERIFIED_AT_ONCE) break;
  }
  const isCut = kept.sequence !== undefined && kept.sequence > head.sequence;
  return verdict(isCut ? { sequence: head.sequence + 1, reason: "missing" } : null);
}

async function faultOf(
  row: AuditRow,
  before: { readonly sequence: number; readonly hash: string },
  kept: VerifyAuditQuery,
) {
  if (row.sequence !== before.sequence + 1) return "missing";
  if (row.previousHash !== before.hash) return "unlinked";
  if (row.hash !== (await auditHash(row))) return "altered";
  return row.sequence === kept.sequence && row.hash !== kept.hash ? "not_as_kept" : null;
}

function auditEntryView(row: AuditRow): AuditEntryView {
  return {
    id: row.id,
    sequence: row.sequence,
    at: new Date(row.atMs).toISOString(),
    actor: { kind: row.actorKind, id: row.actorId },
    operation: row.operation,
    target: row.target,
    request_id: row.requestId,
    source_address: row.sourceAddress,
    before: parsed(row.before),
    after: parsed(row.after),
    previous_hash: row.previousHash,
    hash: row.hash,
  };
}

function parsed(json: string | null): unknown {
  if (json === null) return null;
  try {
    return JSON.parse(json);
  } catch {
    return json; // Altered: it is shown as it stands.
  }
}
