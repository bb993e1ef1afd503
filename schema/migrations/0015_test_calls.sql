ALTER TABLE `conversations` ADD `is_test` integer;--> statement-breakpoint
CREATE INDEX `conversations_tests` ON `conversations` (`workspace_id`,`started_at_ms`) WHERE "conversations"."is_test" = 1;