CREATE TABLE `outbound_orders` (
	`id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`region` text NOT NULL,
	`call_id` text NOT NULL,
	`phone_number_id` text NOT NULL,
	`agent_id` text NOT NULL,
	`to_number` text NOT NULL,
	`api_key_id` text NOT NULL,
	`status` text NOT NULL,
	`answer` text,
	`created_at_ms` integer NOT NULL,
	`settled_at_ms` integer,
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `outbound_orders_call_id_unique` ON `outbound_orders` (`call_id`);--> statement-breakpoint
CREATE INDEX `outbound_orders_workspace` ON `outbound_orders` (`workspace_id`,`created_at_ms`);--> statement-breakpoint
CREATE INDEX `outbound_orders_open` ON `outbound_orders` (`region`,`status`,`created_at_ms`);--> statement-breakpoint
CREATE TABLE `rejected_attempts` (
	`id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`phone_number_id` text,
	`conversation_id` text,
	`node_id` text NOT NULL,
	`code` text NOT NULL,
	`sip_status` integer NOT NULL,
	`reason` text NOT NULL,
	`hint` text,
	`source_address` text,
	`source_port` integer NOT NULL,
	`transport` text NOT NULL,
	`request_user` text NOT NULL,
	`request_host` text NOT NULL,
	`to_user` text NOT NULL,
	`from_user` text NOT NULL,
	`sip_call_id` text NOT NULL,
	`attempts` integer NOT NULL,
	`first_at_ms` integer NOT NULL,
	`last_at_ms` integer NOT NULL,
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `rejected_attempts_workspace` ON `rejected_attempts` (`workspace_id`,`first_at_ms`,`id`);--> statement-breakpoint
CREATE INDEX `rejected_attempts_age` ON `rejected_attempts` (`first_at_ms`);--> statement-breakpoint
CREATE TABLE `sip_message_logs` (
	`call_id` text PRIMARY KEY NOT NULL,
	`conversation_id` text NOT NULL,
	`workspace_id` text NOT NULL,
	`phone_number_id` text NOT NULL,
	`started_at_ms` integer NOT NULL,
	`messages` integer NOT NULL,
	`bytes` integer NOT NULL,
	`object_key` text NOT NULL,
	FOREIGN KEY (`workspace_id`) REFERENCES `workspaces`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `sip_message_logs_conversation` ON `sip_message_logs` (`conversation_id`);--> statement-breakpoint
CREATE INDEX `sip_message_logs_number` ON `sip_message_logs` (`phone_number_id`,`started_at_ms`,`call_id`);--> statement-breakpoint
CREATE INDEX `sip_message_logs_age` ON `sip_message_logs` (`started_at_ms`);--> statement-breakpoint
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
ALTER TABLE `agents` ADD `pre_call_headers` text;--> statement-breakpoint
ALTER TABLE `conversations` ADD `provisional_until_ms` integer;--> statement-breakpoint
CREATE INDEX `conversations_provisional` ON `conversations` (`provisional_until_ms`) WHERE "conversations"."provisional_until_ms" > 0;--> statement-breakpoint
ALTER TABLE `inbound_trunks` ADD `digest_algorithm` text DEFAULT 'MD5' NOT NULL;--> statement-breakpoint
ALTER TABLE `inbound_trunks` ADD `digest_challenge` integer DEFAULT 401 NOT NULL;--> statement-breakpoint
ALTER TABLE `inbound_trunks` ADD `tls_identities` text;--> statement-breakpoint
ALTER TABLE `inbound_trunks` ADD `allow_refer` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `inbound_trunks` ADD `calls_per_second` real;--> statement-breakpoint
ALTER TABLE `outbound_trunks` ADD `caller_identity` text DEFAULT '{"fromUser":"number","assertedIdentity":"none","numberForm":"as_given"}' NOT NULL;--> statement-breakpoint
ALTER TABLE `outbound_trunks` ADD `insecure_sdes` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `outbound_trunks` ADD `calls_per_second` real;--> statement-breakpoint
ALTER TABLE `outbound_trunks` ADD `remote_domains` text;--> statement-breakpoint
ALTER TABLE `outbound_trunks` ADD `allow_refer` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `workspaces` ADD `concurrency_limit` integer;