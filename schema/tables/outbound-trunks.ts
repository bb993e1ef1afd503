import { index, integer, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedSecret } from "../columns/sealed-secret.ts";
import { timestamps } from "../columns/timestamps.ts";
import type { OutboundTrunkRoute } from "../contracts/routing.ts";
import { workspaces } from "./workspaces.ts";

export const outboundTrunks = sqliteTable(
  "outbound_trunks",
  {
    id: text("id").primaryKey(),
    workspaceId: text("workspace_id")
      .notNull()
      .references(() => workspaces.id),
    /** Host name or address only (`SipHost`). */
    address: text("address").notNull(),
    /** Null: what the DNS says, else that of the transport. */
    port: integer("port"),
    transport: text("transport", { enum: ["auto", "udp", "tcp", "tls"] }).notNull(),
    mediaEncryption: text("media_encryption", {
      enum: ["required", "allowed", "disabled"],
    }).notNull(),
    headers: text("headers", { mode: "json" }).$type<Record<string, string>>().notNull(),
    attributesToHeaders: text("attributes_to_headers", { mode: "json" })
      .$type<Record<string, string>>()
      .notNull(),
    username: text("username"),
    password: sealedSecret("password"),
    enabledCodecs: text("enabled_codecs", { mode: "json" }).$type<string[]>().notNull(),
    callerIdentity: text("caller_identity", { mode: "json" })
      .$type<OutboundTrunkRoute["callerIdentity"]>()
      .notNull()
      .default({ fromUser: "number", assertedIdentity: "none", numberForm: "as_given" }),
    insecureSdes: integer("insecure_sdes", { mode: "boolean" }).notNull().default(false),
    /** Null: no limit of the trunk's own. */
    callsPerSecond: real("calls_per_second"),
    remoteDomains: text("remote_domains", { mode: "json" }).$type<string[]>(),
    /** How phone numbers stand in a REFER to the other side. */
    phoneTransferForm: text("phone_transfer_form", { enum: ["tel", "sip"] })
      .notNull()
      .default("tel"),
    allowRefer: integer("allow_refer", { mode: "boolean" }).notNull().default(false),
    ...timestamps,
  },
  (table) => [index("outbound_trunks_workspace").on(table.workspaceId)],
);
