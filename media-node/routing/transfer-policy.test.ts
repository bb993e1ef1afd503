import { describe, expect, test } from "vitest";
import { newId, parseId } from "../../schema/values/ids.ts";
import { FakeOutboundNode, TRUNK } from "../../tests/support/fake-outbound.ts";
import { agentRow, newWorkspaceId, numberRow, trunkRow } from "../../tests/support/routing-rows.ts";
import { createLookup } from "./lookup.ts";
import { createOutboundLookup } from "./outbound-lookup.ts";
import { parseRow } from "./row.ts";
import { RoutingTable } from "./table.ts";

const NUMBER = "+15005550100";

interface Rules {
  /** Absent: as rows of before these settings. */
  readonly number?: readonly string[];
  readonly agent?: readonly string[];
  readonly inboundForm?: "tel" | "sip";
  readonly outboundForm?: "tel" | "sip";
  readonly hasOutboundTrunk?: boolean;
}

/** What a node makes of a number's and an agent's rules, for calls of both directions. */
function transfersOf(rules: Rules) {
  const { number, agent, inboundForm, outboundForm, hasOutboundTrunk = true } = rules;
  const workspaceId = newWorkspaceId();
  const trunkId = newId("outboundTrunk");
  const agents = agentRow(
    workspaceId,
    agent === undefined ? {} : { transferDestinations: [...agent] },
  );
  const inbound = trunkRow(
    workspaceId,
    inboundForm === undefined ? {} : { phoneTransferForm: inboundForm },
  );
  const { phoneTransferForm: _form, ...trunk } = TRUNK;
  const numbers = numberRow(
    NUMBER,
    { workspaceId, trunk: inbound, agent: agents },
    {
      outboundTrunkId: hasOutboundTrunk ? trunkId : null,
      supportsOutbound: hasOutboundTrunk,
      ...(number === undefined ? {} : { transferDestinations: [...number] }),
    },
  );
  const outbound = {
    kind: "outbound_trunk",
    entityId: trunkId,
    value: {
      ...trunk,
      id: trunkId,
      workspaceId,
      ...(outboundForm === undefined ? {} : { phoneTransferForm: outboundForm }),
    },
  };
  const table = new RoutingTable(1, 0);
  const rows = [agents, inbound, numbers, outbound].map((row) => {
    const parsed = parseRow(row);
    if (!parsed.ok) throw new Error(parsed.detail);
    return parsed.row;
  });
  table.commit(rows, 3);
  const ids = {
    workspaceId,
    phoneNumberId: parseId("phoneNumber", numbers.entityId),
    agentId: parseId("agent", agents.entityId),
  };
  const placed = createOutboundLookup(() => table)({
    ...new FakeOutboundNode().order,
    ...(ids as object),
  });
  const taken = createLookup(() => table, { sipDomain: "sip.example.net" }).lookup({
    requestUser: NUMBER,
    requestHost: "192.0.2.10",
    toUser: NUMBER,
    fromUser: "anonymous",
    sourceAddress: "203.0.113.7",
    sourcePort: 40_000,
    transport: "tcp",
    tlsIdentities: [],
  });
  return {
    inbound: taken.kind === "accept" ? taken.route.transfers : null,
    outbound: placed.kind === "accept" ? placed.route.transfers : null,
  };
}

describe("where a call may be transferred to", () => {
  test.each<[string, Rules, readonly string[]]>([
    ["the number's rules and the agent's", { number: ["+49*"], agent: ["+1*"] }, ["+49*", "+1*"]],
    ["each rule once", { number: ["+49*", "+1*"], agent: ["+1*"] }, ["+49*", "+1*"]],
    ["the number's alone", { number: ["sip:*@pbx.example.com"] }, ["sip:*@pbx.example.com"]],
    ["the agent's alone", { agent: ["+1*"] }, ["+1*"]],
    ["nowhere, where nobody says a rule", {}, []],
  ])("is %s, in both directions", (_name, rules, destinations) => {
    const { inbound, outbound } = transfersOf(rules);
    expect(inbound?.destinations).toEqual(destinations);
    expect(outbound?.destinations).toEqual(destinations);
  });
});

describe("a phone number in a REFER", () => {
  test("is a tel: URI unless its trunk says otherwise, also in rows of before that setting", () => {
    for (const rules of [{}, { inboundForm: "tel", outboundForm: "tel" }] as const) {
      const { inbound, outbound } = transfersOf(rules);
      expect([inbound?.phoneHost, outbound?.phoneHost]).toEqual([null, null]);
    }
  });

  test("is at the outbound trunk's address where the trunk of the call wants a SIP URI", () => {
    const inbound = transfersOf({ inboundForm: "sip" });
    expect([inbound.inbound?.phoneHost, inbound.outbound?.phoneHost]).toEqual([
      TRUNK.address,
      null,
    ]);
    const outbound = transfersOf({ outboundForm: "sip" });
    expect([outbound.inbound?.phoneHost, outbound.outbound?.phoneHost]).toEqual([
      null,
      TRUNK.address,
    ]);
  });

  test("is a tel: URI where there is no outbound trunk whose address could stand in it", () => {
    const { inbound } = transfersOf({ inboundForm: "sip", hasOutboundTrunk: false });
    expect(inbound?.phoneHost).toBeNull();
  });
});
