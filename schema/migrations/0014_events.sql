CREATE TABLE `events` (
	`position` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`workspace_id` text NOT NULL,
	`event_type` text NOT NULL,
	`conversation_id` text NOT NULL,
	`sequence` integer NOT NULL,
	`body` text NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `events_id_unique` ON `events` (`id`);--> statement-breakpoint
CREATE INDEX `events_workspace` ON `events` (`workspace_id`,`position`);--> statement-breakpoint
CREATE INDEX `events_conversation` ON `events` (`conversation_id`,`workspace_id`);--> statement-breakpoint
ALTER TABLE `webhook_deliveries` ADD `event_id` text;