import type { Context, TypedResponse } from "hono";
import type { JsonText } from "../../schema/values/json-text.ts";
import type { AppEnv } from "../app-type.ts";

/**
 * As `c.json(value, 200)` for what is text already. Nothing in it is volatile (entity-tags.ts), and its
 * tag is made from the text, which a `Response` would have to be read for.
 */
export function answerText<T>(c: Context<AppEnv>, text: JsonText<T>) {
  c.set("answerText", text);
  const answer: Response = c.body(text, 200, { "content-type": "application/json" });
  return answer as Response & TypedResponse<T, 200, "json">; // the type that the text says it has
}

/** Hono merges the headers of an answer into the next one unless it is taken away first. */
export function replaceAnswer(c: Context<AppEnv>, answer: Response): void {
  c.res = undefined;
  c.res = answer;
}

/** In place where that can be: Hono's `header` makes a new answer for each. */
export function addHeaders(c: Context<AppEnv>, headers: Readonly<Record<string, string>>): void {
  const entries = Object.entries(headers);
  try {
    for (const [name, value] of entries) c.res.headers.set(name, value);
  } catch (error) {
    // Those of an answer that was fetched cannot change.
    if (!(error instanceof TypeError)) throw error;
    const answer = new Response(c.res.body, c.res);
    for (const [name, value] of entries) answer.headers.set(name, value);
    replaceAnswer(c, answer);
  }
}
