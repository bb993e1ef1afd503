import type { Context, MiddlewareHandler } from "hono";
import { IDEMPOTENT_REPLAYED_HEADER } from "../../schema/contracts/idempotency.ts";
import type { App, AppDeps, AppEnv } from "../app-type.ts";
import { clientAddress } from "../auth/client-address.ts";
import { actAs } from "../auth/require-api-key.ts";
import { requiredScope } from "../auth/route-scopes.ts";
import { PLATFORM_CHAIN, readAuditHead } from "../db/audit-log.ts";
import { type Refusal, RequestRefused } from "../errors/refusal.ts";
import { namesTag } from "../network/conditional.ts";
import { commitUnit } from "../services/commit-unit.ts";
import { asChange, type RequestedChange } from "./audited-writer.ts";
import { withoutSecrets } from "./without-secrets.ts";

/** Longer ones are not kept: the row says so. */
const MAX_KEPT_CHARS = 65_536;
const IDENTIFIER = /^[a-z]{2,6}_[0-9a-z]{26}$/;

type ChangeEntry = RequestedChange["entry"];

/** What GET answers at present. */
interface Present {
  readonly status: number;
  readonly etag: string | null;
  readonly text: string;
}

/**
 * Around every request with an API key that changes something: `If-Match` is held against what GET of
 * the same path answers, and the audit log tells of the change in the transaction that makes it.
 */
export function trackChanges(app: App, deps: AppDeps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const { method, path } = c.req;
    if (!isChange(method, path)) return next();
    const { apiKeyId, workspaceId } = c.get("principal");
    const isOfResource = method !== "POST";
    const ifMatch = isOfResource ? c.req.header("if-match") : undefined;
    const read = () => readPresent(app, c);
    // Read first: what is changed after it is told by the row that the change writes.
    const head = ifMatch === undefined ? null : await readAuditHead(deps.db, workspaceId);
    const isKept = keepsContent(method, path);
    const present = isOfResource && (isKept || ifMatch !== undefined) ? read() : null;
    if (ifMatch !== undefined && present !== null) requireMatch(ifMatch, await present);
    const entry: ChangeEntry = {
      ...entryOf(deps, c, await contentOf(c, isKept)),
      chain: workspaceId,
      actorKind: "api_key",
      actorId: apiKeyId,
      unchangedSince: head,
    };
    // Read beside what the route reads itself.
    const before = isKept && present !== null ? present.then(keptText) : Promise.resolve(null);
    // Of a request that writes nothing, nobody asks for it.
    before.catch(() => undefined);
    await audited(deps, c, { entry, before }, next);
    if (c.res.status === 412) c.header("etag", (await read()).etag ?? undefined);
  };
}

/** As above for what an operator asks: it has no tags, and what it changes of a workspace is in its log. */
export function trackOperator(deps: AppDeps): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (c.req.method === "GET" || c.req.method === "HEAD") return next();
    const workspaceId = /\/workspaces\/(wksp_[0-9a-z]{26})(?:\/|$)/.exec(c.req.path)?.[1];
    const entry: ChangeEntry = {
      ...entryOf(deps, c, await contentOf(c, true)),
      chain: workspaceId ?? PLATFORM_CHAIN,
      actorKind: "operator",
      actorId: null,
      unchangedSince: null,
    };
    await audited(deps, c, { entry, before: Promise.resolve(null) }, next);
  };
}

async function audited(
  deps: AppDeps,
  c: Context<AppEnv>,
  asked: Omit<RequestedChange, "isWritten">,
  next: () => Promise<void>,
): Promise<void> {
  const change = { ...asked, isWritten: false };
  await asChange(change, async () => {
    await next();
    const isReplayed = c.res.headers.has(IDEMPOTENT_REPLAYED_HEADER);
    // What changes no row, such as a call that is hung up, is told of all the same.
    if (c.res.ok && !change.isWritten && !isReplayed) await commitUnit(deps.writer, []);
  });
}

/** Questions that are posted change nothing; orders of calls are told by their conversations. */
function isChange(method: string, path: string): boolean {
  if (method === "GET" || method === "HEAD") return false;
  const scope = requiredScope(method, path);
  if (scope === "calls:create" && method === "POST") return false;
  return scope === null || !scope.endsWith(":read");
}

/** The log outlives a conversation that is erased: it holds nothing of what was said or dialled. */
function keepsContent(method: string, path: string): boolean {
  return requiredScope(method, path)?.startsWith("calls:") === false;
}

function entryOf(deps: AppDeps, c: Context<AppEnv>, after: string | null) {
  const { path } = c.req;
  return {
    atMs: deps.clock(),
    operation: `${c.req.method} ${path}`,
    target: path.split("/").find((segment) => IDENTIFIER.test(segment)) ?? path,
    requestId: c.get("requestId"),
    sourceAddress: clientAddress(c.req.raw, deps.config.clientAddress),
    after,
  };
}

async function contentOf(c: Context<AppEnv>, isKept: boolean): Promise<string | null> {
  const isJson = /^application\/([\w.+-]+\+)?json\b/i.test(c.req.header("content-type") ?? "");
  return isKept && isJson ? keep(await c.req.text()) : null;
}

function keptText({ status, text }: Present): string | null {
  return status === 200 ? keep(text) : null;
}

/** The JSON without its secrets; null for what is no JSON, which changes nothing. */
function keep(text: string): string | null {
  if (text.length > MAX_KEPT_CHARS) return JSON.stringify({ omitted_chars: text.length });
  try {
    return JSON.stringify(withoutSecrets(JSON.parse(text)));
  } catch {
    return null;
  }
}

async function readPresent(app: App, c: Context<AppEnv>): Promise<Present> {
  const request = actAs(new Request(new URL(c.req.path, c.req.url)), c.get("principal"));
  const answer = await app.fetch(request, c.env, c.executionCtx);
  return { status: answer.status, etag: answer.headers.get("etag"), text: await answer.text() };
}

/** What is not there is 404, which the route says. @throws RequestRefused */
function requireMatch(ifMatch: string, present: Present): void {
  if (present.status === 404) return;
  if (present.etag !== null && namesTag(ifMatch, present.etag)) return;
  throw new RequestRefused(preconditionFailed(present.etag));
}

function preconditionFailed(etag: string | null): Refusal {
  return {
    status: 412,
    code: "precondition_failed",
    detail:
      etag === null
        ? "This cannot be read by GET, so that there is no ETag that would match."
        : "The resource is not as `If-Match` says.",
    ...(etag === null ? {} : { hint: etag, headers: { etag } }),
  };
}
