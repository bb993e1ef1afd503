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
import { unavailability } from "../fallback.ts";
import type { AgentLink } from "../media-ports.ts";
import { isHeld } from "../negotiation.ts";
import type { QueuePlace } from "../ports.ts";

/** An answered call that waits for a place. */
interface QueuedCall {
  readonly parts: AnsweredParts;
  readonly place: QueuePlace;
  /** When it got in line, on the monotonic clock. */
  readonly sinceMs: number;
  /** When the call has its place: asks the pre-call webhook, too. */
  connectAgent(): AgentLink;
}

/**
 * Runs a call from its answer through the queue to its end. The caller hears the hold tone until the agent
 * is there; neither the wait nor the agent's connection counts as duration.
 */
export async function runQueued(call: QueuedCall, deps: CallRunDeps): Promise<CallEndCode> {
  const { parts, place } = call;
  const { ending, media, negotiation, recorder } = parts;
  const peer = { isGone: false };
  let hasAgent = false;
  await using teardown = new AsyncDisposableStack();
  teardown.defer(async () => {
    if (!hasAgent) await hangUp(parts, peer.isGone);
  });
  using waiting = new DisposableStack();
  waiting.use(whenAborted(media.first.timedOut, () => ending.end("media_timeout", "no media")));
  parts.dialog.attach({
    ended({ by, reason }) {
      peer.isGone = true;
      ending.end(by === "peer" ? "caller_hung_up" : "signalling_lost", reason);
    },
    ...reoffersOf(parts, deps),
  });
  if (negotiation.plan === null) startFromAnswer(parts);
  if (negotiation.plan !== null) media.hold(isHeld(negotiation.plan));
  waiting.use(media.playHoldTone());

  const span = recorder.trace.span("queue");
  const refused = await Promise.race([place.admitted, ending.ended]);
  span.end(ending.code === null ? refused : ending.code);
  recorder.waited(deps.clock.monotonicMs() - call.sinceMs);
  if (ending.code === null && refused !== null) ending.end(refused, "in the queue");
  if (ending.code !== null) return ending.code;

  await using agent = call.connectAgent();
  let unavailable: string | null;
  try {
    unavailable = await unavailability(agent, parts.agentSettings);
  } catch (fault) {
    ending.end(endCodeOf(fault), fault instanceof Error ? fault.message : String(fault));
    return ending.code ?? "agent_unavailable";
  }
  if (ending.code !== null) {
    agent.ended(ending.code);
    return ending.code;
  }
  // From here on the call is like any other, and what is left of the tone gives way to the agent.
  hasAgent = true;
  waiting.dispose();
  // Of a hold that nobody was told of the agent learns when the call is opened for it.
  media.hold(false);
  if (unavailable === null) recorder.answered();
  return runCall({ ...parts, agent, unavailable: Promise.resolve(unavailable) }, deps);
}

/** A call that ends while no agent is there. */
async function hangUp(parts: AnsweredParts, isPeerGone: boolean): Promise<void> {
  const { dialog, ending, media, negotiation, recorder } = parts;
  const code = ending.code ?? "internal_error";
  media.close();
  const headers = attributeHeaders(parts.attributesToHeaders, recorder.variables());
  const bye = isPeerGone ? undefined : dialog.bye(byeReason(code), headers);
  const record = { report: media.first.stop(), plan: negotiation.plan };
  await Promise.all([bye, recorder.ended(code, ending.detail, record)]);
}
