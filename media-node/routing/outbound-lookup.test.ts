import { expect, test } from "vitest";
import { newId, parseId } from "../../schema/values/ids.ts";
import { FakeOutboundNode, TRUNK } from "../../tests/support/fake-outbound.ts";
import { agentRow, newWorkspaceId, numberRow } from "../../tests/support/routing-rows.ts";
import { createOutboundLookup } from "./outbound-lookup.ts";
import { parseRow } from "./row.ts";
import { RoutingTable } from "./table.ts";

/** A workspace with a number that calls over a trunk; each part may be another's, or missing. */
function imported(
  changes: {
    number?: Parameters<typeof numberRow>[2];
    trunkWorkspace?: string;
    agentWorkspace?: string;
    concurrencyLimit?: number;
  } = {},
) {
  const workspaceId = newWorkspaceId();
  const trunkId = newId("outboundTrunk");
  const agent = agentRow(changes.agentWorkspace ?? workspaceId);
  const number = numberRow(
    "+15005550100",
    { workspaceId, trunk: null, agent },
    { outboundTrunkId: trunkId, supportsOutbound: true, ...changes.number },
  );
  const trunk = {
    kind: "outbound_trunk",
    entityId: trunkId,
    value: { ...TRUNK, id: trunkId, workspaceId: changes.trunkWorkspace ?? workspaceId },
  };
  const table = new RoutingTable(1, 0);
  const { concurrencyLimit = null } = changes;
  const workspace = {
    kind: "workspace",
    entityId: workspaceId,
    value: { id: workspaceId, concurrencyLimit },
  };
  const rows = [agent, trunk, number, workspace].map((row) => {
    const parsed = parseRow(row);
    if (!parsed.ok) throw new Error(parsed.detail);
    return parsed.row;
  });
  table.commit(rows, 3);
  const ids = {
    workspaceId,
    phoneNumberId: parseId("phoneNumber", number.entityId),
    agentId: parseId("agent", agent.entityId),
  };
  const order = { ...new FakeOutboundNode().order, ...(ids as object) };
  return { table, order, trunkId };
}

test("an order is decided by its number's trunk and by the agent that it names", () => {
  const { table, order, trunkId } = imported();
  const decision = createOutboundLookup(() => table)(order);
  expect(decision).toMatchObject({
    kind: "accept",
    route: { phoneNumber: "+15005550100", trunk: { id: trunkId }, agent: { id: order.agentId } },
  });
});

test("the workspace's limit comes with the order's route", () => {
  const limited = imported({ concurrencyLimit: 30 });
  const route = { workspaceConcurrency: 30 };
  expect(createOutboundLookup(() => limited.table)(limited.order)).toMatchObject({ route });
  const { table, order } = imported();
  expect(createOutboundLookup(() => table)(order)).toMatchObject({
    route: { workspaceConcurrency: null },
  });
});

test.each([
  ["a number without a trunk", { number: { outboundTrunkId: null } }, "no_outbound_trunk"],
  ["a number that does not call", { number: { supportsOutbound: false } }, "no_outbound_trunk"],
  [
    "a trunk that is gone",
    { number: { outboundTrunkId: newId("outboundTrunk") } },
    "no_outbound_trunk",
  ],
  ["another workspace's trunk", { trunkWorkspace: newWorkspaceId() }, "no_outbound_trunk"],
  ["another workspace's agent", { agentWorkspace: newWorkspaceId() }, "no_agent_assigned"],
] as const)("%s is refused", (_name, changes, code) => {
  const { table, order } = imported(changes);
  expect(createOutboundLookup(() => table)(order)).toMatchObject({ kind: "refuse", code });
});

test("another workspace's order, and any order before there is a table, are refused", () => {
  const { table, order } = imported();
  const elsewhere = parseId("workspace", newWorkspaceId()) ?? order.workspaceId;
  const lookup = createOutboundLookup(() => table);
  expect(lookup({ ...order, workspaceId: elsewhere })).toMatchObject({ code: "number_unknown" });
  expect(lookup({ ...order, phoneNumberId: newId("phoneNumber") })).toMatchObject({
    code: "number_unknown",
  });
  expect(createOutboundLookup(() => null)(order)).toMatchObject({ code: "node_not_ready" });
});
