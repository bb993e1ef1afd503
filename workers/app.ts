import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { newId } from "../schema/values/ids.ts";
import type { App, AppDeps, AppEnv } from "./app-type.ts";
import { quotaHeaders } from "./auth/request-quota.ts";
import { requireApiKey } from "./auth/require-api-key.ts";
import { onError } from "./errors/on-error.ts";
import {
  answerUnrouted,
  limitBody,
  limitNesting,
  requireJson,
  requireUnicode,
} from "./errors/request-guards.ts";
import { validationHook } from "./errors/validation.ts";
import { addHeaders } from "./requests/answer.ts";
import { trackChanges } from "./requests/changes.ts";
import { tagAnswers } from "./requests/entity-tags.ts";
import { registerAdminRoutes } from "./routes/admin.ts";
import { registerAdminBackupRoute } from "./routes/admin-backup.ts";
import { registerAdminKeyRoutes } from "./routes/admin-keys.ts";
import { registerAgentAudioRoutes } from "./routes/agent-audio-files.ts";
import { registerAgentRoutes } from "./routes/agents.ts";
import { registerApiKeyRoutes } from "./routes/api-keys.ts";
import { registerAuditRoutes } from "./routes/audit-log.ts";
import { registerBatchCallRoutes } from "./routes/batch-calls.ts";
import { registerCallQualityRoutes } from "./routes/call-quality.ts";
import { registerCallRoutes } from "./routes/calls.ts";
import { registerConsoleRoutes } from "./routes/console.ts";
import { registerConsoleOidcRoutes } from "./routes/console-oidc.ts";
import { registerConsoleSessionRoutes } from "./routes/console-session.ts";
import { registerConversationMarkRoutes } from "./routes/conversation-marks.ts";
import { registerConversationRoutes } from "./routes/conversations.ts";
import { registerDnsRoutes } from "./routes/dns.ts";
import { registerEchoReportRoutes } from "./routes/echo-reports.ts";
import { registerErrorRoutes } from "./routes/errors.ts";
import { registerEventRoutes } from "./routes/events.ts";
import { registerHoldAudioRoutes } from "./routes/hold-audio.ts";
import { registerNetworkRoutes } from "./routes/network.ts";
import { registerNetworkAdminRoutes } from "./routes/network-admin.ts";
import { registerNetworkReaderRoutes } from "./routes/network-readers.ts";
import { registerNodeFleetRoutes } from "./routes/node-fleet.ts";
import { registerNodeRoutes } from "./routes/nodes.ts";
import { registerNumberActivityRoutes } from "./routes/number-activity.ts";
import { registerNumberImportRoutes } from "./routes/number-imports.ts";
import { registerOpenApiRoutes } from "./routes/openapi.ts";
import { registerOutboundCallRoutes } from "./routes/outbound-calls.ts";
import { registerPhoneNumberRoutes } from "./routes/phone-numbers.ts";
import { registerProviderPresetRoutes } from "./routes/provider-presets.ts";
import { registerRecordingParts } from "./routes/recording-parts.ts";
import { registerRecordingRoutes } from "./routes/recordings.ts";
import { registerRejectedAttemptRoutes } from "./routes/rejected-attempts.ts";
import { registerRouteTestRoutes } from "./routes/route-tests.ts";
import { registerSettingsRoutes } from "./routes/settings.ts";
import { registerSignedUrlRoutes } from "./routes/signed-urls.ts";
import { registerSipMessageRoutes } from "./routes/sip-messages.ts";
import { registerTestCallRoutes } from "./routes/test-calls.ts";
import { registerTrunkTestRoutes } from "./routes/trunk-tests.ts";
import { registerUsageRoutes } from "./routes/usage.ts";
import { registerVendorRefusals } from "./routes/vendor-refusals.ts";
import { registerWebhookDeliveryRoutes } from "./routes/webhook-deliveries.ts";
import { registerWebhookEndpointRoutes } from "./routes/webhook-endpoints.ts";
import { registerWebhookRoutes } from "./routes/workspace-webhooks.ts";

/** Behind an API key, with all below them. Their scopes are in auth/route-scopes.ts. */
const KEYED_PATHS = [
  "/v1/agents",
  "/v1/api-keys",
  "/v1/audit-log",
  "/v1/batch-calls",
  "/v1/calls",
  "/v1/convai",
  "/v1/conversations",
  "/v1/events",
  "/v1/limits",
  "/v1/network-readers",
  "/v1/phone-numbers",
  "/v1/provider-presets",
  "/v1/rejected-attempts",
  "/v1/route-tests",
  "/v1/test-calls",
  "/v1/trunk-tests",
  "/v1/usage",
  "/v1/webhook-deliveries",
  "/v1/webhook-endpoints",
  "/v1/workspace",
  "/v1/workspaces",
] as const;

/** What says so itself, and what is of no API path. RFC 9111 §5.2.2: all else is for who has asked, and asked for again. */
function isKeptByAnybody({ req, res }: Context<AppEnv>): boolean {
  return res.headers.has("cache-control") || !req.path.startsWith("/v1/");
}

/** The HTTP surface: who may enter, what is mounted, and how errors look. */
export function createApp(deps: AppDeps): App {
  const app = new OpenAPIHono<AppEnv>({ defaultHook: validationHook });
  app.onError(onError);
  app.notFound(answerUnrouted(app));
  app.use(async (c, next) => {
    c.set("requestId", newId("request"));
    await next();
    // A WebSocket's answer has headers that cannot change.
    if (c.res.status === 101) return;
    const quota = c.get("quota") ?? null;
    addHeaders(c, {
      "request-id": c.get("requestId"),
      ...(quota === null ? {} : quotaHeaders(quota)),
      ...(isKeptByAnybody(c) ? {} : { "cache-control": "private, no-cache" }),
    });
  });
  // Before the guards of JSON: what nodes bring there is none.
  registerRecordingParts(app, deps);
  app.use(limitBody);
  app.use(requireJson);
  for (const path of KEYED_PATHS) app.use(`${path}/*`, requireApiKey(deps));

  // Behind the API key: they read the whole body.
  app.use(limitNesting);
  app.use(requireUnicode);
  for (const path of KEYED_PATHS) app.use(`${path}/*`, tagAnswers, trackChanges(app, deps));

  registerConsoleSessionRoutes(app, deps);
  registerConsoleOidcRoutes(app, deps);
  registerConsoleRoutes(app);
  registerPhoneNumberRoutes(app, deps);
  registerProviderPresetRoutes(app);
  registerNumberActivityRoutes(app, deps);
  registerNumberImportRoutes(app, deps);
  registerAgentRoutes(app, deps);
  registerAgentAudioRoutes(app, deps);
  registerHoldAudioRoutes(app, deps);
  registerSignedUrlRoutes(app, deps);
  // Before the conversations: some of these paths would be a conversation's.
  registerVendorRefusals(app);
  registerConversationRoutes(app, deps);
  registerConversationMarkRoutes(app, deps);
  registerCallRoutes(app, deps);
  registerCallQualityRoutes(app, deps);
  registerRecordingRoutes(app, deps);
  registerSettingsRoutes(app, deps);
  registerOutboundCallRoutes(app, deps);
  registerBatchCallRoutes(app, deps);
  registerWebhookRoutes(app, deps);
  registerSipMessageRoutes(app, deps);
  registerRejectedAttemptRoutes(app, deps);
  registerRouteTestRoutes(app, deps);
  registerTrunkTestRoutes(app, deps);
  registerTestCallRoutes(app, deps);
  registerNodeRoutes(app, deps);
  registerAdminRoutes(app, deps);
  registerDnsRoutes(app, deps);
  registerAdminKeyRoutes(app, deps);
  registerAdminBackupRoute(app, deps);
  registerNetworkAdminRoutes(app, deps);
  registerNetworkRoutes(app, deps);
  registerNetworkReaderRoutes(app, deps);
  registerEchoReportRoutes(app, deps);
  registerApiKeyRoutes(app, deps);
  registerAuditRoutes(app, deps);
  registerUsageRoutes(app, deps);
  registerNodeFleetRoutes(app, deps);
  registerWebhookEndpointRoutes(app, deps);
  registerWebhookDeliveryRoutes(app, deps);
  registerEventRoutes(app, deps);
  registerErrorRoutes(app);

  registerOpenApiRoutes(app);
  return app;
}
