import type {
  ApiKeyCreated,
  ApiKeyListQuery,
  ApiKeyPage,
  ApiKeyRotated,
  ApiKeyView,
  CreateApiKeyRequest,
  RotateApiKeyRequest,
  UpdateApiKeyRequest,
} from "../../schema/contracts/api-keys.ts";
import { apiScopeSchema, EVERY_SCOPE } from "../../schema/contracts/api-scopes.ts";
import { parseCidr } from "../../schema/values/cidr.ts";
import { newId } from "../../schema/values/ids.ts";
import type { AppDeps } from "../app-type.ts";
import { mintApiKey, type Principal } from "../auth/api-key.ts";
import { holds, keptScopes } from "../auth/scopes.ts";
import {
  type ApiKeyRow,
  findApiKeyOf,
  guardNoRotation,
  guardOtherFullKey,
  insertApiKey,
  listApiKeys,
  updateApiKey,
} from "../db/api-keys.ts";
import type { ProblemCode } from "../errors/catalogue.ts";
import { notFound, type Outcome, type Refusal, refuse, succeed } from "../errors/refusal.ts";
import { ServiceUnavailable } from "../errors/trunkline-error.ts";
import { commitUnit } from "./commit-unit.ts";
import type { KeepAnswer } from "./create-once.ts";
import { pageOf, readCursor, writeCursor } from "./cursor.ts";

type KeyDeps = Pick<AppDeps, "db" | "writer" | "clock">;

const NO_KEY = "There is no such API key.";
const MAX_RACES = 5;

/** Makes a key with no more than its maker holds; the key itself is in this answer only. */
export async function createApiKey(
  deps: KeyDeps,
  principal: Principal,
  request: CreateApiKeyRequest,
  keep: KeepAnswer,
): Promise<Outcome<ApiKeyCreated>> {
  const refusal = scopesNotHeld(principal, request.scopes);
  if (refusal !== null) return refuse(refusal);
  const nowMs = deps.clock();
  const expiresAtMs = expiryOf(request.expires_at, nowMs);
  if (!expiresAtMs.ok) return expiresAtMs;
  const made = await newRow(principal, nowMs, {
    name: request.name,
    member: request.member ?? null,
    scopes: kept(request.scopes),
    allowedCidrs: canonical(request.allowed_cidrs ?? null),
    expiresAtMs: expiresAtMs.value,
    rotatedFromId: null,
  });
  const answer = { ...apiKeyView(made.row, nowMs), api_key: made.key };
  await commitUnit(deps.writer, [insertApiKey(made.row), ...(await keep(answer, null))]);
  return succeed(answer);
}

export async function pageApiKeys(
  deps: KeyDeps,
  { workspaceId }: Principal,
  query: ApiKeyListQuery,
): Promise<Outcome<ApiKeyPage>> {
  const { cursor, page_size: size } = query;
  const position = readCursor(cursor, {});
  if (!position.ok) return position;
  const before = position.value?.[1] ?? null;
  const rows = await listApiKeys(deps.db, workspaceId, before, size + 1);
  const { last, page } = pageOf({ rows: [...rows], isLast: true }, size);
  const nowMs = deps.clock();
  return succeed({
    data: page.map((row) => apiKeyView(row, nowMs)),
    has_more: last !== null,
    next_cursor: last === null ? null : writeCursor([last.createdAtMs, last.id], {}),
  });
}

export async function readApiKey(
  deps: KeyDeps,
  { workspaceId }: Principal,
  id: string,
): Promise<Outcome<ApiKeyView>> {
  const row = await findApiKeyOf(deps.db, workspaceId, id);
  return row === null ? notFound(NO_KEY) : succeed(apiKeyView(row, deps.clock()));
}

/** Changes name, member, scopes, addresses and expiry; what is absent stays. */
export async function changeApiKey(
  deps: KeyDeps,
  principal: Principal,
  id: string,
  request: UpdateApiKeyRequest,
): Promise<Outcome<ApiKeyView>> {
  const scopes = request.scopes === undefined ? null : scopesNotHeld(principal, request.scopes);
  if (scopes !== null) return refuse(scopes);
  const nowMs = deps.clock();
  const expiry = expiryOf(request.expires_at, nowMs);
  if (!expiry.ok) return expiry;
  const change = (before: ApiKeyRow): ApiKeyRow => ({
    ...before,
    name: request.name ?? before.name,
    member: request.member === undefined ? before.member : request.member,
    scopes: request.scopes === undefined ? before.scopes : kept(request.scopes),
    allowedCidrs:
      request.allowed_cidrs === undefined ? before.allowedCidrs : canonical(request.allowed_cidrs),
    expiresAtMs: request.expires_at === undefined ? before.expiresAtMs : expiry.value,
  });
  const changed = await alter(deps, principal, id, change);
  return changed.ok ? succeed(apiKeyView(changed.value, nowMs)) : changed;
}

/** A key that is revoked is refused from the next request on; it stays in the list. */
export async function revokeApiKey(
  deps: KeyDeps,
  principal: Principal,
  id: string,
): Promise<Outcome<null>> {
  const revokedAtMs = deps.clock();
  const revoked = await alter(deps, principal, id, (before) => ({ ...before, revokedAtMs }));
  if (!revoked.ok && revoked.refusal.code === "key_not_active") return notFound(NO_KEY);
  return revoked.ok ? succeed(null) : revoked;
}

/** Makes the key that takes another's place; both work until the overlap is over. */
export async function rotateApiKey(
  deps: KeyDeps,
  principal: Principal,
  id: string,
  request: RotateApiKeyRequest,
  keep: KeepAnswer,
): Promise<Outcome<ApiKeyRotated>> {
  const before = await findApiKeyOf(deps.db, principal.workspaceId, id);
  const nowMs = deps.clock();
  if (before === null) return notFound(NO_KEY);
  const refusal = notManageable(principal, before, nowMs);
  if (refusal !== null) return refuse(refusal);
  const overlapEndsMs = nowMs + request.overlap_secs * 1000;
  const until = Math.min(before.expiresAtMs ?? overlapEndsMs, overlapEndsMs);
  // The new one lives as long as the old one was to.
  const lifetimeMs = before.expiresAtMs === null ? null : before.expiresAtMs - before.createdAtMs;
  const { allowedCidrs, member, name, scopes } = before;
  const expiresAtMs = lifetimeMs === null ? null : nowMs + lifetimeMs;
  const rotatedFromId = before.id;
  const made = await newRow(principal, nowMs, {
    name,
    member,
    scopes,
    allowedCidrs,
    expiresAtMs,
    rotatedFromId,
  });
  const answer = {
    ...apiKeyView(made.row, nowMs),
    api_key: made.key,
    previous_expires_at: new Date(until).toISOString(),
  };
  const committed = await commitUnit(deps.writer, [
    guardNoRotation(before, nowMs),
    ...updateApiKey(before, { ...before, expiresAtMs: until }),
    insertApiKey(made.row),
    ...(await keep(answer, null)),
  ]);
  if (committed.ok) return succeed(answer);
  return refuse(committed.refusedBy === "no_rotation" ? ROTATION_RUNNING : CHANGED_MEANWHILE);
}

async function alter(
  deps: KeyDeps,
  principal: Principal,
  id: string,
  change: (before: ApiKeyRow) => ApiKeyRow,
): Promise<Outcome<ApiKeyRow>> {
  for (let race = 1; race <= MAX_RACES; race += 1) {
    const before = await findApiKeyOf(deps.db, principal.workspaceId, id);
    if (before === null) return notFound(NO_KEY);
    const refusal = notManageable(principal, before, deps.clock());
    if (refusal !== null) return refuse(refusal);
    const after = change(before);
    const committed = await commitUnit(deps.writer, [
      ...(isFull(before) && !isFull(after) ? [guardOtherFullKey(before)] : []),
      ...updateApiKey(before, after),
    ]);
    if (committed.ok) return succeed(after);
    if (committed.refusedBy === "key_left") return refuse(LAST_KEY);
  }
  throw new ServiceUnavailable(`key ${id} changed ${MAX_RACES} times`, 1);
}

async function newRow(
  { workspaceId }: Principal,
  nowMs: number,
  settings: Pick<
    ApiKeyRow,
    "name" | "member" | "scopes" | "allowedCidrs" | "expiresAtMs" | "rotatedFromId"
  >,
): Promise<{ readonly row: ApiKeyRow; readonly key: string }> {
  const { key, last4, sha256 } = await mintApiKey();
  const row = {
    ...settings,
    id: newId("apiKey"),
    workspaceId,
    sha256,
    last4,
    createdAtMs: nowMs,
    revokedAtMs: null,
    lastUsedAtMs: null,
  };
  return { row, key };
}

/** Whoever manages a key could use it: it must hold no more than they do. */
function notManageable(principal: Principal, row: ApiKeyRow, nowMs: number): Refusal | null {
  if (statusOf(row, nowMs) !== "active") return NOT_ACTIVE;
  return scopesNotHeld(principal, row.scopes ?? [EVERY_SCOPE]);
}

function scopesNotHeld(principal: Principal, scopes: readonly string[]): Refusal | null {
  const known = apiScopeSchema();
  const lacking = scopes.find((scope) => {
    const named = known.safeParse(scope).data;
    return named === undefined ? principal.scopes !== "all" : !holds(principal, named);
  });
  if (lacking === undefined) return null;
  return {
    status: 403,
    code: "scope_not_held",
    detail: `Your key does not hold \`${lacking}\`.`,
    hint: lacking,
  };
}

function expiryOf(text: string | null | undefined, nowMs: number): Outcome<number | null> {
  if (text === null || text === undefined) return succeed(null);
  const atMs = Date.parse(text);
  if (atMs > nowMs) return succeed(atMs);
  return refuse({
    status: 422,
    code: "validation_failed",
    detail: "The request is not valid.",
    errors: [
      {
        pointer: "/expires_at",
        code: "in_the_past",
        detail: "A key must expire in the future.",
        hint: new Date(nowMs + 90 * 86_400_000).toISOString(),
      },
    ],
  });
}

/** It can manage keys, always and from everywhere. */
function isFull(row: ApiKeyRow): boolean {
  const { allowedCidrs, expiresAtMs, revokedAtMs, scopes } = row;
  return [scopes, allowedCidrs, expiresAtMs, revokedAtMs].every((limit) => limit === null);
}

function kept(scopes: readonly string[]): string[] | null {
  const names = keptScopes(scopes);
  return names === null ? null : [...names];
}

function canonical(cidrs: readonly string[] | null): string[] | null {
  return cidrs === null ? null : cidrs.flatMap((text) => parseCidr(text) ?? []);
}

function statusOf(row: ApiKeyRow, nowMs: number): ApiKeyView["status"] {
  if (row.revokedAtMs !== null) return "revoked";
  return row.expiresAtMs !== null && row.expiresAtMs <= nowMs ? "expired" : "active";
}

function apiKeyView(row: ApiKeyRow, nowMs: number): ApiKeyView {
  const time = (atMs: number | null) => (atMs === null ? null : new Date(atMs).toISOString());
  return {
    api_key_id: row.id,
    workspace_id: row.workspaceId,
    name: row.name,
    member: row.member,
    last4: row.last4,
    scopes: row.scopes ?? [EVERY_SCOPE],
    allowed_cidrs: row.allowedCidrs,
    status: statusOf(row, nowMs),
    created_at: new Date(row.createdAtMs).toISOString(),
    expires_at: time(row.expiresAtMs),
    revoked_at: time(row.revokedAtMs),
    last_used_at: time(row.lastUsedAtMs),
    rotated_from: row.rotatedFromId,
  };
}

const conflict = (code: ProblemCode, detail: string): Refusal => ({ status: 409, code, detail });
const NOT_ACTIVE = conflict("key_not_active", "The API key is revoked or has expired.");
const LAST_KEY = conflict("last_key", "No other key could manage the workspace's keys then.");
const ROTATION_RUNNING = conflict("rotation_running", "The old and the new key are active.");
const CHANGED_MEANWHILE = conflict("changed_meanwhile", "The key was changed meanwhile.");
