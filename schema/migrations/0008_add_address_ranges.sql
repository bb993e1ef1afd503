CREATE TABLE `address_ranges` (
	`id` text PRIMARY KEY NOT NULL,
	`prefix` text NOT NULL,
	`region` text NOT NULL,
	`country` text NOT NULL,
	`subdivision` text,
	`city` text,
	`services` text NOT NULL,
	`direction` text NOT NULL,
	`form` text NOT NULL,
	`holder` text NOT NULL,
	`asn` integer,
	`state` text NOT NULL,
	`announced_version` integer NOT NULL,
	`changed_version` integer NOT NULL,
	`announced_at_ms` integer NOT NULL,
	`active_from_ms` integer NOT NULL,
	`activated_at_ms` integer,
	`deprecated_at_ms` integer,
	`remove_after_ms` integer
);
--> statement-breakpoint
CREATE INDEX `address_ranges_state` ON `address_ranges` (`state`);--> statement-breakpoint
CREATE TABLE `network_versions` (
	`version` integer PRIMARY KEY NOT NULL,
	`published_at_ms` integer NOT NULL,
	`notice` text NOT NULL,
	`reason` text,
	`changes` text NOT NULL
);
