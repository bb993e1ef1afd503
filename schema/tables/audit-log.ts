import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * Every change that was asked for, one chain a workspace: each row's hash covers the hash of the row
 * before. Rows are only ever added; triggers of the migration refuse all else.
 */
export const auditLog = sqliteTable(
  "audit_log",
  {
    /** A workspace, or `platform` for what an operator has done to none. */
    chain: text("chain").notNull(),
    /** From 1, without gaps. */
    sequence: integer("sequence").notNull(),
    id: text("id").notNull(),
    atMs: integer("at_ms").notNull(),
    /** `api_key` or `operator`. */
    actorKind: text("actor_kind").notNull(),
    /** Of the API key. */
    actorId: text("actor_id"),
    /** Method and path as the document has it. */
    operation: text("operation").notNull(),
    /** The identifier in the path, else the path. */
    target: text("target").notNull(),
    requestId: text("request_id").notNull(),
    sourceAddress: text("source_address"),
    /** JSON without secrets, or null. */
    before: text("before"),
    after: text("after"),
    /** Hex SHA-256 of the row before; 64 zeros of the first. */
    previousHash: text("previous_hash").notNull(),
    /** Hex SHA-256 of this row with `previousHash`. */
    hash: text("hash").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.chain, table.sequence] }),
    index("audit_log_target").on(table.chain, table.target, table.sequence),
  ],
);
