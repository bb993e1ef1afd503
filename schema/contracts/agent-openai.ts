import { z } from "zod";

/** An agent that is a session of the OpenAI Realtime API, or of a server that speaks it. */

export const OPENAI_REALTIME_URL = "wss://api.openai.com/v1/realtime";

const OPENAI_FUNCTIONS = ["end_call", "transfer_call", "send_digits"] as const;
/** What the model may have the node do. */
export type OpenaiFunction = (typeof OPENAI_FUNCTIONS)[number];

const MAX_SESSION_CHARS = 65_536;
/** Members that a node sets, and one that a session cannot change. */
const OURS: readonly string[] = ["type", "model"];

const sessionSchema = z
  .record(z.string(), z.unknown())
  .refine(
    (session) => JSON.stringify(session).length <= MAX_SESSION_CHARS,
    `is more than ${MAX_SESSION_CHARS} characters`,
  )
  .refine(
    (session) => !OURS.some((name) => name in session),
    "has `type` or `model`, which are set by the connection",
  )
  .refine(
    (session) => !hasCredentials(session["tools"]),
    "has a tool with `authorization` or `headers`: a session is kept and given back as it is, and is no place for credentials",
  );

/** An MCP server's. */
function hasCredentials(tools: unknown): boolean {
  if (!Array.isArray(tools)) return false;
  return tools.some((tool: unknown) => {
    if (typeof tool !== "object" || tool === null) return false;
    return "authorization" in tool || "headers" in tool;
  });
}

const model = z.string().regex(/^[\x21-\x7e]{1,256}$/, "is not 1 to 256 characters without spaces");

/** Beside where it is. */
export const openaiSettingsSchema = z.object({
  model: z.string(),
  /** The vendor's object, as it was given. */
  session: z.record(z.string(), z.unknown()),
  /** Whether it greets when the call is answered, or waits for the caller. */
  speaksFirst: z.boolean(),
  functions: z.array(z.enum(OPENAI_FUNCTIONS)),
});
export type OpenaiSettings = z.infer<typeof openaiSettingsSchema>;

/** As clients write it, beside URL, headers and key. */
export const openaiConfig = {
  model,
  session: sessionSchema.nullish(),
  /** True when absent. */
  speaks_first: z.boolean().nullish(),
  /** All when absent. */
  functions: z.array(z.enum(OPENAI_FUNCTIONS)).nullish(),
};

/** As answers have it. */
export const openaiView = {
  model: z.string(),
  session: z.record(z.string(), z.unknown()),
  speaks_first: z.boolean(),
  functions: z.array(z.enum(OPENAI_FUNCTIONS)),
};

export function openaiSettingsOf(
  config: z.infer<z.ZodObject<typeof openaiConfig>>,
): OpenaiSettings {
  return {
    model: config.model,
    session: config.session ?? {},
    speaksFirst: config.speaks_first ?? true,
    functions: [...new Set(config.functions ?? OPENAI_FUNCTIONS)],
  };
}

export function openaiViewOf(settings: OpenaiSettings): z.infer<z.ZodObject<typeof openaiView>> {
  const { model, session, speaksFirst, functions } = settings;
  return { model, session, speaks_first: speaksFirst, functions };
}
