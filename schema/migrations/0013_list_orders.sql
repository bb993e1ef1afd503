CREATE INDEX `conversations_duration` ON `conversations` (`workspace_id`,CASE WHEN "duration_ms" IS NULL THEN 0 ELSE "duration_ms" END,`id`);--> statement-breakpoint
CREATE INDEX `conversations_agent_name` ON `conversations` (`workspace_id`,`agent_name`,`id`);--> statement-breakpoint
CREATE INDEX `phone_numbers_label` ON `phone_numbers` (`workspace_id`,`label`,`id`);--> statement-breakpoint
CREATE INDEX `phone_numbers_identifier` ON `phone_numbers` (`workspace_id`,`called_identifier`,`id`);