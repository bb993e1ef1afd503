import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const mediaNodes = sqliteTable(
  "media_nodes",
  {
    id: text("id").primaryKey(),
    region: text("region").notNull(),
    name: text("name").notNull(),
    publicAddress: text("public_address").notNull(),
    /** base64url raw X25519. */
    publicKey: text("public_key").notNull(),
    credentialSha256: text("credential_sha256").notNull().unique(),
    enrolledAtMs: integer("enrolled_at_ms").notNull(),
    revokedAtMs: integer("revoked_at_ms"),
  },
  (table) => [index("media_nodes_region").on(table.region)],
);

/** One-time tokens with which a node enrols. */
export const joinTokens = sqliteTable("join_tokens", {
  sha256: text("sha256").primaryKey(),
  region: text("region").notNull(),
  createdAtMs: integer("created_at_ms").notNull(),
  expiresAtMs: integer("expires_at_ms").notNull(),
  usedByNodeId: text("used_by_node_id"),
});
