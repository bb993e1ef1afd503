import { libsqlSettings } from "../deps.ts";
import type { Env, WorkerConfig } from "../env.ts";
import { ServiceUnavailable } from "../errors/trunkline-error.ts";
import { authorizationOf } from "./pipeline.ts";

/** The first byte; the rest takes as long as it takes. */
const BEGIN_TIMEOUT_MS = 30_000;

/** libSQL writes its dump within one read transaction. @throws ServiceUnavailable */
export async function openDump(env: Env, config: WorkerConfig): Promise<ReadableStream> {
  const settings = libsqlSettings(env, config);
  const url = new URL("/dump", settings.url).href;
  const headers = authorizationOf(settings);
  const begun = new AbortController();
  const timer = setTimeout(() => begun.abort(), BEGIN_TIMEOUT_MS);
  try {
    const answer = await settings.fetch(url, { headers, signal: begun.signal });
    if (answer.ok && answer.body !== null) return answer.body;
    await answer.body?.cancel();
    throw new ServiceUnavailable(`libSQL answered its dump with ${answer.status}`, 5);
  } catch (cause) {
    if (cause instanceof ServiceUnavailable) throw cause;
    // biome-ignore lint/style/useErrorCause: the cause is in the third argument.
    throw new ServiceUnavailable("libSQL gave no dump", 5, { cause });
  } finally {
    clearTimeout(timer);
  }
}
