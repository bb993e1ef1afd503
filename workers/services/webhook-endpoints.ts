import type {
  CreateWebhookRequest,
  CreateWebhookResponse,
  UpdateWebhookRequest,
  Webhook,
  WebhookList,
} from "../../schema/contracts/webhook.ts";
import { newId, type WorkspaceId } from "../../schema/values/ids.ts";
import type { AppDeps } from "../app-type.ts";
import {
  deleteEndpoint,
  type EndpointRow,
  findLastFailure,
  insertEndpoint,
  listEndpoints,
  updateEndpoint,
} from "../db/webhooks.ts";
import { guardChangedOne } from "../db/write-unit.ts";
import { notFound, type Outcome, refuse, succeed } from "../errors/refusal.ts";
import { secretOwner } from "../secrets/secrets.ts";
import { checkOutboundUrl } from "../webhooks/outbound-policy.ts";
import { newWebhookSecret } from "../webhooks/sign-delivery.ts";
import { commitUnit } from "./commit-unit.ts";
import type { KeepAnswer } from "./create-once.ts";

/** Registers an endpoint; its secret is shown here and never again. */
export async function createWebhook(
  deps: Pick<AppDeps, "writer" | "clock" | "config" | "secrets">,
  workspaceId: WorkspaceId,
  request: CreateWebhookRequest,
  keep: KeepAnswer,
): Promise<Outcome<CreateWebhookResponse>> {
  const { name, webhook_url } = request.settings;
  const checked = checkOutboundUrl(webhook_url, "https:", deps.config.outboundPolicy);
  if (!checked.ok) {
    return refuse({
      status: 422,
      code: "validation_failed",
      detail: "The webhook's URL cannot be used.",
      errors: [
        {
          pointer: "/settings/webhook_url",
          code: checked.code,
          detail: `The URL ${checked.detail}.`,
        },
      ],
    });
  }
  const id = newId("webhookEndpoint");
  const secret = newWebhookSecret("elevenlabs");
  const sealed = await deps.secrets.seal(secret, secretOwner.webhookSecret(workspaceId, id));
  const createdAtMs = deps.clock();
  const url = checked.url.href;
  const answer: CreateWebhookResponse = { webhook_id: id, webhook_secret: secret };
  await commitUnit(deps.writer, [
    insertEndpoint({
      id,
      workspaceId,
      name,
      url,
      secret: sealed,
      signatureStyle: "elevenlabs",
      egress: "edge",
      eventTypes: null,
      createdAtMs,
    }),
    ...(await keep(answer, null)),
  ]);
  return succeed(answer);
}

export async function listWebhooks(
  deps: Pick<AppDeps, "db">,
  workspaceId: WorkspaceId,
  includeUsages: boolean,
): Promise<WebhookList> {
  const rows = await listEndpoints(deps.db, workspaceId);
  const failures = await Promise.all(rows.map((row) => findLastFailure(deps.db, row.id)));
  return {
    webhooks: rows.map((row, index) => toWebhook(row, failures[index] ?? null, includeUsages)),
  };
}

/** `poke` is told when the endpoint may deliver again. */
export async function updateWebhook(
  deps: Pick<AppDeps, "writer" | "clock">,
  workspaceId: WorkspaceId,
  webhookId: string,
  request: UpdateWebhookRequest,
  poke: (endpointId: string) => Promise<void>,
): Promise<Outcome<null>> {
  const change = { name: request.name ?? null, isDisabled: request.is_disabled ?? null };
  const committed = await commitUnit(deps.writer, [
    updateEndpoint(workspaceId, webhookId, change, deps.clock()),
    guardChangedOne("webhook_exists"),
  ]);
  if (!committed.ok) return webhookNotFound();
  if (request.is_disabled === false) await poke(webhookId);
  return succeed(null);
}

export async function removeWebhook(
  deps: Pick<AppDeps, "writer">,
  workspaceId: WorkspaceId,
  webhookId: string,
): Promise<Outcome<null>> {
  const committed = await commitUnit(deps.writer, [
    ...deleteEndpoint(workspaceId, webhookId),
    guardChangedOne("webhook_exists"),
  ]);
  return committed.ok ? succeed(null) : webhookNotFound();
}

function webhookNotFound(): Outcome<null> {
  return notFound("There is no webhook of this identifier in the workspace.");
}

function toWebhook(row: EndpointRow, lastFailure: number | null, includeUsages: boolean): Webhook {
  return {
    name: row.name,
    webhook_id: row.id,
    webhook_url: row.url,
    is_disabled: row.isDisabled,
    is_auto_disabled: row.disabledReason !== null,
    created_at_unix: Math.floor(row.createdAtMs / 1000),
    auth_type: "hmac",
    usage: includeUsages ? [{ usage_type: "ConvAI Settings" }] : null,
    events: null,
    most_recent_failure_error_code: lastFailure,
    most_recent_failure_timestamp: null,
  };
}
