CREATE TABLE `erased_calls` (
	`call_id` text PRIMARY KEY NOT NULL,
	`erased_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `erased_calls_age` ON `erased_calls` (`erased_at_ms`);--> statement-breakpoint
ALTER TABLE `inbound_trunks` ADD `phone_transfer_form` text DEFAULT 'tel' NOT NULL;--> statement-breakpoint
ALTER TABLE `outbound_trunks` ADD `phone_transfer_form` text DEFAULT 'tel' NOT NULL;--> statement-breakpoint
ALTER TABLE `phone_numbers` ADD `transfer_destinations` text DEFAULT '[]' NOT NULL;