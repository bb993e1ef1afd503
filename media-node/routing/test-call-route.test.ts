import { expect, test } from "vitest";
import type { TestCallQuestion } from "../../schema/contracts/test-calls.ts";
import { newId, parseId } from "../../schema/values/ids.ts";
import { importedNumber, newWorkspaceId } from "../../tests/support/routing-rows.ts";
import type { RouteQuery } from "../call/ports.ts";
import { createLookup } from "./lookup.ts";
import { parseRow } from "./row.ts";
import { RoutingTable } from "./table.ts";
import { testedNumber } from "./test-call-route.ts";

const QUERY: RouteQuery = {
  sourceAddress: "127.0.0.1",
  sourcePort: 5060,
  tlsIdentities: [],
  transport: "tls",
  requestHost: "sip.example.net",
  requestUser: "+15005550100",
  toUser: "+15005550100",
  fromUser: "console",
};

const guarded = importedNumber("+15005550100", {
  allowedAddresses: ["192.0.2.1/32"],
  allowedNumbers: ["+4930123456"],
  credentials: { username: "pbx", password: null },
});
const table = new RoutingTable(1, 0);
table.commit(
  guarded.rows.map((row) => {
    const parsed = parseRow(row);
    if (!parsed.ok) throw new Error(parsed.detail);
    return parsed.row;
  }),
  1,
);

function question(
  changes: { workspaceId?: string; phoneNumberId?: string } = {},
): TestCallQuestion {
  const phoneNumberId = parseId("phoneNumber", changes.phoneNumberId ?? guarded.number.entityId);
  const workspaceId = parseId("workspace", changes.workspaceId ?? guarded.workspaceId);
  if (phoneNumberId === null || workspaceId === null) throw new Error("ids");
  return { callId: newId("call"), workspaceId, phoneNumberId, caller: "console", ticket: "t" };
}

test("the workspace's own test reaches a number that lets nobody else in, and opens it to nobody", () => {
  const { lookup } = createLookup(() => table, { sipDomain: "sip.example.net" });
  expect(lookup(QUERY)).toMatchObject({ kind: "authenticate", candidates: [] });
  expect(testedNumber(table, question())?.route(QUERY)).toMatchObject({
    kind: "accept",
    route: { phoneNumber: "+15005550100", workspaceId: guarded.workspaceId },
  });
  expect(lookup(QUERY)).toMatchObject({ kind: "authenticate", candidates: [] });
});

test("another workspace's number, or one that is not there, is none", () => {
  expect(testedNumber(table, question({ workspaceId: newWorkspaceId() }))).toBeNull();
  expect(testedNumber(table, question({ phoneNumberId: newId("phoneNumber") }))).toBeNull();
});
