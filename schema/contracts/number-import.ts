import { z } from "zod";
import { problemSchema } from "./errors.ts";

/** `POST /v1/phone-numbers/import`: a number a line in the shape of a single import, a result a line out. */

/** Of one request; whoever has more sends it in parts. */
export const MAX_IMPORT_ROWS = 100_000;
export const MAX_IMPORT_BYTES = 104_857_600;
/** Of one line, its end not counted. */
export const MAX_IMPORT_LINE_BYTES = 65_536;
/** For how long a key remembers which rows are made. */
export const IMPORT_KEPT_MS = 24 * 3_600_000;

export const importQuerySchema = z.object({
  /** Addresses that hold a port or a transport are split, instead of refused. */
  split_addresses: z.stringbool().default(false),
});

/** What became of the row at `index`, counted from 0; empty lines are no rows. */
export const importResultSchema = z.union([
  z.object({
    index: z.number().int(),
    status: z.literal("imported"),
    phone_number_id: z.string(),
    /** Null of an extension or a name. */
    e164: z.string().nullable(),
    /** Made by an earlier request with the same key. */
    replayed: z.literal(false),
    /** Nodes at this version of their region's table answer calls to it. */
    routing_revision: z.number().int(),
  }),
  z.object({
    index: z.number().int(),
    status: z.literal("imported"),
    phone_number_id: z.string(),
    replayed: z.literal(true),
  }),
  z.object({ index: z.number().int(), status: z.literal("failed"), problem: problemSchema }),
]);
