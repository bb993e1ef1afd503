import type { AgentRoute } from "../../schema/contracts/routing.ts";
import type { CallEnding } from "./ending.ts";
import { AgentUnavailable } from "./faults.ts";
import type { AgentLink, CallMedia } from "./media-ports.ts";
import type { CallDeps } from "./ports.ts";
import type { CallRecorder } from "./record.ts";
import type { Transfers, TransferUpdate } from "./transfer/transfers.ts";

/** A file that is not here yet is not waited for any longer: the caller hears a tone meanwhile. */
const FETCH_MS = 3_000;

interface FallbackParts {
  readonly agent: Pick<AgentRoute, "id" | "fallback">;
  readonly ending: CallEnding;
  readonly media: CallMedia;
  readonly transfers: Pick<Transfers, "isUnderWay" | "request" | "settled">;
  readonly recorder: Pick<CallRecorder, "warn">;
}

type FallbackDeps = Pick<CallDeps, "audioFiles" | "clock" | "logger">;

/**
 * What becomes of an answered call whose agent cannot be had (`agent_unavailable`), or is lost for good (`agent_lost`): the
 * caller hears the comfort tone until the announcement, the other party or the end. Never rejects.
 */
export async function fallBack(
  code: "agent_unavailable" | "agent_lost",
  detail: string,
  parts: FallbackParts,
  deps: FallbackDeps,
): Promise<void> {
  const { agent, ending, media, recorder, transfers } = parts;
  const { fallback } = agent;
  if (transfers.isUnderWay && ending.code === null) {
    // What the agent had begun may still succeed.
    media.comfort();
    await transfers.settled();
  }
  const failure = fallback === null || ending.code !== null ? null : await run();
  if (failure !== null) recorder.warn(`The agent's fallback failed: ${failure}`);
  ending.end(code, detail);

  /** Null when it was done, or the call has ended. */
  async function run(): Promise<string | null> {
    if (fallback === null) return null;
    media.comfort();
    deps.logger.info("fallback_started", { agentId: agent.id, action: fallback.action, code });
    switch (fallback.action) {
      case "announcement":
        return await announce(fallback.sha256);
      case "transfer":
        return await transfer(fallback);
      default:
        return fallback satisfies never;
    }
  }

  async function announce(sha256: string): Promise<string | null> {
    await Promise.race([deps.audioFiles.ensure(agent.id, sha256, FETCH_MS), ending.ended]);
    if (ending.code !== null) return null;
    if (!(await media.announce(sha256))) return "the audio file is not on the node.";
    await media.untilHeard(ending.signal);
    return null;
  }

  async function transfer({
    destination,
    method,
  }: Extract<typeof fallback, { action: "transfer" }>): Promise<string | null> {
    const over = Promise.withResolvers<TransferUpdate | null>();
    transfers.request(
      { id: null, destination, method, headers: {}, userToUser: null },
      (update) => {
        if (update.state === "failed" || update.state === "succeeded") over.resolve(update);
      },
    );
    void ending.ended.then(() => over.resolve(null));
    const outcome = await over.promise;
    // A transfer that has succeeded is the call's end, or two people talk.
    if (outcome?.state === "succeeded") await ending.ended;
    return outcome?.state === "failed" ? outcome.reason : null;
  }
}

/**
 * Null when the agent has accepted; why it has not, when it has a fallback that the call goes on for.
 * @throws what the call is refused with
 */
export async function unavailability(
  agent: Pick<AgentLink, "accepted">,
  { fallback }: Pick<AgentRoute, "fallback">,
): Promise<string | null> {
  try {
    await agent.accepted;
    return null;
  } catch (fault) {
    if (fallback === null || !(fault instanceof AgentUnavailable)) throw fault;
    return fault.message;
  }
}
