import { sql } from "drizzle-orm";
import type { Database } from "./client.ts";
import { guard, type SqlValue, type Statement } from "./write-unit.ts";

/** A number that may be dialled by one of the forms that were asked for. */
export interface Rival {
  readonly phoneNumberId: string;
  readonly workspaceId: string;
  /** Canonical blocks; null: any source. */
  readonly allowedAddresses: readonly string[] | null;
}

export interface Rivals {
  readonly rivals: readonly Rival[];
  /** Stands for all of the above: equal only while none came, went or changed its addresses. */
  readonly fingerprint: string;
}

export interface RivalQuery {
  readonly region: string;
  readonly keys: readonly string[];
  /** The number that asks is no rival of itself. */
  readonly exceptId: string;
}

/** One expression for reading and for the guard, so that both compare the same text. */
function fingerprintSql(query: RivalQuery): { text: string; args: SqlValue[] } {
  const holes = query.keys.map(() => "?").join(", ");
  return {
    text: `SELECT COALESCE(group_concat(line, char(10)), '') FROM (
      SELECT DISTINCT p.id || ' ' || p.workspace_id || ' ' || COALESCE(t.allowed_addresses, 'null') AS line
      FROM phone_number_keys k
      JOIN phone_numbers p ON p.id = k.phone_number_id
      JOIN inbound_trunks t ON t.id = p.inbound_trunk_id
      WHERE k.region = ? AND k.key IN (${holes}) AND p.id <> ?
      ORDER BY line)`,
    args: [query.region, ...query.keys, query.exceptId],
  };
}

export async function findRivals(db: Database, query: RivalQuery): Promise<Rivals> {
  const { text, args } = fingerprintSql(query);
  const parts = text.split("?");
  const statement = sql.join(
    parts.flatMap((part, index) =>
      index < args.length ? [sql.raw(part), sql`${args[index]}`] : [sql.raw(part)],
    ),
  );
  const [row] = await db.read((reader) =>
    reader.all<{ fingerprint: string }>(sql`SELECT (${statement}) AS fingerprint`),
  );
  const fingerprint = row?.fingerprint ?? "";
  return { fingerprint, rivals: fingerprint.split("\n").filter(Boolean).map(parseLine) };
}

/** Fails with guard `rivals_unchanged` when a rival came, went or changed since it was read. */
export function guardRivals(query: RivalQuery, fingerprint: string): Statement {
  const { text, args } = fingerprintSql(query);
  return guard("rivals_unchanged", `(${text}) = ?`, [...args, fingerprint]);
}

function parseLine(line: string): Rival {
  const [phoneNumberId = "", workspaceId = "", ...rest] = line.split(" ");
  const blocks: unknown = JSON.parse(rest.join(" "));
  return {
    phoneNumberId,
    workspaceId,
    allowedAddresses: Array.isArray(blocks) ? blocks.map(String) : null,
  };
}
