import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import {
  callEventsResponseSchema,
  type RejectedAttempt,
} from "../../schema/contracts/call-record.ts";
import { problemSchema } from "../../schema/contracts/errors.ts";
import { rejectedAttemptPageSchema } from "../../schema/contracts/rejected-attempt.ts";
import { newId, parseId, type WorkspaceId } from "../../schema/values/ids.ts";
import { objectNames } from "../env.ts";
import { bindings, deps, newNode, newRegion, request } from "../hub/test-fixture.ts";
import { newClient, type TestClient } from "./test-client.ts";

const PATH = "/v1/rejected-attempts";
const DAY_MS = 86_400_000;

async function setUp() {
  const client = await newClient(newRegion());
  const node = await newNode(client.region);
  const workspaceId = parseId("workspace", client.workspaceId);
  if (workspaceId === null) throw new Error("not a workspace");
  const tell = async (...attempts: readonly RejectedAttempt[]) => {
    const events = attempts.map((attempt) => ({
      kind: "call_rejected",
      eventId: newId("event"),
      attempt,
    }));
    const body = { events };
    const response = await request("POST", "/v1/nodes/events", { bearer: node.credential, body });
    return callEventsResponseSchema.parse(await response.json());
  };
  const list = async (query = "", from: TestClient = client) =>
    rejectedAttemptPageSchema.parse(await from.ok("GET", `${PATH}?${query}`));
  const attempt = (more: Partial<RejectedAttempt> = {}) =>
    newAttempt(client.region, workspaceId, more);
  return { client, tell, list, attempt };
}

function newAttempt(
  region: string,
  workspaceId: WorkspaceId,
  more: Partial<RejectedAttempt>,
): RejectedAttempt {
  const atMs = more.firstAtMs ?? Date.now();
  return {
    id: newId("rejectedAttempt"),
    workspaceId,
    phoneNumberId: newId("phoneNumber"),
    conversationId: null,
    nodeId: "node",
    region,
    code: "source_unknown",
    sipStatus: 403,
    reason: "The source address is not known to any trunk.",
    hint: "Add 203.0.113.9 to allowed_addresses of the number's inbound trunk.",
    sourceAddress: "203.0.113.9",
    sourcePort: 5060,
    transport: "udp",
    requestUser: "+15005550100",
    requestHost: "sip.example.com",
    toUser: "+15005550100",
    fromUser: "+4930123456",
    sipCallId: "call@peer",
    firstAtMs: atMs,
    lastAtMs: atMs,
    attempts: 1,
    ...more,
  };
}

describe("rejected attempts", () => {
  test("an attempt is listed with its reason, its source and what would pass", async () => {
    const { attempt, list, tell } = await setUp();
    const one = attempt();
    expect((await tell(one)).rejected).toEqual([]);
    const { data, ...page } = await list();
    expect(page).toEqual({ has_more: false, next_cursor: null });
    expect(data).toEqual([
      {
        id: one.id,
        phone_number_id: one.phoneNumberId,
        conversation_id: null,
        code: "source_unknown",
        sip_status: 403,
        reason: one.reason,
        hint: one.hint,
        source_address: "203.0.113.9",
        source_port: 5060,
        transport: "udp",
        request_user: "+15005550100",
        request_host: "sip.example.com",
        to_user: "+15005550100",
        from_user: "+4930123456",
        sip_call_id: "call@peer",
        attempts: 1,
        first_at: new Date(one.firstAtMs).toISOString(),
        last_at: new Date(one.lastAtMs).toISOString(),
      },
    ]);
  });

  test("its count only rises, however often and in whatever order it is told", async () => {
    const { attempt, list, tell } = await setUp();
    const first = attempt();
    const last = { ...first, attempts: 40, lastAtMs: first.firstAtMs + 59_000 };
    await tell(last);
    await tell(first, last);
    const { data } = await list();
    expect(data).toMatchObject([
      { attempts: 40, last_at: new Date(first.firstAtMs + 59_000).toISOString() },
    ]);
  });

  test("nobody else's are listed, and no node of another region may tell any", async () => {
    const { attempt, list, tell } = await setUp();
    const stranger = await setUp();
    await tell(attempt());
    expect((await list("", stranger.client)).data).toEqual([]);
    const { accepted, rejected } = await stranger.tell(attempt());
    expect([accepted, rejected.map(({ code }) => code)]).toEqual([[], ["region_mismatch"]]);
    expect((await list()).data).toHaveLength(1);
  });

  test("they are listed newest first, in pages, by number, by code and since a time", async () => {
    const { attempt, client, list, tell } = await setUp();
    const nowMs = Date.now();
    const made = Array.from({ length: 5 }, (_, age) =>
      attempt({
        firstAtMs: nowMs - age * 60_000,
        code: age === 3 ? "no_common_codec" : "source_unknown",
      }),
    );
    await tell(...made);
    const ids: string[] = [];
    let cursor = "";
    for (;;) {
      const page = await list(`page_size=2&cursor=${cursor}`);
      ids.push(...page.data.map(({ id }) => id));
      if (page.next_cursor === null) break;
      cursor = page.next_cursor;
    }
    expect(ids).toEqual(made.map(({ id }) => id));
    const of = async (query: string) => (await list(query)).data.map(({ id }) => id);
    expect(await of("code=no_common_codec")).toEqual([made[3]?.id]);
    expect(await of(`phone_number_id=${made[1]?.phoneNumberId}`)).toEqual([made[1]?.id]);
    const after = encodeURIComponent(new Date(nowMs - 90_000).toISOString());
    expect(await of(`after=${after}`)).toEqual([made[0]?.id, made[1]?.id]);
    const wrong = await client.call("GET", `${PATH}?code=x&cursor=${cursor}`);
    expect(problemSchema.parse(await wrong.json())).toMatchObject({ code: "cursor_invalid" });
  });

  test("errors are problems", async () => {
    const { client } = await setUp();
    const wrong = await client.call("GET", `${PATH}?page_size=1000&after=yesterday`);
    expect(wrong.headers.get("content-type")).toBe("application/problem+json");
    const { errors, status } = problemSchema.parse(await wrong.json());
    expect([status, errors?.map(({ pointer }) => pointer).sort()]).toEqual([
      422,
      ["/after", "/page_size"],
    ]);
    expect((await request("GET", PATH)).status).toBe(401);
  });

  test("what is older than seven days is neither listed nor kept", async () => {
    const { attempt, client, list, tell } = await setUp();
    const young = attempt({ firstAtMs: Date.now() - 6 * DAY_MS });
    const old = attempt({ firstAtMs: Date.now() - 8 * DAY_MS });
    await tell(young, old);
    expect((await list()).data.map(({ id }) => id)).toEqual([young.id]);
    const name = objectNames.regionHub(deps.config.residency, client.region);
    const hub = bindings.REGION_HUB.get(bindings.REGION_HUB.idFromName(name));
    // A start sweeps at its first alarm.
    await evictDurableObject(hub);
    await runDurableObjectAlarm(hub);
    await vi.waitFor(async () => {
      const kept = await deps.db.read((reader) =>
        reader.all<{ id: string }>(
          `SELECT id FROM rejected_attempts WHERE workspace_id = '${client.workspaceId}'`,
        ),
      );
      expect(kept.map(({ id }) => id)).toEqual([young.id]);
    });
  });
});
