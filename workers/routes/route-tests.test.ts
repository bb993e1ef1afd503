import { describe, expect, onTestFinished, test } from "vitest";
import { problemSchema } from "../../schema/contracts/errors.ts";
import type { HubToNode, NodeToHub } from "../../schema/contracts/node-link.ts";
import {
  type RouteAnswer,
  type RouteTestToHub,
  routeTestViewSchema,
} from "../../schema/contracts/route-test.ts";
import { newNode, newRegion, request } from "../hub/test-fixture.ts";
import { newClient } from "./test-client.ts";

const PATH = "/v1/route-tests";
const BODY = { source_address: "203.0.113.9", phone_number: "+15005550100" };

const ANSWER: RouteAnswer = {
  code: "source_unknown",
  sipStatus: 403,
  number: { id: "phnum_1", phoneNumber: "+15005550100" },
  matchedBy: null,
  trunkId: "itrk_1",
  agent: { id: "agent_1", name: "Reception" },
  media: { codec: "PCMU", srtpSuite: null },
  dynamicVariables: { sip_contact_id: "42" },
  rules: [
    { rule: "source", outcome: "refused", code: "source_unknown", detail: "no", hint: "allow it" },
  ],
  limits: null,
};

/** A linked node that answers route tests as `answer` says. */
async function linkNode(
  region: string,
  answer: (message: Extract<HubToNode, { type: "route_test" }>) => NodeToHub | null,
  state: "ready" | "draining" = "ready",
) {
  const node = await newNode(region);
  const response = await request("GET", "/v1/nodes/link", {
    bearer: node.credential,
    headers: { upgrade: "websocket" },
  });
  const socket = response.webSocket;
  if (socket === null) throw new Error(`link: status ${response.status}`);
  const welcomed = Promise.withResolvers<void>();
  const asked: Extract<HubToNode, { type: "route_test" }>["question"][] = [];
  socket.addEventListener("message", ({ data }) => {
    const message: HubToNode = JSON.parse(String(data));
    if (message.type === "welcome") welcomed.resolve();
    if (message.type !== "route_test") return;
    asked.push(message.question);
    const reply = answer(message);
    if (reply !== null) socket.send(JSON.stringify(reply));
  });
  socket.accept();
  onTestFinished(() => socket.close(1000));
  const nodeState = { state, epoch: 0, routingVersion: 0, routingHash: "", activeCalls: 0 };
  const hello: NodeToHub = {
    type: "hello",
    versions: [1],
    bootId: "boot",
    softwareVersion: "test",
    state: nodeState,
  };
  socket.send(JSON.stringify(hello));
  await welcomed.promise;
  return asked;
}

const answering = (message: Extract<HubToNode, { type: "route_test" }>): RouteTestToHub => ({
  type: "route_test_result",
  testId: message.testId,
  answer: ANSWER,
});

describe("a route test", () => {
  test("is answered by a ready node of the region, for the workspace of the key", async () => {
    const client = await newClient(newRegion());
    const draining = await linkNode(client.region, answering, "draining");
    const asked = await linkNode(client.region, answering);
    const more = {
      from: "+4930",
      headers: { "X-Contact-ID": "42" },
      tls_identities: ["A.example"],
    };
    const view = await client.ok("POST", PATH, { ...BODY, ...more, sdp: "v=0" });
    expect(routeTestViewSchema.parse(view)).toEqual({
      accepted: false,
      code: "source_unknown",
      sip_status: 403,
      phone_number_id: "phnum_1",
      phone_number: "+15005550100",
      matched_by: null,
      inbound_trunk_id: "itrk_1",
      agent_id: "agent_1",
      agent_name: "Reception",
      media: { codec: "PCMU", srtp_suite: null },
      dynamic_variables: { sip_contact_id: "42" },
      rules: ANSWER.rules,
    });
    expect(draining).toEqual([]);
    expect(asked).toEqual([
      {
        workspaceId: client.workspaceId,
        sourceAddress: "203.0.113.9",
        transport: "tls",
        tlsIdentities: ["a.example"],
        requestHost: expect.stringMatching(/^t[0-9a-f]{32}\./),
        requestUser: "+15005550100",
        toUser: "+15005550100",
        fromUser: "+4930",
        headers: { "X-Contact-ID": "42" },
        sdp: "v=0",
      },
    ]);
  });

  test("without a ready node is 503 with what to wait for", async () => {
    const client = await newClient(newRegion());
    await linkNode(client.region, answering, "draining");
    const answer = await client.call("POST", PATH, BODY);
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("5");
    expect(problemSchema.parse(await answer.json())).toMatchObject({
      code: "no_node_answers",
      hint: expect.stringContaining("linked and ready"),
    });
  });

  test("of a node that says nothing, or answers another test, is 503 after three seconds", async () => {
    const client = await newClient(newRegion());
    await linkNode(client.region, (message) => ({ ...answering(message), testId: "another" }));
    const askedAtMs = Date.now();
    expect((await client.call("POST", PATH, BODY)).status).toBe(503);
    expect(Date.now() - askedAtMs).toBeGreaterThanOrEqual(2_900);
  });

  test("of a node that has no table yet is 503", async () => {
    const client = await newClient(newRegion());
    await linkNode(client.region, (message) => ({ ...answering(message), answer: null }));
    expect((await client.call("POST", PATH, BODY)).status).toBe(503);
  });

  test("needs a key, an address, and one way to say what is dialled", async () => {
    const client = await newClient(newRegion());
    expect((await request("POST", PATH, { body: BODY })).status).toBe(401);
    const pointers = async (body: unknown) => {
      const answer = await client.call("POST", PATH, body);
      expect(answer.status).toBe(422);
      const { errors } = problemSchema.parse(await answer.json());
      return errors?.map(({ pointer }) => pointer);
    };
    expect(await pointers({ ...BODY, source_address: "carrier.example" })).toEqual([
      "/source_address",
    ]);
    expect(await pointers({ source_address: "::1" })).toEqual(["/phone_number"]);
    const uri = { user: "1", host: "sip.example.com" };
    expect(await pointers({ ...BODY, request_uri: uri })).toEqual(["/phone_number"]);
  });
});
