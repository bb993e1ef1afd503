import type { SipExchangeFact } from "../../schema/contracts/trunk-test.ts";
import { type DigestClient, DigestExchange, isChallenge } from "../engine/digest-client.ts";
import type { SipRequest, SipResponse } from "../protocol/sip/message.ts";
import { type Finding, failed, type ProbeTimings, passed } from "./finding.ts";
import { type ProbeDialog, repeated } from "./probe-request.ts";
import type { SipAnswer, SipChannel } from "./sip-channel.ts";

/** What is known of the credentials after a request: `digest` of a test. */
export type DigestFinding = Finding | null;

export interface OptionsProbe {
  readonly options: Finding;
  /** Null: OPTIONS was not challenged, which says nothing of an INVITE. */
  readonly digest: DigestFinding;
}

/** RFC 3261 §11: any answer means that somebody speaks SIP there; a challenge is answered where there are credentials. */
export async function probeOptions(
  channel: SipChannel,
  dialog: ProbeDialog,
  request: SipRequest,
  { client, timings }: { readonly client: DigestClient | null; readonly timings: ProbeTimings },
): Promise<OptionsProbe> {
  const first = await ask(channel, request, timings.answerMs);
  const options = judgeOptions(first.answer, [first.fact]);
  const { answer } = first;
  if (answer.kind !== "response" || !isChallenge(answer.response.startLine.status)) {
    return { options, digest: null };
  }
  const challenged = takeChallenge(answer.response, client, dialog, request);
  if (challenged.request === null) return { options, digest: challenged.finding };
  const second = await ask(channel, challenged.request, timings.answerMs);
  const { answer: last } = second;
  if (last.kind !== "response") return { options, digest: silentAfterDigest([second.fact]) };
  return { options, digest: judgeDigest(last.response, [second.fact]) };
}

/** One request, and its final response or why there is none. */
export async function ask(channel: SipChannel, request: SipRequest, waitMs: number) {
  const startedAtMs = performance.now();
  using exchange = channel.begin(request);
  const statusLines: string[] = [];
  let answer = await exchange.next(waitMs);
  while (answer.kind === "response" && answer.response.startLine.status < 200) {
    noteStatus(statusLines, answer.response);
    answer = await exchange.next(waitMs - (performance.now() - startedAtMs));
  }
  if (answer.kind === "response") noteStatus(statusLines, answer.response);
  return { answer, fact: factOf(request, statusLines, startedAtMs) };
}

export function factOf(
  request: SipRequest,
  statusLines: readonly string[],
  startedAtMs: number,
): SipExchangeFact {
  return {
    method: request.startLine.method,
    has_credentials: request.headers.some(({ name }) => /^(?:Proxy-)?Authorization$/.test(name)),
    status_lines: [...statusLines],
    duration_ms: Math.round(performance.now() - startedAtMs),
  };
}

/** A peer may say 1xx as often as it likes: the first lines say it all, and the hub is told no more. */
const MAX_STATUS_LINES = 32;

export function noteStatus(statusLines: string[], response: SipResponse): void {
  if (statusLines.length < MAX_STATUS_LINES) statusLines.push(statusLine(response));
}

/** Of a peer's own making: cut, and free of what does not print. */
export function statusLine({ startLine }: SipResponse): string {
  const reason = startLine.reason.replace(/\p{Cc}/gu, " ");
  return `${startLine.status} ${reason}`.trim().slice(0, 128);
}

/** RFC 3261 §11: whether calls would be taken there. */
export function judgeOptions(answer: SipAnswer, exchanges: SipExchangeFact[]): Finding {
  const facts = { exchanges };
  if (answer.kind === "silent") {
    return failed("sip_silent", "No answer to OPTIONS comes, and none to a call would.", facts);
  }
  if (answer.kind === "closed") {
    return failed("sip_closed", "The connection is closed in the place of an answer.", facts);
  }
  if (answer.kind === "refused") {
    return failed("tcp_refused", "The host says that nothing listens on this UDP port.", facts);
  }
  if (answer.kind === "not_sip") {
    return failed("sip_not_spoken", "What answers on this port does not speak SIP.", facts);
  }
  const { status } = answer.response.startLine;
  const line = statusLine(answer.response);
  if (status === 503) {
    return failed("sip_unavailable", `The peer says that it takes no calls now: ${line}.`, facts);
  }
  if (status === 403) {
    const warning =
      "It refuses OPTIONS from here; if it refuses calls as well, its own list of addresses lacks ours.";
    return passed(`The peer answers ${line}: it is reached.`, facts, warning);
  }
  const warning = status >= 500 ? "It is reached, and something is wrong with it." : null;
  return passed(`The peer answers ${line}: it is reached.`, facts, warning);
}

/** The request with credentials, or why there can be none. */
export function takeChallenge(
  response: SipResponse,
  client: DigestClient | null,
  dialog: ProbeDialog,
  request: SipRequest,
  exchange: DigestExchange | null = client === null ? null : new DigestExchange(client),
):
  | { readonly request: SipRequest; readonly finding: null }
  | { readonly request: null; readonly finding: Finding } {
  if (exchange === null) {
    const detail = `The peer asks for credentials (${statusLine(response)}), and the trunk has none.`;
    return { request: null, finding: failed("credentials_missing", detail) };
  }
  if (!exchange.take(response)) {
    const detail =
      "The peer asks for credentials by a scheme or an algorithm that is not spoken here.";
    return { request: null, finding: failed("digest_unsupported", detail) };
  }
  const cseq = nextCseq(request);
  return { request: exchange.authorise(repeated(dialog, request, cseq)), finding: null };
}

export function nextCseq(request: SipRequest): number {
  const cseq = request.headers.find(({ name }) => name === "CSeq")?.value ?? "0";
  return Number.parseInt(cseq, 10) + 1;
}

export function judgeDigest(response: SipResponse, exchanges: SipExchangeFact[]): Finding {
  const { status } = response.startLine;
  const line = statusLine(response);
  if (isChallenge(status)) {
    const detail = `The credentials are refused (${line}): user name or password is another.`;
    return failed("digest_rejected", detail, { exchanges });
  }
  if (status === 403) {
    const detail = `The credentials are answered with ${line}: they, or the address they come from, are not accepted.`;
    return failed("digest_forbidden", detail, { exchanges });
  }
  return passed(`The credentials are accepted: ${line}.`, { exchanges });
}

function silentAfterDigest(exchanges: SipExchangeFact[]): Finding {
  return failed("sip_silent", "The request with credentials is not answered.", { exchanges });
}
