import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Database } from "./client.ts";
import { guard, type SqlValue, type Statement } from "./write-unit.ts";

/** A number that may be dialled by one of the forms that were asked for. */
export interface Rival {
  readonly phoneNumberId: string;
  readonly workspaceId: string;
  readonly callers: CallerTerms;
}

/** Whose calls a trunk takes, as far as a node can tell callers apart before it answers. */
export interface CallerTerms {
  /** Canonical blocks; null: any source. */
  readonly allowedAddresses: readonly string[] | null;
  /** Null: no certificate is asked for. */
  readonly tlsIdentities: readonly string[] | null;
  /** Of the digest credentials; null: no password is asked for. */
  readonly username: string | null;
  readonly digestAlgorithm: string;
  readonly digestChallenge: number;
}

export interface Rivals {
  readonly rivals: readonly Rival[];
  /** Stands for all of the above: equal only while none came, went or changed whose calls it takes. */
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
      SELECT DISTINCT json_array(p.id, p.workspace_id, json(t.allowed_addresses), json(t.tls_identities),
        t.username, t.digest_algorithm, t.digest_challenge) AS line
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

/**
 * As above for the keys of many numbers, none of which is there yet: each line begins with its key. CROSS JOIN keeps SQLite to
 * this order: it would read every key of the region, and the whole list for each of them.
 */
const LINES_BY_KEY = `SELECT COALESCE(group_concat(line, char(10)), '') FROM (
    SELECT DISTINCT json_array(k.key, p.id, p.workspace_id, json(t.allowed_addresses),
      json(t.tls_identities), t.username, t.digest_algorithm, t.digest_challenge) AS line
    FROM json_each(?) wanted
    CROSS JOIN phone_number_keys k ON k.region = ? AND k.key = wanted.value
    CROSS JOIN phone_numbers p ON p.id = k.phone_number_id
    CROSS JOIN inbound_trunks t ON t.id = p.inbound_trunk_id
    ORDER BY line)`;

export interface RivalsByKey {
  readonly byKey: ReadonlyMap<string, readonly Rival[]>;
  readonly fingerprint: string;
}

export async function findRivalsByKey(
  db: Database,
  region: string,
  keys: readonly string[],
): Promise<RivalsByKey> {
  const [before = "", middle = "", after = ""] = LINES_BY_KEY.split("?");
  const [row] = await db.read((reader) =>
    reader.all<{ fingerprint: string }>(
      sql`SELECT (${sql.raw(before)}${JSON.stringify(keys)}${sql.raw(middle)}${region}${sql.raw(after)}) AS fingerprint`,
    ),
  );
  const fingerprint = row?.fingerprint ?? "";
  const byKey = new Map<string, Rival[]>();
  for (const line of fingerprint.split("\n").filter(Boolean)) {
    const [key, ...rest] = keyedLineSchema.parse(JSON.parse(line));
    byKey.set(key, [...(byKey.get(key) ?? []), rivalOf(rest)]);
  }
  return { byKey, fingerprint };
}

/** Fails with guard `rivals_unchanged`, as `guardRivals` does. */
export function guardRivalsByKey(
  region: string,
  keys: readonly string[],
  fingerprint: string,
): Statement {
  return guard("rivals_unchanged", `(${LINES_BY_KEY}) = ?`, [
    JSON.stringify(keys),
    region,
    fingerprint,
  ]);
}

const lineSchema = z.tuple([
  z.string(),
  z.string(),
  z.array(z.string()).nullable(),
  z.array(z.string()).nullable(),
  z.string().nullable(),
  z.string(),
  z.number(),
]);

const keyedLineSchema = z.tuple([z.string(), ...lineSchema.def.items]);

function parseLine(line: string): Rival {
  return rivalOf(lineSchema.parse(JSON.parse(line)));
}

function rivalOf(parsed: z.infer<typeof lineSchema>): Rival {
  const [phoneNumberId, workspaceId, allowedAddresses, tlsIdentities, username, ...digest] = parsed;
  const [digestAlgorithm, digestChallenge] = digest;
  const callers = { allowedAddresses, tlsIdentities, username, digestAlgorithm, digestChallenge };
  return { phoneNumberId, workspaceId, callers };
}
