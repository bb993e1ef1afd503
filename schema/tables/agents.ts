import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedSecret } from "../columns/sealed-secret.ts";
import { timestamps } from "../columns/timestamps.ts";
import type { StoredAudioFile } from "../contracts/agent-audio.ts";
import type { OpenaiSettings } from "../contracts/agent-openai.ts";
import { MEDIA_STREAM_PROTOCOLS } from "../contracts/routing.ts";
import type { PreCallWebhookSettings } from "./workspace-settings.ts";
import { workspaces } from "./workspaces.ts";

export const agents = sqliteTable(
  "agents",
  {
    id: text("id").primaryKey(),
    workspaceId: text("workspace_id")
      .notNull()
      .references(() => workspaces.id),
    name: text("name").notNull(),
    connectionProtocol: text("connection_protocol", {
      enum: ["builtin", "native", ...MEDIA_STREAM_PROTOCOLS, "openai", "elevenlabs"],
    }).notNull(),
    connectionUrl: text("connection_url"),
    /** JSON object of handshake headers, sealed under the master key. */
    connectionHeaders: sealedSecret("connection_headers"),
    /** Names of those headers, for answers. */
    connectionHeaderNames: text("connection_header_names", { mode: "json" }).$type<string[]>(),
    /** What proves us to the agent, sealed under the master key. */
    connectionAuthToken: sealedSecret("connection_auth_token"),
    /** What the protocol wants to know beside that. */
    connectionSettings: text("connection_settings", { mode: "json" }).$type<OpenaiSettings>(),
    maxDurationSecs: integer("max_duration_secs").notNull(),
    /** The agent's own pre-call webhook; null: the workspace's. */
    preCallWebhook: text("pre_call_webhook", { mode: "json" }).$type<PreCallWebhookSettings>(),
    /** JSON object of its request headers, sealed under the master key. */
    preCallHeaders: sealedSecret("pre_call_headers"),
    /** The vendor's objects that we keep and give back: conversation_config, platform_settings, tags … */
    vendorFields: text("vendor_fields", { mode: "json" })
      .$type<Record<string, unknown>>()
      .notNull(),
    /** Audio files by name; null: none. */
    audioFiles: text("audio_files", { mode: "json" }).$type<Record<string, StoredAudioFile>>(),
    ...timestamps,
  },
  (table) => [index("agents_workspace").on(table.workspaceId, table.id)],
);
