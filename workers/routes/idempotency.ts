import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { vendorErrorSchema } from "../../schema/contracts/errors.ts";
import {
  IDEMPOTENT_REPLAYED_HEADER,
  idempotencyHeadersSchema,
} from "../../schema/contracts/idempotency.ts";
import type { AppDeps, AppEnv } from "../app-type.ts";
import { type Outcome, unwrap } from "../errors/refusal.ts";
import { createOnce, type KeepAnswer } from "../services/create-once.ts";
import { json } from "./responses.ts";

/** `Idempotency-Key` on the routes that make something. */

export const idempotencyRequest = { headers: idempotencyHeadersSchema } as const;

/** The answer of such a route, with the header of a repetition. */
export function createdOnce<S extends z.ZodType>(schema: S, description: string) {
  const replayed = z.literal("true").optional();
  return {
    ...json(schema, description),
    headers: z.object({ [IDEMPOTENT_REPLAYED_HEADER]: replayed }),
  };
}

export const inProgressError = {
  409: json(vendorErrorSchema, "A request with the same `Idempotency-Key` is being worked on."),
} as const;

/**
 * What `create` makes, or what it made for the same key before; then the answer says so in a header.
 * @throws RequestRefused
 */
export async function answerOnce<S extends z.ZodType>(
  deps: AppDeps,
  c: Context<AppEnv>,
  key: string | undefined,
  schema: S,
  create: (keep: KeepAnswer) => Promise<Outcome<z.infer<S>>>,
): Promise<z.infer<S>> {
  const { workspaceId } = c.get("principal");
  const operation = `${c.req.method} ${c.req.path}`;
  const body = key === undefined ? "" : await c.req.text();
  const created = unwrap(
    await createOnce(deps, { workspaceId, operation, key, body }, schema, create),
  );
  if (created.isReplayed) c.header(IDEMPOTENT_REPLAYED_HEADER, "true");
  return created.value;
}
