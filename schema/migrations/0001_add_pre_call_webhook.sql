CREATE TABLE `workspace_settings` (
	`workspace_id` text PRIMARY KEY NOT NULL,
	`pre_call_webhook` text,
	`pre_call_headers` text,
	`vendor_fields` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
ALTER TABLE `agents` ADD `pre_call_webhook` text;--> statement-breakpoint
ALTER TABLE `agents` ADD `pre_call_headers` text;