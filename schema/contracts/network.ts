import { z } from "zod";
import { idSchema } from "../values/ids.ts";
import { RANGE_SERVICES } from "../values/port-rules.ts";
import { regionNameSchema } from "./admin.ts";

/** The published address block: `/v1/admin/network/**` and `/v1/network/subscriptions`. */

/** Life of a range: announced, in use, about to go, gone. */
const RANGE_STATES = ["pending", "active", "deprecated", "removed"] as const;
export type RangeState = (typeof RANGE_STATES)[number];

/** How much notice a version gives: as promised, before anybody relied on it, or none, with a reason. */
const NOTICES = ["scheduled", "initial", "emergency"] as const;
export type Notice = (typeof NOTICES)[number];

/** Who announces the block: a brought one, a contiguous block of the provider's, or single addresses of it. */
const RANGE_FORMS = ["brought_block", "provider_block", "provider_addresses"] as const;
export type RangeForm = (typeof RANGE_FORMS)[number];

/** Who opens flows over the range's addresses, seen from us: `ingress` is towards us. */
export const RANGE_DIRECTIONS = ["ingress", "egress"] as const;
export type RangeDirection = (typeof RANGE_DIRECTIONS)[number];

/** Between the word and the first packet, and between the last packet and the end. */
export const NOTICE_DAYS = 30;

const timeSchema = z.iso.datetime();

/** What the geofeed says (RFC 8805 §2.1.1). */
const geoSchema = z.object({
  /** ISO 3166-1 alpha-2. */
  country: z.string().regex(/^[A-Z]{2}$/, "is not a country code (ISO 3166-1 alpha-2)"),
  /** ISO 3166-2, e.g. `US-VA`. */
  subdivision: z
    .string()
    .regex(/^[A-Z]{2}-[A-Z0-9]{1,3}$/, "is not a subdivision code (ISO 3166-2)")
    .nullable()
    .default(null),
  city: z
    .string()
    .regex(
      /^[\x20\x21\x24-\x2b\x2d-\x7e\u00a0-\uffff]{1,64}$/,
      'has no comma, quotation mark, "#" or control character',
    )
    .nullable()
    .default(null),
});
export type RangeGeo = z.infer<typeof geoSchema>;

const listOfAtLeastOne = <T extends readonly [string, ...string[]]>(values: T) =>
  z
    .array(z.enum(values))
    .min(1)
    .transform((list) => values.filter((value): value is T[number] => new Set(list).has(value)));

const reasonSchema = z
  .string()
  .regex(
    /^[\x20-\x7e\u00a0-\uffff]{1,500}$/,
    "is 1 to 500 characters, none of them a control character",
  );

/** One block of a proposal. */
const proposedRangeSchema = z.object({
  /** Canonical: no bits behind the prefix. */
  prefix: z.string().max(64),
  region: regionNameSchema,
  geo: geoSchema,
  services: listOfAtLeastOne(RANGE_SERVICES),
  direction: listOfAtLeastOne(RANGE_DIRECTIONS).default([...RANGE_DIRECTIONS]),
  form: z.enum(RANGE_FORMS),
  /** Who holds the block in the registry: the company, or its cloud provider. */
  holder: z
    .string()
    .regex(/^[\x20-\x7e\u00a0-\uffff]{1,128}$/, "is 1 to 128 characters, none a control character"),
  /** The AS that announces it; null: not known. */
  asn: z.number().int().min(1).max(4_294_967_294).nullable().default(null),
});
export type ProposedRange = z.infer<typeof proposedRangeSchema>;

/** `POST /v1/admin/network/ranges`: one version, whatever the number of ranges. */
export const proposeRangesSchema = z.object({
  ranges: z.array(proposedRangeSchema).min(1).max(64),
  notice: z.enum(NOTICES).default("scheduled"),
  /** When the ranges become active; absent: as soon as the notice allows. */
  active_from: z.iso.datetime({ offset: true }).optional(),
  /** Required for an emergency; published. */
  reason: reasonSchema.optional(),
});
export type ProposeRanges = z.infer<typeof proposeRangesSchema>;

const hurrySchema = {
  /** `emergency` passes over the notice, and says so to everybody. */
  notice: z.enum(["scheduled", "emergency"]).default("scheduled"),
  reason: reasonSchema.optional(),
};

/** `POST /v1/admin/network/ranges/{range_id}/activate` and `/remove`. */
export const changeRangeSchema = z.object(hurrySchema);
export type ChangeRange = z.infer<typeof changeRangeSchema>;

/** `POST /v1/admin/network/ranges/{range_id}/deprecate`. */
export const deprecateRangeSchema = z.object({
  ...hurrySchema,
  /** Not before; absent: as soon as the notice allows. */
  remove_after: z.iso.datetime({ offset: true }).optional(),
});
export type DeprecateRange = z.infer<typeof deprecateRangeSchema>;

const rangeViewSchema = z.object({
  range_id: idSchema("addressRange"),
  prefix: z.string(),
  region: z.string(),
  geo: geoSchema,
  services: z.array(z.enum(RANGE_SERVICES)),
  direction: z.array(z.enum(RANGE_DIRECTIONS)),
  form: z.enum(RANGE_FORMS),
  holder: z.string(),
  asn: z.number().int().nullable(),
  state: z.enum(RANGE_STATES),
  /** In which version it was first published, and in which it last changed. */
  announced_version: z.number().int(),
  changed_version: z.number().int(),
  announced_at: timeSchema,
  active_from: timeSchema,
  /** Null unless it is deprecated or removed. */
  remove_after: timeSchema.nullable(),
});
export type RangeView = z.infer<typeof rangeViewSchema>;

/** The ranges as they stand, and the version that says so. */
export const rangesViewSchema = z.object({
  /** 0: nothing has been published yet. */
  version: z.number().int(),
  ranges: z.array(rangeViewSchema),
});
export type RangesView = z.infer<typeof rangesViewSchema>;

/** What a change answers. */
export const rangesChangedSchema = z.object({
  version: z.number().int(),
  /** What the public feed serves by now; lower than `version` while it could not be rendered. */
  published_version: z.number().int().nullable(),
  ranges: z.array(rangeViewSchema),
});
export type RangesChanged = z.infer<typeof rangesChangedSchema>;

/** `GET /v1/network/subscriptions`: who has fetched which version, the longest behind first. */
export const subscriptionsSchema = z.object({
  version: z.number().int().nullable(),
  data: z.array(
    z.object({
      /** `api_key` where the fetch had one, else `user_agent`. */
      kind: z.enum(["api_key", "user_agent"]),
      /** The key's id, or the user agent's first 120 characters. */
      name: z.string(),
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
export type Subscriptions = z.infer<typeof subscriptionsSchema>;

/** What a version has changed, as the public feed tells it. */
export const rangeChangeSchema = z.object({
  range_id: z.string(),
  disposition: z.enum(["announce", "activate", "deprecate", "remove", "withdraw"]),
  prefix: z.string(),
  region: z.string(),
  services: z.array(z.enum(RANGE_SERVICES)),
  /** When it takes effect. */
  effective_at_ms: z.number().int(),
});
export type RangeChange = z.infer<typeof rangeChangeSchema>;
