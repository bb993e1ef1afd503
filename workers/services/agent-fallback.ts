import { agentFallbackSchema } from "../../schema/contracts/agent-fallback.ts";
import type { AgentRoute } from "../../schema/contracts/routing.ts";
import type { AgentRow } from "../db/agents.ts";
import type { RefusedField } from "../errors/refusal.ts";

type HasFiles = Pick<AgentRow, "audioFiles" | "vendorFields">;

/** What the routing table has of the files, and of the fallback that plays one. */
export function agentAudio(row: HasFiles): Pick<AgentRoute, "audioFiles" | "fallback"> {
  const files = row.audioFiles ?? {};
  const audioFiles = Object.fromEntries(
    Object.entries(files).map(([name, { sha256 }]) => [name, sha256]),
  );
  return { audioFiles, fallback: fallbackRoute(row) };
}

function fallbackRoute({ audioFiles, vendorFields }: HasFiles): AgentRoute["fallback"] {
  const parsed = agentFallbackSchema.safeParse(vendorFields["fallback"]);
  if (!parsed.success || parsed.data.action === "hang_up") return null;
  const fallback = parsed.data;
  if (fallback.action === "transfer") return fallback;
  const sha256 = audioFiles?.[fallback.audio_file]?.sha256;
  return sha256 === undefined ? null : { action: "announcement", sha256 };
}

/** What is wrong with a fallback that names a file which the agent does not have. */
export function missingAudioFile({ audioFiles, vendorFields }: HasFiles): RefusedField | null {
  const parsed = agentFallbackSchema.safeParse(vendorFields["fallback"]);
  if (!parsed.success || parsed.data.action !== "announcement") return null;
  const name = parsed.data.audio_file;
  if (audioFiles !== null && Object.hasOwn(audioFiles, name)) return null;
  return {
    pointer: "/fallback/audio_file",
    code: "audio_file_unknown",
    detail: `The agent has no audio file of this name: upload it first, with PUT /v1/agents/{agent_id}/audio-files/${name}.`,
  };
}
