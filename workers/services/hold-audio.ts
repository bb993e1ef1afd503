import type { HoldAudio } from "../../schema/contracts/agent.ts";
import { HOLD_AUDIO_FILE } from "../../schema/contracts/agent-audio.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import { type Outcome, succeed } from "../errors/refusal.ts";
import { putAudioFile, removeAudioFile } from "./agent-audio-files.ts";
import { holdAudioView } from "./hold-audio-view.ts";
import { refuseFields } from "./import-phone-number.ts";

/** What callers hear who wait for an agent: an audio file of the agent, under a name of its own, in the vendor's shapes. */

type HoldDeps = Pick<AppDeps, "config" | "db" | "writer" | "secrets" | "clock" | "objects">;

export async function setHoldAudio(
  deps: HoldDeps,
  principal: Principal,
  agentId: string,
  file: { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> } | null,
): Promise<Outcome<{ agent_id: string; hold_audio: HoldAudio; routing_revision: number }>> {
  if (file === null) return refuseFields([MISSING]);
  const { bytes, name } = file;
  const put = await putAudioFile(deps, principal, { agentId, name: HOLD_AUDIO_FILE, bytes });
  if (!put.ok) {
    const { code, detail } = put.refusal;
    if (code !== "audio_not_playable") return put;
    return refuseFields([
      {
        pointer: "/hold_audio_file",
        code,
        detail: `${detail} MP3 is not taken: send a WAV file.`,
        hint: "mono, 16-bit linear PCM at 8000 or 16000 Hz, 30 seconds at most",
      },
    ]);
  }
  const { duration_ms: durationMs, routing_revision, sha256 } = put.value;
  return succeed({
    agent_id: agentId,
    hold_audio: holdAudioView(agentId, { sha256, bytes: bytes.length, durationMs }, name),
    routing_revision,
  });
}

const MISSING = {
  pointer: "/hold_audio_file",
  code: "missing",
  detail: "Field required: the file, as a part of a form.",
} as const;

export async function removeHoldAudio(
  deps: HoldDeps,
  principal: Principal,
  agentId: string,
): Promise<Outcome<{ agent_id: string; routing_revision: number }>> {
  const removed = await removeAudioFile(deps, principal, agentId, HOLD_AUDIO_FILE);
  return removed.ok ? succeed({ agent_id: agentId, ...removed.value }) : removed;
}
