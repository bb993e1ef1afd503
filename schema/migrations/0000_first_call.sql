CREATE TABLE `agents` (
	`id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`name` text NOT NULL,
	`connection_protocol` text NOT NULL,
	`connection_url` text,
	`connection_headers` text,
	`connection_header_names` text,
	`max_duration_secs` integer NOT NULL,
	`vendor_fields` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `agents_workspace` ON `agents` (`workspace_id`,`id`);--> statement-breakpoint
CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`name` text NOT NULL,
	`sha256` text NOT NULL,
	`last4` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer,
	`revoked_at_ms` integer,
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_sha256_unique` ON `api_keys` (`sha256`);--> statement-breakpoint
CREATE INDEX `api_keys_workspace` ON `api_keys` (`workspace_id`);--> statement-breakpoint
CREATE TABLE `conversations` (
	`id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`call_id` text NOT NULL,
	`agent_id` text NOT NULL,
	`agent_name` text NOT NULL,
	`phone_number_id` text NOT NULL,
	`node_id` text NOT NULL,
	`direction` text NOT NULL,
	`status` text NOT NULL,
	`started_at_ms` integer NOT NULL,
	`accepted_at_ms` integer,
	`ended_at_ms` integer,
	`duration_ms` integer,
	`end_code` text,
	`termination_reason` text,
	`record` text NOT NULL,
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `conversations_call_id_unique` ON `conversations` (`call_id`);--> statement-breakpoint
CREATE INDEX `conversations_workspace` ON `conversations` (`workspace_id`,`started_at_ms`);--> statement-breakpoint
CREATE INDEX `conversations_agent` ON `conversations` (`agent_id`,`started_at_ms`);--> statement-breakpoint
CREATE TABLE `idempotency_keys` (
	`workspace_id` text NOT NULL,
	`operation` text NOT NULL,
	`key` text NOT NULL,
	`body_sha256` text NOT NULL,
	`answer` text NOT NULL,
	`routing_revision` integer,
	`expires_at_ms` integer NOT NULL,
	PRIMARY KEY(`workspace_id`, `operation`, `key`),
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `idempotency_keys_expiry` ON `idempotency_keys` (`expires_at_ms`);--> statement-breakpoint
CREATE TABLE `inbound_trunks` (
	`id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`allowed_addresses` text,
	`allowed_numbers` text,
	`media_encryption` text NOT NULL,
	`username` text,
	`password` text,
	`remote_domains` text,
	`attributes_to_headers` text NOT NULL,
	`enabled_codecs` text NOT NULL,
	`country` text,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `inbound_trunks_workspace` ON `inbound_trunks` (`workspace_id`);--> statement-breakpoint
CREATE TABLE `join_tokens` (
	`sha256` text PRIMARY KEY NOT NULL,
	`region` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer NOT NULL,
	`used_by_node_id` text
);
--> statement-breakpoint
CREATE TABLE `media_nodes` (
	`id` text PRIMARY KEY NOT NULL,
	`region` text NOT NULL,
	`name` text NOT NULL,
	`public_address` text NOT NULL,
	`public_key` text NOT NULL,
	`credential_sha256` text NOT NULL,
	`enrolled_at_ms` integer NOT NULL,
	`revoked_at_ms` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `media_nodes_credential_sha256_unique` ON `media_nodes` (`credential_sha256`);--> statement-breakpoint
CREATE INDEX `media_nodes_region` ON `media_nodes` (`region`);--> statement-breakpoint
CREATE TABLE `outbound_trunks` (
	`id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`address` text NOT NULL,
	`transport` text NOT NULL,
	`media_encryption` text NOT NULL,
	`headers` text NOT NULL,
	`attributes_to_headers` text NOT NULL,
	`username` text,
	`password` text,
	`enabled_codecs` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `outbound_trunks_workspace` ON `outbound_trunks` (`workspace_id`);--> statement-breakpoint
CREATE TABLE `phone_number_keys` (
	`region` text NOT NULL,
	`key` text NOT NULL,
	`phone_number_id` text NOT NULL,
	PRIMARY KEY(`region`, `key`, `phone_number_id`),
	FOREIGN KEY (`phone_number_id`) REFERENCES `phone_numbers`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `phone_number_keys_number` ON `phone_number_keys` (`phone_number_id`);--> statement-breakpoint
CREATE TABLE `phone_numbers` (
	`id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`region` text NOT NULL,
	`called_identifier` text NOT NULL,
	`canonical_identifier` text NOT NULL,
	`label` text NOT NULL,
	`agent_id` text,
	`inbound_trunk_id` text,
	`outbound_trunk_id` text,
	`supports_inbound` integer NOT NULL,
	`supports_outbound` integer NOT NULL,
	`store_sip_messages` integer NOT NULL,
	`vendor_fields` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`agent_id`) REFERENCES `agents`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`inbound_trunk_id`) REFERENCES `inbound_trunks`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`outbound_trunk_id`) REFERENCES `outbound_trunks`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `phone_numbers_workspace` ON `phone_numbers` (`workspace_id`,`id`);--> statement-breakpoint
CREATE INDEX `phone_numbers_agent` ON `phone_numbers` (`agent_id`);--> statement-breakpoint
CREATE TABLE `region_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`region` text NOT NULL,
	`key` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`retired_at_ms` integer
);
--> statement-breakpoint
CREATE TABLE `routing_changes` (
	`region` text NOT NULL,
	`version` integer NOT NULL,
	`change_id` text NOT NULL,
	`kind` text NOT NULL,
	`entity_id` text NOT NULL,
	`value` text,
	`created_at_ms` integer NOT NULL,
	PRIMARY KEY(`region`, `version`)
);
--> statement-breakpoint
CREATE INDEX `routing_changes_entity` ON `routing_changes` (`region`,`kind`,`entity_id`,`version`);--> statement-breakpoint
CREATE TABLE `webhook_deliveries` (
	`id` text PRIMARY KEY NOT NULL,
	`endpoint_id` text NOT NULL,
	`workspace_id` text NOT NULL,
	`event_type` text NOT NULL,
	`conversation_id` text NOT NULL,
	`sequence` integer NOT NULL,
	`body` text NOT NULL,
	`status` text NOT NULL,
	`attempts` integer NOT NULL,
	`last_status_code` integer,
	`last_error` text,
	`created_at_ms` integer NOT NULL,
	`delivered_at_ms` integer,
	FOREIGN KEY (`endpoint_id`) REFERENCES `webhook_endpoints`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `webhook_deliveries_pending` ON `webhook_deliveries` (`endpoint_id`,`status`,`created_at_ms`);--> statement-breakpoint
CREATE INDEX `webhook_deliveries_conversation` ON `webhook_deliveries` (`conversation_id`);--> statement-breakpoint
CREATE TABLE `webhook_endpoints` (
	`id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`name` text NOT NULL,
	`url` text NOT NULL,
	`secret` text NOT NULL,
	`is_disabled` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `webhook_endpoints_workspace` ON `webhook_endpoints` (`workspace_id`);--> statement-breakpoint
CREATE TABLE `workspaces` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`host_label` text NOT NULL,
	`region` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `workspaces_host_label_unique` ON `workspaces` (`host_label`);--> statement-breakpoint
CREATE TABLE `write_guards` (
	`guard` text NOT NULL,
	`holds` integer NOT NULL,
	CONSTRAINT "write_guard_holds" CHECK("write_guards"."holds" = 1)
);
--> statement-breakpoint
CREATE TABLE `writer_fence` (
	`id` integer PRIMARY KEY NOT NULL,
	`fence` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `writes` (
	`write_id` text PRIMARY KEY NOT NULL,
	`committed_at_ms` integer NOT NULL
);
