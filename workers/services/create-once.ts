import type { z } from "zod";
import { retentionMs } from "../../schema/values/retention.ts";
import type { AppDeps } from "../app-type.ts";
import { sha256Hex } from "../auth/api-key.ts";
import { findKeptAnswer, type IdempotencyScope, keepAnswer } from "../db/idempotency-keys.ts";
import type { Statement } from "../db/write-unit.ts";
import { type Outcome, refuse, succeed } from "../errors/refusal.ts";
import { secretOwner } from "../secrets/secrets.ts";
import { KeyUsedMeanwhile } from "./commit-unit.ts";

/** A request that makes something, as `Idempotency-Key` tells it from another. */
export interface OnceRequest {
  readonly workspaceId: string;
  /** Method and path. */
  readonly operation: string;
  /** Undefined: the request does not ask to be told apart. */
  readonly key: string | undefined;
  readonly body: string;
}

/**
 * Statements that keep `answer` for repetitions, for the end of the unit that makes what it tells of.
 * `region` is given when the answer has the `routing_revision` of that unit beside it.
 */
export type KeepAnswer = (answer: object, region: string | null) => Promise<readonly Statement[]>;

export interface CreatedOnce<T> {
  readonly value: T;
  /** It was made by an earlier request. */
  readonly isReplayed: boolean;
}

const KEEP_MS = retentionMs({}, "idempotency_keys");

/**
 * Makes something once for each key, however often the request comes: the answer is kept, sealed, in
 * the transaction that makes it, so that there is never one without the other.
 */
export async function createOnce<S extends z.ZodType>(
  deps: Pick<AppDeps, "db" | "secrets" | "clock" | "inFlight">,
  request: OnceRequest,
  answerSchema: S,
  create: (keep: KeepAnswer) => Promise<Outcome<z.infer<S>>>,
): Promise<Outcome<CreatedOnce<z.infer<S>>>> {
  const { key, operation, workspaceId } = request;
  if (key === undefined) return fresh(await create(() => Promise.resolve([])));
  const scope: IdempotencyScope = { workspaceId, operation, key };
  const owner = secretOwner.keptAnswer(workspaceId, operation, key);
  const bodySha256 = await sha256Hex(request.body);

  const replay = async (): Promise<Outcome<CreatedOnce<z.infer<S>>> | null> => {
    const kept = await findKeptAnswer(deps.db, scope, deps.clock());
    if (kept === null) return null;
    if (kept.bodySha256 !== bodySha256) return refuse(KEY_REUSED);
    const answer: unknown = JSON.parse(await deps.secrets.unseal(kept.answer, owner));
    const revision = kept.routingRevision;
    const whole =
      revision === null ? answer : Object.assign({}, answer, { routing_revision: revision });
    return succeed({ value: answerSchema.parse(whole), isReplayed: true });
  };
  const keep: KeepAnswer = async (answer, region) => {
    const nowMs = deps.clock();
    const sealed = await deps.secrets.seal(JSON.stringify(answer), owner);
    const expiresAtMs = nowMs + KEEP_MS;
    return keepAnswer(scope, { bodySha256, answer: sealed, region, nowMs, expiresAtMs });
  };

  if (deps.inFlight.has(owner)) return refuse(IN_PROGRESS);
  deps.inFlight.add(owner);
  try {
    const before = await replay();
    if (before !== null) return before;
    const outcome = await create(keep);
    // What stands in the way may be what another isolate has just made for the same key.
    return outcome.ok ? fresh(outcome) : ((await replay()) ?? outcome);
  } catch (error) {
    if (!(error instanceof KeyUsedMeanwhile)) throw error;
    return (await replay()) ?? refuse(IN_PROGRESS);
  } finally {
    deps.inFlight.delete(owner);
  }
}

function fresh<T>(outcome: Outcome<T>): Outcome<CreatedOnce<T>> {
  return outcome.ok ? succeed({ value: outcome.value, isReplayed: false }) : outcome;
}

const KEY_REUSED = {
  status: 422,
  code: "idempotency_key_reused",
  detail: "The Idempotency-Key was sent with another body before.",
  errors: [
    {
      location: "header",
      pointer: "/idempotency-key",
      code: "idempotency_key_reused",
      detail: "It was sent with another body before: take a new key for another request.",
    },
  ],
} as const;

const IN_PROGRESS = {
  status: 409,
  code: "idempotency_in_progress",
  detail: "A request with this Idempotency-Key is being worked on.",
  headers: { "retry-after": "1" },
} as const;
