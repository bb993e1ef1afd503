import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
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
    /** E.164 when it is a number of a plan, else its normalised form: what two imports may share. */
    canonicalIdentifier: text("canonical_identifier").notNull(),
    label: text("label").notNull(),
    agentId: text("agent_id").references(() => agents.id),
    inboundTrunkId: text("inbound_trunk_id").references(() => inboundTrunks.id),
    outboundTrunkId: text("outbound_trunk_id").references(() => outboundTrunks.id),
    supportsInbound: integer("supports_inbound", { mode: "boolean" }).notNull(),
    supportsOutbound: integer("supports_outbound", { mode: "boolean" }).notNull(),
    storeSipMessages: integer("store_sip_messages", { mode: "boolean" }).notNull(),
    /** The vendor's fields that we keep and give back: livekit_stack, environment, branch_id. */
    vendorFields: text("vendor_fields", { mode: "json" })
      .$type<Record<string, unknown>>()
      .notNull(),
    ...timestamps,
  },
  (table) => [
    index("phone_numbers_workspace").on(table.workspaceId, table.id),
    index("phone_numbers_canonical").on(table.region, table.canonicalIdentifier),
    index("phone_numbers_agent").on(table.agentId),
  ],
);
