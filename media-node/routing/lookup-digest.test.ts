import { describe, expect, it } from "vitest";
import { importedNumber, type RoutingRowValue } from "../../tests/support/routing-rows.ts";
import type { RouteDecision, RouteQuery } from "../call/ports.ts";
import { createLookup } from "./lookup.ts";
import { parseRow } from "./row.ts";
import { RoutingTable } from "./table.ts";

const CARRIER = "203.0.113.10";
const STRANGER = "198.51.100.99";
const NUMBER = "+15005550100";
const PASSWORD = `v1.rk-1.${"A".repeat(16)}.${"A".repeat(40)}`;

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

function decide(rows: readonly RoutingRowValue[], query: Partial<RouteQuery> = {}): RouteDecision {
  const table = tableOf(rows);
  return createLookup(() => table, { sipDomain: "sip.example.net" }).lookup({
    sourceAddress: STRANGER,
    sourcePort: 5060,
    transport: "tls",
    tlsIdentities: [],
    requestHost: "sip.example.net",
    requestUser: NUMBER,
    toUser: "",
    fromUser: "+14155550123",
    ...query,
  });
}

function outcome(decision: RouteDecision): string {
  if (decision.kind === "accept") return decision.route.phoneNumber;
  if (decision.kind === "refuse") return decision.code;
  const asked = decision.candidates.map(({ username }) => username);
  return `asked for ${asked.join(", ") || "nobody"}, else ${decision.refusal.code}`;
}

const withPassword = (username: string) => ({ username, password: PASSWORD });

describe("a trunk with credentials", () => {
  it("asks for its user, and carries what is decided once that is proved", () => {
    const { rows, workspaceId } = importedNumber(NUMBER, {
      credentials: withPassword("acme"),
      digestAlgorithm: "SHA-256",
      digestChallenge: 407,
    });
    expect(decide(rows)).toMatchObject({
      kind: "authenticate",
      isSourceNamed: false,
      candidates: [
        {
          username: "acme",
          password: PASSWORD,
          algorithm: "SHA-256",
          challengeStatus: 407,
          workspaceId,
          decision: { kind: "accept", route: { phoneNumber: NUMBER } },
        },
      ],
      refusal: { code: "digest_rejected", workspaceId },
    });
  });

  it("asks for MD5 by 401 when its row is of an older control plane", () => {
    const { rows } = importedNumber(NUMBER, { credentials: withPassword("acme") });
    expect(decide(rows)).toMatchObject({
      candidates: [{ algorithm: "MD5", challengeStatus: 401 }],
    });
  });

  it("wants the listed source and the password, both", () => {
    const { rows } = importedNumber(NUMBER, {
      credentials: withPassword("acme"),
      allowedAddresses: ["203.0.113.0/24"],
    });
    const ask = "asked for acme, else digest_rejected";
    expect(outcome(decide(rows, { sourceAddress: CARRIER }))).toBe(ask);
    expect(outcome(decide(rows, { sourceAddress: `::ffff:${CARRIER}` }))).toBe(ask);
    expect(outcome(decide(rows))).toBe("asked for nobody, else source_unknown");
  });

  it("looks at the caller only after the password", () => {
    const { rows } = importedNumber(NUMBER, {
      credentials: withPassword("acme"),
      allowedNumbers: ["+14155550199"],
    });
    expect(decide(rows)).toMatchObject({
      candidates: [{ decision: { kind: "refuse", code: "caller_not_allowed" } }],
    });
  });

  it("of several workspaces asks once for the users of all, whatever form was dialled", () => {
    const rows = [
      ...importedNumber("15005550100", { credentials: withPassword("one") }).rows,
      ...importedNumber(NUMBER, { credentials: withPassword("two") }).rows,
    ];
    expect(outcome(decide(rows, { requestUser: "15005550100" }))).toBe(
      "asked for one, two, else digest_rejected",
    );
    expect(outcome(decide(rows))).toBe("asked for two, one, else digest_rejected");
  });

  it("and one without are ambiguous for a caller that both take", () => {
    const rows = [
      ...importedNumber(NUMBER, { credentials: withPassword("acme") }).rows,
      ...importedNumber(NUMBER).rows,
    ];
    expect(outcome(decide(rows))).toBe("number_ambiguous");
  });

  it("is asked for beside one that lists the source and has credentials too", () => {
    const rows = [
      ...importedNumber(NUMBER, { credentials: withPassword("one") }).rows,
      ...importedNumber(NUMBER, {
        credentials: withPassword("two"),
        allowedAddresses: ["203.0.113.0/24"],
      }).rows,
    ];
    expect(outcome(decide(rows, { sourceAddress: CARRIER }))).toBe(
      "asked for two, one, else digest_rejected",
    );
    expect(outcome(decide(rows))).toBe("asked for one, else digest_rejected");
  });

  it("gives way to one that lists the source", () => {
    const rows = [
      ...importedNumber(NUMBER, { credentials: withPassword("acme") }).rows,
      ...importedNumber(NUMBER, { allowedAddresses: ["203.0.113.0/24"] }).rows,
    ];
    expect(outcome(decide(rows, { sourceAddress: CARRIER }))).toBe(NUMBER);
    expect(outcome(decide(rows))).toBe("asked for acme, else digest_rejected");
  });
});

describe("who may know, where some number asks for a password", () => {
  const secured = importedNumber(NUMBER, { credentials: withPassword("acme") });
  const listed = importedNumber("+15005550122", { allowedAddresses: ["203.0.113.0/28"] });
  const rows = [...secured.rows, ...listed.rows];

  it.each([
    ["an unknown number", "+15005550999"],
    ["a number that does not allow it", "+15005550122"],
    ["nothing", ""],
  ])(
    "a stranger that dials %s is asked like one that dials a number with a password",
    (_, user) => {
      expect(outcome(decide(rows, { requestUser: user }))).toBe(
        "asked for nobody, else source_unknown",
      );
    },
  );

  it("a source that a trunk names is told", () => {
    const query = { sourceAddress: "203.0.113.5", requestUser: "+15005550999" };
    expect(outcome(decide(rows, query))).toBe("number_unknown");
  });

  it("nobody is asked in vain any more when the last trunk with a password is gone", () => {
    const gone = secured.rows.map((row) => ({ ...row, value: null }));
    expect(outcome(decide([...rows, ...gone], { requestUser: "+15005550999" }))).toBe(
      "source_unknown",
    );
  });
});

describe("a trunk with TLS identities", () => {
  const tlsIdentities = ["pbx.acme.example", "sbc.acme.example"];
  const { rows } = importedNumber(NUMBER, { tlsIdentities });

  it.each([
    [["pbx.acme.example"], NUMBER],
    [["other.example", "sbc.acme.example"], NUMBER],
    [["other.example"], "source_unknown"],
    [["*.acme.example"], "source_unknown"],
    [["acme.example"], "source_unknown"],
    [[], "source_unknown"],
  ])("and a caller that has proved %j: %s", (proved, expected) => {
    expect(outcome(decide(rows, { tlsIdentities: proved }))).toBe(expected);
  });

  it("names its callers: they are told of unknown numbers and of others' refusals", () => {
    const other = importedNumber("+15005550122", { allowedAddresses: ["203.0.113.0/28"] });
    const all = [...rows, ...other.rows];
    const proved = { tlsIdentities: ["pbx.acme.example"] };
    expect(outcome(decide(all, { ...proved, requestUser: "+1999" }))).toBe("number_unknown");
    expect(outcome(decide(all, { ...proved, requestUser: "+15005550122" }))).toBe(
      "source_not_allowed",
    );
    const gone = rows.map((row) => ({ ...row, value: null }));
    expect(outcome(decide([...all, ...gone], { ...proved, requestUser: "+1999" }))).toBe(
      "source_unknown",
    );
  });

  it("and a list of addresses wants both", () => {
    const both = importedNumber(NUMBER, { tlsIdentities, allowedAddresses: ["203.0.113.0/24"] });
    const proved = { tlsIdentities: ["pbx.acme.example"] };
    expect(outcome(decide(both.rows, { ...proved, sourceAddress: CARRIER }))).toBe(NUMBER);
    expect(outcome(decide(both.rows, proved))).toBe("source_not_allowed");
    expect(outcome(decide(both.rows, { sourceAddress: CARRIER }))).toBe("source_not_allowed");
  });

  it("beats one that takes anybody", () => {
    const open = importedNumber(NUMBER);
    const decided = decide([...open.rows, ...rows], { tlsIdentities: ["pbx.acme.example"] });
    const stranger = decide([...open.rows, ...rows]);
    expect(decided).toMatchObject({ route: { workspaceId: rows[0] && workspaceOf(rows) } });
    expect(stranger).toMatchObject({ route: { workspaceId: open.workspaceId } });
  });
});

function workspaceOf(rows: readonly RoutingRowValue[]): string {
  const value = rows[0]?.value;
  if (typeof value !== "object" || value === null || !("workspaceId" in value)) throw new Error();
  return String(value.workspaceId);
}

it("an accepted call is told whether it may be transferred by the peer, and its remote domains", () => {
  const { rows } = importedNumber(NUMBER, { allowRefer: true, remoteDomains: ["sbc.example"] });
  expect(decide(rows)).toMatchObject({
    route: { allowRefer: true, remoteDomains: ["sbc.example"] },
  });
  expect(decide(importedNumber(NUMBER).rows)).toMatchObject({
    route: { allowRefer: false, remoteDomains: [] },
  });
});
