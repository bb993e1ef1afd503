import { createHash } from "node:crypto";
import { mkdir, readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { audioDigestSchema } from "../../schema/contracts/agent-audio.ts";
import type { AgentRoute } from "../../schema/contracts/routing.ts";
import type { AudioFiles, CallLogger, Clock } from "../call/ports.ts";
import { absentAs, writeDurably } from "../routing/durable-file.ts";
import type { ControlPlaneClient } from "./http-client.ts";

/** Of all agents together, 1 MB each at most: what has not been asked for the longest goes first. */
const MAX_FILES = 1_000;
const MAX_FILE_BYTES = 1_048_576;
const FETCH_TIMEOUT_MS = 10_000;
/** After a table change: several at once are looked at once. */
const LOOK_MS = 1_000;
/** A file that could not be had is not asked for again for so long. */
const RETRY_MS = 10_000;

interface AudioFilesDeps {
  readonly client: Pick<ControlPlaneClient, "send">;
  readonly clock: Clock;
  readonly logger: CallLogger;
  readonly directory: string;
  readonly maxFiles?: number;
}

interface AudioFileStore extends AudioFiles, Disposable {
  /** The routing table has changed: what its agents would play is fetched before a call needs it. */
  agentsChanged(agents: () => Iterable<AgentRoute>): void;
}

/**
 * Audio files of agents on the node's disk, named by their digests, so that a call needs no control plane to play one.
 * @throws the system's error when the directory cannot be made
 */
export async function startAudioFiles(deps: AudioFilesDeps): Promise<AudioFileStore> {
  const { client, clock, directory, logger, maxFiles = MAX_FILES } = deps;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const fetching = new Map<string, Promise<void>>();
  const failedAtMs = new Map<string, number>();
  let looking: Disposable | null = null;
  let isStopped = false;

  const pathOf = (sha256: string): string => join(directory, `${sha256}.wav`);

  /** One after the other for one digest; never rejects. */
  function have(agentId: string, sha256: string): Promise<void> {
    const current = fetching.get(sha256);
    if (current !== undefined) return current;
    const work = fetchOnce(agentId, sha256)
      .catch((err: unknown) => {
        failedAtMs.set(sha256, clock.monotonicMs());
        logger.warn("audio_file_not_fetched", { agentId, sha256, err });
      })
      .finally(() => fetching.delete(sha256));
    fetching.set(sha256, work);
    return work;
  }

  async function fetchOnce(agentId: string, sha256: string): Promise<void> {
    if (!audioDigestSchema.safeParse(sha256).success) return;
    const now = new Date();
    const isThere = await utimes(pathOf(sha256), now, now).then(() => true, absentAs(false));
    if (isThere) return;
    const lastMs = failedAtMs.get(sha256);
    if (lastMs !== undefined && clock.monotonicMs() - lastMs < RETRY_MS) return;
    const { status, body } = await client.send({
      method: "GET",
      path: `/v1/nodes/audio-files/${agentId}/${sha256}`,
      timeoutMs: FETCH_TIMEOUT_MS,
      maxBytes: MAX_FILE_BYTES,
    });
    if (status !== 200) throw new Error(`status ${status}`);
    // Whatever answered: only the file that was meant is ever played.
    if (createHash("sha256").update(body).digest("hex") !== sha256) throw new Error("other bytes");
    await writeDurably(pathOf(sha256), body);
    failedAtMs.delete(sha256);
    await makeRoom();
  }

  async function makeRoom(): Promise<void> {
    const names = await readdir(directory);
    if (names.length <= maxFiles) return;
    const dated = await Promise.all(
      names.map(async (name) => ({ name, atMs: (await stat(join(directory, name))).mtimeMs })),
    );
    dated.sort((a, b) => a.atMs - b.atMs);
    for (const { name } of dated.slice(0, names.length - maxFiles)) {
      await rm(join(directory, name), { force: true });
    }
  }

  function digestsOf({ audioFiles, fallback }: Pick<AgentRoute, "audioFiles" | "fallback">) {
    const named = Object.values(audioFiles);
    return fallback?.action === "announcement" ? [...named, fallback.sha256] : named;
  }

  async function look(agents: Iterable<AgentRoute>): Promise<void> {
    for (const agent of agents) {
      for (const sha256 of digestsOf(agent)) {
        if (isStopped) return;
        await have(agent.id, sha256);
      }
    }
  }

  return {
    async ensure(agentId, sha256, limitMs) {
      const late = Promise.withResolvers<void>();
      using _limit = clock.after(limitMs, late.resolve);
      await Promise.race([have(agentId, sha256), late.promise]);
    },
    prefetch(agent) {
      for (const sha256 of digestsOf(agent)) void have(agent.id, sha256);
    },
    agentsChanged(agents) {
      looking ??= clock.after(LOOK_MS, () => {
        looking = null;
        void look(agents());
      });
    },
    [Symbol.dispose]() {
      isStopped = true;
      looking?.[Symbol.dispose]();
    },
  };
}
