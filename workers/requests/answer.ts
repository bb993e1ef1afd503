import type { Context } from "hono";
import type { AppEnv } from "../app-type.ts";

/** Hono merges the headers of an answer into the next one unless it is taken away first. */
export function replaceAnswer(c: Context<AppEnv>, answer: Response): void {
  c.res = undefined;
  c.res = answer;
}

/** All at once: Hono's `header` makes a new answer for each. */
export function addHeaders(c: Context<AppEnv>, headers: Readonly<Record<string, string>>): void {
  const answer = new Response(c.res.body, c.res);
  for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value);
  replaceAnswer(c, answer);
}
