import { randomBytes, randomInt } from "node:crypto";
import type { Socket } from "node:net";
import type {
  TrunkTestQuestion,
  TrunkTestStage,
  TrunkTestStageName,
} from "../../schema/contracts/trunk-test.ts";
import { createNegotiation } from "../call/negotiation.ts";
import { type LegAttempt, legAttempts } from "../call/outbound/leg-attempts.ts";
import { inviteIdentity } from "../call/outbound/outbound-invite.ts";
import { DigestClient } from "../engine/digest-client.ts";
import type { DnsQueries } from "../engine/dns-queries.ts";
import type { EngineConfig } from "../engine/engine-config.ts";
import { type NextHop, nextHopOf, type SipTarget } from "../engine/resolver.ts";
import { KEY_AND_SALT_BYTES } from "../protocol/sdp/media-plan.ts";
import { SipSyntaxError } from "../protocol/sip/syntax.ts";
import { hostForUri, parseSipUri } from "../protocol/sip/uri.ts";
import { probeDns } from "./dns-probe.ts";
import { type Finding, failed, type ProbeTimings } from "./finding.ts";
import { probeInvite } from "./invite-probe.ts";
import { probeOptions } from "./options-probe.ts";
import { newProbeDialog, type ProbeDialog, probeRequest } from "./probe-request.ts";
import { datagramChannel, type SipChannel, streamChannel } from "./sip-channel.ts";
import { isRefusedByPolicy, probeTcp } from "./tcp-probe.ts";
import { probeTls } from "./tls-probe.ts";
import { faultOf } from "./trunk-faults.ts";

export interface TrunkTestDeps {
  readonly addressPolicy: EngineConfig["addressPolicy"];
  readonly dnsServers: readonly string[];
  /** Absent: `dnsServers`. */
  readonly queries?: DnsQueries;
  readonly hasUdp: boolean;
  readonly tls: {
    /** PEM; null: the system's authorities. */
    readonly ca: string | null;
    readonly own: { readonly cert: string; readonly key: string } | null;
  };
  /** Of the trunk's credentials; null: it has none. */
  readonly password: string | null;
  /** Via, Contact and From. */
  readonly origin: { readonly host: string; readonly portOf: (target: SipTarget) => number };
  /** What a firewall has to allow. */
  readonly from: readonly string[];
  readonly timings: ProbeTimings;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
}

/** Where a test has got to: what the stages after it need. */
interface Reached {
  readonly target: SipTarget;
  readonly channel: SipChannel;
  readonly dialog: ProbeDialog;
}

type Tell = (
  stage: TrunkTestStageName,
  finding: Finding | string,
  startedAtMs?: number,
) => TrunkTestStage;

/**
 * Runs a test of a trunk and tells every stage as it ends. After one that failed the others are told as skipped, but for
 * `invite`, which wants no digest of OPTIONS.
 */
export async function* runTrunkTest(
  question: TrunkTestQuestion,
  deps: TrunkTestDeps,
): AsyncGenerator<TrunkTestStage, void> {
  let targets: readonly SipTarget[] = [];
  const tell: Tell = (stage, finding, startedAtMs) => {
    const context = { peerSide: question.peerSide, from: deps.from, targets };
    if (typeof finding === "string") return skipped(stage, finding);
    const { code, detail, facts, warning } = finding;
    return {
      stage,
      detail,
      facts,
      warning,
      status: code === null ? "ok" : "failed",
      duration_ms: Math.round(performance.now() - (startedAtMs ?? performance.now())),
      failure: code === null ? null : faultOf(code, context),
    };
  };
  const skipFrom = (first: TrunkTestStageName, why: string) =>
    ORDER.slice(ORDER.indexOf(first)).map((stage) => tell(stage, why));

  const startedAtMs = performance.now();
  const attempts = legAttempts(question.trunk) ?? [];
  const nextHops = nextHopsOf(attempts, deps.hasUdp);
  const [nextHop] = nextHops;
  if (nextHop === undefined) {
    const detail = "The transport of the trunk is one that this node does not send over.";
    yield tell("dns", failed("no_route", detail), startedAtMs);
    yield* skipFrom("tcp", AFTER_FAILURE);
    return;
  }
  const { hasUdp, dnsServers: servers, queries } = deps;
  const dns = await probeDns(nextHops, {
    hasUdp,
    servers,
    ...(queries === undefined ? {} : { queries }),
  });
  targets = dns.targets;
  yield tell("dns", dns.finding, startedAtMs);
  if (dns.finding.code !== null) return yield* skipFrom("tcp", AFTER_FAILURE);

  await using closing = new AsyncDisposableStack();
  const reaching = reach(targets, nextHop, tell, deps);
  let step = await reaching.next();
  while (step.done !== true) {
    yield step.value;
    step = await reaching.next();
  }
  if (step.value === null) return yield* skipFrom("options", AFTER_FAILURE);
  const { target, channel } = step.value;
  closing.use(channel);
  targets = [target, ...targets.filter((other) => other !== target)];
  yield* talk(question, attempts, step.value, tell, deps);
}

const ORDER: readonly TrunkTestStageName[] = ["dns", "tcp", "tls", "options", "digest", "invite"];
const AFTER_FAILURE = "A stage before it failed.";

function skipped(stage: TrunkTestStageName, detail: string): TrunkTestStage {
  const nothing = { facts: {}, failure: null, warning: null };
  return { stage, detail, status: "skipped", duration_ms: 0, ...nothing };
}

/** Of all forms in which a call would go out, first to last. */
function nextHopsOf(attempts: readonly LegAttempt[], hasUdp: boolean): NextHop[] {
  const uris = new Set(attempts.map(({ nextHop }) => nextHop));
  return [...uris].flatMap((text) => {
    const uri = parseSipUri(text);
    const nextHop = uri instanceof SipSyntaxError ? null : nextHopOf(uri, { hasUdp });
    return nextHop === null || nextHop === "transport_not_supported" ? [] : [nextHop];
  });
}

async function* reach(
  targets: readonly SipTarget[],
  nextHop: NextHop,
  tell: Tell,
  deps: TrunkTestDeps,
): AsyncGenerator<TrunkTestStage, Reached | null> {
  const opened = (target: SipTarget, channel: SipChannel): Reached => {
    const origin = { host: deps.origin.host, port: deps.origin.portOf(target) };
    return { target, channel, dialog: newProbeDialog(origin, target.transport) };
  };
  const startedAtMs = performance.now();
  const datagrams = targets.find(({ transport }) => transport === "udp");
  if (datagrams !== undefined && targets[0] === datagrams) {
    if (isRefusedByPolicy(datagrams, deps)) {
      const detail = `${datagrams.address} is not a public address, and is never called.`;
      yield tell("tcp", failed("address_not_public", detail), startedAtMs);
      yield tell("tls", AFTER_FAILURE);
      return null;
    }
    const channel = await datagramChannel(datagrams, null).catch(() => null);
    if (channel === null) {
      const detail = `${datagrams.address} cannot be reached from this node: there is no route.`;
      yield tell("tcp", failed("no_route", detail), startedAtMs);
      yield tell("tls", AFTER_FAILURE);
      return null;
    }
    yield tell("tcp", "SIP over UDP has no connection.");
    yield tell("tls", "SIP over UDP is not encrypted.");
    return opened(datagrams, channel);
  }
  const streams = targets.filter(({ transport }) => transport !== "udp");
  const tcp = await probeTcp(streams, deps);
  yield tell("tcp", tcp.finding, startedAtMs);
  if (tcp.reached === null) {
    yield tell("tls", AFTER_FAILURE);
    return null;
  }
  const { socket, target } = tcp.reached;
  if (target.transport !== "tls") {
    yield tell("tls", "The trunk is reached over TCP without TLS.");
    return opened(target, streamChannel(socket, "tcp"));
  }
  const encrypted = await encrypt(socket, nextHop.host, deps);
  yield tell("tls", encrypted.finding, encrypted.startedAtMs);
  if (encrypted.socket === null) return null;
  return opened(target, streamChannel(encrypted.socket, "tls"));
}

async function encrypt(socket: Socket, host: string, deps: TrunkTestDeps) {
  const startedAtMs = performance.now();
  const { nowMs, signal, timings } = deps;
  return {
    startedAtMs,
    ...(await probeTls(socket, host, { ...deps.tls, nowMs, signal, timings })),
  };
}

async function* talk(
  question: TrunkTestQuestion,
  attempts: readonly LegAttempt[],
  { channel, dialog, target }: Reached,
  tell: Tell,
  deps: TrunkTestDeps,
): AsyncGenerator<TrunkTestStage, void> {
  const { trunk, called } = question;
  const client =
    trunk.credentials === null || deps.password === null
      ? null
      : new DigestClient({ username: trunk.credentials.username, password: deps.password });
  const ourHost = hostForUri(deps.origin.host);
  const identity = inviteIdentity(
    trunk,
    { called: called ?? "", caller: question.caller },
    ourHost,
  );
  const optionsAtMs = performance.now();
  const request = probeRequest(dialog, {
    method: "OPTIONS",
    requestUri: `sip:${trunk.address}`,
    from: identity?.from ?? `<sip:trunk-test@${ourHost}>`,
    to: `<sip:${trunk.address}>`,
    cseq: 1,
  });
  const { digest, options } = await probeOptions(channel, dialog, request, { ...deps, client });
  yield tell("options", options, optionsAtMs);
  if (options.code !== null) {
    yield tell("digest", AFTER_FAILURE);
    yield tell("invite", AFTER_FAILURE);
    return;
  }
  if (digest !== null) yield tell("digest", digest, optionsAtMs);
  if (called === null || digest?.code != null) {
    if (digest === null) yield tell("digest", NOT_CHALLENGED);
    yield tell("invite", called === null ? NOBODY_NAMED : AFTER_FAILURE);
    return;
  }
  if (identity === null) {
    if (digest === null) yield tell("digest", NOT_CHALLENGED);
    const detail = "The number cannot stand in a SIP URI.";
    yield tell("invite", failed("invite_not_dialable", detail));
    return;
  }
  const inviteAtMs = performance.now();
  const call = newProbeDialog(dialog.origin, target.transport);
  const invite = probeRequest(call, {
    method: "INVITE",
    ...identity,
    cseq: 1,
    headers: Object.entries(identity.headers).map(([name, value]) => ({ name, value })),
    sdp: offerOf(question, attempts, target, deps),
  });
  const rung = await probeInvite(channel, call, invite, { ...deps, client });
  if (digest === null) yield tell("digest", rung.digest ?? NOT_CHALLENGED, inviteAtMs);
  yield tell("invite", rung.invite, inviteAtMs);
}

const NOT_CHALLENGED = "The peer has not asked for credentials.";
const NOBODY_NAMED = "No number to ring was given (`invite.to`).";
/** RFC 863: nothing is listened to on it, and nothing is sent before the call is cancelled. */
const NO_MEDIA_PORT = 9;

/** The offer of a call over this trunk, whose media go nowhere. */
function offerOf(
  { trunk }: TrunkTestQuestion,
  attempts: readonly LegAttempt[],
  target: SipTarget,
  deps: TrunkTestDeps,
): string {
  const first = attempts[0]?.profile ?? "RTP/AVP";
  const isEncrypted = target.transport === "tls" || trunk.insecureSdes;
  const negotiation = createNegotiation({
    policy: { encryption: trunk.mediaEncryption, codecs: trunk.codecs },
    transport: target.transport,
    firstProfile: isEncrypted ? first : "RTP/AVP",
    local: {
      address: deps.origin.host,
      rtpPort: NO_MEDIA_PORT,
      sessionId: String(randomInt(2 ** 31)),
      sessionVersion: 1,
      masterKeyAndSalt: (suite) => randomBytes(KEY_AND_SALT_BYTES[suite]),
    },
  });
  const offer = negotiation.offered(null);
  if (!offer.ok) throw new Error(`no offer can be made: ${offer.code}`);
  return offer.sdp;
}
