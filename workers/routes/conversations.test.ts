import { describe, expect, test } from "vitest";
import { conversationViewSchema } from "../../schema/contracts/conversation.ts";
import { newId } from "../../schema/values/ids.ts";
import { newClient, type TestClient } from "./test-client.ts";
import { CONVERSATIONS, keep } from "./test-conversations.ts";

async function list(client: TestClient, query: string): Promise<string[]> {
  const page = await client.ok("GET", `${CONVERSATIONS}?${query}`);
  return page.conversations.map((one: { conversation_id: string }) => one.conversation_id);
}

describe("conversations", () => {
  test("one conversation has the call's facts in the vendor's places", async () => {
    const client = await newClient();
    const id = await keep(client);
    const view = await client.ok("GET", `${CONVERSATIONS}/${id}`);
    expect(conversationViewSchema.parse(view)).toEqual(view);
    expect(view).toMatchObject({
      conversation_id: id,
      agent_name: "Ada",
      status: "done",
      metadata: {
        start_time_unix_secs: 1_790_000_000,
        accepted_time_unix_secs: 1_790_000_001,
        call_duration_secs: 30,
        termination_reason: "The caller hung up.",
        phone_call: {
          type: "sip_trunking",
          direction: "inbound",
          agent_number: "+15005550100",
          external_number: "+15005550199",
          call_sid: "sid",
          call_id: "sip-call-id",
          sip_header_dynamic_variables: { sip_contact_id: "42" },
        },
      },
      end: { code: "caller_hung_up", blame: "none", sip_status: null },
    });
  });

  test("what the client said of the call stands beside what its headers said", async () => {
    const client = await newClient();
    const id = await keep(client, {
      record: {
        clientData: {
          dynamicVariables: { visits: 3, sip_contact_id: "over" },
          conversationConfigOverride: { agent: { language: "de" } },
          customLlmExtraBody: { a: 1 },
          userId: "crm-17",
          branchId: "agtbrch_1",
          environment: "staging",
        },
        warnings: ["The pre-call webhook was slow."],
      },
    });
    const view = await client.ok("GET", `${CONVERSATIONS}/${id}`);
    expect(conversationViewSchema.parse(view)).toEqual(view);
    expect(view).toMatchObject({
      user_id: "crm-17",
      branch_id: "agtbrch_1",
      environment: "staging",
      conversation_initiation_client_data: {
        conversation_config_override: { agent: { language: "de" } },
        custom_llm_extra_body: { a: 1 },
        dynamic_variables: { visits: 3, sip_contact_id: "over" },
      },
      metadata: {
        warnings: ["The pre-call webhook was slow."],
        phone_call: { sip_header_dynamic_variables: { sip_contact_id: "42" } },
      },
    });
  });

  test("another workspace's conversation is 404 and in no list of ours", async () => {
    const [owner, stranger] = await Promise.all([newClient(), newClient()]);
    const id = await keep(owner);
    expect((await stranger.call("GET", `${CONVERSATIONS}/${id}`)).status).toBe(404);
    expect(await list(stranger, "")).toEqual([]);
  });

  test("pages hold each conversation once, newest first, even of one millisecond", async () => {
    const client = await newClient();
    const startedAtMs = 1_790_000_000_000;
    const old = await keep(client, { startedAtMs: startedAtMs - 60_000 });
    const same = await Promise.all([1, 2, 3].map(() => keep(client, { startedAtMs })));
    const seen: string[] = [];
    let cursor = "";
    do {
      const page = await client.ok("GET", `${CONVERSATIONS}?page_size=2&cursor=${cursor}`);
      seen.push(
        ...page.conversations.map((one: { conversation_id: string }) => one.conversation_id),
      );
      cursor = page.next_cursor ?? "";
    } while (cursor !== "");
    expect(seen).toEqual([...same.sort().reverse(), old]);
    expect(await list(client, "sort_direction=asc&page_size=1")).toEqual([old]);
  });

  test("pages by duration and by agent hold each conversation once, a live call as the shortest", async () => {
    const client = await newClient();
    const startedAtMs = 1_790_000_000_000;
    const live = await keep(client, { agentName: "Cy", isLive: true });
    const long = await keep(client, { agentName: "Ada", startedAtMs, durationMs: 90_000 });
    const short = await keep(client, { agentName: "Bea", durationMs: 1_000 });
    const same = await keep(client, { agentName: "Bea", durationMs: 1_000 });
    const pages = async (order: string): Promise<string[]> => {
      const seen: string[] = [];
      let cursor = "";
      do {
        const query = `${order}&page_size=1&cursor=${cursor}`;
        const page = await client.ok("GET", `${CONVERSATIONS}?${query}`);
        seen.push(page.conversations[0].conversation_id);
        cursor = page.next_cursor ?? "";
      } while (cursor !== "");
      return seen;
    };
    const both = [short, same].sort();
    expect(await pages("sort_by=duration&sort_direction=asc")).toEqual([live, ...both, long]);
    expect(await pages("sort_by=duration")).toEqual([long, ...both.toReversed(), live]);
    expect(await pages("sort_by=agent_name&sort_direction=asc")).toEqual([long, ...both, live]);
    const { next_cursor: cursor } = await client.ok("GET", `${CONVERSATIONS}?page_size=1`);
    const other = await client.call(
      "GET",
      `${CONVERSATIONS}?page_size=1&sort_by=duration&cursor=${cursor}`,
    );
    expect(other.status).toBe(400);
  });

  test("the list says who called whom", async () => {
    const client = await newClient();
    await keep(client, {
      record: { agentNumber: "+15005550100", externalNumber: "+493012345678" },
    });
    expect((await client.ok("GET", CONVERSATIONS)).conversations).toMatchObject([
      { agent_number: "+15005550100", external_number: "+493012345678" },
    ]);
  });

  test("filters are agent, start, duration and status", async () => {
    const client = await newClient();
    const agentId = newId("agent");
    const at = 1_790_000_000_000;
    const one = await keep(client, { agentId, startedAtMs: at, durationMs: 5_000 });
    const two = await keep(client, {
      startedAtMs: at + 100_000,
      durationMs: 50_000,
      status: "failed",
    });
    expect(await list(client, `agent_id=${agentId}`)).toEqual([one]);
    expect(await list(client, `call_start_after_unix=${at / 1000 + 50}`)).toEqual([two]);
    expect(await list(client, `call_start_before_unix=${at / 1000 + 50}`)).toEqual([one]);
    expect(await list(client, "call_duration_min_secs=10")).toEqual([two]);
    expect(await list(client, "call_duration_max_secs=10")).toEqual([one]);
    expect(await list(client, "exclude_statuses=failed")).toEqual([one]);
    expect(await list(client, "exclude_statuses=failed&exclude_statuses=done")).toEqual([]);
  });

  test("a page size out of bounds is 422 and says where", async () => {
    const client = await newClient();
    const response = await client.call("GET", `${CONVERSATIONS}?page_size=101`);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ detail: [{ loc: ["query", "page_size"] }] });
  });
});
