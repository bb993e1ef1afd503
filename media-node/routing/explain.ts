import type { PermitRefusalCode } from "../../schema/contracts/permits.ts";
import type {
  RouteAnswer,
  RouteQuestion,
  RouteTestRule,
} from "../../schema/contracts/route-test.ts";
import type { AgentRoute, PhoneNumberRoute } from "../../schema/contracts/routing.ts";
import { normaliseDialled } from "../../schema/values/called-identifier.ts";
import { CALL_ENDS, type CallEndCode } from "../call/call-ends.ts";
import { rejectionHint } from "../call/inbound/rejection-hints.ts";
import type { RouteDecision, RouteQuery, SettledDecision } from "../call/ports.ts";
import { KEY_AND_SALT_BYTES } from "../protocol/sdp/media-plan.ts";
import { answerOffer } from "../protocol/sdp/offer-answer.ts";
import { dynamicVariables } from "../protocol/sip/dynamic-variables.ts";
import { createLookup, forms, hostLabelOf, type LookupSettings } from "./lookup.ts";
import type { IndexedTrunk, RoutingTable } from "./table.ts";
import { WorkspaceView } from "./workspace-view.ts";

/** For hints that name nothing of the caller. */
const NOBODY = { sourceAddress: "", requestUser: "", fromUser: "" };
const SOURCE_CODES: ReadonlySet<string> = new Set(["source_unknown", "source_not_allowed"]);

/** What the decision is about: the number that was dialled, and the trunk that it would come in by. */
interface Candidate {
  readonly number: PhoneNumberRoute;
  readonly trunk: IndexedTrunk;
}

type Rule = RouteTestRule["rule"];

/**
 * What would become of an INVITE, and why: the decision of `lookup`, and every rule by itself, so that all that
 * stands against a call is known at once. The workspace's own numbers and trunks are all there are.
 */
export function explainRoute(
  table: RoutingTable,
  question: RouteQuestion,
  settings: LookupSettings,
): RouteAnswer {
  const view = new WorkspaceView(table, question.workspaceId);
  const query: RouteQuery = { ...question, sourcePort: 0 };
  const decided = createLookup(() => view, settings).lookup(query);
  const decision = ifProved(decided);
  const found = findNumber(view, query, decision, settings);
  const candidate = found.candidate;
  const media = candidate === null ? null : tryOffer(question.sdp, candidate.trunk);
  const rules = [
    found.rule,
    ...(candidate === null ? [] : rulesOf(view, query, decided, candidate)),
    ...(candidate === null ? [] : [media?.rule ?? untested("media", "The test has no offer.")]),
  ];
  const code = decision.kind === "refuse" ? decision.code : codeOf(rules);
  const agent = candidate?.number.agentId ? view.agent(candidate.number.agentId) : undefined;
  return {
    code,
    sipStatus: code === null ? null : CALL_ENDS[code].sipStatus,
    number:
      candidate === null
        ? null
        : { id: candidate.number.id, phoneNumber: candidate.number.calledIdentifier },
    matchedBy: decision.kind === "accept" ? decision.route.matchedBy : null,
    trunkId: candidate?.trunk.route.id ?? null,
    agent: agent === undefined ? null : { id: agent.id, name: agent.name },
    media: media?.plan ?? null,
    dynamicVariables: { ...dynamicVariables(headerLists(question.headers)).variables },
    rules,
    limits: agent === undefined ? null : limitsOf(view, agent),
  };
}

/** Of the agent and its workspace; how many calls there are the hub knows, which asks them in this order. */
function limitsOf(view: WorkspaceView, agent: AgentRoute): RouteAnswer["limits"] {
  const limits = view.limitsOf(agent.id, agent.workspaceId);
  const ceilings = [
    ceiling("daily_limit", limits?.daily),
    ceiling("workspace_limit", limits?.workspace),
    ceiling("agent_limit", limits?.agent),
  ].flat();
  return { ceilings, mayQueue: agent.queue !== null };
}

function ceiling(code: PermitRefusalCode, limit: number | null | undefined) {
  if (limit === null || limit === undefined) return [];
  const { sipStatus } = CALL_ENDS[code];
  return [{ code, limit, sipStatus, hint: rejectionHint(code, NOBODY) }];
}

/** What is decided about a caller who proves what it is asked for; of several passwords the first stands for all. */
function ifProved(decision: RouteDecision): SettledDecision {
  if (decision.kind !== "authenticate") return decision;
  return decision.candidates[0]?.decision ?? decision.refusal;
}

/** The number, or why none is found where one was dialled. */
function findNumber(
  view: WorkspaceView,
  query: RouteQuery,
  decision: SettledDecision,
  { sipDomain }: LookupSettings,
): { readonly rule: RouteTestRule; readonly candidate: Candidate | null } {
  const refused = (code: CallEndCode, detail: string, hint: string | null) =>
    ({ rule: refuse("number", code, detail, hint), candidate: null }) as const;
  if (decision.kind === "refuse" && decision.code === "number_ambiguous") {
    return refused(decision.code, decision.detail, rejectionHint(decision.code, query));
  }
  const decided =
    decision.kind === "accept" ? decision.route.phoneNumberId : decision.phoneNumberId;
  const matching = [...forms(view, query)].flatMap(([, numbers]) => numbers);
  const number = (decided === null ? undefined : view.numberById(decided)) ?? matching[0]?.route;
  if (number === undefined) {
    const hint = rejectionHint("number_unknown", query);
    return refused("number_unknown", "No number matches what is dialled.", hint);
  }
  const trunk = number.inboundTrunkId === null ? undefined : view.trunk(number.inboundTrunkId);
  if (trunk === undefined || !number.supportsInbound) {
    const detail = `${number.calledIdentifier} takes no calls.`;
    return refused("number_unknown", detail, "Give the number an inbound_trunk_config.");
  }
  const label = hostLabelOf(query.requestHost, `.${sipDomain.toLowerCase()}`);
  const { hostLabel } = trunk.route;
  if (label !== null && label !== hostLabel.toLowerCase()) {
    const detail = `${query.requestHost} is not the workspace's host name.`;
    return refused("number_unknown", detail, `Send to ${hostLabel}.${sipDomain}.`);
  }
  const rule = pass("number", `${number.calledIdentifier} is dialled.`);
  return { rule, candidate: { number, trunk } };
}

/** Every rule between the number and the offer. */
function rulesOf(
  view: WorkspaceView,
  query: RouteQuery,
  decided: RouteDecision,
  { number, trunk }: Candidate,
): RouteTestRule[] {
  const decision = ifProved(decided);
  const refused = (rule: Rule, code: CallEndCode, detail: string) =>
    refuse(rule, code, detail, rejectionHint(code, query));
  const sourceCode =
    decision.kind === "refuse" && SOURCE_CODES.has(decision.code) ? decision.code : null;
  const { callers } = trunk;
  const mayCall =
    callers === null || (query.fromUser !== "" && callers.has(normaliseDialled(query.fromUser)));
  const agent = number.agentId === null ? undefined : view.agent(number.agentId);
  return [
    sourceCode === null
      ? pass("source", `${query.sourceAddress} may call.`)
      : refused("source", sourceCode, `The trunk does not allow ${query.sourceAddress}.`),
    trunk.route.credentials === null
      ? pass("digest", "The trunk has no credentials.")
      : untested(
          "digest",
          `The caller is challenged with ${trunk.route.digestChallenge} and proves the password of ${trunk.route.credentials.username}.`,
        ),
    mayCall
      ? pass("callers", callers === null ? "Everybody may call." : "The caller is listed.")
      : refused("callers", "caller_not_allowed", "The trunk lists its callers."),
    agent === undefined
      ? refused("agent", "no_agent_assigned", "The number has no agent.")
      : pass("agent", `${agent.name} takes the call.`),
  ];
}

function tryOffer(
  sdp: string | null,
  { route }: IndexedTrunk,
): { readonly rule: RouteTestRule; readonly plan: RouteAnswer["media"] } | null {
  if (sdp === null) return null;
  const { mediaEncryption: encryption, codecs, codecOrder } = route;
  const policy = { encryption, codecs, codecOrder };
  const outcome = answerOffer(sdp, policy, {
    // Nothing of the answer is told or used: the address is a documentation one (RFC 5737).
    address: "192.0.2.1",
    rtpPort: 10_000,
    sessionId: "1",
    sessionVersion: 1,
    masterKeyAndSalt: (suite) => new Uint8Array(KEY_AND_SALT_BYTES[suite]),
  });
  if (!outcome.ok) {
    const { code } = outcome;
    const hint = rejectionHint(code, NOBODY);
    return { rule: refuse("media", code, CALL_ENDS[code].reason, hint), plan: null };
  }
  const { codec, srtp } = outcome.plan;
  const srtpSuite = srtp?.suite ?? null;
  const detail = `${codec} over ${srtpSuite === null ? "plain RTP" : `SRTP with ${srtpSuite}`}.`;
  return { rule: pass("media", detail), plan: { codec, srtpSuite } };
}

function headerLists(headers: Readonly<Record<string, string>>): Record<string, readonly string[]> {
  const lists: Record<string, readonly string[]> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) lists[name.toLowerCase()] = [value];
  return lists;
}

function codeOf(rules: readonly RouteTestRule[]): CallEndCode | null {
  const first = rules.find(({ outcome }) => outcome === "refused")?.code ?? null;
  // Every code of a rule was made as one of these.
  return first as CallEndCode | null;
}

function pass(rule: Rule, detail: string): RouteTestRule {
  return { rule, outcome: "passed", code: null, detail, hint: null };
}

function untested(rule: Rule, detail: string): RouteTestRule {
  return { rule, outcome: "not_tested", code: null, detail, hint: null };
}

function refuse(rule: Rule, code: CallEndCode, detail: string, hint: string | null): RouteTestRule {
  return { rule, outcome: "refused", code, detail, hint };
}
