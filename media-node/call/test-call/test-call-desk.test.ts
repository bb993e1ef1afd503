import { expect, test } from "vitest";
import type { TestCallEndToHub, TestCallToNode } from "../../../schema/contracts/test-calls.ts";
import { newId } from "../../../schema/values/ids.ts";
import { FakeNode, ROUTE } from "../../../tests/support/fake-call.ts";
import { QUERY } from "../../../tests/support/fake-parties.ts";
import { settle } from "../../../tests/support/virtual-clock.ts";
import type { OutboundCall } from "../outbound/outbound-ports.ts";
import type { InboundInvite, SettledDecision } from "../ports.ts";
import { createTestCallDesk, type TestedNumber } from "./test-call-desk.ts";

const OWN = "192.0.2.1";
const ACCEPTED: SettledDecision = { kind: "accept", route: ROUTE };
const TESTED: TestedNumber = {
  number: "+15005550100",
  encryption: "allowed",
  route: () => ACCEPTED,
};

function deskOf(tested: TestedNumber | null = TESTED) {
  const dialled: OutboundCall[] = [];
  const told: TestCallEndToHub[] = [];
  const node = Object.assign(new FakeNode(), {
    random: (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes)),
  });
  node.dial = async (call) => {
    dialled.push(call);
    return { kind: "failed", cause: "unreachable", detail: "test" };
  };
  const desk = createTestCallDesk(
    Object.assign(node, {
      controlPlaneUrl: "https://api.example.com",
      listeners: () => ({ host: OWN, tlsPort: 5061, tcpPort: 5060, domain: "sip.example.com" }),
      isOwnAddress: (address: string) => address === OWN,
      find: () => tested,
      send: (message: TestCallEndToHub) => void told.push(message),
    }),
  );
  return { desk, dialled, node, told };
}

function order(): TestCallToNode {
  return {
    type: "test_call",
    testCallId: newId("testCall"),
    question: {
      callId: newId("call"),
      workspaceId: newId("workspace"),
      phoneNumberId: newId("phoneNumber"),
      caller: "console",
      ticket: "a ticket",
    },
  };
}

function arriving(
  { headers }: Pick<OutboundCall, "headers">,
  changes: Partial<InboundInvite["query"]> = {},
): Pick<InboundInvite, "credentials" | "query"> {
  const query = { ...QUERY, sourceAddress: OWN, requestUser: "+15005550100", ...changes };
  return { credentials: [headers["Authorization"] ?? ""], query };
}

test("the node knows its own call by a secret of that call, from its own address, to its own number, once", async () => {
  const { desk, dialled, node } = deskOf();
  const asked = order();
  /** Nobody answers: the call waits for as long as the test looks at it. */
  const answer = Promise.withResolvers<Awaited<ReturnType<typeof node.dial>>>();
  node.dial = (call) => {
    dialled.push(call);
    return answer.promise;
  };
  desk.onTestCall(asked);
  await settle();
  const [call] = dialled;
  if (call === undefined) throw new Error("nothing was dialled");
  expect(call).toMatchObject({
    requestUri: "sip:+15005550100@sip.example.com",
    nextHop: "sip:sip.example.com:5061;maddr=192.0.2.1;transport=tls",
    from: "<sip:console@203.0.113.5>",
  });
  expect(call.headers["Authorization"]).toMatch(/^Trunkline-Test token="[\w-]{43}"$/);
  expect(JSON.stringify(asked)).not.toContain(call.headers["Authorization"]);
  const none = { headers: { Authorization: `Trunkline-Test token="${"a".repeat(43)}"` } };
  expect(desk.claim(arriving(none))).toBeNull();
  expect(desk.claim(arriving({ headers: {} }))).toBeNull();
  expect(desk.claim(arriving(call, { sourceAddress: "192.0.2.99" }))).toBeNull();
  expect(desk.claim(arriving(call, { requestUser: "+15005550199" }))).toBeNull();
  const claimed = desk.claim(arriving(call));
  expect(claimed?.callId).toBe(asked.question.callId);
  expect(claimed?.route(QUERY)).toBe(ACCEPTED);
  expect(desk.claim(arriving(call))).toBeNull();
  answer.resolve({ kind: "cancelled" });
});

test("a call that is over leaves nothing that could be claimed, and the hub is told", async () => {
  const { desk, dialled, node, told } = deskOf();
  const asked = order();
  desk.onTestCall(asked);
  await settle();
  // Over TLS, and where that leads nowhere over TCP.
  expect(dialled.map(({ nextHop }) => nextHop)).toEqual([
    "sip:sip.example.com:5061;maddr=192.0.2.1;transport=tls",
    "sip:192.0.2.1:5060;transport=tcp",
  ]);
  expect(told).toEqual([{ type: "test_call_end", testCallId: asked.testCallId, outcome: "done" }]);
  for (const call of dialled) expect(desk.claim(arriving(call))).toBeNull();
  expect(node.agent.told).toContain("ended carrier_unreachable");
  expect([node.calls.count, node.events]).toEqual([0, []]);
});

test("a number that requires encrypted media is called over TLS alone", async () => {
  const { desk, dialled } = deskOf({ ...TESTED, encryption: "required" });
  desk.onTestCall(order());
  await settle();
  expect(dialled.map(({ nextHop }) => nextHop?.split(";").at(-1))).toEqual(["transport=tls"]);
});

test("nothing rings before somebody listens, and an order for no number of the table comes to nothing", async () => {
  const alone = deskOf();
  alone.node.connectAgent = alone.node.neverReady;
  alone.desk.onTestCall(order());
  await settle();
  expect([alone.dialled, alone.told]).toEqual([[], []]);
  await alone.node.calls.endAll("node_shutdown");
  await settle();
  expect(alone.told.map(({ outcome }) => outcome)).toEqual(["done"]);
  const unknown = deskOf(null);
  unknown.desk.onTestCall(order());
  await settle();
  expect([unknown.dialled.length, unknown.told[0]?.outcome]).toEqual([0, "failed"]);
});

test("a node carries ten at once", async () => {
  const { desk, node, told } = deskOf();
  node.connectAgent = node.neverReady;
  for (let count = 0; count < 11; count += 1) desk.onTestCall(order());
  expect(told.map(({ outcome }) => outcome)).toEqual(["busy"]);
  await settle();
  await node.calls.endAll("node_shutdown");
});
