import { index, integer, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedSecret } from "../columns/sealed-secret.ts";
import { timestamps } from "../columns/timestamps.ts";
import { workspaces } from "./workspaces.ts";

export const inboundTrunks = sqliteTable(
  "inbound_trunks",
  {
    id: text("id").primaryKey(),
    workspaceId: text("workspace_id")
      .notNull()
      .references(() => workspaces.id),
    /** Canonical blocks; null: any source. */
    allowedAddresses: text("allowed_addresses", { mode: "json" }).$type<string[]>(),
    allowedNumbers: text("allowed_numbers", { mode: "json" }).$type<string[]>(),
    mediaEncryption: text("media_encryption", {
      enum: ["required", "allowed", "disabled"],
    }).notNull(),
    username: text("username"),
    password: sealedSecret("password"),
    remoteDomains: text("remote_domains", { mode: "json" }).$type<string[]>(),
    attributesToHeaders: text("attributes_to_headers", { mode: "json" })
      .$type<Record<string, string>>()
      .notNull(),
    enabledCodecs: text("enabled_codecs", { mode: "json" }).$type<string[]>().notNull(),
    country: text("country"),
    digestAlgorithm: text("digest_algorithm", { enum: ["MD5", "SHA-256"] })
      .notNull()
      .default("MD5"),
    /** Status of the challenge. */
    digestChallenge: integer("digest_challenge").$type<401 | 407>().notNull().default(401),
    /** Names, lower case; null: no certificate is asked for. */
    tlsIdentities: text("tls_identities", { mode: "json" }).$type<string[]>(),
    /** How phone numbers stand in a REFER to the other side. */
    phoneTransferForm: text("phone_transfer_form", { enum: ["tel", "sip"] })
      .notNull()
      .default("tel"),
    allowRefer: integer("allow_refer", { mode: "boolean" }).notNull().default(false),
    /** New calls a second; null: no limit. */
    callsPerSecond: real("calls_per_second"),
    ...timestamps,
  },
  (table) => [index("inbound_trunks_workspace").on(table.workspaceId)],
);
