import type { HoldAudio } from "../../schema/contracts/agent.ts";
import { HOLD_AUDIO_FILE, type StoredAudioFile } from "../../schema/contracts/agent-audio.ts";
import type { AgentRow } from "../db/agents.ts";

/** Null: waiting callers hear the tone. */
export function holdAudioOf({
  audioFiles,
  id,
}: Pick<AgentRow, "audioFiles" | "id">): HoldAudio | null {
  const file = audioFiles?.[HOLD_AUDIO_FILE];
  return file === undefined ? null : holdAudioView(id, file, `${HOLD_AUDIO_FILE}.wav`);
}

export function holdAudioView(agentId: string, file: StoredAudioFile, name: string): HoldAudio {
  return {
    audio_path: `/v1/agents/${agentId}/audio-files/${HOLD_AUDIO_FILE}`,
    audio_url: "",
    original_filename: name,
    duration_secs: file.durationMs / 1_000,
    size_bytes: file.bytes,
  };
}
