import { describe, expect, test } from "vitest";
import { NO_CLIENT_DATA } from "../../schema/contracts/client-data.ts";
import { deps } from "../hub/test-fixture.ts";
import { transcriptKey } from "../services/transcripts.ts";
import { newClient, type TestClient } from "./test-client.ts";
import { CONVERSATIONS, keep } from "./test-conversations.ts";

const TAGS = "/v1/convai/tags";

async function refused(response: Response) {
  const { detail } = await response.json<{ detail: { status?: string } }>();
  return [response.status, detail.status ?? detail];
}

async function list(client: TestClient, query: string): Promise<string[]> {
  const page = await client.ok("GET", `${CONVERSATIONS}?${query}`);
  return page.conversations.map((one: { conversation_id: string }) => one.conversation_id);
}

const newTag = async (client: TestClient, title = "Complaint") =>
  (await client.ok("POST", TAGS, { title })).tag_id as string;

describe("feedback", () => {
  test("stands in the conversation until it is taken back, and goes with it", async () => {
    const client = await newClient();
    const id = await keep(client);
    const path = `${CONVERSATIONS}/${id}`;
    const score = async () => (await client.ok("GET", path)).metadata.feedback;
    expect(await score()).toMatchObject({ type: null, overall_score: null, likes: 0, dislikes: 0 });
    await client.ok("POST", `${path}/feedback`, { feedback: "dislike" });
    expect(await score()).toMatchObject({ type: "thumbs", overall_score: "dislike", dislikes: 1 });
    await client.ok("POST", `${path}/feedback`, { feedback: "like" });
    expect(await score()).toMatchObject({ overall_score: "like", likes: 1, dislikes: 0 });
    await client.ok("POST", `${path}/feedback`, {});
    expect(await score()).toMatchObject({ overall_score: null });
    await client.ok("DELETE", path);
    expect((await client.call("POST", `${path}/feedback`, { feedback: "like" })).status).toBe(404);
  });

  test("on another workspace's conversation is 404, and what is no feedback 422", async () => {
    const client = await newClient();
    const id = await keep(client);
    const stranger = await newClient(client.region);
    const path = `${CONVERSATIONS}/${id}/feedback`;
    expect(await refused(await stranger.call("POST", path, { feedback: "like" }))).toEqual([
      404,
      "not_found",
    ]);
    expect((await client.call("POST", path, { feedback: "great" })).status).toBe(422);
    expect((await client.call("GET", path)).status).toBe(405);
  });
});

describe("tags", () => {
  test("are made, changed, listed newest first and deleted", async () => {
    const client = await newClient();
    const made = await client.ok("POST", TAGS, { title: " Complaint ", description: "Angry" });
    expect(made).toMatchObject({ title: "Complaint", description: "Angry", owner_user_id: "" });
    const second = await newTag(client, "Praise");
    const page = await client.ok("GET", `${TAGS}?page_size=1`);
    expect(page).toMatchObject({ conversation_tags: [{ tag_id: second }], has_more: true });
    const rest = await client.ok("GET", `${TAGS}?page_size=1&cursor=${page.next_cursor}`);
    expect(rest).toMatchObject({ conversation_tags: [{ tag_id: made.tag_id }], has_more: false });
    const path = `${TAGS}/${made.tag_id}`;
    expect(await client.ok("PATCH", path, { description: null })).toEqual({
      ...made,
      description: null,
    });
    expect((await client.call("DELETE", path)).status).toBe(204);
    expect((await client.call("GET", path)).status).toBe(404);
  });

  test("find the conversations that have one of them; a deleted tag is on none", async () => {
    const client = await newClient();
    const [tagged, other] = [await keep(client), await keep(client)];
    const [one, two] = [await newTag(client), await newTag(client)];
    const path = `${CONVERSATIONS}/${tagged}/tags`;
    for (const tag_ids of [[one, two, one], [one]]) {
      expect((await client.call("POST", path, { tag_ids })).status).toBe(204);
    }
    await client.call("POST", `${CONVERSATIONS}/${other}/tags`, { tag_ids: [two] });
    expect(await list(client, `tag_ids=${one}`)).toEqual([tagged]);
    expect((await list(client, `tag_ids=${one}&tag_ids=${two}`)).sort()).toEqual(
      [tagged, other].sort(),
    );
    expect((await client.ok("GET", `${CONVERSATIONS}/${tagged}`)).tag_ids).toEqual([one, two]);
    expect((await client.call("DELETE", `${path}/${one}`)).status).toBe(204);
    expect((await client.call("DELETE", `${path}/${one}`)).status).toBe(404);
    await client.call("DELETE", `${TAGS}/${two}`);
    expect(await list(client, `tag_ids=${two}`)).toEqual([]);
    expect((await client.ok("GET", `${CONVERSATIONS}/${tagged}`)).tag_ids).toEqual([]);
  });

  test("of another workspace are none: nothing is assigned, read, changed or deleted", async () => {
    const client = await newClient();
    const id = await keep(client);
    const [mine, theirs] = [await newTag(client), await newTag(await newClient(client.region))];
    const both = await client.call("POST", `${CONVERSATIONS}/${id}/tags`, {
      tag_ids: [mine, theirs],
    });
    expect([both.status, await both.json()]).toMatchObject([
      422,
      { detail: [{ loc: ["body", "tag_ids"], type: "tag_not_found" }] },
    ]);
    expect((await client.ok("GET", `${CONVERSATIONS}/${id}`)).tag_ids).toEqual([]);
    for (const method of ["GET", "DELETE"]) {
      expect((await client.call(method, `${TAGS}/${theirs}`)).status).toBe(404);
    }
    expect((await client.call("PATCH", `${TAGS}/${theirs}`, { title: "x" })).status).toBe(404);
    expect((await client.call("POST", TAGS, { title: "" })).status).toBe(422);
  });
});

describe("lists of conversations", () => {
  test("of what nobody judges are empty, and of what is so of every call are whole", async () => {
    const client = await newClient();
    const clientData = { ...NO_CLIENT_DATA, branchId: "agtbrch_1" };
    const id = await keep(client, { record: { clientData } });
    for (const query of [
      "call_successful=unknown",
      "conversation_initiation_source=sip_trunk",
      "conversation_product_type=agents",
      "text_only=false",
      "has_feedback_comment=false",
      "summary_mode=include",
      "data_collection_params=name:missing",
      "branch_id=agtbrch_1",
      "visited_agent_branch_ids=agtbrch_1&visited_agent_branch_ids=other",
      "termination_reasons=The caller hung up.",
    ]) {
      expect([query, await list(client, query)]).toEqual([query, [id]]);
    }
    for (const query of [
      "call_successful=success",
      "conversation_initiation_source=twilio",
      "text_only=true",
      "rating_min=1",
      "evaluation_params=a:success",
      "data_collection_params=name:eq:x",
      "tool_names=lookup",
      "main_languages=de",
      "branch_id=agtbrch_2",
      "visited_agent_ids=agent_nobody",
      "termination_reasons=Another",
    ]) {
      expect([query, await list(client, query)]).toEqual([query, []]);
    }
    for (const query of ["search=parcel", "rating_min=9", "call_successful=perhaps"]) {
      expect((await client.call("GET", `${CONVERSATIONS}?${query}`)).status).toBe(422);
    }
  });

  test("a summary gives what was said, up to as many messages as were asked for", async () => {
    const client = await newClient();
    const id = await keep(client, { record: { transcriptMessages: 2 } });
    const view = await client.ok("GET", `${CONVERSATIONS}/${id}`);
    const callId = `call_${id.slice("conv_".length)}`;
    const said = [
      { role: "user", text: "Where is it?", timeMs: 1 },
      { role: "agent", text: "On its way.", timeMs: 2 },
    ];
    const bytes = new TextEncoder().encode(JSON.stringify(said));
    await deps.objects.put(transcriptKey(client.workspaceId, callId), bytes);
    const path = `${CONVERSATIONS}/${id}/summary`;
    expect(await client.ok("GET", path)).toMatchObject({
      conversation_id: id,
      agent_id: view.agent_id,
      message_count: 2,
      messages: [
        { role: "user", message: "Where is it?" },
        { role: "agent", message: "On its way." },
      ],
      messages_omitted: false,
    });
    expect(await client.ok("GET", `${path}?max_messages=1`)).toMatchObject({
      messages: null,
      messages_omitted: true,
    });
    expect((await (await newClient(client.region)).call("GET", path)).status).toBe(404);
    expect((await client.call("GET", `${path}?max_messages=-1`)).status).toBe(422);
    const otel = await client.call("GET", `${CONVERSATIONS}/${id}?format=opentelemetry`);
    expect(otel.status).toBe(422);
  });

  test("live counts are of calls that have not ended, of the agents that are asked for", async () => {
    const client = await newClient();
    const live = (agentId: string) =>
      keep(client, { agentId, status: "in-progress", isLive: true });
    await Promise.all([live("agent_a"), live("agent_a"), live("agent_b"), keep(client)]);
    const count = async (query: string) =>
      (await client.ok("GET", `/v1/convai/analytics/live-count${query}`)).count;
    expect(await count("")).toBe(3);
    expect(await count("?agent_id=agent_a")).toBe(2);
    expect(await count("?agent_ids=agent_a&agent_ids=agent_b")).toBe(3);
    expect(await count("?agent_ids=agent_c")).toBe(0);
    const many = Array.from({ length: 26 }, (_, i) => `agent_ids=${i}`).join("&");
    const path = `/v1/convai/analytics/live-count?${many}`;
    expect((await client.call("GET", path)).status).toBe(422);
  });
});
