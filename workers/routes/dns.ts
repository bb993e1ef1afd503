import { createRoute } from "@hono/zod-openapi";
import { dnsViewSchema } from "../../schema/contracts/dns.ts";
import type { App, AppDeps } from "../app-type.ts";
import { refuse, succeed, unwrap } from "../errors/refusal.ts";
import { json, operatorErrors, ownProblem } from "./responses.ts";

/** `/v1/admin/dns`: the operator's view of the names that callers dial. */
export function registerDnsRoutes(app: App, deps: AppDeps): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/admin/dns",
      operationId: "getDns",
      tags: ["network"],
      security: [{ operatorToken: [] }],
      responses: {
        200: json(dnsViewSchema, "Per name what stands, what is wanted, and why it is not done"),
        404: ownProblem("The deployment has no DNS reconciler."),
        ...operatorErrors,
      },
    }),
    async (c) => {
      const view = await deps.dnsView();
      const outcome = view === null ? refuse(NOT_CONFIGURED) : succeed(view);
      return c.json(unwrap(outcome), 200);
    },
  );
}

const NOT_CONFIGURED = {
  status: 404,
  code: "dns_not_configured",
  detail: "This deployment leaves its DNS to Terraform alone.",
  hint: "Set DNS_ZONE_ID, DNS_DOMAIN, DNS_NAMES and the key of the zone.",
} as const;
