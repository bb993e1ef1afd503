import type { z } from "zod";

export type ReadMessage<T> =
  | { readonly ok: true; readonly message: T }
  /** Where it is malformed, and how: fit to be told to the agent. */
  | { readonly ok: false; readonly problem: string };

/** A JSON message of an agent, as its protocol has it. */
export function readMessage<T>(schema: z.ZodType<T>, text: string): ReadMessage<T> {
  return readValue(schema, parseJson(text));
}

/** The same of JSON that has been parsed. */
export function readValue<T>(schema: z.ZodType<T>, value: unknown): ReadMessage<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, message: parsed.data };
  const [issue] = parsed.error.issues;
  const where = issue?.path.join(".") || "message";
  return { ok: false, problem: `${where}: ${issue?.message ?? "malformed"}` };
}

/** Undefined is what no schema accepts. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
