import { readFileSync } from "node:fs";
import { ECHO_USER } from "../../media-node/call/echo/echo-call.ts";
import { type NextHop, nextHopOf } from "../../media-node/engine/resolver.ts";
import { PROBE_TIMINGS } from "../../media-node/probe/finding.ts";
import { SipSyntaxError, withParam } from "../../media-node/protocol/sip/syntax.ts";
import { hostForUri, parseSipUri, writeSipUri } from "../../media-node/protocol/sip/uri.ts";
import { STUN_PORT } from "../../schema/values/port-rules.ts";
import { resolveTarget } from "../call/target.ts";
import { EXIT } from "../exit-status.ts";
import { readRuntime } from "../runtime-file.ts";
import type { Terminal } from "../terminal.ts";
import { UserError } from "../user-error.ts";
import type { DoctorOptions } from "./doctor-options.ts";
import { checkEcho, type EchoTarget } from "./echo-check.ts";
import { type DoctorStage, examine } from "./examine.ts";
import { inBlocks, readPublishedBlocks } from "./published-blocks.ts";

/** The object that `--json` prints. */
export interface DoctorReport {
  readonly target: string;
  readonly ok: boolean;
  readonly failed_stage: DoctorStage["stage"] | null;
  readonly stages: readonly DoctorStage[];
}

/** `trunkline doctor`: tells each stage when it is known; resolves with the exit status. */
export async function runDoctor(
  targetText: string | undefined,
  options: DoctorOptions,
  terminal: Terminal,
): Promise<number> {
  const { ca, caFile, nextHop, target } = resolveEndpoint(targetText, options);
  const blocks = options.feed === undefined ? [] : await readPublishedBlocks(options.feed);
  const stages: DoctorStage[] = [];
  const signal = AbortSignal.timeout(LONGEST_MS);
  const stunPort = options.stunPort ?? STUN_PORT;
  const echo = options.echo ? () => checkEcho(echoTarget(target, caFile, options), signal) : null;
  const deps = { ca, echo, signal, stunPort, timings: PROBE_TIMINGS };
  for await (const found of examine(nextHop, deps)) {
    const stage = inBlocks(found, blocks);
    stages.push(stage);
    printStage(stage, terminal);
  }
  const failed = stages.find(({ status }) => status === "failed") ?? null;
  const report: DoctorReport = {
    target,
    ok: failed === null,
    failed_stage: failed?.stage ?? null,
    stages,
  };
  if (options.json) terminal.data(JSON.stringify(report));
  return report.ok ? EXIT.ok : EXIT.checkFailed;
}

interface Endpoint {
  readonly target: string;
  readonly nextHop: NextHop;
  /** PEM, and the file that it is from. */
  readonly ca: string | null;
  readonly caFile: string | null;
}

/** The echo of the endpoint, whoever else its URI names. */
function echoTarget(text: string, caFile: string | null, options: DoctorOptions): EchoTarget {
  const uri = parseSipUri(text);
  if (uri instanceof SipSyntaxError) throw new UserError(`${text} is no SIP URI: ${uri.detail}.`);
  const called = writeSipUri({ ...uri, user: ECHO_USER, password: null, headers: null });
  const { state, transport } = options;
  // A call over UDP is not placed: the transport is that of the URI then, and unused.
  const wanted = transport === undefined || transport === "udp" ? { state } : { state, transport };
  return { ...resolveTarget(called, wanted), caFile, api: options.api ?? null };
}

/** A SIP URI, `host[:port]`, or nothing for the system that runs here. */
function resolveEndpoint(text: string | undefined, options: DoctorOptions): Endpoint {
  if (text !== undefined) {
    const target = /^sips?:/i.test(text) ? text : `sip:${text}`;
    const caFile = options.ca ?? null;
    return { target, nextHop: nextHopTo(target, options), ca: readCa(caFile), caFile };
  }
  const { sip, sips, tlsCa } = readRuntime(options.state, "name a SIP endpoint");
  const { host, port } = options.transport === "tcp" ? sip : sips;
  const target = `sip:${hostForUri(host)}:${port}`;
  const transport = options.transport ?? "tls";
  return {
    target,
    nextHop: nextHopTo(target, { transport }),
    ca: readCa(options.ca ?? tlsCa),
    caFile: options.ca ?? tlsCa,
  };
}

function nextHopTo(text: string, { transport }: Pick<DoctorOptions, "transport">): NextHop {
  const uri = parseSipUri(text);
  if (uri instanceof SipSyntaxError) {
    throw new UserError(`${text} is no SIP URI and no host: ${uri.detail}.`);
  }
  const params =
    transport === undefined ? uri.params : withParam(uri.params, "transport", transport);
  const nextHop = nextHopOf({ ...uri, params }, { hasUdp: true });
  if (nextHop !== "transport_not_supported") return nextHop;
  throw new UserError(`${text} asks for a transport that is none of tcp, tls and udp.`);
}

function readCa(path: string | null): string | null {
  if (path === null) return null;
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new UserError(`${path} cannot be read: name a PEM file with --ca.`, { cause });
  }
}

/** All of an examination: a call that hangs is given up. */
const LONGEST_MS = 90_000;

const SIGNS = {
  ok: ["green", "OK"],
  failed: ["red", "FAILED"],
  skipped: ["dim", "skipped"],
} as const;

function printStage(stage: DoctorStage, terminal: Terminal): void {
  const [style, word] = SIGNS[stage.status];
  const verdict = terminal.paint(style, word.padEnd(8));
  terminal.say(`${stage.stage.padEnd(8)} ${verdict} ${stage.detail}`);
  const indent = " ".repeat(18);
  if (stage.warning !== null) terminal.say(`${indent}${terminal.paint("yellow", stage.warning)}`);
  for (const { severity, code, detail, hint } of stage.report?.findings ?? []) {
    if (severity === "fault") continue;
    terminal.say(`${indent}${severity}: ${detail} (${code})`);
    if (severity === "warning") terminal.say(`${indent}${hint}`);
  }
  const { failure } = stage;
  if (failure === null) return;
  terminal.say(`${indent}whose: ${failure.side.replaceAll("_", " ")} (${failure.code})`);
  terminal.say(`${indent}${failure.hint}`);
  const { allow } = failure;
  if (allow === null) return;
  const places = allow.to.map((address) => `${hostForUri(address)}:${allow.to_port}`).join(", ");
  const rules = `rule ${allow.rules.join(", ")} of /network/rules.csv`;
  terminal.say(
    `${indent}allow: ${allow.protocol} from ${allow.from.join(", ")} to ${places} (${rules})`,
  );
}
