import type { InboundRoute, OutboundTrunkRoute } from "../../schema/contracts/routing.ts";
import { normaliseDialled } from "../../schema/values/called-identifier.ts";
import type { CallEndCode } from "../call/call-ends.ts";
import type {
  DigestCandidate,
  RouteDecision,
  RouteQuery,
  RouteRefusal,
  SettledDecision,
} from "../call/ports.ts";
import { parseSourceAddress } from "./source-address.ts";
import {
  type Caller,
  type IndexedNumber,
  type IndexedTrunk,
  type RoutingTable,
  trunkAllows,
} from "./table.ts";
import { allowedDestinations, phoneHostOf } from "./transfer-policy.ts";

export interface Lookup {
  /** Decides an INVITE from memory, in microseconds. */
  lookup(query: RouteQuery): RouteDecision;
}

export interface LookupSettings {
  /** `<host label>.<sipDomain>` narrows the look-up to one workspace. */
  readonly sipDomain: string;
}

interface Candidate {
  readonly number: IndexedNumber;
  readonly trunk: IndexedTrunk;
}

type MatchedBy = InboundRoute["matchedBy"];

/** `table` gives null until the node has one. */
export function createLookup(table: () => RoutingTable | null, settings: LookupSettings): Lookup {
  const hostSuffix = `.${settings.sipDomain.toLowerCase()}`;
  return {
    lookup(query) {
      const current = table();
      if (current === null) return refuse("node_not_ready", null, "no routing table");
      const hostLabel = hostLabelOf(query.requestHost, hostSuffix);
      return withTenant(current, decide(current, query, hostLabel), hostLabel);
    },
  };
}

/** Whose record a refusal belongs in that is about no number. */
function withTenant(
  table: RoutingTable,
  decision: RouteDecision,
  hostLabel: string | null,
): RouteDecision {
  const workspaceId = hostLabel === null ? null : table.tenantOf(hostLabel);
  const owned = (refusal: RouteRefusal): RouteRefusal =>
    refusal.workspaceId === null ? { ...refusal, workspaceId } : refusal;
  if (decision.kind === "refuse") return owned(decision);
  if (decision.kind === "accept") return decision;
  return { ...decision, refusal: owned(decision.refusal) };
}

/** Null when the host is shared: the domain itself, an address, or any other name. */
export function hostLabelOf(requestHost: string, hostSuffix: string): string | null {
  const host = requestHost.toLowerCase();
  if (!host.endsWith(hostSuffix)) return null;
  const label = host.slice(0, -hostSuffix.length);
  return label === "" || label.includes(".") ? null : label;
}

function decide(table: RoutingTable, query: RouteQuery, hostLabel: string | null): RouteDecision {
  const source = parseSourceAddress(query.sourceAddress);
  const caller: Caller = { source, tlsIdentities: query.tlsIdentities };
  const isSourceNamed = table.knowsCaller(caller);
  /** Numbers that match as dialled but refuse this caller: of the first form that matched any. */
  let mismatched: readonly Candidate[] = [];
  /** By number: those that allow this caller, once a password is proved. Which one it is, the user name tells. */
  const secured = new Map<string, { candidate: Candidate; matchedBy: MatchedBy }>();
  // A form whose numbers all refuse the caller does not end the search: else one workspace's `1500…`
  // could keep another's calls to `+1500…` from arriving.
  for (const [matchedBy, numbers] of forms(table, query)) {
    const candidates = withTrunk(table, numbers, hostLabel);
    if (candidates.length === 0) continue;
    const allowed = allowedFor(candidates, caller);
    const plain = allowed.find((candidate) => !hasCredentials(candidate));
    if (plain !== undefined) {
      if (secured.size > 0) break;
      if (allowed.length === 1) return decideFor(table, plain, query, matchedBy);
      const names = allowed.map(({ number }) => `${number.route.workspaceId}/${number.route.id}`);
      return refuse("number_ambiguous", null, `candidates ${names.slice(0, 10).join(", ")}`);
    }
    for (const candidate of allowed) {
      const { id } = candidate.number.route;
      if (!secured.has(id)) secured.set(id, { candidate, matchedBy });
    }
    if (allowed.length === 0 && mismatched.length === 0) mismatched = candidates;
  }
  if (secured.size > 0) {
    const all = [...secured.values()];
    const [only, ...others] = all;
    const one = others.length === 0 && only !== undefined ? only.candidate : null;
    const refusal = refuse("digest_rejected", one, `${all.length} trunk(s) ask for a password`);
    const candidates = all.flatMap(({ candidate, matchedBy }) => {
      return digestCandidate(candidate, decideFor(table, candidate, query, matchedBy));
    });
    return { kind: "authenticate", candidates, refusal, isSourceNamed };
  }
  const refusal = refusalFor(mismatched, isSourceNamed);
  // DESIGN §6, "Who may know": where a number could ask for a password, a stranger is asked whatever was dialled.
  return isSourceNamed || !table.hasCredentials
    ? refusal
    : { kind: "authenticate", candidates: [], refusal, isSourceNamed };
}

/** A caller that some trunk names learns what is wrong, any other only that it may not call. */
function refusalFor(mismatched: readonly Candidate[], isSourceNamed: boolean): RouteRefusal {
  if (mismatched.length > 0) {
    const [first] = mismatched;
    return refuse(
      isSourceNamed ? "source_not_allowed" : "source_unknown",
      mismatched.length === 1 && first !== undefined ? first : null,
      `${mismatched.length} matching trunk(s) do not allow the source`,
    );
  }
  return isSourceNamed
    ? refuse("number_unknown", null, "no number matches what was dialled")
    : refuse("source_unknown", null, "no trunk names the source, and no number matches");
}

/** DESIGN §6, "Number": exact before normalised, the Request-URI before To. */
export function* forms(
  table: RoutingTable,
  query: RouteQuery,
): Generator<readonly [MatchedBy, readonly IndexedNumber[]]> {
  const { requestUser, toUser } = query;
  if (requestUser !== "") {
    yield ["exact", table.numbersExactly(requestUser)];
    yield ["normalised", table.numbersNormalised(normaliseDialled(requestUser))];
  }
  if (toUser === "" || toUser === requestUser) return;
  yield ["to_exact", table.numbersExactly(toUser)];
  yield ["to_normalised", table.numbersNormalised(normaliseDialled(toUser))];
}

function withTrunk(
  table: RoutingTable,
  numbers: readonly IndexedNumber[],
  hostLabel: string | null,
): Candidate[] {
  const candidates: Candidate[] = [];
  for (const number of numbers) {
    const { supportsInbound, inboundTrunkId } = number.route;
    const trunk = inboundTrunkId === null ? undefined : table.trunk(inboundTrunkId);
    if (!supportsInbound || trunk === undefined) continue;
    // A row that points into another workspace is the control plane's mistake, and never routes.
    if (trunk.route.workspaceId !== number.route.workspaceId) continue;
    if (hostLabel !== null && trunk.route.hostLabel.toLowerCase() !== hostLabel) continue;
    candidates.push({ number, trunk });
  }
  return candidates;
}

function hasCredentials({ trunk }: Candidate): boolean {
  return trunk.route.credentials !== null;
}

/** A trunk that names the source beats one that takes anybody; among passwords the user name chooses, not the list. */
function allowedFor(candidates: readonly Candidate[], caller: Caller): Candidate[] {
  const explicit: Candidate[] = [];
  const open: Candidate[] = [];
  for (const candidate of candidates) {
    const allows = trunkAllows(candidate.trunk, caller);
    if (allows === "explicit") explicit.push(candidate);
    else if (allows === "open") open.push(candidate);
  }
  if (explicit.length === 0) return open;
  if (explicit.some((candidate) => !hasCredentials(candidate))) return explicit;
  return [...explicit, ...open.filter(hasCredentials)];
}

function digestCandidate({ trunk }: Candidate, decision: SettledDecision): DigestCandidate[] {
  const { credentials, digestAlgorithm, digestChallenge, id, workspaceId } = trunk.route;
  if (credentials === null) return [];
  return [
    {
      workspaceId,
      trunkId: id,
      ...credentials,
      algorithm: digestAlgorithm,
      challengeStatus: digestChallenge,
      decision,
    },
  ];
}

/** For a caller who has proved what the trunk asks for. */
export function decideFor(
  table: RoutingTable,
  candidate: Candidate,
  query: RouteQuery,
  matchedBy: MatchedBy,
): SettledDecision {
  const { number, trunk } = candidate;
  if (trunk.callers !== null && !mayCall(trunk.callers, query.fromUser)) {
    return refuse("caller_not_allowed", candidate, `trunk ${trunk.route.id} lists its callers`);
  }
  const { agentId } = number.route;
  const agent = agentId === null ? undefined : table.agent(agentId);
  if (agent === undefined || agent.workspaceId !== number.route.workspaceId) {
    return refuse("no_agent_assigned", candidate, `agent ${agentId ?? "none"}`);
  }
  return {
    kind: "accept",
    route: {
      workspaceId: number.route.workspaceId,
      phoneNumberId: number.route.id,
      phoneNumber: number.route.calledIdentifier,
      inboundTrunkId: trunk.route.id,
      storeSipMessages: number.route.storeSipMessages,
      callsPerSecond: trunk.route.callsPerSecond,
      workspaceConcurrency: table.limitsOf(agent.id, number.route.workspaceId)?.workspace ?? null,
      agent,
      transfers: {
        destinations: allowedDestinations(number.route, agent),
        ...transferTrunkOf(table, candidate),
        callerNumber: number.route.calledIdentifier,
      },
      media: {
        encryption: trunk.route.mediaEncryption,
        codecs: trunk.route.codecs,
        codecOrder: trunk.route.codecOrder,
      },
      attributesToHeaders: trunk.route.attributesToHeaders,
      allowRefer: trunk.route.allowRefer,
      remoteDomains: trunk.route.remoteDomains,
      matchedBy,
    },
  };
}

/** A call that came in is joined with others over the number's own outbound trunk. */
function transferTrunkOf(
  table: RoutingTable,
  { number, trunk }: Candidate,
): { trunk: OutboundTrunkRoute | null; phoneHost: string | null } {
  const { outboundTrunkId, supportsOutbound, workspaceId } = number.route;
  const outbound = outboundTrunkId === null ? undefined : table.outboundTrunk(outboundTrunkId);
  // A row that points into another workspace is the control plane's mistake, and never dials.
  if (outbound?.workspaceId !== workspaceId) return { trunk: null, phoneHost: null };
  return {
    trunk: supportsOutbound ? outbound : null,
    phoneHost: phoneHostOf(trunk.route, outbound),
  };
}

function mayCall(callers: ReadonlySet<string>, fromUser: string): boolean {
  return fromUser !== "" && callers.has(normaliseDialled(fromUser));
}

function refuse(code: CallEndCode, candidate: Candidate | null, detail: string): RouteRefusal {
  return {
    kind: "refuse",
    code,
    workspaceId: candidate?.number.route.workspaceId ?? null,
    phoneNumberId: candidate?.number.route.id ?? null,
    detail,
  };
}
