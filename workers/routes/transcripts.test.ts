import { afterEach, describe, expect, test, vi } from "vitest";
import {
  callEventsResponseSchema,
  type TranscriptEntry,
} from "../../schema/contracts/call-record.ts";
import { conversationViewSchema } from "../../schema/contracts/conversation.ts";
import { newId, parseId } from "../../schema/values/ids.ts";
import { findConversation } from "../db/conversations.ts";
import {
  deps,
  newCallRecord,
  newNode,
  newRegion,
  refuseWebhooks,
  request,
} from "../hub/test-fixture.ts";
import { applyCallEvents } from "../services/apply-call-events.ts";
import { transcriptKey } from "../services/transcripts.ts";
import { newClient } from "./test-client.ts";
import { CONVERSATIONS, newWebhook, told as toldTo } from "./test-orders.ts";

const DAY_MS = 86_400_000;
const SAID: TranscriptEntry[] = [
  { role: "user", text: "Where is my parcel?", timeMs: 3_900 },
  {
    role: "agent",
    text: "It left",
    originalText: "It left Hamburg this morning.",
    timeMs: 5_000,
    interrupted: true,
  },
];
const VIEW = [
  {
    role: "user",
    message: "Where is my parcel?",
    tool_calls: [],
    tool_results: [],
    time_in_call_secs: 3,
    interrupted: false,
    original_message: null,
    source_medium: "audio",
  },
  {
    role: "agent",
    message: "It left",
    tool_calls: [],
    tool_results: [],
    time_in_call_secs: 5,
    interrupted: true,
    original_message: "It left Hamburg this morning.",
    source_medium: null,
  },
];

refuseWebhooks();
afterEach(() => {
  vi.restoreAllMocks();
});

async function setUp(transcript?: TranscriptEntry[]) {
  const client = await newClient(newRegion());
  const node = await newNode(client.region);
  const workspaceId = parseId("workspace", client.workspaceId);
  if (workspaceId === null) throw new Error("not a workspace");
  const facts = newCallRecord(client.region, workspaceId);
  const call = { ...facts, ...(transcript === undefined ? {} : { transcript }) };
  const told = async () => {
    const events = [{ kind: "call_ended", eventId: newId("event"), call }];
    const bearer = node.credential;
    const answer = await request("POST", "/v1/nodes/events", { bearer, body: { events } });
    const { accepted } = callEventsResponseSchema.parse(await answer.json());
    expect(accepted).toHaveLength(1);
  };
  const path = `${CONVERSATIONS}/${call.conversationId}`;
  const key = transcriptKey(workspaceId, call.callId);
  return { client, call, key, path, told, workspaceId };
}

describe("the transcript of a conversation", () => {
  test("is in the vendor's shape in the answer and the webhook, counted in the list, and not in the row", async () => {
    const { client, call, path, told, workspaceId } = await setUp(SAID);
    const webhookId = await newWebhook(client);
    await told();
    const view = await client.ok("GET", path);
    expect(conversationViewSchema.parse(view)).toEqual(view);
    expect(view.transcript).toEqual(VIEW);
    expect(await toldTo(webhookId)).toMatchObject([
      { type: "post_call_transcription", body: { data: view } },
    ]);
    const { conversations } = await client.ok("GET", CONVERSATIONS);
    expect(conversations).toMatchObject([{ message_count: 2 }]);
    const row = await findConversation(deps.db, workspaceId, call.conversationId);
    expect(JSON.stringify(row)).not.toContain("parcel");
  });

  test("of an end that is told twice is there once", async () => {
    const { client, path, told } = await setUp(SAID);
    await told();
    await told();
    expect((await client.ok("GET", path)).transcript).toEqual(VIEW);
  });

  test("that nobody told is empty, and one that is gone is as well", async () => {
    const silent = await setUp();
    await silent.told();
    expect((await silent.client.ok("GET", silent.path)).transcript).toEqual([]);
    const spoken = await setUp(SAID);
    await spoken.told();
    await deps.objects.delete(spoken.key);
    expect((await spoken.client.ok("GET", spoken.path)).transcript).toEqual([]);
  });

  test("that cannot be kept leaves the end to be told again, and nothing of it is shown before", async () => {
    const { call, client, path, told } = await setUp(SAID);
    const unreachable = { ...deps.objects, put: () => Promise.reject(new Error("out of reach")) };
    const events = [{ kind: "call_ended", eventId: newId("event"), call }];
    await expect(
      applyCallEvents({ ...deps, objects: unreachable }, client.region, events, async () => {}),
    ).rejects.toThrow("out of reach");
    expect((await client.call("GET", path)).status).toBe(404);
    await told();
    expect((await client.ok("GET", path)).transcript).toEqual(VIEW);
  });

  test.each([
    [729, VIEW],
    [731, []],
  ])("is kept for two years: %i days after the call", async (days, transcript) => {
    const { client, path, told } = await setUp(SAID);
    const nowMs = Date.now();
    // The object expires by its own clock: it was put so long ago.
    vi.spyOn(Date, "now").mockReturnValue(nowMs - days * DAY_MS);
    await told();
    vi.restoreAllMocks();
    expect((await client.ok("GET", path)).transcript).toEqual(transcript);
  });
});
