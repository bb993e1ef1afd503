import { z } from "zod";

/**
 * What a conversation is started with beside the call itself: from the pre-call webhook, or from the
 * request that places a call.
 */

/** Names that are the platform's: nothing from outside sets one. */
const SYSTEM_PREFIX = "system__";
/** Values that go to the agent and nowhere else: no record, no answer, no log. */
const SECRET_PREFIX = "secret__";

/** Inserted as they are, once; never expanded again. */
export type DynamicVariables = Readonly<Record<string, string | number | boolean>>;

const MAX_VARIABLES = 256;
const MAX_VALUE_CHARS = 16_384;

const dynamicVariablesSchema = z
  .record(
    z.string().regex(/^[^\s{}]{1,128}$/, "is not the name of a variable"),
    z.union([z.string().max(MAX_VALUE_CHARS), z.number(), z.boolean()], {
      error: "is neither text nor a number nor a truth value",
    }),
  )
  .refine(
    (variables) => Object.keys(variables).length <= MAX_VARIABLES,
    `are more than ${MAX_VARIABLES}`,
  );

const MAX_DEPTH = 32;

const identifierSchema = z.string().max(256);
const objectSchema = z
  .record(z.string(), z.unknown())
  .refine((value) => !isDeeper(value, MAX_DEPTH), `nests more than ${MAX_DEPTH} deep`);

/** As records and agents have it. */
export const clientDataSchema = z.object({
  dynamicVariables: dynamicVariablesSchema,
  conversationConfigOverride: objectSchema,
  customLlmExtraBody: objectSchema,
  userId: identifierSchema.nullable(),
  branchId: identifierSchema.nullable(),
  environment: identifierSchema.nullable(),
});
export type ClientData = z.infer<typeof clientDataSchema>;

/** As clients write it. What is absent or null says nothing. */
export const initiationDataSchema = z.looseObject({
  type: z.literal("conversation_initiation_client_data").nullish(),
  dynamic_variables: z
    .record(z.string(), z.unknown())
    .transform((given) => withoutNulls(given))
    .pipe(dynamicVariablesSchema)
    .nullish(),
  conversation_config_override: objectSchema.nullish(),
  custom_llm_extra_body: objectSchema.nullish(),
  user_id: identifierSchema.nullish(),
  branch_id: identifierSchema.nullish(),
  environment: identifierSchema.nullish(),
});
export type InitiationData = z.infer<typeof initiationDataSchema>;

export const NO_CLIENT_DATA: ClientData = {
  dynamicVariables: {},
  conversationConfigOverride: {},
  customLlmExtraBody: {},
  userId: null,
  branchId: null,
  environment: null,
};

/** Whether it says nothing at all. */
export function isEmptyClientData(data: ClientData): boolean {
  return Object.values(data).every((said) => said === null || isEmptyObject(said));
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** What was written, as it applies: a variable of the system's own is left out, as is an override that is null. */
export function clientDataOf(data: InitiationData): ClientData {
  return {
    dynamicVariables: filterNames(
      data.dynamic_variables ?? {},
      (name) => !name.startsWith(SYSTEM_PREFIX),
    ),
    conversationConfigOverride: withoutNullsBelow(data.conversation_config_override ?? {}),
    customLlmExtraBody: data.custom_llm_extra_body ?? {},
    userId: data.user_id ?? null,
    branchId: data.branch_id ?? null,
    environment: data.environment ?? null,
  };
}

/** Without the variables whose values only the agent may have. */
export function recordableVariables(variables: DynamicVariables): DynamicVariables {
  return filterNames(variables, (name) => !name.startsWith(SECRET_PREFIX));
}

function filterNames(
  variables: DynamicVariables,
  isKept: (name: string) => boolean,
): DynamicVariables {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => isKept(name)));
}

/** What nests without end could exhaust the stack of whoever walks it. */
function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth === 0 || Object.values(value).some((member) => isDeeper(member, depth - 1));
}

function withoutNulls(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
}

/** Depth is bounded by `objectSchema`. */
function withoutNullsBelow(given: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]: [string, unknown]) => {
      if (value === null) return [];
      const isNested = typeof value === "object" && !Array.isArray(value);
      return [[name, isNested ? withoutNullsBelow(value) : value]];
    }),
  );
}
