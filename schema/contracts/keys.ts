import { z } from "zod";
import { idSchema } from "../values/ids.ts";

/** The kind of what is no row, and in no backup: recordings are objects, of which the oldest is told for all. */
export const RECORDINGS_KIND = "recordings";

/** `GET /v1/admin/keys`: what is sealed at rest, by the master key that opens it. */
export const masterKeysSchema = z.object({
  /** Seals from now on. */
  sealing_key_id: z.string(),
  /** Open what was sealed under them. */
  held_key_ids: z.array(z.string()),
  rows: z.array(
    z.object({
      key_id: z.string(),
      /** `table.column`, or `RECORDINGS_KIND`. */
      kind: z.string(),
      rows: z.number().int(),
      /** Whether the Worker has the key. */
      is_held: z.boolean(),
    }),
  ),
  /** Held, not sealing, and nothing that is kept is sealed under them. */
  retirable_key_ids: z.array(z.string()),
});
export type MasterKeys = z.infer<typeof masterKeysSchema>;

/** `POST /v1/admin/keys/reseal`: one step of sealing everything under the key that seals. */
export const resealRequestSchema = z.object({
  /** Of the answer before; absent: from the beginning. */
  cursor: z.string().nullish(),
});

export const resealResponseSchema = z.object({
  resealed: z.number().int(),
  /** Rows whose key the Worker does not have, or that do not open under it. They are as they were. */
  unopened: z.number().int(),
  /** For the next step; null: nothing is left beyond this one. */
  cursor: z.string().nullable(),
});
export type ResealResponse = z.infer<typeof resealResponseSchema>;

/** `DELETE /v1/admin/nodes/{node_id}`. */
export const nodeRevokedSchema = z.object({
  node_id: idSchema("node"),
  region: z.string(),
  /** Of the key that the region's secrets are sealed under from now on. */
  region_key_id: z.string(),
});
export type NodeRevoked = z.infer<typeof nodeRevokedSchema>;
