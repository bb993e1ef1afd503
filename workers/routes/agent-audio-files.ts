import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import {
  audioFileChangedSchema,
  audioFileListSchema,
  audioFileNameSchema,
} from "../../schema/contracts/agent-audio.ts";
import { routingRevisionSchema } from "../../schema/contracts/phone-number.ts";
import type { App, AppDeps } from "../app-type.ts";
import { NOT_JSON, RequestRefused, unwrap } from "../errors/refusal.ts";
import { listAudioFiles, putAudioFile, removeAudioFile } from "../services/agent-audio-files.ts";
import { json, ownBytesErrors, ownKeyErrors, ownProblem } from "./responses.ts";

const tags = ["agents"];
const path = "/v1/agents/{agent_id}/audio-files/{name}";
const params = z.object({ agent_id: z.string(), name: audioFileNameSchema });
const noAgent = { 404: ownProblem("There is no such agent, or no such file of it.") } as const;

const list = createRoute({
  method: "get",
  path: "/v1/agents/{agent_id}/audio-files",
  operationId: "listAgentAudioFiles",
  tags,
  request: { params: params.pick({ agent_id: true }) },
  responses: { 200: json(audioFileListSchema, "All of them."), ...ownKeyErrors, ...noAgent },
});

const put = createRoute({
  method: "put",
  path,
  operationId: "putAgentAudioFile",
  tags,
  request: {
    params,
    body: {
      required: true,
      content: { "audio/wav": { schema: z.string().meta({ format: "binary" }) } },
    },
  },
  responses: {
    200: json(audioFileChangedSchema, "The file as nodes fetch it."),
    ...ownKeyErrors,
    ...ownBytesErrors,
    ...noAgent,
    409: ownProblem("The agent has as many files as it may."),
    415: ownProblem("The body is not declared as `audio/wav`."),
  },
});

const remove = createRoute({
  method: "delete",
  path,
  operationId: "deleteAgentAudioFile",
  tags,
  request: { params },
  responses: {
    200: json(routingRevisionSchema, "Deleted."),
    ...ownKeyErrors,
    ...noAgent,
    409: ownProblem("The agent's fallback plays it."),
  },
});

export function registerAgentAudioRoutes(app: App, deps: AppDeps): void {
  app.openapi(list, async (c) => {
    const { agent_id: agentId } = c.req.valid("param");
    return c.json(unwrap(await listAudioFiles(deps, c.get("principal"), agentId)), 200);
  });

  app.openapi(put, async (c) => {
    const principal = c.get("principal");
    const { agent_id: agentId, name } = c.req.valid("param");
    if (!/^audio\/(x-|vnd\.)?wave?\s*(;|$)/i.test(c.req.header("content-type") ?? "")) {
      const detail = "The body is not declared as a WAV file.";
      throw new RequestRefused({ ...NOT_JSON, detail, hint: "content-type: audio/wav" });
    }
    const bytes = new Uint8Array(await c.req.arrayBuffer());
    const value = unwrap(await putAudioFile(deps, principal, { agentId, name, bytes }));
    c.executionCtx.waitUntil(deps.notifyRouting(principal.region));
    return c.json(value, 200);
  });

  app.openapi(remove, async (c) => {
    const principal = c.get("principal");
    const { agent_id: agentId, name } = c.req.valid("param");
    const value = unwrap(await removeAudioFile(deps, principal, agentId, name));
    c.executionCtx.waitUntil(deps.notifyRouting(principal.region));
    return c.json(value, 200);
  });
}
