import { describe, expect, test } from "vitest";
import { workspaceChangedSchema } from "../../schema/contracts/admin.ts";
import { newId } from "../../schema/values/ids.ts";
import { readTable } from "../db/routing-changes.ts";
import {
  asOperator,
  bindings,
  deps,
  newRegion,
  newWorkspace,
  request,
} from "../hub/test-fixture.ts";
import { NUMBERS, newClient, newNumber } from "./test-client.ts";

const WORKSPACES = "/v1/admin/workspaces";

function patch(id: string, body: unknown, bearer = bindings.TEST_OPERATOR_TOKEN) {
  return request("PATCH", `${WORKSPACES}/${id}`, { bearer, body });
}

async function rows(region: string, kind: string) {
  const table = await readTable(deps.db, region, { after: 0, upTo: 1_000, limit: 100 });
  return table.filter((row) => row.kind === kind).map((row) => row.value);
}

describe("the operator's limit of a workspace", () => {
  test("is none unless it is set, and then every node of the region is told", async () => {
    const region = newRegion();
    const { workspace_id: id } = await newWorkspace(region);
    expect(await rows(region, "workspace")).toEqual([]);
    const answer = await patch(id, { concurrency_limit: 30 });
    expect(answer.status).toBe(200);
    const changed = workspaceChangedSchema.parse(await answer.json());
    expect(changed).toMatchObject({ workspace_id: id, region, concurrency_limit: 30 });
    expect(changed.routing_revision).toBeGreaterThan(0);
    expect(await rows(region, "workspace")).toEqual([{ id, concurrencyLimit: 30 }]);
    await patch(id, {});
    expect(await rows(region, "workspace")).toEqual([{ id, concurrencyLimit: 30 }]);
    await patch(id, { concurrency_limit: null });
    expect(await rows(region, "workspace")).toEqual([{ id, concurrencyLimit: null }]);
  });

  test("can be given with the workspace", async () => {
    const region = newRegion();
    const answer = await asOperator(WORKSPACES, {
      name: "Limited",
      host_label: `t${crypto.randomUUID().replaceAll("-", "")}`,
      region,
      concurrency_limit: 4,
    });
    const { workspace_id: id } = await answer.json<{ workspace_id: string }>();
    expect(await rows(region, "workspace")).toEqual([{ id, concurrencyLimit: 4 }]);
  });

  test.each([[-1], [1.5], ["4"]])("%j is 422", async (limit) => {
    const { workspace_id: id } = await newWorkspace(newRegion());
    expect((await patch(id, { concurrency_limit: limit })).status).toBe(422);
  });

  test("of a workspace that is not there is 404, and without the operator's token 401", async () => {
    expect((await patch(newId("workspace"), { concurrency_limit: 1 })).status).toBe(404);
    expect((await patch("nonsense", { concurrency_limit: 1 })).status).toBe(404);
    const { workspace_id: id } = await newWorkspace(newRegion());
    expect((await patch(id, { concurrency_limit: 1 }, "other")).status).toBe(401);
  });
});

describe("calls a second of a trunk", () => {
  test("are given back, and told to the nodes", async () => {
    const client = await newClient();
    const created = await client.ok("POST", NUMBERS, {
      phone_number: newNumber(),
      label: "Desk",
      inbound_trunk_config: { calls_per_second: 2.5 },
      outbound_trunk_config: { address: "sip.example.com", calls_per_second: 1 },
    });
    const view = await client.ok("GET", `${NUMBERS}/${created.phone_number_id}`);
    expect(view.inbound_trunk.calls_per_second).toBe(2.5);
    expect(view.outbound_trunk.calls_per_second).toBe(1);
    expect(await rows(client.region, "inbound_trunk")).toMatchObject([{ callsPerSecond: 2.5 }]);
  });

  test.each([[0], [-1], [1_001]])("%d is 422", async (rate) => {
    const client = await newClient();
    const answer = await client.call("POST", NUMBERS, {
      phone_number: newNumber(),
      label: "Desk",
      inbound_trunk_config: { calls_per_second: rate },
    });
    expect(answer.status).toBe(422);
  });
});
