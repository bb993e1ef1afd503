import { createRoute } from "@hono/zod-openapi";
import {
  numberActivityListSchema,
  numberActivityQuerySchema,
} from "../../schema/contracts/number-activity.ts";
import type { App, AppDeps } from "../app-type.ts";
import { readNumberActivity } from "../services/read-number-activity.ts";
import { json, ownKeyErrors } from "./responses.ts";

const list = createRoute({
  method: "get",
  path: "/v1/phone-numbers/activity",
  operationId: "listPhoneNumberActivity",
  tags: ["phone numbers"],
  request: { query: numberActivityQuerySchema },
  responses: {
    200: json(
      numberActivityListSchema,
      "Each of the numbers that this key may see, in the order of the request.",
    ),
    ...ownKeyErrors,
  },
});

/** Beside lists of numbers, which are the vendor's: trunk health, region and last call. */
export function registerNumberActivityRoutes(app: App, deps: AppDeps): void {
  app.openapi(list, async (c) => {
    const { phone_number_ids: ids } = c.req.valid("query");
    return c.json(await readNumberActivity(deps, c.get("principal"), ids), 200);
  });
}
