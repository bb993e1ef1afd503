import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { RECORDING_PART_BYTES, type RecordingReport } from "../../schema/contracts/recording.ts";
import { postCallAudioSchema } from "../../schema/contracts/webhook.ts";
import { newId, type WorkspaceId } from "../../schema/values/ids.ts";
import { Secret } from "../../schema/values/secret.ts";
import { findRecording } from "../db/recordings.ts";
import { deps, newCallRecord, newNode, request } from "../hub/test-fixture.ts";
import { deleteConversation } from "../services/delete-conversation.ts";
import { applyRecording, pruneRecordings, readRecordingAudio } from "../services/recordings.ts";
import { signWebhook } from "../webhooks/sign-webhook.ts";
import { newAgent, newClient } from "./test-client.ts";

interface Posted {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string;
}

let posted: Posted[];
let bucketStatus: number;
const BUCKET_AUDIO = new Uint8Array([1, 2, 3, 4]);

beforeEach(() => {
  posted = [];
  bucketStatus = 200;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const outgoing = new Request(input, init);
    const { url, method, headers } = outgoing;
    posted.push({ url, method, headers, body: await outgoing.text() });
    if (new URL(url).host.startsWith("bucket.")) {
      return new Response(bucketStatus === 200 ? BUCKET_AUDIO : null, { status: bucketStatus });
    }
    return new Response(null, { status: 200 });
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

const bucket = {
  bucket: "recordings",
  endpoint: "https://bucket.example.com",
  region: "eu-1",
  accessKeyId: "id",
  secretAccessKey: new Secret("secret"),
};
const bucketDeps = { ...deps, config: { ...deps.config, bucket } };

/** A workspace with a node and a call that was recorded. */
async function setUp() {
  const client = await newClient();
  const node = await newNode(client.region);
  const workspaceId = client.workspaceId as WorkspaceId;
  const agentId = await newAgent(client);
  const call = { ...newCallRecord(client.region, workspaceId), agentId: agentId as never };
  const facts = {
    callId: call.callId,
    conversationId: call.conversationId,
    workspaceId,
    agentId: call.agentId,
    region: client.region,
    format: "mp3" as const,
    startedAtMs: call.startedAtMs,
    expiresAtMs: Date.now() + 86_400_000,
  };
  const tell = (events: readonly unknown[]) =>
    request("POST", "/v1/nodes/events", { bearer: node.credential, body: { events } });
  const report = (change: Partial<RecordingReport>) => ({
    kind: "recording",
    eventId: newId("event"),
    recording: {
      ...facts,
      state: "recording",
      code: null,
      durationMs: null,
      bytes: null,
      isComplete: null,
      place: null,
      ...change,
    },
  });
  const putPart = (part: number, bytes: Uint8Array<ArrayBuffer>, owner = workspaceId) => {
    const query = `workspace_id=${owner}&expires_at_ms=${facts.expiresAtMs}`;
    const path = `/v1/nodes/recordings/${call.callId}/parts/${part}?${query}`;
    return request("PUT", path, {
      bearer: node.credential,
      body: bytes,
      headers: { "content-type": "application/octet-stream" },
    });
  };
  const ended = { kind: "call_ended", eventId: newId("event"), call };
  const path = `/v1/convai/conversations/${call.conversationId}`;
  const audio = () => client.call("GET", `${path}/audio`);
  return { client, node, call, tell, report, putPart, ended, path, audio };
}

/** Two parts. Of the first some octets are left over that base64 takes with the next. */
const FIRST_PART_BYTES = 4_000;

function newAudio() {
  const audio = new Uint8Array(FIRST_PART_BYTES + 1_000);
  for (let at = 0; at < audio.length; at += 1) audio[at] = (at * 31) % 251;
  return audio;
}

async function storeAudio(setting: Awaited<ReturnType<typeof setUp>>) {
  const audio = newAudio();
  await setting.putPart(0, audio.slice(0, FIRST_PART_BYTES));
  await setting.putPart(1, audio.slice(FIRST_PART_BYTES));
  const ready = setting.report({
    state: "ready",
    durationMs: 30_000,
    bytes: audio.length,
    isComplete: true,
    place: { kind: "parts", count: 2 },
  });
  return { audio, ready };
}

describe("a recorded conversation", () => {
  test("tells how far its recording is, and has audio when it is ready", async () => {
    const setting = await setUp();
    const { client, tell, report, ended, path } = setting;
    await tell([report({ state: "recording" })]);
    await tell([ended]);
    const during = await client.ok("GET", path);
    expect(during).toMatchObject({
      has_audio: false,
      recording: { state: "recording", code: null },
    });
    await tell([report({ state: "uploading" })]);
    const { ready } = await storeAudio(setting);
    await tell([ready, report({ state: "uploading" }), report({ state: "recording" })]);
    expect(await client.ok("GET", path)).toMatchObject({
      has_audio: true,
      has_user_audio: true,
      has_response_audio: true,
      recording: { state: "ready", format: "mp3", duration_secs: 30, is_complete: true },
    });
  });

  test("gives its audio to its workspace's key, whole, and to nobody else", async () => {
    const setting = await setUp();
    const { audio, ready } = await storeAudio(setting);
    await setting.tell([setting.ended, ready]);
    const { callId, workspaceId } = setting.call;
    const kept = await deps.objects.get(`recordings/${workspaceId}/${callId}/1`);
    expect(kept?.length).toBe(1_000 + 28);
    expect(kept?.slice(12, -16)).not.toEqual(audio.slice(FIRST_PART_BYTES));
    const response = await setting.audio();
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("audio/mpeg");
    expect(response.headers.get("cache-control")).toBe("private, no-store");
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(audio);
    const stranger = await newClient();
    expect((await stranger.call("GET", `${setting.path}/audio`)).status).toBe(404);
    expect((await request("GET", `${setting.path}/audio`)).status).toBe(401);
  });

  test("gives an address that needs no key, for five minutes and for this recording only", async () => {
    const setting = await setUp();
    const { audio, ready } = await storeAudio(setting);
    await setting.tell([setting.ended, ready]);
    const own = `/v1/conversations/${setting.call.conversationId}/recording`;
    const view = await setting.client.ok("GET", own);
    expect(view).toMatchObject({ state: "ready", bytes: audio.length, duration_secs: 30 });
    const url = new URL(view.url);
    expect(url.searchParams.get("expires")).toBe(String(view.url_expires_at_unix_secs));
    const answer = await request("GET", `${url.pathname}${url.search}`);
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(audio);
    for (const change of [
      (other: URL) => other.searchParams.set("expires", String(view.url_expires_at_unix_secs + 60)),
      (other: URL) => other.searchParams.set("workspace_id", newId("workspace")),
      (other: URL) => other.searchParams.delete("signature"),
      (other: URL) => {
        other.pathname = `/v1/recordings/${newCallRecord("r", newId("workspace")).conversationId}`;
      },
    ]) {
      const other = new URL(url);
      change(other);
      const refused = await request("GET", `${other.pathname}${other.search}`);
      expect(refused.status).toBe(403);
      expect(await refused.json()).toMatchObject({ code: "recording_url_expired" });
    }
    vi.spyOn(Date, "now").mockReturnValue(Date.now() + 301_000);
    expect((await request("GET", `${url.pathname}${url.search}`)).status).toBe(403);
  });

  test("gives the part of its audio that is asked for, wherever it lies", async () => {
    const setting = await setUp();
    const { ended, report, putPart, tell, client, path } = setting;
    const whole = new Uint8Array(RECORDING_PART_BYTES + 1_000).map((_, at) => (at * 31) % 251);
    await putPart(0, whole.slice(0, RECORDING_PART_BYTES));
    await putPart(1, whole.slice(RECORDING_PART_BYTES));
    const place = { kind: "parts", count: 2 } as const;
    await tell([ended, report({ state: "ready", bytes: whole.length, place })]);
    const ask = (range: string) =>
      request("GET", `${path}/audio`, { headers: { "xi-api-key": client.key, range } });
    const end = RECORDING_PART_BYTES;
    for (const [first, last] of [
      [0, 99],
      [end - 10, end + 9],
      [end, end + 999],
    ] as const) {
      const answer = await ask(`bytes=${first}-${last}`);
      expect(answer.status).toBe(206);
      expect(answer.headers.get("content-range")).toBe(`bytes ${first}-${last}/${whole.length}`);
      expect(new Uint8Array(await answer.arrayBuffer())).toEqual(whole.slice(first, last + 1));
    }
    const behind = await ask(`bytes=${whole.length}-`);
    expect(behind.status).toBe(416);
    expect(behind.headers.get("content-range")).toBe(`bytes */${whole.length}`);
    expect(await behind.json()).toMatchObject({ detail: { status: "range_not_satisfiable" } });
  });

  test.each([
    [null, "not_recorded"],
    [{ state: "recording" }, "recording_not_ready"],
    [{ state: "uploading" }, "recording_not_ready"],
    [{ state: "failed", code: "disk_full" }, "recording_failed"],
    [{ state: "ready", place: { kind: "parts", count: 1 }, bytes: 1 }, "recording_missing"],
  ] as const)("answers 404 with a code while there is no audio: %o", async (change, code) => {
    const { audio, ended, report, tell } = await setUp();
    await tell([ended, ...(change === null ? [] : [report(change)])]);
    const response = await audio();
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ detail: { status: code } });
  });
});

describe("a recording that nobody is to have", () => {
  test("goes with its conversation, and its place with it", async () => {
    const setting = await setUp();
    const { ready } = await storeAudio(setting);
    await setting.tell([setting.ended, ready]);
    expect((await setting.client.call("DELETE", setting.path)).status).toBe(200);
    const { callId, workspaceId } = setting.call;
    for (const part of [0, 1]) {
      expect(await deps.objects.get(`recordings/${workspaceId}/${callId}/${part}`)).toBeNull();
    }
    expect((await setting.audio()).status).toBe(404);
    expect(await findRecording(deps.db, workspaceId, setting.call.conversationId)).toBeNull();
  });

  test("is not taken when it comes after its conversation was erased, in whichever way it comes", async () => {
    const setting = await setUp();
    const { tell, ended, client, path, putPart, report, call } = setting;
    await tell([ended]);
    expect((await putPart(0, new Uint8Array(3))).status).toBe(204);
    await client.call("DELETE", path);
    expect((await putPart(1, new Uint8Array(3))).status).toBe(410);
    expect(await deps.objects.get(`recordings/${call.workspaceId}/${call.callId}/0`)).toBeNull();
    const place = { kind: "bucket", key: "eu/late.mp3" } as const;
    const late = report({ state: "ready", place, bytes: 3, durationMs: 1, isComplete: true });
    await applyRecording(bucketDeps, late.recording as RecordingReport, []);
    expect(posted.map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toEqual([
      "DELETE /recordings/eu/late.mp3",
    ]);
    expect(await findRecording(deps.db, call.workspaceId, call.conversationId)).toBeNull();
  });

  test("goes when it has been kept long enough; while the bucket does not remove it, its row stays", async () => {
    const { call, report, tell, ended, audio } = await setUp();
    const place = { kind: "bucket", key: "eu/old.mp3" } as const;
    await tell([ended]);
    const { recording } = report({ state: "ready", place, bytes: 4, expiresAtMs: Date.now() - 1 });
    await applyRecording(bucketDeps, recording as RecordingReport, []);
    const found = () => findRecording(deps.db, call.workspaceId, call.conversationId);
    bucketStatus = 503;
    await pruneRecordings(bucketDeps);
    expect(await found()).not.toBeNull();
    bucketStatus = 204;
    await pruneRecordings(bucketDeps);
    expect(await found()).toBeNull();
    expect((await audio()).status).toBe(404);
  });

  test("in the bucket is read and erased there with addresses that are good for a minute", async () => {
    const { call, report, tell, ended, client } = await setUp();
    await tell([ended]);
    const place = { kind: "bucket", key: "eu/one.mp3" } as const;
    const { recording } = report({ state: "ready", place, bytes: 4 });
    await applyRecording(bucketDeps, recording as RecordingReport, []);
    const read = await readRecordingAudio(bucketDeps, call, call.conversationId);
    if (!read.ok) throw new Error(read.refusal.code);
    const pieces: number[] = [];
    for await (const piece of read.value.pieces) pieces.push(...piece);
    expect(pieces).toEqual([...BUCKET_AUDIO]);
    bucketStatus = 204;
    const principal = { workspaceId: client.workspaceId as WorkspaceId };
    await deleteConversation(bucketDeps, principal as never, call.conversationId);
    expect(posted.map(({ method }) => method)).toEqual(["GET", "DELETE"]);
    for (const { url } of posted) {
      expect(new URL(url).searchParams.get("X-Amz-Expires")).toBe("60");
    }
  });
});

describe("parts that nodes bring", () => {
  test("need an enrolled node, its own region's workspace and a size that can be kept", async () => {
    const [mine, others] = [await setUp(), await setUp()];
    expect((await request("PUT", "/v1/nodes/recordings/call_x/parts/0")).status).toBe(401);
    const foreign = others.client.workspaceId as WorkspaceId;
    expect((await mine.putPart(0, new Uint8Array(3), foreign)).status).toBe(404);
    expect((await mine.putPart(0, new Uint8Array(RECORDING_PART_BYTES + 1))).status).toBe(413);
    expect((await mine.putPart(512, new Uint8Array(3))).status).toBe(422);
  });
});

describe("post_call_audio", () => {
  async function withEndpoint(settings: unknown) {
    const setting = await setUp();
    const url = `https://hooks.example.com/${crypto.randomUUID()}`;
    const made = await setting.client.ok("POST", "/v1/workspace/webhooks", {
      settings: { auth_type: "hmac", name: "hook", webhook_url: url },
    });
    await setting.client.ok("PATCH", "/v1/convai/settings", settings);
    const audioPosts = () =>
      posted.filter((post) => post.url === url && post.body.includes('"post_call_audio"'));
    return { ...setting, secret: String(made.webhook_secret), audioPosts, url };
  }

  test("is posted once when the recording is ready: the vendor's shape, signed over exactly what is sent", async () => {
    const setting = await withEndpoint({ webhooks: { events: ["transcript", "audio"] } });
    const { audio, ready } = await storeAudio(setting);
    await setting.tell([setting.ended]);
    await setting.tell([ready]);
    await setting.tell([ready]);
    await vi.waitFor(() => expect(setting.audioPosts()).toHaveLength(1), { timeout: 4_000 });
    const [post] = setting.audioPosts();
    const body = postCallAudioSchema.parse(JSON.parse(post?.body ?? ""));
    expect(body.data).toMatchObject({
      agent_id: setting.call.agentId,
      conversation_id: setting.call.conversationId,
      audio_format: "mp3",
    });
    const decoded = Uint8Array.from(atob(body.data.full_audio), (char) => char.charCodeAt(0));
    expect(decoded).toEqual(audio);
    const signature = post?.headers.get("ElevenLabs-Signature") ?? "";
    const timestamp = Number(/^t=(\d+),/.exec(signature)?.[1]);
    expect(signature).toBe(await signWebhook(setting.secret, timestamp, post?.body ?? ""));
  });

  test("is posted to nobody who has not asked for it", async () => {
    const setting = await withEndpoint({ webhooks: { events: ["transcript"] } });
    const { ready } = await storeAudio(setting);
    await setting.tell([setting.ended, ready]);
    await vi.waitFor(() => expect(posted.some(({ url }) => url === setting.url)).toBe(true), {
      timeout: 4_000,
    });
    expect(setting.audioPosts()).toEqual([]);
  });

  test("waits, and blames nobody, while the recording cannot be read", async () => {
    const setting = await withEndpoint({ webhooks: { send_audio: true } });
    const { ready } = await storeAudio(setting);
    const { callId, workspaceId } = setting.call;
    await deps.objects.delete(`recordings/${workspaceId}/${callId}/0`);
    await setting.tell([setting.ended]);
    await setting.tell([ready]);
    await vi.waitFor(
      async () => {
        const rows = await deps.db.read((reader) =>
          reader.all<{ last_error: string | null }>(
            `SELECT last_error FROM webhook_deliveries WHERE event_type = 'post_call_audio'
             AND conversation_id = '${setting.call.conversationId}'`,
          ),
        );
        expect(rows).toEqual([{ last_error: "source" }]);
      },
      { timeout: 4_000 },
    );
    expect(setting.audioPosts()).toEqual([]);
  });
});

test("a workspace cannot take over another's recording by naming its call", async () => {
  const [mine, others] = [await setUp(), await setUp()];
  await mine.tell([mine.ended, mine.report({ state: "uploading" })]);
  const stolen = mine.report({
    state: "ready",
    workspaceId: others.call.workspaceId,
    region: others.client.region,
  });
  await others.tell([stolen]);
  const row = await findRecording(deps.db, mine.call.workspaceId, mine.call.conversationId);
  expect(row).toMatchObject({ state: "uploading", workspaceId: mine.call.workspaceId });
});
