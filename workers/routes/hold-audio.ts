import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import { holdAudioChangedSchema, holdAudioRemovedSchema } from "../../schema/contracts/agent.ts";
import type { App, AppDeps } from "../app-type.ts";
import { NOT_JSON, RequestRefused, unwrap } from "../errors/refusal.ts";
import { listAudioFiles } from "../services/agent-audio-files.ts";
import { removeHoldAudio, setHoldAudio } from "../services/hold-audio.ts";
import { bytesErrors, json, keyErrors, notFoundError } from "./responses.ts";

const tags = ["agents"];
const path = "/v1/convai/agents/{agent_id}/hold-audio";
const params = z.object({ agent_id: z.string() });

const put = createRoute({
  method: "post",
  path,
  operationId: "setAgentHoldAudio",
  tags,
  request: {
    params,
    body: {
      required: true,
      content: {
        "multipart/form-data": {
          schema: z.object({ hold_audio_file: z.any().meta({ type: "string", format: "binary" }) }),
        },
      },
    },
  },
  responses: {
    200: json(holdAudioChangedSchema, "Played to whoever waits for the agent from now on."),
    ...keyErrors,
    ...bytesErrors,
    ...notFoundError,
  },
});

const remove = createRoute({
  method: "delete",
  path,
  operationId: "deleteAgentHoldAudio",
  tags,
  request: { params },
  responses: {
    200: json(holdAudioRemovedSchema, "Deleted: they hear the tone again."),
    ...keyErrors,
    ...notFoundError,
  },
});

/** Audio for waiting callers, in the vendor's path and shapes. */
export function registerHoldAudioRoutes(app: App, deps: AppDeps): void {
  // The form is read here: what is no form has an answer of its own.
  app.openAPIRegistry.registerPath(put);
  app.post("/v1/convai/agents/:agent_id/hold-audio", async (c) => {
    const principal = c.get("principal");
    const agentId = c.req.param("agent_id");
    unwrap(await listAudioFiles(deps, principal, agentId));
    if (!/^multipart\/form-data\s*;/i.test(c.req.header("content-type") ?? "")) {
      const detail = "The body is not declared as a form.";
      throw new RequestRefused({ ...NOT_JSON, detail, hint: "content-type: multipart/form-data" });
    }
    const form = await c.req.formData().catch(() => null);
    const part = form?.get("hold_audio_file") ?? null;
    const file =
      part === null || typeof part === "string"
        ? null
        : { name: part.name, bytes: new Uint8Array(await part.arrayBuffer()) };
    const value = unwrap(await setHoldAudio(deps, principal, agentId, file));
    c.executionCtx.waitUntil(deps.notifyRouting(principal.region));
    return c.json(value, 200);
  });

  app.openapi(remove, async (c) => {
    const principal = c.get("principal");
    const { agent_id: agentId } = c.req.valid("param");
    const value = unwrap(await removeHoldAudio(deps, principal, agentId));
    c.executionCtx.waitUntil(deps.notifyRouting(principal.region));
    return c.json(value, 200);
  });
}
