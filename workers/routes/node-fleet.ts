import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import { z } from "zod";
import {
  nodeDrainedSchema,
  nodeListSchema,
  nodeViewSchema,
  regionListSchema,
} from "../../schema/contracts/nodes.ts";
import type { App, AppDeps, AppEnv } from "../app-type.ts";
import { requireApiKey } from "../auth/require-api-key.ts";
import { unwrap } from "../errors/refusal.ts";
import { askHub, regionHub } from "../hub/objects.ts";
import { trackChanges } from "../requests/changes.ts";
import { tagAnswers } from "../requests/entity-tags.ts";
import {
  drainNode,
  listNodeViews,
  listRegions,
  type NodeHub,
  readNode,
} from "../services/nodes.ts";
import {
  json,
  operatorErrors,
  ownConflictError,
  ownKeyErrors,
  ownNotFoundError,
} from "./responses.ts";

const params = z.object({ node_id: z.string() });

/** Whom a route is for: what a key sees is of its workspace's region, an operator sees all. */
interface Audience {
  readonly prefix: "/v1" | "/v1/admin";
  readonly suffix: "" | "AsOperator";
  readonly errors: typeof ownKeyErrors | typeof operatorErrors;
  readonly region: (c: Context<AppEnv>) => string | null;
}

/**
 * Media nodes and regions: `/v1/nodes` and `/v1/regions` for API keys, both below `/v1/admin` for
 * operators. The nodes' own paths lie below `/v1/nodes` too, so that the guards stand at each route.
 */
export function registerNodeFleetRoutes(app: App, deps: AppDeps): void {
  const guards = [requireApiKey(deps), tagAnswers, trackChanges(app, deps)];
  register(
    app,
    deps,
    {
      prefix: "/v1",
      suffix: "",
      errors: ownKeyErrors,
      region: (c) => c.get("principal").region,
    },
    guards,
  );
  register(
    app,
    deps,
    {
      prefix: "/v1/admin",
      suffix: "AsOperator",
      errors: operatorErrors,
      region: () => null,
    },
    [],
  );
}

function register(
  app: App,
  deps: AppDeps,
  { errors, prefix, region, suffix }: Audience,
  middleware: ReturnType<typeof requireApiKey>[],
): void {
  const isAdmin = prefix === "/v1/admin";
  const common = {
    tags: isAdmin ? ["admin"] : ["nodes"],
    middleware,
    ...(isAdmin ? { security: [{ operatorToken: [] }] } : {}),
  };
  const hubOf = (c: Context<AppEnv>): NodeHub => {
    const hub = (name: string) => regionHub(c.env, deps.config.residency, name);
    return {
      linkedNodes: (name) => askHub(hub(name).linkedNodes()),
      drainNode: (name, nodeId) => askHub(hub(name).drainNode(nodeId)),
    };
  };

  app.openapi(
    createRoute({
      ...common,
      method: "get",
      path: `${prefix}/nodes`,
      operationId: `listNodes${suffix}`,
      responses: { 200: json(nodeListSchema, "Nodes and their load."), ...errors },
    }),
    async (c) => c.json(await listNodeViews(deps, region(c), hubOf(c)), 200),
  );

  app.openapi(
    createRoute({
      ...common,
      method: "get",
      path: `${prefix}/nodes/{node_id}`,
      operationId: `getNode${suffix}`,
      request: { params },
      responses: { 200: json(nodeViewSchema, "The node."), ...errors, ...ownNotFoundError },
    }),
    async (c) => {
      const { node_id: id } = c.req.valid("param");
      return c.json(unwrap(await readNode(deps, region(c), hubOf(c), id)), 200);
    },
  );

  app.openapi(
    createRoute({
      ...common,
      method: "post",
      path: `${prefix}/nodes/{node_id}/drain`,
      operationId: `drainNode${suffix}`,
      request: { params },
      responses: {
        200: json(nodeDrainedSchema, "The node says that it takes no new calls."),
        ...errors,
        ...ownNotFoundError,
        ...ownConflictError,
      },
    }),
    async (c) => {
      const { node_id: id } = c.req.valid("param");
      return c.json(unwrap(await drainNode(deps, region(c), hubOf(c), id)), 200);
    },
  );

  app.openapi(
    createRoute({
      ...common,
      method: "get",
      path: `${prefix}/regions`,
      operationId: `listRegions${suffix}`,
      responses: { 200: json(regionListSchema, "Regions, their nodes and load."), ...errors },
    }),
    async (c) => c.json(await listRegions(deps, region(c), hubOf(c)), 200),
  );
}
