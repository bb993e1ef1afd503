import type { SipExchangeFact } from "../../schema/contracts/trunk-test.ts";
import { type DigestClient, DigestExchange, isChallenge } from "../engine/digest-client.ts";
import {
  headerList,
  headerValue,
  type SipHeader,
  type SipRequest,
  type SipResponse,
} from "../protocol/sip/message.ts";
import { parseNameAddr } from "../protocol/sip/name-addr.ts";
import { SipSyntaxError } from "../protocol/sip/syntax.ts";
import { type Finding, type FindingCode, failed, type ProbeTimings, passed } from "./finding.ts";
import {
  type DigestFinding,
  factOf,
  judgeDigest,
  nextCseq,
  noteStatus,
  statusLine,
  takeChallenge,
} from "./options-probe.ts";
import { ackOfRefusal, cancelOf, inDialog, type ProbeDialog } from "./probe-request.ts";
import type { SipAnswer, SipChannel, SipExchange } from "./sip-channel.ts";

/** A proxy and the carrier behind it may each ask, and a nonce may run out: nobody has more to ask. */
const MAX_CHALLENGES = 4;

const UNHEARD = "No answer to an INVITE comes, though OPTIONS was answered.";

export interface InviteProbe {
  readonly invite: Finding;
  /** Null: it was not challenged. */
  readonly digest: DigestFinding;
}

interface InviteDeps {
  readonly client: DigestClient | null;
  readonly timings: ProbeTimings;
  /** Ends it at once, with CANCEL. */
  readonly signal: AbortSignal;
}

/** Rings, and hangs up at the first ring. What is answered before that is ended with BYE: nothing stays up. */
export async function probeInvite(
  channel: SipChannel,
  dialog: ProbeDialog,
  first: SipRequest,
  deps: InviteDeps,
): Promise<InviteProbe> {
  const digests = deps.client === null ? null : new DigestExchange(deps.client);
  const exchanges: SipExchangeFact[] = [];
  let digest: DigestFinding = null;
  let request = first;
  for (let asked = 0; ; asked += 1) {
    const tried = await tryOnce(channel, dialog, request, deps);
    exchanges.push(tried.fact);
    const { refusal } = tried;
    if (refusal === null || !isChallenge(refusal.startLine.status)) {
      if (asked > 0 && refusal !== null) digest = judgeDigest(refusal, [tried.fact]);
      if (asked > 0 && tried.finding.code === null) {
        digest = passed("The credentials are accepted.", { exchanges: [tried.fact] });
      }
      return { invite: withFacts(tried.finding, exchanges), digest };
    }
    const taken =
      asked >= MAX_CHALLENGES
        ? null
        : takeChallenge(refusal, deps.client, dialog, request, digests);
    if (taken === null || taken.request === null) {
      const finding =
        asked === 0 && taken !== null ? taken.finding : judgeDigest(refusal, [tried.fact]);
      const detail = "Nobody is rung without credentials that are accepted.";
      return {
        digest: finding,
        invite: failed(finding.code ?? "invite_refused", detail, { exchanges }),
      };
    }
    request = taken.request;
  }
}

function withFacts(finding: Finding, exchanges: SipExchangeFact[]): Finding {
  return { ...finding, facts: { ...finding.facts, exchanges } };
}

interface Tried {
  readonly finding: Finding;
  /** A final response of 300 or more, acknowledged. */
  readonly refusal: SipResponse | null;
  readonly fact: SipExchangeFact;
}

async function tryOnce(
  channel: SipChannel,
  dialog: ProbeDialog,
  request: SipRequest,
  deps: InviteDeps,
): Promise<Tried> {
  const startedAtMs = performance.now();
  const statusLines: string[] = [];
  using exchange = channel.begin(request);
  const tell = (finding: Finding, refusal: SipResponse | null = null): Tried => ({
    finding,
    refusal,
    fact: factOf(request, statusLines, startedAtMs),
  });
  const rung = await untilRung(exchange, deps, statusLines);
  if (rung.kind === "response" && rung.response.startLine.status >= 200) {
    return settle(channel, dialog, request, rung.response, tell);
  }
  if (rung.kind !== "response" && rung.kind !== "silent") {
    return tell(failed("invite_failed", "The connection is lost before anybody is rung."));
  }
  const rungAfterMs = Math.round(performance.now() - startedAtMs);
  // RFC 3261 §9.1: cancelled as soon as it is heard of.
  if (statusLines.length === 0) {
    const late = await exchange.next(deps.timings.endMs);
    if (late.kind !== "response") return tell(failed("invite_silent", UNHEARD));
    noteStatus(statusLines, late.response);
    if (late.response.startLine.status >= 200) {
      return settle(channel, dialog, request, late.response, tell);
    }
  }
  using _cancel = channel.begin(cancelOf(request));
  const last = await untilFinal(exchange, deps.timings.endMs, statusLines);
  if (last?.startLine.status !== undefined && last.startLine.status < 300) {
    return settle(channel, dialog, request, last, tell);
  }
  if (last !== null) channel.send(ackOfRefusal(request, headerValue(last, "To") ?? ""));
  const hasRung = rung.kind === "response";
  if (!hasRung) {
    return tell(
      failed("invite_silent", "The peer works at the INVITE, and nobody is rung in time."),
    );
  }
  const warning =
    last === null ? "The CANCEL was not answered: the peer has to end the call by itself." : null;
  return tell(passed(`It rang after ${rungAfterMs} ms, and was cancelled.`, {}, warning));
}

/** The first response that says more than 100. `silent`: none in time, or the test is stopped. */
async function untilRung(
  exchange: SipExchange,
  { signal, timings }: InviteDeps,
  statusLines: string[],
): Promise<SipAnswer> {
  const endsAtMs = performance.now() + timings.ringMs;
  const stopped = Promise.withResolvers<SipAnswer>();
  const stop = () => stopped.resolve({ kind: "silent" });
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    for (;;) {
      const leftMs = endsAtMs - performance.now();
      const answer = await Promise.race([stopped.promise, exchange.next(leftMs)]);
      if (answer.kind !== "response") return answer;
      noteStatus(statusLines, answer.response);
      if (answer.response.startLine.status > 100) return answer;
    }
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Null: none came. */
async function untilFinal(
  exchange: SipExchange,
  waitMs: number,
  statusLines: string[],
): Promise<SipResponse | null> {
  const endsAtMs = performance.now() + waitMs;
  for (;;) {
    const answer = await exchange.next(endsAtMs - performance.now());
    if (answer.kind !== "response") return null;
    noteStatus(statusLines, answer.response);
    if (answer.response.startLine.status >= 200) return answer.response;
  }
}

/** RFC 3261 §13.2.2: acknowledges a final response, and ends what it has begun. */
function settle(
  channel: SipChannel,
  dialog: ProbeDialog,
  request: SipRequest,
  response: SipResponse,
  tell: (finding: Finding, refusal?: SipResponse | null) => Tried,
): Tried {
  const to = headerValue(response, "To") ?? "";
  const { status } = response.startLine;
  if (status >= 300) {
    channel.send(ackOfRefusal(request, to));
    return tell(judgeRefusal(response), response);
  }
  const target = targetOf(response);
  const cseq = nextCseq(request);
  const route = routeOf(response);
  channel.send(inDialog(dialog, request, "ACK", { to, target, cseq: cseq - 1 }, route));
  channel.send(inDialog(dialog, request, "BYE", { to, target, cseq }, route));
  return tell(passed("It was answered at once, and hung up."));
}

function targetOf(response: SipResponse): string {
  const contact = parseNameAddr(headerValue(response, "Contact") ?? "");
  // What could not stand in a start line is nowhere to go: the connection leads to the peer all the same.
  const isUsable = !(contact instanceof SipSyntaxError) && /^[^\s<>"]+$/.test(contact.uri);
  return isUsable ? contact.uri : "sip:invalid.invalid";
}

/** RFC 3261 §12.1.2: the Record-Route of the response, last first. */
function routeOf(response: SipResponse): SipHeader[] {
  const routes = headerList(response, "Record-Route").toReversed();
  return routes.map((value) => ({ name: "Route", value }));
}

const REFUSALS: Readonly<Record<number, readonly [FindingCode, string]>> = {
  403: ["invite_forbidden", "the peer does not take this call from here"],
  404: ["invite_number_refused", "the peer does not know the number in this form"],
  415: ["invite_media_refused", "the peer does not take what media it is offered"],
  484: ["invite_number_refused", "the peer finds the number incomplete"],
  488: ["invite_media_refused", "the peer does not take what media it is offered"],
  604: ["invite_number_refused", "the peer does not know the number in this form"],
  606: ["invite_media_refused", "the peer does not take what media it is offered"],
};
/** The trunk works: it is the called party that does not. */
const BUSY = new Set([480, 486, 487, 600, 603]);

function judgeRefusal(response: SipResponse): Finding {
  const { status } = response.startLine;
  const line = statusLine(response);
  if (BUSY.has(status)) {
    return passed(`The call got through the trunk and ended with ${line}.`);
  }
  const known = REFUSALS[status];
  if (known !== undefined) return failed(known[0], `INVITE is answered with ${line}: ${known[1]}.`);
  if (status < 400) {
    const detail = `INVITE is answered with ${line}; a redirection is not followed.`;
    return failed("invite_redirected", detail);
  }
  return failed("invite_refused", `INVITE is answered with ${line}.`);
}
