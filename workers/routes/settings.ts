import { createRoute } from "@hono/zod-openapi";
import {
  settingsChangedSchema,
  settingsViewSchema,
  updateSettingsSchema,
} from "../../schema/contracts/settings.ts";
import type { App, AppDeps } from "../app-type.ts";
import { unwrap } from "../errors/refusal.ts";
import { changeSettings, readSettings } from "../services/change-settings.ts";
import { bodyErrors, json, keyErrors } from "./responses.ts";

const tags = ["settings"];
const path = "/v1/convai/settings";

const get = createRoute({
  method: "get",
  path,
  operationId: "getSettings",
  tags,
  responses: { 200: json(settingsViewSchema, "The workspace's settings."), ...keyErrors },
});

const update = createRoute({
  method: "patch",
  path,
  operationId: "updateSettings",
  tags,
  request: {
    body: { required: true, content: { "application/json": { schema: updateSettingsSchema } } },
  },
  responses: {
    200: json(settingsChangedSchema, "The settings as they stand now."),
    ...keyErrors,
    ...bodyErrors,
  },
});

/** Settings of the workspace that the key belongs to, in the vendor's path and shape. */
export function registerSettingsRoutes(app: App, deps: AppDeps): void {
  app.openapi(get, async (c) => c.json(await readSettings(deps, c.get("principal")), 200));

  app.openapi(update, async (c) => {
    const principal = c.get("principal");
    const value = unwrap(await changeSettings(deps, principal, c.req.valid("json")));
    c.executionCtx.waitUntil(deps.notifyRouting(principal.region));
    return c.json(value, 200);
  });
}
