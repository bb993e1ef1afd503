import { describe, expect, test } from "vitest";
import { problemSchema } from "../../schema/contracts/errors.ts";
import { numberActivityListSchema } from "../../schema/contracts/number-activity.ts";
import { newId, parseId } from "../../schema/values/ids.ts";
import { newCallRecord } from "../hub/test-fixture.ts";
import { importNumber, newClient, type TestClient } from "./test-client.ts";
import { keep } from "./test-conversations.ts";

const PATH = "/v1/phone-numbers/activity";

async function activity(client: TestClient, ids: readonly string[]) {
  const answer = await client.ok("GET", `${PATH}?phone_number_ids=${ids.join(",")}`);
  return numberActivityListSchema.parse(answer).data;
}

function numberId(text: string) {
  const id = parseId("phoneNumber", text);
  if (id === null) throw new Error("not a number");
  return id;
}

describe("the activity of phone numbers", () => {
  test("tells of each its newest call, whether its trunk carried it, and what is up", async () => {
    const client = await newClient();
    const [unused, working, failing] = await Promise.all([
      importNumber(client),
      importNumber(client),
      importNumber(client),
    ]);
    const workspaceId = parseId("workspace", client.workspaceId);
    if (workspaceId === null) throw new Error("not a workspace");
    await keep(client, { record: { phoneNumberId: numberId(working.id) }, startedAtMs: 1_000 });
    const last = await keep(client, {
      record: { phoneNumberId: numberId(working.id) },
      startedAtMs: 2_000,
      isLive: true,
    });
    const end = {
      ...newCallRecord(client.region, workspaceId).end,
      code: "carrier_auth_failed",
      blame: "customer",
      reason: "The carrier did not accept the trunk's credentials.",
    };
    await keep(client, {
      record: { phoneNumberId: numberId(failing.id), answeredAtMs: null, end },
      status: "failed",
    });
    const found = await activity(client, [unused.id, working.id, failing.id]);
    expect(found).toMatchObject([
      { phone_number_id: unused.id, trunk_health: "unused", last_call: null, problem: null },
      {
        phone_number_id: working.id,
        region: client.region,
        trunk_health: "working",
        last_call: { conversation_id: last, started_at: new Date(2_000).toISOString() },
        live_calls: 1,
        open_batch_calls: 0,
      },
      {
        phone_number_id: failing.id,
        trunk_health: "failing",
        problem: { code: "carrier_auth_failed", reason: end.reason },
      },
    ]);
  });

  test("of another workspace's number is left out, and of no number refused", async () => {
    const [client, stranger] = await Promise.all([newClient(), newClient()]);
    const { id } = await importNumber(client);
    expect(await activity(stranger, [id, newId("phoneNumber")])).toEqual([]);
    const refused = await client.call("GET", `${PATH}?phone_number_ids=nonsense`);
    expect(refused.status).toBe(422);
    expect(problemSchema.parse(await refused.json()).errors).toMatchObject([
      { pointer: "/phone_number_ids/0" },
    ]);
  });
});
