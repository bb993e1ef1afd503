import { z } from "zod";
import type { OpenaiFunction } from "../../../schema/contracts/agent-openai.ts";
import { keysToSendSchema } from "../../../schema/contracts/agent-socket.ts";

/** What the model may have the node do. Their names and arguments are those of docs/design/openai-realtime.md. */

const endCallSchema = z.object({ reason: z.string().max(256).optional() });
const transferCallSchema = z.object({
  destination: z.string().min(1).max(512),
  method: z.enum(["conference", "refer"]).default("conference"),
});
const sendDigitsSchema = z.object({ digits: keysToSendSchema });

const FUNCTIONS = {
  end_call: {
    description:
      "Ends the phone call. What was said before is still heard. Say goodbye first, in the same response.",
    schema: endCallSchema,
  },
  transfer_call: {
    description:
      "Transfers the caller to somebody else. On success the conversation is over; on failure the answer says why.",
    schema: transferCallSchema,
  },
  send_digits: {
    description: "Presses keys on the phone, as for the menu of an automatic system.",
    schema: sendDigitsSchema,
  },
} as const satisfies Record<OpenaiFunction, { description: string; schema: z.ZodType }>;

export interface FunctionTool {
  readonly type: "function";
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export function functionTools(names: readonly OpenaiFunction[]): FunctionTool[] {
  return names.map((name) => {
    const { description, schema } = FUNCTIONS[name];
    const { $schema: _, ...parameters } = z.toJSONSchema(schema, { io: "input" });
    return { type: "function", name, description, parameters };
  });
}

type FunctionCall =
  | { readonly name: "end_call"; readonly args: z.infer<typeof endCallSchema> }
  | { readonly name: "transfer_call"; readonly args: z.infer<typeof transferCallSchema> }
  | { readonly name: "send_digits"; readonly args: z.infer<typeof sendDigitsSchema> };

type ReadCall =
  | { readonly ok: true; readonly call: FunctionCall }
  /** Fit to be told to the model. */
  | { readonly ok: false; readonly problem: string };

/** A call of one of the functions that the session was given. */
export function readFunctionCall(
  name: string,
  args: string,
  allowed: readonly OpenaiFunction[],
): ReadCall {
  const known = allowed.find((one) => one === name);
  switch (known) {
    case "end_call":
      return parsed(endCallSchema, args, (read) => ({ name: known, args: read }));
    case "transfer_call":
      return parsed(transferCallSchema, args, (read) => ({ name: known, args: read }));
    case "send_digits":
      return parsed(sendDigitsSchema, args, (read) => ({ name: known, args: read }));
    case undefined:
      return { ok: false, problem: "there is no such function on this call" };
    default:
      return known satisfies never;
  }
}

function parsed<T>(
  schema: z.ZodType<T>,
  text: string,
  callOf: (args: T) => FunctionCall,
): ReadCall {
  const read = schema.safeParse(parseJson(text));
  if (read.success) return { ok: true, call: callOf(read.data) };
  const [issue] = read.error.issues;
  const where = issue?.path.join(".") || "arguments";
  return { ok: false, problem: `${where}: ${issue?.message ?? "malformed"}` };
}

/** Undefined is what no schema accepts; a function without arguments may be called with no text at all. */
function parseJson(text: string): unknown {
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}
