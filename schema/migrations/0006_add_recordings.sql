CREATE TABLE `recordings` (
	`call_id` text PRIMARY KEY NOT NULL,
	`conversation_id` text NOT NULL,
	`workspace_id` text NOT NULL,
	`agent_id` text NOT NULL,
	`state` text NOT NULL,
	`code` text,
	`format` text NOT NULL,
	`started_at_ms` integer NOT NULL,
	`expires_at_ms` integer NOT NULL,
	`duration_ms` integer,
	`bytes` integer,
	`is_complete` integer,
	`place` text,
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `recordings_conversation` ON `recordings` (`conversation_id`);--> statement-breakpoint
CREATE INDEX `recordings_expiry` ON `recordings` (`expires_at_ms`);