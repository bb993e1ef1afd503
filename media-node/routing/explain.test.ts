import { describe, expect, test } from "vitest";
import type { RouteQuestion } from "../../schema/contracts/route-test.ts";
import { parseId } from "../../schema/values/ids.ts";
import { offerSdp } from "../../tests/support/fake-parties.ts";
import { importedNumber, type RoutingRowValue } from "../../tests/support/routing-rows.ts";
import { explainRoute } from "./explain.ts";
import { createLookup } from "./lookup.ts";
import { parseRow } from "./row.ts";
import { RoutingTable } from "./table.ts";

const CARRIER = "203.0.113.10";
const STRANGER = "198.51.100.99";
const SETTINGS = { sipDomain: "sip.example.net" };
const acme = importedNumber("+15005550100", { allowedAddresses: ["203.0.113.0/24"] });
const OFFER = offerSdp();

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

function ownerOf(rows: readonly RoutingRowValue[]) {
  const { workspaceId } = JSON.parse(JSON.stringify(rows[0]?.value));
  const id = parseId("workspace", workspaceId);
  if (id === null) throw new Error("not a workspace");
  return id;
}

function question(more: Partial<RouteQuestion> = {}): RouteQuestion {
  return {
    workspaceId: ownerOf(acme.rows),
    sourceAddress: CARRIER,
    transport: "tls",
    tlsIdentities: [],
    requestHost: "acme.sip.example.net",
    requestUser: "+15005550100",
    toUser: "+15005550100",
    fromUser: "+14155550123",
    headers: {},
    sdp: OFFER,
    ...more,
  };
}

function explain(more: Partial<RouteQuestion> = {}, rows: readonly RoutingRowValue[] = acme.rows) {
  return explainRoute(tableOf(rows), question(more), SETTINGS);
}

const refusals = (answer: ReturnType<typeof explain>) =>
  answer.rules.flatMap(({ rule, outcome, code }) =>
    outcome === "refused" ? [`${rule} ${code}`] : [],
  );

describe("the test of a route", () => {
  test("of a call that would be taken says number, trunk, agent, codec and crypto", () => {
    const key = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";
    const crypto = `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key}`;
    const answer = explain({
      sdp: offerSdp({ lines: ["m=audio 4000 RTP/SAVP 8", crypto] }),
      headers: { "X-Contact-ID": "42" },
    });
    expect(answer).toMatchObject({
      code: null,
      sipStatus: null,
      number: { phoneNumber: "+15005550100" },
      matchedBy: "exact",
      agent: { name: "Test agent" },
      media: { codec: "PCMA", srtpSuite: "AES_CM_128_HMAC_SHA1_80" },
      dynamicVariables: { sip_contact_id: "42" },
    });
    expect(answer.rules.map(({ rule, outcome }) => `${rule} ${outcome}`)).toEqual([
      "number passed",
      "source passed",
      "digest passed",
      "callers passed",
      "agent passed",
      "media passed",
    ]);
    expect(JSON.stringify(answer)).not.toContain(key);
  });

  test("names the limits of the number's workspace and agent, and nobody else's, with what would pass", () => {
    const workspaceId = ownerOf(acme.rows);
    const workspaceOf = (id: string, concurrencyLimit: number): RoutingRowValue => ({
      kind: "workspace",
      entityId: id,
      value: { id, concurrencyLimit },
    });
    expect(explain().limits).toEqual({ ceilings: [], mayQueue: false });
    const limited = acme.rows.map((row) => {
      if (row.kind !== "agent") return row;
      const limits = { concurrency: 2, daily: 500 };
      const queue = { waitTimeoutSecs: 60 };
      return { ...row, value: { ...JSON.parse(JSON.stringify(row.value)), limits, queue } };
    });
    const other = importedNumber("+15005550199");
    const rows = [
      ...limited,
      workspaceOf(workspaceId, 10),
      ...other.rows,
      workspaceOf(other.workspaceId, 1),
    ];
    const { limits, code } = explain({}, rows);
    expect(code).toBeNull();
    expect(limits).toMatchObject({
      mayQueue: true,
      ceilings: [
        { code: "daily_limit", limit: 500, sipStatus: 486 },
        { code: "workspace_limit", limit: 10, sipStatus: 486 },
        { code: "agent_limit", limit: 2, sipStatus: 486 },
      ],
    });
    for (const { hint } of limits?.ceilings ?? []) expect(hint).toMatch(/_limit/);
    expect(explain({ requestUser: "+1999", toUser: "" }, rows).limits).toBeNull();
  });

  test("without an offer leaves the media untested, and the call is taken", () => {
    const answer = explain({ sdp: null });
    expect(answer).toMatchObject({ code: null, media: null });
    expect(answer.rules.at(-1)).toMatchObject({ rule: "media", outcome: "not_tested" });
  });

  test("tells every rule that refuses, each with what would pass, and the status that the caller would get", () => {
    const shut = importedNumber("+15005550100", {
      allowedAddresses: ["203.0.113.0/24"],
      allowedNumbers: ["+4930123456"],
      credentials: { username: "user", password: null },
      mediaEncryption: "required",
    });
    const answer = explain({ workspaceId: ownerOf(shut.rows), sourceAddress: STRANGER }, shut.rows);
    expect(answer).toMatchObject({ code: "source_unknown", sipStatus: 403, media: null });
    expect(refusals(answer)).toEqual([
      "source source_unknown",
      "callers caller_not_allowed",
      "media encryption_required",
    ]);
    for (const { hint, outcome } of answer.rules) {
      expect(hint === null).toBe(outcome !== "refused");
    }
    expect(answer.rules[1]?.hint).toContain(STRANGER);
    const digest = answer.rules.find(({ rule }) => rule === "digest");
    expect(digest).toMatchObject({ outcome: "not_tested", detail: expect.stringContaining("401") });
  });

  test.each<[string, Partial<RouteQuestion>, string]>([
    ["an unknown number", { requestUser: "+1999", toUser: "" }, "Import +1999"],
    [
      "another's host name",
      { requestHost: "other.sip.example.net" },
      "Send to acme.sip.example.net.",
    ],
  ])("of %s says what to dial", (_what, more, hint) => {
    const answer = explain(more);
    expect(answer).toMatchObject({ code: "number_unknown", sipStatus: 404, number: null });
    expect(answer.rules).toHaveLength(1);
    expect(answer.rules[0]?.hint).toContain(hint);
  });

  test("of a number without an inbound trunk says that it takes no calls", () => {
    const rows = acme.rows.map((row) =>
      row.kind === "phone_number"
        ? { ...row, value: { ...JSON.parse(JSON.stringify(row.value)), inboundTrunkId: null } }
        : row,
    );
    expect(explain({}, rows).rules[0]?.hint).toContain("inbound_trunk_config");
  });

  test("another workspace's numbers and sources are as if they were not there", () => {
    const other = importedNumber("+15005550111", {
      allowedAddresses: [`${STRANGER}/32`],
      hostLabel: "other",
    });
    const twin = importedNumber("+15005550100", { allowedAddresses: null, hostLabel: "twin" });
    const both = [...acme.rows, ...other.rows, ...twin.rows];
    for (const more of [
      { requestUser: "+15005550111" },
      { sourceAddress: STRANGER },
      { requestHost: "sip.example.net", sourceAddress: STRANGER },
      { requestHost: "other.sip.example.net", requestUser: "+15005550111" },
      {},
    ]) {
      expect(explain(more, both)).toEqual(explain(more, acme.rows));
    }
  });

  test.each<Partial<RouteQuestion>>([
    {},
    { requestUser: "0015005550100" },
    { requestUser: "x", toUser: "15005550100" },
    { requestUser: "x", toUser: "y" },
    { requestUser: "x", toUser: "y", sourceAddress: STRANGER },
    { sourceAddress: STRANGER },
    { requestHost: "other.sip.example.net" },
    { fromUser: "" },
  ])("decides as an INVITE is decided: %o", (more) => {
    const table = tableOf(acme.rows);
    const asked = question({ ...more, sdp: null });
    const decided = createLookup(() => table, SETTINGS).lookup({ ...asked, sourcePort: 5060 });
    const answer = explainRoute(table, asked, SETTINGS);
    if (decided.kind === "authenticate") throw new Error("no trunk here has credentials");
    expect(answer.code).toBe(decided.kind === "accept" ? null : decided.code);
    expect(answer.matchedBy).toBe(decided.kind === "accept" ? decided.route.matchedBy : null);
  });
});
