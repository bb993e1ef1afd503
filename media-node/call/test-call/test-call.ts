import type { OutboundTrunkRoute } from "../../../schema/contracts/routing.ts";
import { TEST_CALL_MAX_SECS } from "../../../schema/contracts/test-calls.ts";
import { type CallId, conversationIdOf } from "../../../schema/values/ids.ts";
import type { AgentTarget } from "../agent-ports.ts";
import { reoffersOf } from "../call.ts";
import { createCallControl } from "../call-control.ts";
import type { CallEndCode } from "../call-ends.ts";
import {
  byeReason,
  type CallEnding,
  createCallEnding,
  endCodeOf,
  endedByMedia,
} from "../ending.ts";
import { localMedia } from "../local-media.ts";
import type { AgentLink, CallMedia } from "../media-ports.ts";
import { dialLeg, type LegOutcome } from "../outbound/dial-leg.ts";
import type { CallDeps } from "../ports.ts";

/** The calling leg of a test call: who listens and speaks there is a browser, by way of the control plane. */
export interface TestCallLeg {
  /** Of the call that is to come in. */
  readonly calledId: CallId;
  /** As imported; `uri` is how it is dialled. */
  readonly number: string;
  readonly uri: string;
  readonly caller: string;
  /** The ways to this node, first to last. */
  readonly trunks: readonly OutboundTrunkRoute[];
  /** Of the INVITE: by which the node knows its own call. */
  readonly headers: Readonly<Record<string, string>>;
  /** The browser's end. */
  readonly target: AgentTarget;
}

export type TestCallDeps = Pick<
  CallDeps,
  "calls" | "clock" | "dialer" | "logger" | "media" | "newCallId" | "ourHost" | "random"
>;

const RING_TIMEOUT_MS = 60_000;

/** Places it and carries it to its end. Whoever listens is there first: nothing rings for nobody. Never rejects. */
export async function runTestCall(leg: TestCallLeg, deps: TestCallDeps): Promise<CallEndCode> {
  const callId = deps.newCallId();
  const ending = createCallEnding(deps.logger, callId);
  const { end } = ending;
  const startedAtMs = deps.clock.nowMs();
  const control = createCallControl(ending);
  using _live = deps.calls.add({ callId, direction: "outbound", startedAtMs, end, control });
  using _limit = deps.clock.after(TEST_CALL_MAX_SECS * 1000, () =>
    end("max_duration", `${TEST_CALL_MAX_SECS} s`),
  );
  const { calledId } = leg;
  try {
    deps.logger.info("test_call_begun", { callId, calledId });
    await connect(leg, callId, ending, deps);
  } catch (fault) {
    const detail = fault instanceof Error ? fault.message : String(fault);
    if (ending.code === null) end(endCodeOf(fault), detail);
  }
  const code = ending.code ?? "internal_error";
  deps.logger.info("test_call_ended", { callId, calledId, code, detail: ending.detail });
  return code;
}

async function connect(
  leg: TestCallLeg,
  callId: CallId,
  ending: CallEnding,
  deps: TestCallDeps,
): Promise<void> {
  const mediaEvents = endedByMedia(ending);
  // A browser that is gone does not come back to its call.
  mediaEvents.watchAgent({
    away: (detail) => ending.end("agent_lost", detail),
    back: () => undefined,
    lost: (detail) => ending.end("agent_lost", detail),
  });
  const opened = await deps.media.open({ callId, digitInput: null }, mediaEvents);
  if (opened === null) return ending.end("ports_exhausted", "no RTP port is free");
  await using media = opened;
  const call = {
    callId,
    conversationId: conversationIdOf(leg.calledId),
    direction: "outbound",
    from: leg.caller,
    to: leg.number,
    dynamicVariables: {},
  } as const;
  const target = Promise.resolve(leg.target);
  await using browser = media.connectAgent(target, call, ending.signal, { isListening: true });
  using _told = tellingEnd(browser, ending);
  await browser.accepted;

  const outcome = await dialSelf(leg, { browser, ending, media }, deps);
  switch (outcome.kind) {
    case "cancelled":
      return;
    case "failed":
      return ending.end(outcome.code, outcome.detail);
    case "answered":
      // Awaited here: what is open is closed when this returns.
      return await talk(outcome, { callId, ending, media }, deps);
    default:
      return outcome satisfies never;
  }
}

/** The browser is told how it ended, whichever way this is left. */
function tellingEnd(browser: AgentLink, ending: CallEnding): Disposable {
  return { [Symbol.dispose]: () => browser.ended(ending.code ?? "internal_error") };
}

interface Ends {
  readonly browser: AgentLink;
  readonly ending: CallEnding;
  readonly media: CallMedia;
}

async function dialSelf(
  leg: TestCallLeg,
  { browser, ending, media }: Ends,
  deps: TestCallDeps,
): Promise<LegOutcome> {
  const local = localMedia(media.first, deps);
  let hasRung = false;
  let outcome: LegOutcome = { kind: "cancelled" };
  for (const trunk of leg.trunks) {
    outcome = await dialLeg(
      trunk,
      { number: leg.number, callerNumber: leg.caller, uri: leg.uri },
      {
        ourHost: deps.ourHost,
        local,
        password: null,
        headers: leg.headers,
        ringTimeoutMs: RING_TIMEOUT_MS,
        signal: ending.signal,
        onRinging() {
          if (!hasRung) browser.ringing();
          hasRung = true;
        },
      },
      deps,
    );
    // Nobody has seen the INVITE: the other way may be open.
    const isUnreached =
      outcome.kind === "failed" &&
      (outcome.code === "carrier_tls_failed" || outcome.code === "carrier_unreachable");
    if (!isUnreached) return outcome;
  }
  return outcome;
}

async function talk(
  { dialog, negotiation, plan, address }: Extract<LegOutcome, { kind: "answered" }>,
  { callId, ending, media }: Pick<Ends, "ending" | "media"> & { readonly callId: CallId },
  deps: TestCallDeps,
): Promise<void> {
  let isGone = false;
  media.first.start(plan, address);
  dialog.attach({
    ended({ by, reason }) {
      isGone = true;
      ending.end(by === "peer" ? "callee_hung_up" : "signalling_lost", reason);
    },
    ...reoffersOf({ callId, ending, media, negotiation }, deps),
  });
  media.open({
    silenceTimeoutSecs: null,
    silent: () => undefined,
    voicemail: null,
    screened: () => undefined,
    transfer: () => undefined,
    transcript: () => undefined,
  });
  const code = await ending.ended;
  media.close();
  await Promise.all([isGone ? undefined : dialog.bye(byeReason(code)), media.first.stop()]);
}
