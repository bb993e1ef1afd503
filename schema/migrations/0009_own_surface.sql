CREATE TABLE `audit_log` (
	`chain` text NOT NULL,
	`sequence` integer NOT NULL,
	`id` text NOT NULL,
	`at_ms` integer NOT NULL,
	`actor_kind` text NOT NULL,
	`actor_id` text,
	`operation` text NOT NULL,
	`target` text NOT NULL,
	`request_id` text NOT NULL,
	`source_address` text,
	`before` text,
	`after` text,
	`previous_hash` text NOT NULL,
	`hash` text NOT NULL,
	PRIMARY KEY(`chain`, `sequence`)
);
--> statement-breakpoint
CREATE INDEX `audit_log_target` ON `audit_log` (`chain`,`target`,`sequence`);--> statement-breakpoint
ALTER TABLE `api_keys` ADD `member` text;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `scopes` text;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `allowed_cidrs` text;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `last_used_at_ms` integer;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `rotated_from_id` text;--> statement-breakpoint
ALTER TABLE `webhook_deliveries` ADD `last_attempt_at_ms` integer;--> statement-breakpoint
ALTER TABLE `webhook_deliveries` ADD `last_latency_ms` integer;--> statement-breakpoint
ALTER TABLE `webhook_deliveries` ADD `response_excerpt` text;--> statement-breakpoint
ALTER TABLE `webhook_deliveries` ADD `replays` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `webhook_deliveries_workspace` ON `webhook_deliveries` (`workspace_id`,`created_at_ms`,`id`);--> statement-breakpoint
ALTER TABLE `webhook_endpoints` ADD `disabled_reason` text;--> statement-breakpoint
ALTER TABLE `webhook_endpoints` ADD `signature_style` text DEFAULT 'elevenlabs' NOT NULL;--> statement-breakpoint
ALTER TABLE `webhook_endpoints` ADD `event_types` text;--> statement-breakpoint
ALTER TABLE `webhook_endpoints` ADD `previous_secret` text;--> statement-breakpoint
ALTER TABLE `webhook_endpoints` ADD `previous_secret_until_ms` integer;--> statement-breakpoint
ALTER TABLE `webhook_endpoints` ADD `consecutive_failures` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `webhook_endpoints` ADD `failing_since_ms` integer;--> statement-breakpoint
ALTER TABLE `webhook_endpoints` ADD `last_success_at_ms` integer;--> statement-breakpoint
ALTER TABLE `workspaces` ADD `operates_nodes` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE TRIGGER `audit_log_never_changed` BEFORE UPDATE ON `audit_log` BEGIN SELECT RAISE(ABORT, 'audit_log rows are never changed'); END;--> statement-breakpoint
CREATE TRIGGER `audit_log_never_removed` BEFORE DELETE ON `audit_log` BEGIN SELECT RAISE(ABORT, 'audit_log rows are never removed'); END;
