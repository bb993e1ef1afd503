import { describe, expect, it } from "vitest";
import {
  agentRow,
  importedNumber,
  newWorkspaceId,
  numberRow,
  type RoutingRowValue,
  trunkRow,
} from "../../tests/support/routing-rows.ts";
import type { RouteDecision, RouteQuery } from "../call/ports.ts";
import { createLookup } from "./lookup.ts";
import { parseRow } from "./row.ts";
import { RoutingTable } from "./table.ts";

const CARRIER = "203.0.113.10";
const STRANGER = "198.51.100.99";
const QUERY: RouteQuery = {
  sourceAddress: CARRIER,
  sourcePort: 5060,
  tlsIdentities: [],
  transport: "tls",
  requestHost: "sip.example.net",
  requestUser: "",
  toUser: "",
  fromUser: "+14155550123",
};

function tableOf(rows: readonly RoutingRowValue[]): RoutingTable {
  const table = new RoutingTable(1, 0);
  table.commit(
    rows.map((row) => {
      const parsed = parseRow(row);
      if (!parsed.ok) throw new Error(parsed.detail);
      return parsed.row;
    }),
    rows.length,
  );
  return table;
}

function decide(rows: readonly RoutingRowValue[], query: Partial<RouteQuery>): RouteDecision {
  const table = tableOf(rows);
  const { lookup } = createLookup(() => table, { sipDomain: "sip.example.net" });
  return lookup({ ...QUERY, ...query });
}

/** What a table row of the tests below looks at: the number that was found, or the refusal. */
function outcome(decision: RouteDecision): string {
  if (decision.kind === "authenticate") {
    const asked = decision.candidates.map(({ username }) => username).join(", ");
    return asked === "" ? `asked in vain: ${decision.refusal.code}` : `asked for ${asked}`;
  }
  return decision.kind === "accept"
    ? `${decision.route.phoneNumber} by ${decision.route.matchedBy}`
    : decision.code;
}

describe("the number", () => {
  const american = importedNumber("+15005550100", { country: "US" }).rows;
  const british = importedNumber("+442079460018", { country: "GB" }).rows;
  const italian = importedNumber("+390612345678", { country: "IT" }).rows;
  const extension = importedNumber("1000").rows;
  const name = importedNumber("reception").rows;
  const everything = [...american, ...british, ...italian, ...extension, ...name];

  it.each([
    ["+15005550100", "+15005550100 by exact"],
    ["15005550100", "+15005550100 by normalised"],
    ["0015005550100", "+15005550100 by normalised"],
    ["5005550100", "+15005550100 by normalised"],
    ["(500) 555-0100", "+15005550100 by normalised"],
    ["%2B15005550100", "+15005550100 by normalised"],
    ["+15005550100;phone-context=example.net", "+15005550100 by normalised"],
    ["+442079460018", "+442079460018 by exact"],
    ["442079460018", "+442079460018 by normalised"],
    ["00442079460018", "+442079460018 by normalised"],
    ["02079460018", "+442079460018 by normalised"],
    ["0612345678", "+390612345678 by normalised"],
    ["1000", "1000 by exact"],
    ["reception", "reception by exact"],
    ["RECEPTION", "source_unknown"],
    ["+15005550199", "source_unknown"],
    ["", "source_unknown"],
  ])("dialled as %s gives %s", (requestUser, expected) => {
    expect(outcome(decide(everything, { requestUser }))).toBe(expected);
  });

  it("is looked for in To only when the Request-URI names none", () => {
    expect(outcome(decide(everything, { requestUser: "pilot", toUser: "+15005550100" }))).toBe(
      "+15005550100 by to_exact",
    );
    expect(outcome(decide(everything, { requestUser: "pilot", toUser: "5005550100" }))).toBe(
      "+15005550100 by to_normalised",
    );
    expect(outcome(decide(everything, { requestUser: "1000", toUser: "+15005550100" }))).toBe(
      "1000 by exact",
    );
  });

  it("matches exactly before it matches normalised", () => {
    const workspaceId = newWorkspaceId();
    const agent = agentRow(workspaceId);
    const trunk = trunkRow(workspaceId, { country: "US" });
    const rows = ["+15005550100", "15005550100"].map((identifier) =>
      numberRow(identifier, { workspaceId, trunk, agent }),
    );
    const all = [agent, trunk, ...rows];
    expect(outcome(decide(all, { requestUser: "15005550100" }))).toBe("15005550100 by exact");
    expect(outcome(decide(all, { requestUser: "+15005550100" }))).toBe("+15005550100 by exact");
  });

  it("has the national forms of its trunk's new country after the trunk has changed", () => {
    const { rows, workspaceId } = importedNumber("+442079460018", { country: "US" });
    const [, trunk] = rows;
    expect(outcome(decide(rows, { requestUser: "02079460018" }))).toBe("source_unknown");
    const moved = {
      ...(trunkRow(workspaceId, { country: "GB" }).value as object),
      id: trunk?.entityId,
    };
    const changed = {
      kind: "inbound_trunk",
      entityId: String(trunk?.entityId),
      value: moved,
    } as const;
    expect(outcome(decide([...rows, changed], { requestUser: "02079460018" }))).toBe(
      "+442079460018 by normalised",
    );
  });

  it("is unknown when it does not support inbound calls or has no trunk", () => {
    const workspaceId = newWorkspaceId();
    const agent = agentRow(workspaceId);
    const trunk = trunkRow(workspaceId, { allowedAddresses: [`${CARRIER}/32`] });
    const base = { workspaceId, trunk, agent };
    const query = { requestUser: "+15005550100" };
    const outbound = numberRow("+15005550100", base, { supportsInbound: false });
    expect(outcome(decide([agent, trunk, outbound], query))).toBe("number_unknown");
    const trunkless = numberRow("+15005550100", { ...base, trunk: null });
    expect(outcome(decide([agent, trunk, trunkless], query))).toBe("number_unknown");
  });

  it("is never routed over another workspace's trunk or to another workspace's agent", () => {
    const own = newWorkspaceId();
    const other = newWorkspaceId();
    const agent = agentRow(own);
    const trunk = trunkRow(own);
    const foreignTrunk = trunkRow(other);
    const foreignAgent = agentRow(other);
    const byTrunk = numberRow("+15005550100", { workspaceId: own, trunk: foreignTrunk, agent });
    expect(outcome(decide([agent, foreignTrunk, byTrunk], { requestUser: "+15005550100" }))).toBe(
      "source_unknown",
    );
    const byAgent = numberRow("+15005550100", { workspaceId: own, trunk, agent: foreignAgent });
    expect(outcome(decide([trunk, foreignAgent, byAgent], { requestUser: "+15005550100" }))).toBe(
      "no_agent_assigned",
    );
  });
});

describe("two workspaces with the same number", () => {
  const first = importedNumber("+15005550100", {
    hostLabel: "first",
    allowedAddresses: ["203.0.113.0/28"],
    country: "US",
  });
  const second = importedNumber("15005550100", {
    hostLabel: "second",
    allowedAddresses: ["198.51.100.7/32", "2001:db8:7::/48"],
    country: "US",
  });
  const rows = [...first.rows, ...second.rows];
  const workspaceOf = (decision: RouteDecision) =>
    decision.kind === "accept" ? decision.route.workspaceId : outcome(decision);

  it.each(["+15005550100", "15005550100", "5005550100", "0015005550100"])(
    "each get their own calls by source when %s is dialled",
    (requestUser) => {
      expect(workspaceOf(decide(rows, { requestUser, sourceAddress: "203.0.113.5" }))).toBe(
        first.workspaceId,
      );
      for (const sourceAddress of ["198.51.100.7", "::ffff:198.51.100.7", "2001:db8:7::42"]) {
        expect(workspaceOf(decide(rows, { requestUser, sourceAddress }))).toBe(second.workspaceId);
      }
    },
  );

  it("refuse each other's sources when the host names one of them", () => {
    const query = { requestUser: "+15005550100", sourceAddress: "203.0.113.5" };
    expect(workspaceOf(decide(rows, { ...query, requestHost: "first.sip.example.net" }))).toBe(
      first.workspaceId,
    );
    expect(workspaceOf(decide(rows, { ...query, requestHost: "FIRST.SIP.Example.Net" }))).toBe(
      first.workspaceId,
    );
    expect(workspaceOf(decide(rows, { ...query, requestHost: "second.sip.example.net" }))).toBe(
      "source_not_allowed",
    );
    expect(workspaceOf(decide(rows, { ...query, requestHost: "third.sip.example.net" }))).toBe(
      "number_unknown",
    );
  });

  it("an explicit list beats an open trunk", () => {
    const open = importedNumber("+15005550100", { allowedAddresses: ["0.0.0.0/0"] });
    const decided = decide([...open.rows, ...first.rows], {
      requestUser: "+15005550100",
      sourceAddress: "203.0.113.5",
    });
    expect(workspaceOf(decided)).toBe(first.workspaceId);
    const stranger = decide([...open.rows, ...first.rows], {
      requestUser: "+15005550100",
      sourceAddress: STRANGER,
    });
    expect(workspaceOf(stranger)).toBe(open.workspaceId);
  });

  it("that both allow the source are ambiguous, and the detail names the candidates", () => {
    const rival = importedNumber("+15005550100", { allowedAddresses: ["203.0.113.0/24"] });
    const decided = decide([...first.rows, ...rival.rows], {
      requestUser: "+15005550100",
      sourceAddress: "203.0.113.5",
    });
    expect(decided).toMatchObject({ kind: "refuse", code: "number_ambiguous", workspaceId: null });
    expect(decided).toMatchObject({ detail: expect.stringContaining(first.number.entityId) });
    expect(decided).toMatchObject({ detail: expect.stringContaining(rival.number.entityId) });
  });
});

it("the sources that somebody has named are the blocks of all trunks but those for everybody", () => {
  const named = importedNumber("+15005550100", {
    allowedAddresses: ["203.0.113.0/24", "0.0.0.0/0"],
  });
  const same = importedNumber("+15005550101", {
    allowedAddresses: ["203.0.113.0/24", "2001:db8::/32"],
  });
  const open = importedNumber("+15005550102", { allowedAddresses: null });
  const table = tableOf([...named.rows, ...same.rows, ...open.rows]);
  expect(table.namedBlocks()).toEqual(["203.0.113.0/24", "2001:db8::/32"]);
  expect(tableOf(open.rows).namedBlocks()).toEqual([]);
});

describe("who may know", () => {
  const elsewhere = importedNumber("+15005550111", { allowedAddresses: ["203.0.113.0/28"] });
  const listed = importedNumber("+15005550122", { allowedAddresses: ["192.0.2.1/32"] });
  const rows = [...elsewhere.rows, ...listed.rows];

  it.each([
    ["a listed source", "203.0.113.5", "an unknown number", "+15005550999", "number_unknown"],
    ["a listed source", "203.0.113.5", "another's number", "+15005550122", "source_not_allowed"],
    ["any other source", STRANGER, "an unknown number", "+15005550999", "source_unknown"],
    ["any other source", STRANGER, "a known number", "+15005550122", "source_unknown"],
    ["no address", "unknown", "a known number", "+15005550122", "source_unknown"],
  ])("%s (%s) that dials %s (%s) gets %s", (_, sourceAddress, __, requestUser, expected) => {
    expect(outcome(decide(rows, { sourceAddress, requestUser }))).toBe(expected);
  });

  it("a block of length 0 lists nobody: its trunk is open and its sources are not known", () => {
    const open = importedNumber("+15005550133", { allowedAddresses: ["0.0.0.0/0"] });
    const query = { sourceAddress: STRANGER };
    expect(outcome(decide(open.rows, { ...query, requestUser: "+15005550133" }))).toBe(
      "+15005550133 by exact",
    );
    expect(outcome(decide(open.rows, { ...query, requestUser: "+15005550999" }))).toBe(
      "source_unknown",
    );
  });

  it("a refused stranger's call is the record of whose number, else of whose host name it dialled", () => {
    const whose = (query: Partial<RouteQuery>) => {
      const decision = decide(rows, { sourceAddress: STRANGER, ...query });
      return decision.kind === "refuse"
        ? [decision.code, decision.workspaceId, decision.phoneNumberId]
        : decision.kind;
    };
    const owner = JSON.parse(JSON.stringify(listed.rows[0]?.value)).workspaceId;
    const number = listed.rows.find(({ kind }) => kind === "phone_number")?.entityId;
    expect(whose({ requestUser: "+15005550122" })).toEqual(["source_unknown", owner, number]);
    const unknown = { requestUser: "+15005550999" };
    expect(whose(unknown)).toEqual(["source_unknown", null, null]);
    const mine = importedNumber("+15005550155", { hostLabel: "mine" });
    const trunk = mine.rows.find(({ kind }) => kind === "inbound_trunk");
    const gone = { kind: "inbound_trunk", entityId: trunk?.entityId ?? "", value: null } as const;
    const at = (table: readonly RoutingRowValue[]) => {
      const query = { ...unknown, requestHost: "Mine.sip.example.net" };
      const decision = decide(table, query);
      return decision.kind === "refuse" ? decision.workspaceId : decision.kind;
    };
    expect(at(mine.rows)).toBe(JSON.parse(JSON.stringify(trunk?.value)).workspaceId);
    expect(at([...mine.rows, gone])).toBeNull();
    const squatter = importedNumber("+15005550166", { hostLabel: "MINE" });
    expect(at([...mine.rows, ...squatter.rows])).toBeNull();
  });

  it("an empty list allows nobody", () => {
    const shut = importedNumber("+15005550144", { allowedAddresses: [] });
    expect(outcome(decide(shut.rows, { requestUser: "+15005550144" }))).toBe("source_unknown");
  });

  it("a source is unknown again when the last trunk that listed it is gone", () => {
    const gone = elsewhere.rows.map((row) => ({ ...row, value: null }));
    const query = { sourceAddress: "203.0.113.5", requestUser: "+15005550999" };
    expect(outcome(decide(rows, query))).toBe("number_unknown");
    expect(outcome(decide([...rows, ...gone], query))).toBe("source_unknown");
  });
});

describe("after the source", () => {
  it.each([
    [["+14155550123"], "+14155550123", "accepted"],
    [["+14155550123"], "14155550123", "accepted"],
    [["+14155550123"], "4155550123", "accepted"],
    [["+14155550123"], "0014155550123", "accepted"],
    [["(415) 555-0123"], "+14155550123", "accepted"],
    [["+14155550123"], "+14155550124", "caller_not_allowed"],
    [["+14155550123"], "", "caller_not_allowed"],
    [["+14155550123"], "anonymous", "caller_not_allowed"],
    [[], "+14155550124", "accepted"],
    [null, "anonymous", "accepted"],
  ])("allowed_numbers %j and caller %s: %s", (allowedNumbers, fromUser, expected) => {
    const { rows } = importedNumber("+15005550100", { allowedNumbers, country: "US" });
    const decision = decide(rows, { requestUser: "+15005550100", fromUser });
    expect(decision.kind === "accept" ? "accepted" : outcome(decision)).toBe(expected);
  });

  it("a number without an agent, or with one that the table lacks, is refused as such", () => {
    const workspaceId = newWorkspaceId();
    const trunk = trunkRow(workspaceId);
    const none = numberRow("+15005550100", { workspaceId, trunk, agent: null });
    const lost = numberRow("+15005550101", { workspaceId, trunk, agent: agentRow(workspaceId) });
    const rows = [trunk, none, lost];
    for (const requestUser of ["+15005550100", "+15005550101"]) {
      expect(decide(rows, { requestUser })).toMatchObject({
        code: "no_agent_assigned",
        workspaceId,
      });
    }
  });

  it("without any table the node is not ready", () => {
    const { lookup } = createLookup(() => null, { sipDomain: "sip.example.net" });
    expect(outcome(lookup({ ...QUERY, requestUser: "+15005550100" }))).toBe("node_not_ready");
  });

  it("an accepted call carries its route", () => {
    const { rows, workspaceId, number } = importedNumber("+15005550100", {
      mediaEncryption: "required",
      codecs: ["PCMA"],
    });
    expect(decide(rows, { requestUser: "+15005550100" })).toMatchObject({
      kind: "accept",
      route: {
        workspaceId,
        phoneNumberId: number.entityId,
        phoneNumber: "+15005550100",
        agent: { name: "Test agent" },
        media: { encryption: "required", codecs: ["PCMA"] },
      },
    });
  });
});

describe("the limits", () => {
  const workspaceId = newWorkspaceId();
  const limits = { concurrency: 3, daily: 500 };
  const agent = agentRow(workspaceId, { limits, queue: { waitTimeoutSecs: 90 } });
  const trunk = trunkRow(workspaceId, { callsPerSecond: 2 });
  const number = numberRow("+15005550100", { workspaceId, trunk, agent });
  const limited = { id: workspaceId, concurrencyLimit: 30 };
  const workspace = { kind: "workspace", entityId: workspaceId, value: limited } as const;
  const routeOf = (rows: readonly RoutingRowValue[]) => {
    const decision = decide(rows, { requestUser: "+15005550100" });
    return decision.kind === "accept" ? decision.route : null;
  };

  it("of workspace, agent and trunk come with the route", () => {
    expect(routeOf([agent, trunk, number, workspace])).toMatchObject({
      workspaceConcurrency: 30,
      callsPerSecond: 2,
      agent: { limits, queue: { waitTimeoutSecs: 90 }, silenceTimeoutSecs: null },
    });
  });

  it("of a workspace that has none, or none any more, are none", () => {
    expect(routeOf([agent, trunk, number])?.workspaceConcurrency).toBe(null);
    const removed = { ...workspace, value: null };
    expect(routeOf([agent, trunk, number, workspace, removed])?.workspaceConcurrency).toBe(null);
  });

  it("of rows that an older control plane wrote are none", () => {
    const { rows } = importedNumber("+15005550100");
    expect(routeOf(rows)).toMatchObject({
      callsPerSecond: null,
      agent: { limits: { concurrency: null, daily: null }, queue: null, silenceTimeoutSecs: null },
    });
  });
});
