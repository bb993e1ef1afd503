import { z } from "zod";

const timeSchema = z.iso.datetime({ offset: true });

/** `GET /v1/network-readers`: which of the workspace's keys have fetched the published addresses, the longest behind first. */
export const networkReadersSchema = z.object({
  /** What is published now; null: nothing. */
  version: z.number().int().nullable(),
  data: z.array(
    z.object({
      api_key_id: z.string(),
      api_key_name: z.string(),
      /** What it fetched last. */
      version: z.number().int(),
      /** Versions behind. */
      behind: z.number().int(),
      path: z.string(),
      fetches: z.number().int(),
      first_at: timeSchema,
      last_at: timeSchema,
    }),
  ),
});
export type NetworkReaders = z.infer<typeof networkReadersSchema>;
