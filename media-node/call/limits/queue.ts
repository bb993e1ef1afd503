import { attributeHeaders } from "../attribute-headers.ts";
import {
  type AnsweredParts,
  type CallRunDeps,
  reoffersOf,
  runCall,
  startFromAnswer,
} from "../call.ts";
import type { CallEndCode } from "../call-ends.ts";
import { byeReason, endCodeOf, whenAborted } from "../ending.ts";
import { isHeld } from "../negotiation.ts";
import type { AgentConnection, QueuePlace } from "../ports.ts";
import { playHoldTone } from "./hold-tone.ts";

/** An answered call that waits for a place. */
interface QueuedCall {
  readonly parts: AnsweredParts;
  readonly place: QueuePlace;
  /** When it got in line, on the monotonic clock. */
  readonly sinceMs: number;
  /** When the call has its place: asks the pre-call webhook, too. */
  connectAgent(): Promise<AgentConnection>;
}

/**
 * Runs a call from its answer through the queue to its end. The caller hears the hold tone until the agent
 * is there; neither the wait nor the agent's connection counts as duration.
 */
export async function runQueued(call: QueuedCall, deps: CallRunDeps): Promise<CallEndCode> {
  const { parts, place } = call;
  const { bridge, ending, media, negotiation, recorder } = parts;
  const peer = { isGone: false };
  let hasAgent = false;
  await using teardown = new AsyncDisposableStack();
  teardown.defer(async () => {
    if (!hasAgent) await hangUp(parts, peer.isGone);
  });
  using waiting = new DisposableStack();
  waiting.use(whenAborted(media.timedOut, () => ending.end("media_timeout", "no media")));
  parts.dialog.attach({
    ended({ by, reason }) {
      peer.isGone = true;
      ending.end(by === "peer" ? "caller_hung_up" : "signalling_lost", reason);
    },
    ...reoffersOf(parts, deps),
  });
  if (negotiation.plan === null) startFromAnswer(parts);
  if (negotiation.plan !== null) bridge.hold(isHeld(negotiation.plan));
  waiting.use(playHoldTone(media, deps.clock));

  const refused = await Promise.race([place.admitted, ending.ended]);
  recorder.waited(deps.clock.monotonicMs() - call.sinceMs);
  if (ending.code === null && refused !== null) ending.end(refused, "in the queue");
  if (ending.code !== null) return ending.code;

  await using agent = await connect(call);
  if (agent !== null) agent.attach(bridge.agentSink);
  if (ending.code !== null || agent === null) {
    const code = ending.code ?? "agent_unavailable";
    agent?.ended(code);
    return code;
  }
  // From here on the call is like any other, and what is left of the tone gives way to the agent.
  hasAgent = true;
  waiting.dispose();
  media.clear();
  // Of a hold that nobody was told of the agent learns when the call is opened for it.
  bridge.hold(false);
  recorder.answered();
  return runCall({ ...parts, agent }, deps);
}

async function connect({ parts, connectAgent }: QueuedCall): Promise<AgentConnection | null> {
  try {
    return await connectAgent();
  } catch (fault) {
    parts.ending.end(endCodeOf(fault), fault instanceof Error ? fault.message : String(fault));
    return null;
  }
}

/** A call that ends while no agent is there. */
async function hangUp(parts: AnsweredParts, isPeerGone: boolean): Promise<void> {
  const { bridge, dialog, ending, media, negotiation, recorder } = parts;
  const code = ending.code ?? "internal_error";
  bridge.close();
  const headers = attributeHeaders(parts.attributesToHeaders, recorder.variables());
  const bye = isPeerGone ? undefined : dialog.bye(byeReason(code), headers);
  media.stop();
  const record = { stats: media.stats(), quality: media.quality(), plan: negotiation.plan };
  await Promise.all([bye, recorder.ended(code, ending.detail, record)]);
}
