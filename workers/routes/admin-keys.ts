import { createRoute, z } from "@hono/zod-openapi";
import {
  masterKeysSchema,
  nodeRevokedSchema,
  resealRequestSchema,
  resealResponseSchema,
} from "../../schema/contracts/keys.ts";
import type { App, AppDeps } from "../app-type.ts";
import { unwrap } from "../errors/refusal.ts";
import { askHub, regionHub } from "../hub/objects.ts";
import { readMasterKeys, resealSome } from "../services/reseal.ts";
import { revokeMediaNode } from "../services/revoke-node.ts";
import { cursorProblem, json, operatorErrors, ownProblem } from "./responses.ts";

const common = { tags: ["admin"], security: [{ operatorToken: [] }] };

/** Keys at rest and of regions: behind the operator token, which `/v1/admin/*` asks for. */
export function registerAdminKeyRoutes(app: App, deps: AppDeps): void {
  app.openapi(
    createRoute({
      ...common,
      method: "get",
      path: "/v1/admin/keys",
      operationId: "readMasterKeys",
      responses: { 200: json(masterKeysSchema, "Rows by key."), ...operatorErrors },
    }),
    async (c) => c.json(await readMasterKeys(deps), 200),
  );

  app.openapi(
    createRoute({
      ...common,
      method: "post",
      path: "/v1/admin/keys/reseal",
      operationId: "resealSecrets",
      request: {
        body: { required: true, content: { "application/json": { schema: resealRequestSchema } } },
      },
      responses: {
        200: json(resealResponseSchema, "One step is done."),
        ...operatorErrors,
        ...cursorProblem,
      },
    }),
    async (c) => c.json(unwrap(await resealSome(deps, c.req.valid("json").cursor ?? null)), 200),
  );

  app.openapi(
    createRoute({
      ...common,
      method: "delete",
      path: "/v1/admin/nodes/{node_id}",
      operationId: "revokeNode",
      request: { params: z.object({ node_id: z.string() }) },
      responses: {
        200: json(nodeRevokedSchema, "Its identity is good for nothing any more."),
        ...operatorErrors,
        404: ownProblem("There is no such node."),
      },
    }),
    async (c) => {
      const revoked = unwrap(await revokeMediaNode(deps, c.req.valid("param").node_id));
      const { node_id: nodeId, region } = revoked;
      // A hub that does not answer finds it out by its sweep.
      await askHub(regionHub(c.env, deps.config.residency, region).nodeRevoked(nodeId)).catch(
        () => undefined,
      );
      return c.json(revoked, 200);
    },
  );
}
