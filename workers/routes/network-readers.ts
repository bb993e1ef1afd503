import { createRoute } from "@hono/zod-openapi";
import { networkReadersSchema } from "../../schema/contracts/network-readers.ts";
import type { App, AppDeps } from "../app-type.ts";
import { readNetworkReaders } from "../services/read-network-readers.ts";
import { json, ownKeyErrors } from "./responses.ts";

const list = createRoute({
  method: "get",
  path: "/v1/network-readers",
  operationId: "listNetworkReaders",
  tags: ["network"],
  responses: {
    200: json(networkReadersSchema, "Which of the workspace's keys have fetched which version."),
    ...ownKeyErrors,
  },
});

/** Whether the customer's own firewalls follow the published addresses. */
export function registerNetworkReaderRoutes(app: App, deps: AppDeps): void {
  app.openapi(list, async (c) => c.json(await readNetworkReaders(deps, c.get("principal")), 200));
}
