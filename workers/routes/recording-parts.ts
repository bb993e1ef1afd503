import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import { MAX_RECORDING_PARTS, RECORDING_PART_BYTES } from "../../schema/contracts/recording.ts";
import { idSchema } from "../../schema/values/ids.ts";
import type { App, AppDeps } from "../app-type.ts";
import { requireNode } from "../auth/require-node.ts";
import { RequestRefused, unwrap } from "../errors/refusal.ts";
import { storeRecordingPart } from "../services/recordings.ts";

const PATH = "/v1/nodes/recordings/:call_id/parts/:part";

const partSchema = z.object({
  call_id: idSchema("call"),
  part: z.coerce
    .number()
    .int()
    .min(0)
    .max(MAX_RECORDING_PARTS - 1),
  workspace_id: idSchema("workspace"),
  expires_at_ms: z.coerce.number().int().positive(),
});

/** Recordings that nodes bring. Apart from all other routes: these bodies are bytes, and larger than any JSON. */
export function registerRecordingParts(app: App, deps: AppDeps): void {
  app.put(
    PATH,
    requireNode(deps),
    bodyLimit({
      maxSize: RECORDING_PART_BYTES,
      onError: () => {
        const detail = `A part is at most ${RECORDING_PART_BYTES} bytes.`;
        throw new RequestRefused({ status: 413, code: "body_too_large", detail });
      },
    }),
    async (c) => {
      const parsed = partSchema.safeParse({ ...c.req.param(), ...c.req.query() });
      if (!parsed.success) {
        const detail = "The part is not named as nodes name it.";
        throw new RequestRefused({ status: 422, code: "validation_failed", detail });
      }
      const { call_id: callId, workspace_id: workspaceId, part, expires_at_ms } = parsed.data;
      const bytes = new Uint8Array(await c.req.arrayBuffer());
      const { region } = c.get("node");
      const outcome = unwrap(
        await storeRecordingPart(deps, region, {
          callId,
          workspaceId,
          part,
          expiresAtMs: expires_at_ms,
          bytes,
        }),
      );
      // Gone: nobody wants it any more, and the node forgets it.
      return c.body(null, outcome === "stored" ? 204 : 410);
    },
  );
}
