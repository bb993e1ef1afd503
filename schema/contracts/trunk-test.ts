import { z } from "zod";
import { idSchema } from "../values/ids.ts";
import { TRUNK_TEST_STAGES } from "../values/trunk-test-stages.ts";
import { outboundTrunkConfigSchema } from "./phone-number.ts";
import { outboundTrunkRouteSchema } from "./routing.ts";

/**
 * What stands between a node and a trunk, found out stage by stage: asked of a node over the link, and in the REST API's
 * own surface. A stage has one shape in both, so that it travels as it was found.
 */

const stageNameSchema = z.enum(TRUNK_TEST_STAGES);
export type TrunkTestStageName = z.infer<typeof stageNameSchema>;

/**
 * Where what failed has to be put right. `trunk_settings`: in the configuration of the trunk itself. `carrier` and `pbx`
 * are the same place, the SIP server that the trunk names, by who runs it.
 */
const FAULT_SIDES = [
  "dns",
  "customer_firewall",
  "pbx",
  "carrier",
  "trunk_settings",
  "trunkline",
] as const;
const sideSchema = z.enum(FAULT_SIDES);
export type FaultSide = z.infer<typeof sideSchema>;

const transportSchema = z.enum(["tcp", "tls", "udp"]);

/** What a firewall has to let through. */
const allowSchema = z.object({
  /** Of the published port table. */
  rules: z.array(z.number().int()),
  protocol: z.enum(["tcp", "udp"]),
  /** The address block of the region; the node's own address where none is published. */
  from: z.array(z.string()),
  to: z.array(z.string()),
  to_port: z.number().int(),
});
export type AllowRule = z.infer<typeof allowSchema>;

const failureSchema = z.object({
  /** Stable machine key. */
  code: z.string(),
  side: sideSchema,
  /** What to do about it. */
  hint: z.string(),
  /** Null where no firewall can be the reason. */
  allow: allowSchema.nullable(),
});
export type TrunkTestFailure = z.infer<typeof failureSchema>;

const lookupSchema = z.object({
  type: z.enum(["NAPTR", "SRV", "A", "AAAA"]),
  name: z.string(),
  /** As a zone file has them, without name and class. */
  records: z.array(z.string()),
  /** The resolver's code; null: it was answered. */
  error: z.string().nullable(),
});
export type DnsLookup = z.infer<typeof lookupSchema>;

const triedTargetSchema = z.object({
  address: z.string(),
  port: z.number().int(),
  transport: transportSchema,
  /** `not_tried`: an earlier one was reached. `not_public`: of a range that is never called. */
  outcome: z.enum([
    "connected",
    "refused",
    "timed_out",
    "unreachable",
    "reset",
    "no_route",
    "not_public",
    "not_tried",
  ]),
});
export type TriedTarget = z.infer<typeof triedTargetSchema>;

const chainLinkSchema = z.object({
  subject: z.string(),
  issuer: z.string(),
  /** RFC 3339, to the second. */
  not_after: z.string(),
});

const tlsFactsSchema = z.object({
  /** Null: the handshake was not completed. */
  version: z.string().nullable(),
  cipher: z.string().nullable(),
  /** Of subjectAltName: what the certificate is for (RFC 5922 §7.1). */
  names: z.array(z.string()),
  /** The name that had to be among them. */
  expected_name: z.string(),
  not_before: z.string().nullable(),
  not_after: z.string().nullable(),
  days_left: z.number().int().nullable(),
  /** Leaf first, as far as the server has sent it. */
  chain: z.array(chainLinkSchema),
});
export type TlsFacts = z.infer<typeof tlsFactsSchema>;

const exchangeSchema = z.object({
  method: z.string(),
  has_credentials: z.boolean(),
  /** Of the first 32 responses, in order, cut to 128 characters. */
  status_lines: z.array(z.string()),
  duration_ms: z.number().int(),
});
export type SipExchangeFact = z.infer<typeof exchangeSchema>;

const factsSchema = z.object({
  lookups: z.array(lookupSchema).optional(),
  targets: z.array(triedTargetSchema).optional(),
  tls: tlsFactsSchema.optional(),
  exchanges: z.array(exchangeSchema).optional(),
});
export type TrunkTestFacts = z.infer<typeof factsSchema>;

export const trunkTestStageSchema = z.object({
  stage: stageNameSchema,
  status: z.enum(["ok", "failed", "skipped"]),
  duration_ms: z.number().int().nonnegative(),
  /** One sentence: what was found, or why nothing was looked for. */
  detail: z.string(),
  facts: factsSchema,
  /** Of a stage that failed; null of any other. */
  failure: failureSchema.nullable(),
  /** It passed, and may not tomorrow or for calls: a certificate that runs out, a refused OPTIONS. */
  warning: z.string().nullable(),
});
export type TrunkTestStage = z.infer<typeof trunkTestStageSchema>;

const questionSchema = z.object({
  workspaceId: idSchema("workspace"),
  /** As the routing table has one; the password sealed for this region. */
  trunk: outboundTrunkRouteSchema,
  /** Who runs the SIP server that the trunk names, as far as is known. */
  peerSide: z.enum(["pbx", "carrier"]),
  /** User part of From. */
  caller: z.string().max(128),
  /** Null: nobody is rung. */
  called: z.string().max(128).nullable(),
});
export type TrunkTestQuestion = z.infer<typeof questionSchema>;

/** What a node says in its `hello` that it can do: hubs ask no other for a test. */
export const TRUNK_TEST_ABILITY = "trunk_test";

/** Hub to node. */
export const trunkTestToNodeSchema = z.object({
  type: z.literal("trunk_test"),
  testId: idSchema("trunkTest"),
  question: questionSchema,
});
export type TrunkTestToNode = z.infer<typeof trunkTestToNodeSchema>;

/** Node to hub: one message a stage, then one that it is over. */
export const trunkTestStageToHubSchema = z.object({
  type: z.literal("trunk_test_stage"),
  testId: idSchema("trunkTest"),
  stage: trunkTestStageSchema,
});
export const trunkTestEndToHubSchema = z.object({
  type: z.literal("trunk_test_end"),
  testId: idSchema("trunkTest"),
  /** `busy`: it runs as many as it may, and no stage of this one has run. */
  outcome: z.enum(["done", "busy", "failed"]),
});
export type TrunkTestToHub =
  | z.infer<typeof trunkTestStageToHubSchema>
  | z.infer<typeof trunkTestEndToHubSchema>;

/** `POST /v1/trunk-tests`. */
export const trunkTestRequestSchema = z
  .object({
    /** The outbound trunk of this number, as it is. */
    phone_number_id: z.string().optional(),
    /** Or one that is not stored: a test before it is. */
    outbound_trunk_config: outboundTrunkConfigSchema.optional(),
    /** User part of From; absent: the number's own, else `trunk-test`. */
    caller: z.string().min(1).max(128).optional(),
    /** Rings this number, and hangs up at the first ring. */
    invite: z.strictObject({ to: z.string().min(1).max(128) }).optional(),
  })
  .refine(
    ({ phone_number_id: id, outbound_trunk_config: config }) =>
      (id === undefined) !== (config === undefined),
    {
      message: "Give either phone_number_id or outbound_trunk_config",
      path: ["phone_number_id"],
    },
  );
export type TrunkTestRequest = z.infer<typeof trunkTestRequestSchema>;

const runSchema = z.object({
  trunk_test_id: z.string(),
  region: z.string(),
  /** Which runs it. */
  node_id: z.string(),
});

const verdictSchema = z.object({
  /** `incomplete`: the node was lost on the way. */
  verdict: z.enum(["passed", "failed", "incomplete"]),
  failed_stage: stageNameSchema.nullable(),
});

/** With `Accept: application/json`. */
export const trunkTestViewSchema = runSchema
  .extend(verdictSchema.shape)
  .extend({ stages: z.array(trunkTestStageSchema) });
export type TrunkTestView = z.infer<typeof trunkTestViewSchema>;

/** One line of the stream: the first, one a stage, and the last. */
export const trunkTestLineSchema = z.discriminatedUnion("type", [
  runSchema.extend({ type: z.literal("start") }),
  trunkTestStageSchema.extend({ type: z.literal("stage") }),
  verdictSchema.extend({ type: z.literal("end") }),
]);
export type TrunkTestLine = z.infer<typeof trunkTestLineSchema>;
