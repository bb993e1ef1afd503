CREATE TABLE `batch_calls` (
	`id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`region` text NOT NULL,
	`api_key_id` text NOT NULL,
	`name` text NOT NULL,
	`agent_id` text NOT NULL,
	`agent_name` text NOT NULL,
	`phone_number_id` text NOT NULL,
	`branch_id` text,
	`environment` text,
	`status` text NOT NULL,
	`scheduled_at_ms` integer NOT NULL,
	`timezone` text,
	`ringing_timeout_secs` integer NOT NULL,
	`target_concurrency_limit` integer,
	`recipients` integer NOT NULL,
	`retry_count` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `batch_calls_workspace` ON `batch_calls` (`workspace_id`,`created_at_ms`,`id`);--> statement-breakpoint
CREATE INDEX `batch_calls_open` ON `batch_calls` (`region`,`workspace_id`) WHERE "batch_calls"."status" IN ('draft', 'pending', 'in_progress');--> statement-breakpoint
CREATE TABLE `batch_recipients` (
	`batch_call_id` text NOT NULL,
	`position` integer NOT NULL,
	`id` text NOT NULL,
	`workspace_id` text NOT NULL,
	`phone_number` text NOT NULL,
	`status` text NOT NULL,
	`attempts` integer NOT NULL,
	`orders` integer NOT NULL,
	`call_id` text,
	`not_before_ms` integer NOT NULL,
	`client_data` text,
	`secret_variables` text,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	PRIMARY KEY(`batch_call_id`, `position`),
	FOREIGN KEY (`batch_call_id`) REFERENCES `batch_calls`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `batch_recipients_id` ON `batch_recipients` (`batch_call_id`,`id`);--> statement-breakpoint
CREATE INDEX `batch_recipients_status` ON `batch_recipients` (`batch_call_id`,`status`,`position`);--> statement-breakpoint
CREATE UNIQUE INDEX `batch_recipients_call` ON `batch_recipients` (`call_id`) WHERE "batch_recipients"."call_id" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `batch_recipients_up` ON `batch_recipients` (`workspace_id`,`batch_call_id`) WHERE "batch_recipients"."status" IN ('dispatched', 'initiated', 'in_progress');--> statement-breakpoint
ALTER TABLE `outbound_orders` ADD `batch_call_id` text;--> statement-breakpoint
ALTER TABLE `outbound_orders` ADD `batch_recipient_id` text;--> statement-breakpoint
CREATE INDEX `outbound_orders_of_batches` ON `outbound_orders` (`batch_call_id`,`status`) WHERE "outbound_orders"."batch_call_id" IS NOT NULL;