import { z } from "zod";
import { idSchema } from "../values/ids.ts";
import { permitRefusalSchema } from "./permits.ts";

/** What would become of an INVITE, asked of a node: over the link, and in the REST API's own surface. */

const transportSchema = z.enum(["tcp", "tls", "udp"]);
const signalledSchema = z.string().max(256);
const sdpSchema = z.string().max(16_384);
const tlsIdentitiesSchema = z.array(z.string().max(253)).max(20);

const routeQuestionSchema = z.object({
  /** Whose numbers and trunks exist for the answer. */
  workspaceId: idSchema("workspace"),
  sourceAddress: z.string(),
  transport: transportSchema,
  tlsIdentities: tlsIdentitiesSchema,
  requestHost: signalledSchema,
  requestUser: signalledSchema,
  toUser: signalledSchema,
  fromUser: signalledSchema,
  /** By lower-case name. */
  headers: z.record(z.string(), z.string()),
  /** Null: the offer is not looked at. */
  sdp: sdpSchema.nullable(),
});
export type RouteQuestion = z.infer<typeof routeQuestionSchema>;

/** The rules of an inbound INVITE, in the order in which they are asked: `limits` by the hub, the others by a node. */
const ruleNameSchema = z.enum([
  "number",
  "source",
  "digest",
  "callers",
  "agent",
  "limits",
  "media",
]);

const ruleSchema = z.object({
  rule: ruleNameSchema,
  /** `not_tested`: the question does not say enough, or no number was found to ask it of. */
  outcome: z.enum(["passed", "refused", "not_tested"]),
  /** A row of docs/call-ends.md, of a refusal. */
  code: z.string().nullable(),
  detail: z.string(),
  /** What would pass; null beside a rule that did. */
  hint: z.string().nullable(),
});
export type RouteTestRule = z.infer<typeof ruleSchema>;

const ceilingSchema = z.object({
  /** What a call is refused with that finds so many. */
  code: permitRefusalSchema,
  limit: z.number().int().nonnegative(),
  sipStatus: z.number().int().nullable(),
  hint: z.string().nullable(),
});

const routeAnswerSchema = z.object({
  /** What the INVITE would be refused with; null: the call would be taken. */
  code: z.string().nullable(),
  sipStatus: z.number().int().nullable(),
  number: z.object({ id: z.string(), phoneNumber: z.string() }).nullable(),
  matchedBy: z.string().nullable(),
  trunkId: z.string().nullable(),
  agent: z.object({ id: z.string(), name: z.string() }).nullable(),
  /** Null without an offer, or when it is refused. */
  media: z.object({ codec: z.string(), srtpSuite: z.string().nullable() }).nullable(),
  dynamicVariables: z.record(z.string(), z.string()),
  rules: z.array(ruleSchema),
  /** Of workspace and agent, in the order in which the hub asks them. Null: there is no number or agent, or the node is older. */
  limits: z
    .object({ ceilings: z.array(ceilingSchema), mayQueue: z.boolean() })
    .nullable()
    .default(null),
});
export type RouteAnswer = z.infer<typeof routeAnswerSchema>;

/** Hub to node. */
export const routeTestToNodeSchema = z.object({
  type: z.literal("route_test"),
  testId: z.string(),
  question: routeQuestionSchema,
});
export type RouteTestToNode = z.infer<typeof routeTestToNodeSchema>;

/** Node to hub; null: the node has no table yet. */
export const routeTestToHubSchema = z.object({
  type: z.literal("route_test_result"),
  testId: z.string(),
  answer: routeAnswerSchema.nullable(),
});
export type RouteTestToHub = z.infer<typeof routeTestToHubSchema>;

/** `POST /v1/route-tests`. */
export const routeTestRequestSchema = z
  .object({
    source_address: z.union([z.ipv4("is not an address"), z.ipv6("is not an address")]),
    /** Dialled at the workspace's own host name. */
    phone_number: signalledSchema.min(1).optional(),
    /** What stands in the Request-URI instead. */
    request_uri: z.strictObject({ user: signalledSchema, host: signalledSchema }).optional(),
    transport: transportSchema.default("tls"),
    /** User part of From. */
    from: signalledSchema.default(""),
    headers: z
      .record(z.string().max(128), z.string().max(1_024))
      .refine((headers) => Object.keys(headers).length <= 64, "has more than 64 members")
      .default({}),
    /** The offer. */
    sdp: sdpSchema.optional(),
    tls_identities: tlsIdentitiesSchema.default([]),
  })
  .refine(
    ({ phone_number: number, request_uri: uri }) => (number === undefined) !== (uri === undefined),
    { message: "Give either phone_number or request_uri", path: ["phone_number"] },
  );
export type RouteTestRequest = z.infer<typeof routeTestRequestSchema>;

export const routeTestViewSchema = z.object({
  accepted: z.boolean(),
  code: z.string().nullable(),
  sip_status: z.number().int().nullable(),
  phone_number_id: z.string().nullable(),
  phone_number: z.string().nullable(),
  matched_by: z.string().nullable(),
  inbound_trunk_id: z.string().nullable(),
  agent_id: z.string().nullable(),
  agent_name: z.string().nullable(),
  media: z.object({ codec: z.string(), srtp_suite: z.string().nullable() }).nullable(),
  dynamic_variables: z.record(z.string(), z.string()),
  rules: z.array(ruleSchema),
});
export type RouteTestView = z.infer<typeof routeTestViewSchema>;
