import { sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedSecret } from "../columns/sealed-secret.ts";
import { timestamps } from "../columns/timestamps.ts";
import { workspaces } from "./workspaces.ts";

/** A pre-call webhook without the values of its headers. */
export interface PreCallWebhookSettings {
  readonly url: string;
  readonly headerNames: readonly string[];
  readonly timeoutMs: number;
  readonly onFailure: "continue" | "reject";
}

/** A workspace that never changed its settings has no row. */
export const workspaceSettings = sqliteTable("workspace_settings", {
  workspaceId: text("workspace_id")
    .primaryKey()
    .references(() => workspaces.id),
  preCallWebhook: text("pre_call_webhook", { mode: "json" }).$type<PreCallWebhookSettings>(),
  /** JSON object of its request headers, sealed under the master key. */
  preCallHeaders: sealedSecret("pre_call_headers"),
  /** The vendor's fields that we keep and give back: webhooks, default_livekit_stack … */
  vendorFields: text("vendor_fields", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
  ...timestamps,
});
