import { inviteAsReceived } from "../../media-node/call/echo/echo-report.ts";
import { headersByName, parseHead } from "../../media-node/protocol/sip/message.ts";
import { SipSyntaxError } from "../../media-node/protocol/sip/syntax.ts";
import {
  type EchoReport,
  echoReportPath,
  echoReportSchema,
} from "../../schema/contracts/echo-report.ts";
import type { CallOptions } from "../call/call-options.ts";
import { createLadder, type Ladder } from "../call/ladder.ts";
import { openPhone } from "../call/phone.ts";
import { placeCall } from "../call/place-call.ts";
import { makeProbe } from "../call/probe.ts";
import type { CallReport } from "../call/report.ts";
import type { CallTarget } from "../call/target.ts";
import { createTerminal } from "../terminal.ts";

/** The report is made when the call is over, and goes to the control plane first. */
const REPORT_MS = 4_000;
const RETRY_MS = 200;
const MAX_REPORT_BYTES = 65_536;

/** One call to `sip:echo@`, as both sides saw it. */
export interface EchoCheck {
  readonly call: CallReport;
  /** Null: it could not be had; then `whyNoReport` says why. */
  readonly report: EchoReport | null;
  readonly whyNoReport: string | null;
  /** What was changed on the way: header fields and lines of the SDP. Null where there is nothing to compare. */
  readonly rewritten: readonly string[] | null;
}

/** Everything that the check needs to know of the endpoint. */
export interface EchoTarget extends CallTarget {
  /** Instead of the origin that the endpoint names: where its API is reached from here. */
  readonly api: string | null;
}

/**
 * Calls the endpoint's echo with 50 packets or more, and fetches what the node says of the call.
 * @throws UserError when there is no way to call at all
 */
export async function checkEcho(target: EchoTarget, signal: AbortSignal): Promise<EchoCheck> {
  const nobody = { write: () => true };
  const ladder = createLadder(createTerminal(nobody, nobody, true), Date.now);
  await using phone = await openPhone(target, null, ladder.hear);
  const options: CallOptions = {
    state: "",
    srtp: target.transport === "tls" ? "required" : "disabled",
    expect: "echo",
    header: [],
    from: "doctor",
    json: false,
  };
  const probe = makeProbe(Math.random);
  const parts = { phone, target, options, password: null, probe, ladder, signal };
  const { report: call } = await placeCall(parts);
  const url = reportUrl(ladder, target.api);
  const found = url === null ? "The answer names no report." : await fetchReport(url, signal);
  const report = typeof found === "string" ? null : found;
  const whyNoReport = typeof found === "string" ? found : null;
  return { call, report, whyNoReport, rewritten: rewrittenParts(ladder, report) };
}

/** RFC 3261 §20.9: of the 200. Only the path of a report is asked for, whatever the header names. */
function reportUrl({ rungs }: Ladder, api: string | null): URL | null {
  const answer = rungs.find(
    ({ direction, message }) => direction === "in" && /^2\d\d .*\(INVITE\)$/.test(message),
  );
  const named = /^Call-Info[ \t]*:[ \t]*<([^>\s]+)>/im.exec(answer?.text ?? "")?.[1] ?? "";
  const url = URL.parse(named);
  const token = /\/([A-Za-z0-9_-]{22})$/.exec(url?.pathname ?? "")?.[1];
  if (url === null || token === undefined || !/^https?:$/.test(url.protocol)) return null;
  return new URL(echoReportPath(token), api ?? url.origin);
}

/** A sentence where it cannot be had. */
async function fetchReport(url: URL, signal: AbortSignal): Promise<EchoReport | string> {
  const deadline = performance.now() + REPORT_MS;
  for (;;) {
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(REPORT_MS)]);
      const response = await fetch(url, { signal: limit, redirect: "error" });
      const text = await response.text();
      if (response.status === 200) return readReport(text);
      if (response.status !== 404 || performance.now() >= deadline) {
        return `The report is not there: ${url.href} answers ${response.status}.`;
      }
    } catch {
      return `The report cannot be read at ${url.href}: name the API with --api, or read it elsewhere.`;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    setTimeout(resolve, RETRY_MS);
    await promise;
  }
}

function readReport(text: string): EchoReport | string {
  const unreadable =
    "The report cannot be understood: this command may be too old for the endpoint.";
  if (text.length > MAX_REPORT_BYTES) return unreadable;
  try {
    const parsed = echoReportSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : unreadable;
  } catch {
    return unreadable;
  }
}

/** What left here against what arrived there. */
function rewrittenParts({ rungs }: Ladder, report: EchoReport | null): readonly string[] | null {
  const sent = rungs.findLast(
    ({ direction, message }) => direction === "out" && message.startsWith("INVITE "),
  );
  if (sent === undefined || report === null) return null;
  const headEnd = sent.text.indexOf("\r\n\r\n");
  const head = parseHead(headEnd === -1 ? sent.text : sent.text.slice(0, headEnd));
  if (head instanceof SipSyntaxError) return null;
  const offer = headEnd === -1 ? null : sent.text.slice(headEnd + 4);
  const ours = inviteAsReceived({ headers: headersByName(head.headers), offer });
  const theirs = report.signalling.invite;
  return [
    ...(ours.via === theirs.via ? [] : [`Via (${ours.via} became ${theirs.via})`]),
    ...(ours.contact === theirs.contact
      ? []
      : [`Contact (${ours.contact} became ${theirs.contact})`]),
    ...changedLines(ours.sdp ?? "", theirs.sdp ?? ""),
  ];
}

function changedLines(ours: string, theirs: string): string[] {
  const [sent, arrived] = [ours.split(/\r?\n/), theirs.split(/\r?\n/)];
  const gone = sent.filter((line) => !arrived.includes(line));
  const come = arrived.filter((line) => !sent.includes(line));
  const kinds = new Set([...gone, ...come].map((line) => line.slice(0, 2)));
  return [...kinds].map((kind) => {
    const before = gone.find((line) => line.startsWith(kind)) ?? "nothing";
    const after = come.find((line) => line.startsWith(kind)) ?? "nothing";
    return `the SDP (${before} became ${after})`;
  });
}
