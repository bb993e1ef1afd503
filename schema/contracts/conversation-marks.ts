import { z } from "zod";

/** What people say of conversations, in the vendor's shapes: feedback and tags. */

/** `POST …/{conversation_id}/feedback`: null takes it back. */
export const feedbackRequestSchema = z.object({
  feedback: z.enum(["like", "dislike"]).nullish(),
});

const titleSchema = z.string().trim().min(1).max(256);
const descriptionSchema = z.string().max(1_024);

export const createTagSchema = z.object({
  title: titleSchema,
  description: descriptionSchema.nullish(),
});
export type CreateTag = z.infer<typeof createTagSchema>;

/** What is absent stays; null empties the description. */
export const updateTagSchema = z.object({
  title: titleSchema.nullish(),
  description: descriptionSchema.nullish(),
});
export type UpdateTag = z.infer<typeof updateTagSchema>;

export const tagViewSchema = z.object({
  tag_id: z.string(),
  workspace_id: z.string(),
  /** Keys belong to a workspace, not to people. */
  owner_user_id: z.literal(""),
  title: z.string(),
  description: z.string().nullable(),
  created_at_unix_secs: z.number().int(),
});
export type TagView = z.infer<typeof tagViewSchema>;

export const tagPageQuerySchema = z.object({
  page_size: z.coerce.number().int().min(1).max(100).default(30),
  cursor: z.string().optional(),
});
export type TagPageQuery = z.infer<typeof tagPageQuerySchema>;

export const tagPageSchema = z.object({
  conversation_tags: z.array(tagViewSchema),
  next_cursor: z.string().nullable(),
  has_more: z.boolean(),
});

/** `POST …/{conversation_id}/tags`. */
export const assignTagsSchema = z.object({ tag_ids: z.array(z.string()).min(1).max(100) });
