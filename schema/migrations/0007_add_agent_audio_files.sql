ALTER TABLE `agents` ADD `audio_files` text;--> statement-breakpoint
CREATE INDEX `conversations_live` ON `conversations` (`workspace_id`,`started_at_ms`) WHERE "conversations"."ended_at_ms" IS NULL;