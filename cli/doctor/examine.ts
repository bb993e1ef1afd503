import { systemClock } from "../../media-node/engine/clock.ts";
import type { DnsQueries } from "../../media-node/engine/dns-queries.ts";
import type { NextHop, SipTarget } from "../../media-node/engine/resolver.ts";
import { probeDns } from "../../media-node/probe/dns-probe.ts";
import { type Finding, failed, type ProbeTimings, passed } from "../../media-node/probe/finding.ts";
import { ask, judgeOptions } from "../../media-node/probe/options-probe.ts";
import { newProbeDialog, probeRequest } from "../../media-node/probe/probe-request.ts";
import {
  datagramChannel,
  type SipChannel,
  streamChannel,
} from "../../media-node/probe/sip-channel.ts";
import { probeTcp } from "../../media-node/probe/tcp-probe.ts";
import { probeTls } from "../../media-node/probe/tls-probe.ts";
import {
  headerList,
  headerValue,
  type SipRequest,
  type SipResponse,
} from "../../media-node/protocol/sip/message.ts";
import { SipSyntaxError } from "../../media-node/protocol/sip/syntax.ts";
import { hostForUri } from "../../media-node/protocol/sip/uri.ts";
import { parseVia, type Via } from "../../media-node/protocol/sip/via.ts";
import type { EchoReport } from "../../schema/contracts/echo-report.ts";
import type { TrunkTestFacts } from "../../schema/contracts/trunk-test.ts";
import { type DoctorCode, type DoctorFailure, doctorFailure } from "./doctor-faults.ts";
import type { EchoCheck } from "./echo-check.ts";
import { failureOf, judgeEcho, judgeRewriting } from "./echo-stages.ts";
import { askStun } from "./stun-probe.ts";

/** In the order in which they run. */
const DOCTOR_STAGES = ["dns", "tcp", "tls", "options", "nat", "udp", "echo", "alg"] as const;
type DoctorStageName = (typeof DOCTOR_STAGES)[number];

export interface DoctorStage {
  readonly stage: DoctorStageName;
  readonly status: "ok" | "failed" | "skipped";
  readonly duration_ms: number;
  readonly detail: string;
  readonly facts: TrunkTestFacts;
  readonly warning: string | null;
  readonly failure: DoctorFailure | null;
  /** Of the stage `echo`: what the node says of the call. */
  readonly report?: EchoReport;
}

export interface ExamineDeps {
  /** PEM; null: the system's authorities. */
  readonly ca: string | null;
  readonly timings: ProbeTimings;
  readonly signal: AbortSignal;
  readonly stunPort: number;
  /** Calls the endpoint's echo; null: it is not to be called. @throws UserError */
  readonly echo: (() => Promise<EchoCheck>) | null;
  /** Absent: the host's own resolver. Replaced in tests. */
  readonly queries?: DnsQueries;
}

type DoctorFinding = Omit<Finding, "code"> & { readonly code: DoctorCode | null };

/** What stands between this machine and an endpoint, stage by stage. After one that failed the others are skipped. */
export async function* examine(
  nextHop: NextHop,
  deps: ExamineDeps,
): AsyncGenerator<DoctorStage, void> {
  let targets: readonly SipTarget[] = [];
  let startedAtMs = performance.now();
  const tell = (stage: DoctorStageName, finding: DoctorFinding | string): DoctorStage => {
    const duration = Math.round(performance.now() - startedAtMs);
    startedAtMs = performance.now();
    if (typeof finding === "string") return skipped(stage, finding);
    const { code, ...found } = finding;
    return {
      stage,
      ...found,
      duration_ms: duration,
      status: code === null ? "ok" : "failed",
      failure: code === null ? null : doctorFailure(code, targets),
    };
  };
  const rest = (first: DoctorStageName) =>
    DOCTOR_STAGES.slice(DOCTOR_STAGES.indexOf(first)).map((stage) => tell(stage, AFTER_FAILURE));

  const { queries } = deps;
  const lookup = { servers: [], hasUdp: true, ...(queries === undefined ? {} : { queries }) };
  const dns = await probeDns([nextHop], lookup);
  targets = dns.targets;
  yield tell("dns", dns.finding);
  if (dns.finding.code !== null) return yield* rest("tcp");

  let channel: SipChannel;
  let target = targets.find(({ transport }) => transport === "udp");
  if (target !== undefined && target === targets[0]) {
    yield tell("tcp", "SIP over UDP has no connection.");
    yield tell("tls", "SIP over UDP is not encrypted.");
    channel = await datagramChannel(target, null);
  } else {
    const streams = targets.filter(({ transport }) => transport !== "udp");
    const tcp = await probeTcp(streams, { ...deps, addressPolicy: "any" });
    yield tell("tcp", tcp.finding);
    if (tcp.reached === null) return yield* rest("tls");
    target = tcp.reached.target;
    let { socket } = tcp.reached;
    if (target.transport === "tls") {
      const own = { own: null, nowMs: () => systemClock.nowMs() };
      const tls = await probeTls(socket, nextHop.host, { ...deps, ...own });
      yield tell("tls", tls.finding);
      if (tls.socket === null) return yield* rest("options");
      socket = tls.socket;
    } else {
      yield tell("tls", "The endpoint is asked over TCP without TLS.");
    }
    channel = streamChannel(socket, target.transport === "tls" ? "tls" : "tcp");
  }
  using open = channel;
  const { address: from, port } = open.local;
  const dialog = newProbeDialog({ host: from, port }, target.transport);
  const request = probeRequest(dialog, {
    method: "OPTIONS",
    requestUri: `sip:${nextHop.host}`,
    from: `<sip:doctor@${hostForUri(from)}>`,
    to: `<sip:${nextHop.host}>`,
    cseq: 1,
  });
  const asked = await ask(open, request, deps.timings.answerMs);
  const options = judgeOptions(asked.answer, [asked.fact]);
  yield tell("options", options);
  if (options.code !== null || asked.answer.kind !== "response") return yield* rest("nat");
  yield tell("nat", judgePath(request, asked.answer.response));
  const mapped = await askStun({ ...target, port: deps.stunPort }, deps.signal);
  const place = `${hostForUri(target.address)}:${deps.stunPort}`;
  // Most deployments answer none: that is no fault of anybody's.
  if (mapped === null) yield tell("udp", `No STUN comes from ${place}: ${NO_STUN}`);
  else
    yield tell(
      "udp",
      passed(`UDP passes: ${place} sees ${hostForUri(mapped.address)}:${mapped.port}.`),
    );
  yield* callEcho(deps, target, tell);
}

/** One call of 50 packets and more, and who had hands on its INVITE. */
async function* callEcho(
  { echo }: Pick<ExamineDeps, "echo">,
  { transport }: SipTarget,
  tell: (stage: DoctorStageName, finding: DoctorFinding | string) => DoctorStage,
): AsyncGenerator<DoctorStage, void> {
  const why = transport === "udp" ? "This phone speaks TCP and TLS only." : "It was not asked for.";
  if (echo === null || transport === "udp") {
    yield tell("echo", why);
    yield tell("alg", why);
    return;
  }
  const check = await echo();
  const verdict = judgeEcho(check);
  const { detail, warning } = verdict;
  const found = { detail, facts: {}, warning };
  const report = check.report === null ? {} : { report: check.report };
  if (verdict.status === "skipped") yield { ...tell("echo", detail), ...report };
  else if (verdict.status === "ok") yield { ...tell("echo", { ...found, code: null }), ...report };
  else if ("finding" in verdict) {
    const stage = tell("echo", { ...found, code: verdict.finding.code });
    yield { ...stage, ...report, failure: failureOf(verdict.finding) };
  } else yield { ...tell("echo", { ...found, code: verdict.code }), ...report };
  const path = judgeRewriting(check);
  if (path.status === "skipped") yield tell("alg", path.detail);
  else {
    const code = path.status === "ok" ? null : "alg_rewrites";
    yield tell("alg", { code, detail: path.detail, facts: {}, warning: null });
  }
}

const NO_STUN =
  "the deployment answers none, or UDP is dropped (rule 12), as media would be (rule 4).";

const AFTER_FAILURE = "A stage before it failed.";

function skipped(stage: DoctorStageName, detail: string): DoctorStage {
  const nothing = { facts: {}, failure: null, warning: null };
  return { stage, detail, status: "skipped", duration_ms: 0, ...nothing };
}

/** What a server copies from the request as it stood (RFC 3261 §8.2.6.2): what differs was changed on the way. */
const COPIED = ["From", "Call-ID", "CSeq"] as const;

/** Who has had hands on the messages: a NAT changes addresses of packets, a SIP ALG the text. */
function judgePath(request: SipRequest, response: SipResponse): DoctorFinding {
  const changed = COPIED.filter(
    (name) => headerValue(request, name) !== headerValue(response, name),
  );
  const sent = viaOf(request);
  const copy = viaOf(response);
  if (
    sent === null ||
    copy === null ||
    `${sent.host}:${sent.port}` !== `${copy.host}:${copy.port}`
  ) {
    return rewritten(["Via", ...changed]);
  }
  if (changed.length > 0) return rewritten(changed);
  const received = paramOf(copy, "received");
  const rport = paramOf(copy, "rport");
  if (received === null || received === sent.host) {
    return passed("No SIP ALG and no NAT is seen: the messages arrive as they were sent.");
  }
  const detail = `No SIP ALG is seen. A NAT shows this machine as ${received}${rport === null ? "" : `:${rport}`}.`;
  return passed(
    detail,
    {},
    "Behind a NAT, name the public address in your PBX, and to your contact.",
  );
}

function rewritten(names: readonly string[]): DoctorFinding {
  const detail = `Something on the way has changed ${names.join(", ")} of the messages: a SIP ALG.`;
  return { ...failed("sip_silent", detail), code: "alg_rewrites" };
}

function viaOf(message: SipRequest | SipResponse): Via | null {
  const via = parseVia(headerList(message, "Via")[0] ?? "");
  return via instanceof SipSyntaxError ? null : via;
}

function paramOf({ params }: Via, name: string): string | null {
  return params.find(([key]) => key === name)?.[1] ?? null;
}
