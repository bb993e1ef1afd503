import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { timestamps } from "../columns/timestamps.ts";
import { agents } from "./agents.ts";
import { inboundTrunks } from "./inbound-trunks.ts";
import { outboundTrunks } from "./outbound-trunks.ts";
import { workspaces } from "./workspaces.ts";

export const phoneNumbers = sqliteTable(
  "phone_numbers",
  {
    id: text("id").primaryKey(),
    workspaceId: text("workspace_id")
      .notNull()
      .references(() => workspaces.id),
    region: text("region").notNull(),
    /** Exactly as imported. */
    calledIdentifier: text("called_identifier").notNull(),
    /** E.164 when it is a number of a plan, else its normalised form: what a search finds it by. */
    canonicalIdentifier: text("canonical_identifier").notNull(),
    label: text("label").notNull(),
    agentId: text("agent_id").references(() => agents.id),
    inboundTrunkId: text("inbound_trunk_id").references(() => inboundTrunks.id),
    outboundTrunkId: text("outbound_trunk_id").references(() => outboundTrunks.id),
    supportsInbound: integer("supports_inbound", { mode: "boolean" }).notNull(),
    supportsOutbound: integer("supports_outbound", { mode: "boolean" }).notNull(),
    storeSipMessages: integer("store_sip_messages", { mode: "boolean" }).notNull(),
    /** Whom calls of the number may be transferred to, beside what its agent allows. */
    transferDestinations: text("transfer_destinations", { mode: "json" })
      .$type<string[]>()
      .notNull()
      .default([]),
    /** The vendor's fields that we keep and give back: livekit_stack, environment, branch_id. */
    vendorFields: text("vendor_fields", { mode: "json" })
      .$type<Record<string, unknown>>()
      .notNull(),
    ...timestamps,
  },
  (table) => [
    index("phone_numbers_workspace").on(table.workspaceId, table.id),
    index("phone_numbers_agent").on(table.agentId),
    index("phone_numbers_label").on(table.workspaceId, table.label, table.id),
    index("phone_numbers_identifier").on(table.workspaceId, table.calledIdentifier, table.id),
  ],
);

/**
 * Every normalised form by which a number of a region may be dialled (`matchKeys`), for numbers that
 * take calls: two numbers that share a key and a source could match the same INVITE.
 */
export const phoneNumberKeys = sqliteTable(
  "phone_number_keys",
  {
    region: text("region").notNull(),
    key: text("key").notNull(),
    phoneNumberId: text("phone_number_id")
      .notNull()
      .references(() => phoneNumbers.id),
  },
  (table) => [
    primaryKey({ columns: [table.region, table.key, table.phoneNumberId] }),
    index("phone_number_keys_number").on(table.phoneNumberId),
  ],
);
