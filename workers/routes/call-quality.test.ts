import { runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { CallQuality } from "../../schema/contracts/call-quality.ts";
import { callEventsResponseSchema } from "../../schema/contracts/call-record.ts";
import { newId, parseId } from "../../schema/values/ids.ts";
import { findConversation } from "../db/conversations.ts";
import { bindings, deps, newCallRecord, newNode, newRegion, request } from "../hub/test-fixture.ts";
import { keepSeries, takeSeries } from "../services/call-quality.ts";
import { newClient } from "./test-client.ts";

const DAY_MS = 86_400_000;
const range = (min: number, avg: number, max: number) => ({ min, avg, max, samples: 2 });

const QUALITY: CallQuality = {
  summary: {
    receive: {
      mos: range(3.9, 4.1, 4.3),
      jitterMs: range(1, 2, 3),
      lossPercent: range(0, 2.5, 5),
      packets: 500,
      packetsLost: 12,
    },
    send: { mos: null, jitterMs: null, lossPercent: null, packets: 510, packetsLost: 0 },
    roundTripMs: range(40, 42, 44),
  },
  series: {
    startedAtMs: 1_790_000_001_000,
    atSecs: [5, 10],
    receive: { mos: [4.3, 3.9], lossPercent: [0, 5], jitterMs: [1, 3] },
    send: { mos: [null, null], lossPercent: [null, null], jitterMs: [null, null] },
    roundTripMs: [40, null],
  },
};

const media = (quality?: CallQuality) => ({
  codec: "PCMA",
  srtpSuite: "AES_CM_128_HMAC_SHA1_80",
  packetsSent: 510,
  packetsReceived: 500,
  packetsLost: 12,
  jitterMs: 2,
  ...(quality === undefined ? {} : { quality }),
});

async function setUp(measured = media(QUALITY)) {
  const client = await newClient(newRegion());
  const node = await newNode(client.region);
  const workspaceId = parseId("workspace", client.workspaceId);
  if (workspaceId === null) throw new Error("not a workspace");
  const call = { ...newCallRecord(client.region, workspaceId), media: measured };
  const tell = async () => {
    const event = { kind: "call_ended", eventId: newId("event"), call };
    const told = await request("POST", "/v1/nodes/events", {
      bearer: node.credential,
      body: { events: [event] },
    });
    const { accepted } = callEventsResponseSchema.parse(await told.json());
    expect(accepted).toEqual([event.eventId]);
  };
  const path = `/v1/conversations/${call.conversationId}/quality`;
  return { client, call, tell, path, workspaceId };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("quality of a call", () => {
  test("stands in the conversation as a summary beside the vendor's fields, and over time at a path of its own", async () => {
    const { client, call, tell, path, workspaceId } = await setUp();
    await tell();
    const summary = {
      codec: "PCMA",
      srtp_suite: "AES_CM_128_HMAC_SHA1_80",
      receive: {
        mos: { min: 3.9, avg: 4.1, max: 4.3 },
        jitter_ms: { min: 1, avg: 2, max: 3 },
        loss_percent: { min: 0, avg: 2.5, max: 5 },
        packets: 500,
        packets_lost: 12,
      },
      send: { mos: null, jitter_ms: null, loss_percent: null, packets: 510, packets_lost: 0 },
      round_trip_ms: { min: 40, avg: 42, max: 44 },
    };
    const view = await client.ok("GET", `/v1/convai/conversations/${call.conversationId}`);
    expect(view.quality).toEqual(summary);
    expect(await client.ok("GET", path)).toEqual({
      conversation_id: call.conversationId,
      summary,
      series: {
        started_at: "2026-09-21T14:13:21.000Z",
        at_secs: [5, 10],
        receive: { mos: [4.3, 3.9], loss_percent: [0, 5], jitter_ms: [1, 3] },
        send: { mos: [null, null], loss_percent: [null, null], jitter_ms: [null, null] },
        round_trip_ms: [40, null],
      },
    });
    const row = await findConversation(deps.db, workspaceId, call.conversationId);
    expect(JSON.stringify(row?.record)).not.toContain("atSecs");
  });

  test("told twice is kept once, and is not there for another workspace, nor for nobody", async () => {
    const { client, tell, path } = await setUp();
    await tell();
    await tell();
    expect((await client.ok("GET", path)).series.at_secs).toEqual([5, 10]);
    const stranger = await (await newClient()).call("GET", path);
    expect(stranger.status).toBe(404);
    expect(stranger.headers.get("content-type")).toContain("application/problem+json");
    expect((await request("GET", path)).status).toBe(401);
  });

  test("of a call without media, or of a node that does not measure, is null", async () => {
    const { client, tell, path } = await setUp(media());
    await tell();
    expect(await client.ok("GET", path)).toMatchObject({ summary: null, series: null });
  });

  test("a series that cannot be kept does not hold up the call's end", async () => {
    const { client, tell, path } = await setUp();
    const unreachable = { ...deps.objects, put: () => Promise.reject(new Error("out of reach")) };
    const { call: told, series } = takeSeries({
      ...newCallRecord(client.region, newId("workspace")),
      media: media(QUALITY),
    });
    if (series === null) throw new Error("no series");
    await keepSeries({ ...deps, objects: unreachable }, told, series);
    await tell();
    expect((await client.ok("GET", path)).summary.codec).toBe("PCMA");
  });

  test("the series is gone after thirty days, the summary stays", async () => {
    const { client, tell, path } = await setUp();
    const nowMs = Date.now();
    // The object expires by its own clock: it was put so long ago.
    vi.spyOn(Date, "now").mockReturnValue(nowMs - 30 * DAY_MS - 1_000);
    await tell();
    vi.restoreAllMocks();
    expect(await client.ok("GET", path)).toMatchObject({
      summary: { codec: "PCMA" },
      series: null,
    });
  });
});

test("an object that has expired is removed by its shard's alarm, and no other is", async () => {
  const shard = bindings.OBJECT_SHARD.get(bindings.OBJECT_SHARD.idFromName(crypto.randomUUID()));
  const bytes = new Uint8Array([1]);
  await shard.put("old", bytes, Date.now() - 1);
  await shard.put("new", bytes, Date.now() + DAY_MS);
  await shard.put("kept", bytes, null);
  expect(await shard.get("old")).toBeNull();
  expect(await runDurableObjectAlarm(shard)).toBe(true);
  expect(await shard.get("old")).toBeNull();
  expect(await shard.get("new")).toEqual(bytes);
  expect(await shard.get("kept")).toEqual(bytes);
});
