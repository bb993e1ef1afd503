import { createRoute } from "@hono/zod-openapi";
import { providerPresetListSchema } from "../../schema/contracts/provider-preset.ts";
import type { App } from "../app-type.ts";
import { listProviderPresets } from "../services/provider-presets.ts";
import { json, ownKeyErrors } from "./responses.ts";

const list = createRoute({
  method: "get",
  path: "/v1/provider-presets",
  operationId: "listProviderPresets",
  tags: ["phone numbers"],
  responses: {
    200: json(providerPresetListSchema, "All of them, with the sources of what they say."),
    ...ownKeyErrors,
  },
});

/** What carriers and PBXs publish of their trunks. */
export function registerProviderPresetRoutes(app: App): void {
  app.openapi(list, (c) => c.json(listProviderPresets(), 200));
}
