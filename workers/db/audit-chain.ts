import { type AuditRow, auditHash, NO_HASH } from "./audit-log.ts";
import {
  type AuditEntry,
  guard,
  type SqlValue,
  type Statement,
  type WriteUnit,
} from "./write-unit.ts";

type Head = Pick<AuditRow, "sequence" | "hash">;
type Query = (
  sql: string,
  args: readonly SqlValue[],
) => Promise<readonly Record<string, unknown>[] | null>;

/** Guard of a unit that was asked for with `If-Match`. */
export const IF_MATCH_GUARD = "if_match";

const INSERT = "INSERT INTO audit_log";
/** Chains whose head is remembered. */
const MAX_HEADS = 5_000;

/** Rows that a group of units adds to the log, and what the heads are once it is committed. */
export interface LinkedGroup {
  /** For the end of each unit's statements. */
  readonly statements: readonly (readonly Statement[])[];
  readonly heads: ReadonlyMap<string, Head>;
}

/**
 * Links rows of the audit log to the ones before. There is one writer, so that it knows each chain's
 * newest row; when a commit has failed or nobody knows, it is read again.
 */
export class AuditChains {
  readonly #query: Query;
  readonly #heads = new Map<string, Head>();

  constructor(query: Query) {
    this.#query = query;
  }

  /** Null when the database does not answer. */
  async link(units: readonly WriteUnit[]): Promise<LinkedGroup | null> {
    const heads = await this.#headsOf(units.flatMap((unit) => unit.audit?.chain ?? []));
    if (heads === null) return null;
    const statements: (readonly Statement[])[] = [];
    for (const { audit } of units) {
      if (audit === undefined) {
        statements.push([]);
        continue;
      }
      const head = heads.get(audit.chain) ?? { sequence: 0, hash: NO_HASH };
      const row = await linked(audit, head);
      heads.set(audit.chain, row);
      statements.push([...guards(audit), insert(row)]);
    }
    return { statements, heads };
  }

  committed(group: LinkedGroup): void {
    if (this.#heads.size > MAX_HEADS) this.#heads.clear();
    for (const [chain, { hash, sequence }] of group.heads) {
      this.#heads.set(chain, { hash, sequence });
    }
  }

  /** Nobody knows what has become of the group's rows. */
  forget(group: LinkedGroup): void {
    for (const chain of group.heads.keys()) this.#heads.delete(chain);
  }

  async #headsOf(chains: readonly string[]): Promise<Map<string, Head> | null> {
    const wanted = new Set(chains);
    const heads = new Map<string, Head>();
    for (const chain of wanted) {
      const known = this.#heads.get(chain);
      if (known !== undefined) heads.set(chain, known);
    }
    const unknown = [...wanted].filter((chain) => !heads.has(chain));
    if (unknown.length === 0) return heads;
    const newest = `SELECT * FROM (SELECT chain, sequence, hash FROM audit_log WHERE chain = ?
                                   ORDER BY sequence DESC LIMIT 1)`;
    const rows = await this.#query(unknown.map(() => newest).join(" UNION ALL "), unknown);
    if (rows === null) return null;
    for (const row of rows) {
      heads.set(String(row["chain"]), {
        sequence: Number(row["sequence"]),
        hash: String(row["hash"]),
      });
    }
    return heads;
  }
}

/** Whether a statement adds a row to the log: it fails only when a head was not the newest. */
export function addsAuditRow(statement: Statement | undefined): boolean {
  return statement?.sql.startsWith(INSERT) === true;
}

async function linked(entry: AuditEntry, head: Head): Promise<AuditRow> {
  const { unchangedSince: _, ...content } = entry;
  const row = { ...content, sequence: head.sequence + 1, previousHash: head.hash };
  return { ...row, hash: await auditHash(row) };
}

function guards(entry: AuditEntry): readonly Statement[] {
  if (entry.unchangedSince === null) return [];
  return [
    guard(
      IF_MATCH_GUARD,
      "NOT EXISTS (SELECT 1 FROM audit_log WHERE chain = ? AND target = ? AND sequence > ?)",
      [entry.chain, entry.target, entry.unchangedSince],
    ),
  ];
}

function insert(row: AuditRow): Statement {
  return {
    sql: `${INSERT} (chain, sequence, id, at_ms, actor_kind, actor_id, operation, target, request_id,
                     source_address, before, after, previous_hash, hash)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    args: [
      row.chain,
      row.sequence,
      row.id,
      row.atMs,
      row.actorKind,
      row.actorId,
      row.operation,
      row.target,
      row.requestId,
      row.sourceAddress,
      row.before,
      row.after,
      row.previousHash,
      row.hash,
    ],
  };
}
