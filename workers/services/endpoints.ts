import {
  type CreateEndpointRequest,
  type EndpointCreated,
  type EndpointTested,
  type EndpointView,
  eventName,
  type RotateSecretRequest,
  type TestEndpointRequest,
  type UpdateEndpointRequest,
  vendorEventType,
} from "../../schema/contracts/webhook-endpoint.ts";
import { newId, parseId, type WorkspaceId } from "../../schema/values/ids.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import {
  deleteEndpoint,
  type EndpointRow,
  findEndpoint,
  insertEndpoint,
  listEndpoints,
  putEndpoint,
} from "../db/webhooks.ts";
import { guardChangedOne } from "../db/write-unit.ts";
import { notFound, type Outcome, refuse, succeed } from "../errors/refusal.ts";
import { ServiceUnavailable } from "../errors/trunkline-error.ts";
import type { WebhookJob, WebhookPosted } from "../hub/webhook-jobs.ts";
import { secretOwner } from "../secrets/secrets.ts";
import { checkOutboundUrl } from "../webhooks/outbound-policy.ts";
import { type PostResult, postDelivery, resultOfNode } from "../webhooks/post-delivery.ts";
import { sampleBody } from "../webhooks/sample-body.ts";
import { newWebhookSecret } from "../webhooks/sign-delivery.ts";
import { signingOf } from "../webhooks/signing-of.ts";
import { commitUnit } from "./commit-unit.ts";
import type { KeepAnswer } from "./create-once.ts";
import { NoNodeAnswers } from "./no-node-answers.ts";

type EndpointDeps = Pick<AppDeps, "db" | "writer" | "clock" | "config" | "secrets">;

const NO_ENDPOINT = "There is no such webhook endpoint.";
const MAX_RACES = 5;

/** Makes an endpoint; its secret is in this answer only. */
export async function createEndpoint(
  deps: EndpointDeps,
  { workspaceId }: Principal,
  request: CreateEndpointRequest,
  keep: KeepAnswer,
): Promise<Outcome<EndpointCreated>> {
  const url = checkedUrl(deps, request.url);
  if (!url.ok) return url;
  const id = newId("webhookEndpoint");
  const secret = newWebhookSecret(request.signature_style);
  const owner = secretOwner.webhookSecret(workspaceId, id);
  const nowMs = deps.clock();
  const row: EndpointRow = {
    id,
    workspaceId,
    name: request.name,
    url: url.value,
    secret: await deps.secrets.seal(secret, owner),
    isDisabled: false,
    disabledReason: null,
    signatureStyle: request.signature_style,
    egress: request.egress,
    eventTypes: vendorTypes(request.event_types),
    previousSecret: null,
    previousSecretUntilMs: null,
    consecutiveFailures: 0,
    failingSinceMs: null,
    lastSuccessAtMs: null,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
  const answer = { ...endpointView(row, nowMs), secret };
  await commitUnit(deps.writer, [
    insertEndpoint({ ...row, id, workspaceId }),
    ...(await keep(answer, null)),
  ]);
  return succeed(answer);
}

/** All of the workspace, in the order in which they were made. */
export async function listEndpointViews(
  deps: Pick<AppDeps, "db" | "clock">,
  { workspaceId }: Principal,
): Promise<{ data: EndpointView[]; has_more: false; next_cursor: null }> {
  const rows = await listEndpoints(deps.db, workspaceId);
  const data = rows.map((row) => endpointView(row, deps.clock()));
  return { data, has_more: false, next_cursor: null };
}

export async function readEndpoint(
  deps: Pick<AppDeps, "db" | "clock">,
  { workspaceId }: Principal,
  id: string,
): Promise<Outcome<EndpointView>> {
  const row = await findOwn(deps, workspaceId, id);
  return row === null ? notFound(NO_ENDPOINT) : succeed(endpointView(row, deps.clock()));
}

/** `poke` is told when the endpoint may deliver again. */
export async function changeEndpoint(
  deps: EndpointDeps,
  principal: Principal,
  id: string,
  request: UpdateEndpointRequest,
  poke: (endpointId: string) => Promise<void>,
): Promise<Outcome<EndpointView>> {
  const url = request.url === undefined ? null : checkedUrl(deps, request.url);
  if (url?.ok === false) return url;
  const changed = await alter(deps, principal, id, (before) => ({
    ...before,
    name: request.name ?? before.name,
    url: url?.value ?? before.url,
    egress: request.egress ?? before.egress,
    eventTypes:
      request.event_types === undefined ? before.eventTypes : vendorTypes(request.event_types),
    isDisabled: request.is_disabled ?? before.isDisabled,
  }));
  if (!changed.ok) return changed;
  if (request.is_disabled === false) await poke(id);
  return readEndpoint(deps, principal, id);
}

export async function removeEndpoint(
  deps: Pick<AppDeps, "writer">,
  { workspaceId }: Principal,
  id: string,
): Promise<Outcome<null>> {
  const committed = await commitUnit(deps.writer, [
    ...deleteEndpoint(workspaceId, id),
    guardChangedOne("endpoint_exists"),
  ]);
  return committed.ok ? succeed(null) : notFound(NO_ENDPOINT);
}

/** Makes the secret that signs from now on; the one before signs as well until the overlap is over. */
export async function rotateEndpointSecret(
  deps: EndpointDeps,
  principal: Principal,
  id: string,
  request: RotateSecretRequest,
  keep: KeepAnswer,
): Promise<Outcome<EndpointCreated>> {
  const before = await findOwn(deps, principal.workspaceId, id);
  if (before === null) return notFound(NO_ENDPOINT);
  const nowMs = deps.clock();
  const isOverlapping = (before.previousSecretUntilMs ?? 0) > nowMs;
  // Without an overlap a rotation is an emergency, and never has to wait for another.
  if (isOverlapping && request.overlap_secs > 0) {
    const detail = "The secret before the present one still signs.";
    const hint = "overlap_secs: 0";
    return refuse({ status: 409, code: "rotation_running", detail, hint });
  }
  const secret = newWebhookSecret(before.signatureStyle);
  const owner = secretOwner.webhookSecret(before.workspaceId, before.id);
  const row: EndpointRow = {
    ...before,
    secret: await deps.secrets.seal(secret, owner),
    previousSecret: request.overlap_secs === 0 ? null : before.secret,
    previousSecretUntilMs: request.overlap_secs === 0 ? null : nowMs + request.overlap_secs * 1000,
    updatedAtMs: Math.max(nowMs, before.updatedAtMs + 1),
  };
  const answer = { ...endpointView(row, nowMs), secret };
  const committed = await commitUnit(deps.writer, [
    ...putEndpoint(row, before.updatedAtMs),
    ...(await keep(answer, null)),
  ]);
  if (committed.ok) return succeed(answer);
  const detail = "The endpoint was changed meanwhile.";
  return refuse({ status: 409, code: "changed_meanwhile", detail });
}

/**
 * Posts a signed sample, the way that deliveries take, and says what became of it. Nothing of it is kept, and
 * nothing is tried again.
 * @throws NoNodeAnswers
 */
export async function testEndpoint(
  deps: EndpointDeps,
  { region, workspaceId }: Principal,
  id: string,
  request: TestEndpointRequest,
  postFromNode: (region: string, job: WebhookJob) => Promise<WebhookPosted>,
): Promise<Outcome<EndpointTested>> {
  const row = await findOwn(deps, workspaceId, id);
  if (row === null) return notFound(NO_ENDPOINT);
  const url = checkedUrl(deps, row.url);
  if (!url.ok) return url;
  const deliveryId = newId("delivery");
  const nowMs = deps.clock();
  const eventType = vendorEventType(request.type) ?? "post_call_transcription";
  let posted: PostResult | null;
  if (row.egress === "static") {
    const job = { endpointId: row.id, deliveryId, sampleType: eventType };
    posted = resultOfNode(await postFromNode(region, job));
    if (posted === null) throw new NoNodeAnswers(`webhook test in ${region}`);
  } else {
    posted = await postDelivery({
      url: new URL(url.value),
      signing: await signingOf(deps, row),
      deliveryId,
      body: sampleBody(row.signatureStyle, deliveryId, eventType, nowMs),
      nowMs,
    });
  }
  return succeed({
    delivered: posted.kind === "delivered",
    status_code: posted.statusCode,
    error: posted.kind === "failed" ? posted.error : posted.kind === "gone" ? "gone" : null,
    latency_ms: posted.latencyMs,
    response_excerpt: posted.excerpt,
  });
}

async function alter(
  deps: EndpointDeps,
  { workspaceId }: Principal,
  id: string,
  change: (before: EndpointRow) => EndpointRow,
): Promise<Outcome<EndpointRow>> {
  for (let race = 1; race <= MAX_RACES; race += 1) {
    const before = await findOwn(deps, workspaceId, id);
    if (before === null) return notFound(NO_ENDPOINT);
    // Later than the last change even within one millisecond: it is what a racing change is told by.
    const updatedAtMs = Math.max(deps.clock(), before.updatedAtMs + 1);
    const row = { ...change(before), updatedAtMs };
    const committed = await commitUnit(deps.writer, [...putEndpoint(row, before.updatedAtMs)]);
    if (committed.ok) return succeed(row);
  }
  throw new ServiceUnavailable(`endpoint ${id} changed ${MAX_RACES} times`, 1);
}

async function findOwn(
  deps: Pick<AppDeps, "db">,
  workspaceId: WorkspaceId,
  id: string,
): Promise<EndpointRow | null> {
  if (parseId("webhookEndpoint", id) === null) return null;
  const row = await findEndpoint(deps.db, id);
  return row?.workspaceId === workspaceId ? row : null;
}

function checkedUrl(deps: Pick<AppDeps, "config">, text: string): Outcome<string> {
  const checked = checkOutboundUrl(text, "https:", deps.config.outboundPolicy);
  if (checked.ok) return succeed(checked.url.href);
  const errors = [{ pointer: "/url", code: checked.code, detail: `The URL ${checked.detail}.` }];
  const detail = "The webhook's URL cannot be used.";
  return refuse({ status: 422, code: "validation_failed", detail, errors });
}

function vendorTypes(names: readonly string[] | null): string[] | null {
  return names === null ? null : [...new Set(names.flatMap((name) => vendorEventType(name) ?? []))];
}

function endpointView(row: EndpointRow, nowMs: number): EndpointView {
  const time = (atMs: number | null) => (atMs === null ? null : new Date(atMs).toISOString());
  const untilMs = row.previousSecretUntilMs;
  return {
    webhook_endpoint_id: row.id,
    name: row.name,
    url: row.url,
    signature_style: row.signatureStyle,
    egress: row.egress,
    event_types: row.eventTypes === null ? null : row.eventTypes.map(eventName),
    is_disabled: row.isDisabled,
    disabled_reason: row.isDisabled ? row.disabledReason : null,
    previous_secret_expires_at: untilMs !== null && untilMs > nowMs ? time(untilMs) : null,
    consecutive_failures: row.consecutiveFailures,
    failing_since: time(row.failingSinceMs),
    last_success_at: time(row.lastSuccessAtMs),
    created_at: new Date(row.createdAtMs).toISOString(),
  };
}
