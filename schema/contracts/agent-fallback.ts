import { z } from "zod";
import { audioDigestSchema, audioFileNameSchema } from "./agent-audio.ts";

/** What becomes of a call whose agent cannot be had, or is lost and does not come back. */

const transferMethodSchema = z.enum(["conference", "refer"]);

/** A setting of agents in the REST API. Replaced as a whole. */
export const agentFallbackSchema = z.discriminatedUnion("action", [
  /** As without a fallback. */
  z.object({ action: z.literal("hang_up") }),
  /** Played once, before the node hangs up. */
  z.object({ action: z.literal("announcement"), audio_file: audioFileNameSchema }),
  /** To whom the transfer rules of agent or number allow. */
  z.object({
    action: z.literal("transfer"),
    destination: z.string().min(1).max(512),
    method: transferMethodSchema.default("conference"),
  }),
]);

/** As nodes have it; null: the node hangs up. */
export const agentFallbackRouteSchema = z
  .discriminatedUnion("action", [
    z.object({ action: z.literal("announcement"), sha256: audioDigestSchema }),
    z.object({
      action: z.literal("transfer"),
      destination: z.string(),
      method: transferMethodSchema,
    }),
  ])
  .nullable()
  .default(null);
export type AgentFallbackRoute = z.infer<typeof agentFallbackRouteSchema>;

/** Name to digest: what the agent may play in its calls. */
export const agentAudioRouteSchema = z.record(z.string(), audioDigestSchema).default({});
