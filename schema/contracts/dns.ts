import { z } from "zod";

/** `GET /v1/admin/dns`: the names that callers dial, as the reconciler has them. */

/** How it stands with a name, or why it is not what it should be. */
const NAME_OUTCOMES = [
  /** Not looked at yet. */
  "unknown",
  /** The zone has been read back as it should be, and every server of it answers so. */
  "in_place",
  /** A change was taken; it has not been read back yet, or not every server has it. */
  "written",
  /** The answer to a change was lost: the next look tells whether it was made. */
  "unconfirmed",
  /** The zone was not what a change was made for; it is read again. */
  "conflict",
  "throttled",
  "unreachable",
  /** The zone takes no change from this key, or is not there. */
  "refused",
  /** There are sets without the mark of this control plane: nothing is touched. */
  "not_ours",
  /** Nothing is touched: what stands may be all that works. */
  "no_ready_node",
  /** More than half of the name's nodes would leave within five minutes. */
  "guarded",
  /** A region that serves the name does not say which nodes it has. */
  "region_unseen",
  /** A node's link was lost a moment ago. */
  "just_away",
] as const;
export type NameOutcome = (typeof NAME_OUTCOMES)[number];

const timeSchema = z.iso.datetime();

const membersSchema = z.object({
  /** Of the A and AAAA sets. */
  addresses: z.array(z.string()),
  /** Of the SRV sets. */
  targets: z.array(z.string()),
});

export const dnsViewSchema = z.object({
  data: z.array(
    z.object({
      name: z.string(),
      regions: z.array(z.string()),
      outcome: z.enum(NAME_OUTCOMES),
      /** The DNS server's own code where it refused; null otherwise. */
      code: z.string().nullable(),
      /** Since when it is so. */
      since: timeSchema.nullable(),
      looked_at: timeSchema.nullable(),
      standing: membersSchema,
      wanted: membersSchema,
      /** What stands, is not wanted and may not go yet. */
      left: z.array(z.string()),
    }),
  ),
  nodes: z.array(
    z.object({
      node_id: z.string(),
      region: z.string(),
      /** Null: the node's name cannot be part of a domain name, so that no record leads to it. */
      fqdn: z.string().nullable(),
      address: z.string(),
      state: z.enum(["ready", "draining", "away"]),
      since: timeSchema,
    }),
  ),
  /** Regions that did not answer at the last look. */
  unseen_regions: z.array(z.string()),
});
export type DnsView = z.infer<typeof dnsViewSchema>;
