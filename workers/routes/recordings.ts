import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import { z } from "zod";
import { recordingViewSchema } from "../../schema/contracts/recording.ts";
import type { App, AppDeps, AppEnv } from "../app-type.ts";
import { RequestRefused, unwrap } from "../errors/refusal.ts";
import { streamOf } from "../recordings/recording-bytes.ts";
import { isRecordingUrl } from "../recordings/recording-url.ts";
import { readRecording, readRecordingAudio } from "../services/recordings.ts";
import { json, keyErrors, noConversationError, notFoundError, ownKeyErrors } from "./responses.ts";

const tags = ["conversations"];
const params = z.object({ conversation_id: z.string() });
const bytes = z.string().openapi({ format: "binary" });
const content = { "audio/mpeg": { schema: bytes }, "audio/wav": { schema: bytes } };

const audio = createRoute({
  method: "get",
  path: "/v1/convai/conversations/{conversation_id}/audio",
  operationId: "getConversationAudio",
  tags,
  request: {
    params,
    headers: z.object({ range: z.string().optional().openapi({ example: "bytes=0-65535" }) }),
  },
  responses: {
    200: { description: "The recording, left the caller and right the agent.", content },
    206: { description: "The part of it that `Range` asks for (RFC 9110 §14).", content },
    ...keyErrors,
    ...notFoundError,
  },
});

const recording = createRoute({
  method: "get",
  path: "/v1/conversations/{conversation_id}/recording",
  operationId: "getConversationRecording",
  tags,
  request: { params },
  responses: {
    200: json(recordingViewSchema, "What is known of it, and an address that is good for 5 min."),
    ...ownKeyErrors,
    ...noConversationError,
  },
});

export function registerRecordingRoutes(app: App, deps: AppDeps): void {
  app.openapi(audio, async (c) => {
    const { conversation_id: id } = c.req.valid("param");
    return await sendAudio(c, deps, c.get("principal"), id);
  });

  app.openapi(recording, async (c) => {
    const { conversation_id: id } = c.req.valid("param");
    const { origin } = new URL(c.req.url);
    return c.json(unwrap(await readRecording(deps, c.get("principal"), id, origin)), 200);
  });

  /** Without a key: whoever has the address may read. Kept in no cache, and told to no other site. */
  app.get("/v1/recordings/:conversation_id", async (c) => {
    if (!(await isRecordingUrl(deps, c.req.url))) {
      const detail = "The address is not one of ours, or its time is over.";
      throw new RequestRefused({ status: 403, code: "recording_url_expired", detail });
    }
    const workspaceId = c.req.query("workspace_id") ?? "";
    const id = c.req.param("conversation_id");
    return await sendAudio(c, deps, { workspaceId }, id);
  });
}

async function sendAudio(
  c: Context<AppEnv>,
  deps: AppDeps,
  owner: { readonly workspaceId: string },
  id: string,
) {
  const audioOf = readRecordingAudio(deps, owner, id, c.req.header("range"));
  const { contentType, bytes, range, pieces } = unwrap(await audioOf);
  const headers = {
    "accept-ranges": "bytes",
    "content-type": contentType,
    "cache-control": "private, no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };
  if (range === null) {
    return c.body(streamOf(pieces), 200, { ...headers, "content-length": String(bytes) });
  }
  const { first, last } = range;
  return c.body(streamOf(pieces), 206, {
    ...headers,
    "content-length": String(last + 1 - first),
    "content-range": `bytes ${first}-${last}/${bytes}`,
  });
}
