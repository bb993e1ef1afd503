CREATE TABLE `conversation_marks` (
	`conversation_id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`feedback` text,
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `conversation_tags` (
	`id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`title` text NOT NULL,
	`description` text,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `conversation_tags_workspace` ON `conversation_tags` (`workspace_id`,`id`);--> statement-breakpoint
CREATE TABLE `tagged_conversations` (
	`conversation_id` text NOT NULL,
	`tag_id` text NOT NULL,
	PRIMARY KEY(`conversation_id`, `tag_id`),
	FOREIGN KEY (`tag_id`) REFERENCES `conversation_tags`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `tagged_conversations_tag` ON `tagged_conversations` (`tag_id`);--> statement-breakpoint
CREATE TABLE `number_imports` (
	`workspace_id` text NOT NULL,
	`key` text NOT NULL,
	`first_index` integer NOT NULL,
	`last_index` integer NOT NULL,
	`made` text NOT NULL,
	`expires_at_ms` integer NOT NULL,
	PRIMARY KEY(`workspace_id`, `key`, `first_index`),
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `number_imports_expiry` ON `number_imports` (`expires_at_ms`);--> statement-breakpoint
ALTER TABLE `outbound_trunks` ADD `port` integer;