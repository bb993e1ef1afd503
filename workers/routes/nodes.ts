import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { callEventsResponseSchema } from "../../schema/contracts/call-record.ts";
import {
  enrolRequestSchema,
  enrolResponseSchema,
  regionKeysSchema,
} from "../../schema/contracts/node-link.ts";
import { routingChangesSchema, routingGoneSchema } from "../../schema/contracts/routing.ts";
import { messageLogSchema } from "../../schema/contracts/sip-messages.ts";
import { SIGNED_REQUEST_HEADER } from "../../schema/contracts/webhook-job.ts";
import { toBase64Url } from "../../schema/sealing/sealing.ts";
import type { App, AppDeps, AppEnv } from "../app-type.ts";
import { requireNode } from "../auth/require-node.ts";
import { unwrap } from "../errors/refusal.ts";
import { askHub, pokeDialers, pokeEndpoints, regionHub, tellLiveCalls } from "../hub/objects.ts";
import { LINK_NODE_HEADER } from "../hub/region-hub.ts";
import { readAudioForNode } from "../services/agent-audio-files.ts";
import {
  applyCallEvents,
  looseCallEventsSchema,
  type WaitingWork,
} from "../services/apply-call-events.ts";
import { enrolNode, wrapRegionKeys } from "../services/enrol-node.ts";
import { buildSnapshot, readRoutingChanges } from "../services/routing-table.ts";
import { storeMessageLog } from "../services/sip-message-logs.ts";
import { signJob } from "../services/webhook-jobs.ts";
import { json } from "./responses.ts";

const SNAPSHOT_PATH = "/v1/nodes/routing/snapshot";

/** A version or epoch as a node may write it. */
const positionSchema = z.coerce
  .number()
  .int()
  .min(0)
  .max(Number.MAX_SAFE_INTEGER - 1);

/** What media nodes ask of the control plane. Not part of the published API. */
export function registerNodeRoutes(app: App, deps: AppDeps): void {
  // Everything but enrolment.
  for (const path of [
    "region-keys",
    "routing/*",
    "events",
    "sip-messages",
    "audio-files/*",
    "webhook-jobs/*",
    "link",
  ]) {
    app.use(`/v1/nodes/${path}`, requireNode(deps));
  }
  const hubOf = (c: Context<AppEnv>) =>
    regionHub(c.env, deps.config.residency, c.get("node").region);

  app.openapi(
    createRoute({
      method: "post",
      path: "/v1/nodes/enrol",
      hide: true,
      request: { body: jsonBody(enrolRequestSchema) },
      responses: { 201: json(enrolResponseSchema, "Enrolled") },
    }),
    async (c) => c.json(unwrap(await enrolNode(deps, c.req.valid("json"))), 201),
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/nodes/region-keys",
      hide: true,
      responses: { 200: json(regionKeysSchema, "Wrapped to the node") },
    }),
    async (c) => c.json(await wrapRegionKeys(deps, c.get("node")), 200),
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/nodes/routing",
      hide: true,
      request: { query: z.object({ epoch: positionSchema, since: positionSchema }) },
      responses: {
        200: json(routingChangesSchema, "Changes after `since`"),
        410: json(routingGoneSchema, "Only a snapshot helps"),
      },
    }),
    async (c) => {
      const { epoch, since } = c.req.valid("query");
      const verdict = await askHub(hubOf(c).pull({ epoch, version: since }));
      if (verdict.kind === "gone") {
        const { epoch, version } = verdict;
        return c.json({ epoch, version, snapshotUrl: SNAPSHOT_PATH }, 410);
      }
      return c.json(await readRoutingChanges(deps, c.get("node").region, verdict, since), 200);
    },
  );

  app.get(SNAPSHOT_PATH, async (c) => {
    const position = await askHub(hubOf(c).position());
    const snapshot = await buildSnapshot(deps, c.get("node").region, position);
    return c.body(snapshot.bytes, 200, {
      "content-type": "application/x-ndjson+gzip",
      "x-trunkline-sha256": snapshot.sha256,
      "x-trunkline-signature": snapshot.signature,
    });
  });

  app.openapi(
    createRoute({
      method: "post",
      path: "/v1/nodes/events",
      hide: true,
      request: { body: jsonBody(looseCallEventsSchema) },
      responses: { 200: json(callEventsResponseSchema, "Each event's fate") },
    }),
    async (c) => {
      const { region } = c.get("node");
      const { events } = c.req.valid("json");
      const { residency } = deps.config;
      const poke = async ({ changed, dialling, endpointIds }: WaitingWork) => {
        c.executionCtx.waitUntil(tellLiveCalls(c.env, residency, changed));
        await pokeEndpoints(c.env, residency, endpointIds);
        await pokeDialers(c.env, residency, dialling);
      };
      return c.json(await applyCallEvents(deps, region, events, poke), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/v1/nodes/sip-messages",
      hide: true,
      request: { body: jsonBody(messageLogSchema) },
      responses: { 204: { description: "Kept" } },
    }),
    async (c) => {
      unwrap(await storeMessageLog(deps, c.get("node").region, c.req.valid("json")));
      return c.body(null, 204);
    },
  );

  app.get("/v1/nodes/audio-files/:agent_id/:sha256", async (c) => {
    const { agent_id: agentId, sha256 } = c.req.param();
    const bytes = unwrap(await readAudioForNode(deps, c.get("node").region, agentId, sha256));
    return c.body(bytes, 200, { "content-type": "audio/wav" });
  });

  app.get("/v1/nodes/webhook-jobs/:job_id", async (c) => {
    const node = c.get("node");
    const job = await askHub(hubOf(c).webhookJob(node.nodeId, c.req.param("job_id")));
    const { body, request } = unwrap(await signJob(deps, node, job));
    return c.body(body, 200, {
      "content-type": "application/octet-stream",
      "cache-control": "no-store",
      [SIGNED_REQUEST_HEADER]: toBase64Url(new TextEncoder().encode(JSON.stringify(request))),
    });
  });

  app.get("/v1/nodes/link", async (c) => {
    return askHub(
      hubOf(c).fetch("https://hub/link", {
        headers: {
          upgrade: c.req.header("upgrade") ?? "",
          [LINK_NODE_HEADER]: c.get("node").nodeId,
        },
      }),
    );
  });
}

function jsonBody<S extends z.ZodType>(schema: S) {
  return { required: true, content: { "application/json": { schema } } } as const;
}
