import { z } from "zod";
import { agentViewSchema, createAgentSchema } from "../../schema/contracts/agent.ts";
import { batchCallSchema } from "../../schema/contracts/batch-call.ts";
import { callActionViewSchema, callViewSchema } from "../../schema/contracts/call-control.ts";
import { conversationViewSchema } from "../../schema/contracts/conversation.ts";
import {
  problemSchema,
  vendorErrorSchema,
  vendorValidationErrorSchema,
} from "../../schema/contracts/errors.ts";
import {
  outboundCallRequestSchema,
  outboundCallResponseSchema,
} from "../../schema/contracts/outbound-call.ts";
import {
  createPhoneNumberSchema,
  inboundTrunkConfigSchema,
  phoneNumberViewSchema,
  updatePhoneNumberSchema,
} from "../../schema/contracts/phone-number.ts";
import {
  answeringMachineDetectionSchema,
  callInitiationFailureSchema,
  postCallTranscriptionSchema,
} from "../../schema/contracts/webhook.ts";

/**
 * What the document calls a schema wherever it occurs. Each of them is one object; all others stand
 * where they are used.
 */
const NAMES = {
  Agent: agentViewSchema,
  AnsweringMachineDetectionEvent: answeringMachineDetectionSchema,
  BatchCall: batchCallSchema,
  Call: callViewSchema,
  CallAction: callActionViewSchema,
  CallInitiationFailureEvent: callInitiationFailureSchema,
  Conversation: conversationViewSchema,
  CreateAgent: createAgentSchema,
  CreatePhoneNumber: createPhoneNumberSchema,
  InboundTrunkConfig: inboundTrunkConfigSchema,
  OutboundCall: outboundCallResponseSchema,
  PhoneNumber: phoneNumberViewSchema,
  PlaceOutboundCall: outboundCallRequestSchema,
  PostCallTranscriptionEvent: postCallTranscriptionSchema,
  Problem: problemSchema,
  UpdatePhoneNumber: updatePhoneNumberSchema,
  VendorError: vendorErrorSchema,
  VendorValidationError: vendorValidationErrorSchema,
} as const satisfies Record<string, z.ZodType>;

/** The generator writes `id` into each of them: by that `moveNamedSchemas` knows them again. */
export function markNamedSchemas(): void {
  for (const [id, schema] of Object.entries(NAMES)) {
    if (!z.globalRegistry.has(schema)) z.globalRegistry.add(schema, { id });
  }
}

type Json = Record<string, unknown>;

/**
 * Puts every marked schema into `schemas` once and a reference in each place.
 * @throws Error when two schemas of one name differ
 */
export function moveNamedSchemas(root: Json, schemas: Json): void {
  for (const [key, value] of Object.entries(root)) root[key] = moved(value, schemas);
}

function moved(value: unknown, schemas: Json): unknown {
  if (Array.isArray(value)) return value.map((one) => moved(one, schemas));
  if (!isObject(value)) return value;
  moveNamedSchemas(value, schemas);
  const { id, type, default: preset, ...rest } = value;
  if (typeof id !== "string" || !Object.hasOwn(NAMES, id)) return value;
  const isNullable = Array.isArray(type) && type.includes("null");
  const schema = { type: "object", ...rest };
  const known = schemas[id];
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) {
    throw new Error(`two schemas of the document are called ${id}`);
  }
  schemas[id] = schema;
  const reference = { $ref: `#/components/schemas/${id}` };
  return {
    ...(isNullable ? { anyOf: [reference, { type: "null" }] } : reference),
    ...(preset === undefined ? {} : { default: preset }),
  };
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
