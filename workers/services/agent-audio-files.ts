import {
  audioDigestSchema,
  MAX_AUDIO_FILES,
  playableWav,
  type StoredAudioFile,
} from "../../schema/contracts/agent-audio.ts";
import { parseId } from "../../schema/values/ids.ts";
import type { AppDeps } from "../app-type.ts";
import { type Principal, sha256Hex } from "../auth/api-key.ts";
import { type AgentRow, findAgent, findAgentAnywhere, updateAgent } from "../db/agents.ts";
import { appendRoutingChange } from "../db/routing-changes.ts";
import { findWorkspaceSettings, guardSettingsUnchanged } from "../db/workspace-settings.ts";
import { findWorkspacesOfRegion } from "../db/workspaces.ts";
import { notFound, type Outcome, refuse, succeed } from "../errors/refusal.ts";
import { ServiceUnavailable } from "../errors/trunkline-error.ts";
import { missingAudioFile } from "./agent-fallback.ts";
import { commitUnit } from "./commit-unit.ts";
import { agentEntry, routingRevision } from "./routing-entries.ts";

/** Audio files of agents: their names stand in the agent's row, their bytes in an object that is named by its digest. */

type AudioDeps = Pick<AppDeps, "config" | "db" | "writer" | "secrets" | "clock" | "objects">;
type Files = Readonly<Record<string, StoredAudioFile>>;

const MAX_RACES = 5;
const NO_AGENT = "There is no such agent.";
const NO_FILE = "The agent has no such audio file.";

interface AudioFileView {
  readonly name: string;
  readonly bytes: number;
  readonly duration_ms: number;
  readonly sha256: string;
}

export async function listAudioFiles(
  deps: Pick<AppDeps, "db">,
  { workspaceId }: Principal,
  agentId: string,
): Promise<Outcome<{ data: AudioFileView[] }>> {
  const agent = await findAgent(deps.db, workspaceId, agentId);
  if (agent === null) return notFound(NO_AGENT);
  const files = Object.entries(agent.audioFiles ?? {});
  return succeed({ data: files.map(([name, file]) => viewOf(name, file)) });
}

/** Puts a file in the place of the one that had the name. The same bytes again change nothing. */
export async function putAudioFile(
  deps: AudioDeps,
  principal: Principal,
  { agentId, name, bytes }: { agentId: string; name: string; bytes: Uint8Array<ArrayBuffer> },
): Promise<Outcome<AudioFileView & { routing_revision: number }>> {
  const wav = playableWav(bytes);
  if (typeof wav === "string") {
    return refuse({ status: 422, code: "audio_not_playable", detail: `The file ${wav}.` });
  }
  const sha256 = await sha256Hex(bytes);
  const file = { sha256, bytes: bytes.length, durationMs: wav.durationMs };
  const changed = await changeFiles(deps, principal, agentId, async (agent) => {
    const files = agent.audioFiles ?? {};
    if (!Object.hasOwn(files, name) && Object.keys(files).length >= MAX_AUDIO_FILES) {
      const detail = `The agent has ${MAX_AUDIO_FILES} audio files, which is the most.`;
      return refuse({ status: 409, code: "too_many_audio_files", detail });
    }
    // Before anybody is told of it.
    await deps.objects.put(objectKey(agent.id, sha256), bytes);
    return succeed({ ...files, [name]: file });
  });
  return changed.ok ? succeed({ ...viewOf(name, file), routing_revision: changed.value }) : changed;
}

export async function removeAudioFile(
  deps: AudioDeps,
  principal: Principal,
  agentId: string,
  name: string,
): Promise<Outcome<{ routing_revision: number }>> {
  const changed = await changeFiles(deps, principal, agentId, async (agent) => {
    const files = agent.audioFiles ?? {};
    if (!Object.hasOwn(files, name)) return notFound(NO_FILE);
    const { [name]: _, ...left } = files;
    if (missingAudioFile({ ...agent, audioFiles: left }) === null) return succeed(left);
    const detail = "The agent's fallback plays this file: change the fallback first.";
    return refuse({ status: 409, code: "audio_file_in_use", detail });
  });
  return changed.ok ? succeed({ routing_revision: changed.value }) : changed;
}

/** Bytes for a node of the region, while the agent has them under any name. */
export async function readAudioForNode(
  deps: Pick<AppDeps, "db" | "objects">,
  region: string,
  agentId: string,
  sha256: string,
): Promise<Outcome<Uint8Array<ArrayBuffer>>> {
  if (!audioDigestSchema.safeParse(sha256).success) return notFound(NO_FILE);
  const agent = await findAgentOfRegion(deps.db, region, agentId);
  const isNamed = digestsOf(agent?.audioFiles ?? null).has(sha256);
  const bytes = isNamed ? await deps.objects.get(objectKey(agentId, sha256)) : null;
  return bytes === null ? notFound(NO_FILE) : succeed(new Uint8Array(bytes));
}

/** The bytes of an agent that is gone. */
export async function eraseAudio(
  deps: Pick<AppDeps, "objects">,
  { audioFiles, id }: Pick<AgentRow, "audioFiles" | "id">,
): Promise<void> {
  await Promise.all(
    [...digestsOf(audioFiles)].map((sha256) => deps.objects.delete(objectKey(id, sha256))),
  );
}

/** The same files for another agent. @throws what the object store throws */
export async function copyAudio(
  deps: Pick<AppDeps, "objects">,
  { audioFiles, id }: Pick<AgentRow, "audioFiles" | "id">,
  toId: string,
): Promise<void> {
  for (const sha256 of digestsOf(audioFiles)) {
    const bytes = await deps.objects.get(objectKey(id, sha256));
    if (bytes !== null) await deps.objects.put(objectKey(toId, sha256), bytes);
  }
}

/** The revision of the routing table that has the change. */
async function changeFiles(
  deps: AudioDeps,
  principal: Principal,
  agentId: string,
  change: (agent: AgentRow) => Promise<Outcome<Files>>,
): Promise<Outcome<number>> {
  const { region, workspaceId } = principal;
  for (let race = 1; race <= MAX_RACES; race += 1) {
    const before = await findAgent(deps.db, workspaceId, agentId);
    if (before === null) return notFound(NO_AGENT);
    const files = await change(before);
    if (!files.ok) return files;
    const settings = await findWorkspaceSettings(deps.db, workspaceId);
    const nowMs = Math.max(deps.clock(), before.updatedAtMs + 1);
    const row: AgentRow = { ...before, audioFiles: files.value, updatedAtMs: nowMs };
    const committed = await commitUnit(deps.writer, [
      guardSettingsUnchanged(workspaceId, settings),
      ...updateAgent(row, before.updatedAtMs),
      appendRoutingChange(region, await agentEntry(deps, principal, row, settings), nowMs),
    ]);
    if (!committed.ok) continue;
    const kept = digestsOf(files.value);
    for (const sha256 of digestsOf(before.audioFiles)) {
      if (!kept.has(sha256)) await deps.objects.delete(objectKey(agentId, sha256));
    }
    return succeed(await routingRevision(deps, region, committed.rows));
  }
  throw new ServiceUnavailable(`agent ${agentId} changed ${MAX_RACES} times`, 1);
}

async function findAgentOfRegion(
  db: AppDeps["db"],
  region: string,
  agentId: string,
): Promise<AgentRow | null> {
  const agent = await findAgentAnywhere(db, agentId);
  const workspaceId = agent === null ? null : parseId("workspace", agent.workspaceId);
  if (workspaceId === null) return null;
  const workspaces = await findWorkspacesOfRegion(db, region, [workspaceId]);
  return workspaces.has(workspaceId) ? agent : null;
}

function digestsOf(files: Files | null): Set<string> {
  return new Set(Object.values(files ?? {}).map(({ sha256 }) => sha256));
}

function objectKey(agentId: string, sha256: string): string {
  return `agent-audio/${agentId}/${sha256}`;
}

function viewOf(name: string, { bytes, durationMs, sha256 }: StoredAudioFile): AudioFileView {
  return { name, bytes, duration_ms: durationMs, sha256 };
}
