import { describe, expect, test } from "vitest";
import { deps, newNode, request } from "../hub/test-fixture.ts";
import { agentRoute } from "./agent-test-client.ts";
import { AGENTS, newAgent, newClient, type TestClient } from "./test-client.ts";
import { wav } from "./test-wav.ts";

const pathOf = (agentId: string, name = "") =>
  `/v1/agents/${agentId}/audio-files${name && `/${name}`}`;

function upload(
  client: TestClient,
  agentId: string,
  name: string,
  body: Uint8Array,
  type = "audio/wav",
) {
  const headers = { "xi-api-key": client.key, "content-type": type };
  return request("PUT", pathOf(agentId, name), { headers, body });
}

async function uploaded(client: TestClient, agentId: string, name: string, body = wav(8_000)) {
  const response = await upload(client, agentId, name, body);
  expect(response.status).toBe(200);
  return response.json<{ sha256: string; routing_revision: number }>();
}

const announcing = { fallback: { action: "announcement", audio_file: "sorry" } };

describe("audio files of an agent", () => {
  test("are kept byte for byte for the nodes of its region, and for no others", async () => {
    const client = await newClient();
    const agentId = await newAgent(client);
    // As large as one may be: 30 s at 16 kHz.
    const file = wav(480_000, 16_000);
    const { sha256 } = await uploaded(client, agentId, "sorry", file);
    const node = await newNode(client.region);
    const path = `/v1/nodes/audio-files/${agentId}/${sha256}`;
    const fetched = await request("GET", path, { bearer: node.credential });
    expect(fetched.status).toBe(200);
    expect(new Uint8Array(await fetched.arrayBuffer())).toEqual(file);
    const { credential } = await newNode("elsewhere");
    expect((await request("GET", path, { bearer: credential })).status).toBe(404);
    expect((await request("GET", path)).status).toBe(401);
  });

  test("are listed, routed by their digests, replaced and deleted", async () => {
    const client = await newClient();
    const agentId = await newAgent(client);
    const first = await uploaded(client, agentId, "sorry");
    const list = await client.ok("GET", pathOf(agentId));
    expect(list.data).toEqual([
      { name: "sorry", bytes: 16_044, duration_ms: 1_000, sha256: first.sha256 },
    ]);
    expect((await agentRoute(client, agentId))?.audioFiles).toEqual({ sorry: first.sha256 });
    const second = await uploaded(client, agentId, "sorry", wav(4_000));
    expect((await agentRoute(client, agentId))?.audioFiles).toEqual({ sorry: second.sha256 });
    const key = (sha256: string) => `agent-audio/${agentId}/${sha256}`;
    expect(await deps.objects.get(key(first.sha256))).toBeNull();
    expect(await deps.objects.get(key(second.sha256))).not.toBeNull();
    await client.ok("DELETE", pathOf(agentId, "sorry"));
    expect((await agentRoute(client, agentId))?.audioFiles).toEqual({});
    expect(await deps.objects.get(key(second.sha256))).toBeNull();
    expect((await client.call("DELETE", pathOf(agentId, "sorry"))).status).toBe(404);
  });

  test("a name that every object has is a name like others", async () => {
    const client = await newClient();
    const agentId = await newAgent(client);
    const fallback = { action: "announcement", audio_file: "constructor" };
    const missing = await client.call("PATCH", `${AGENTS}/${agentId}`, { fallback });
    expect(missing.status).toBe(422);
    expect((await client.call("DELETE", pathOf(agentId, "constructor"))).status).toBe(404);
    await uploaded(client, agentId, "constructor");
    await client.ok("PATCH", `${AGENTS}/${agentId}`, { fallback });
  });

  test("go with their agent", async () => {
    const client = await newClient();
    const agentId = await newAgent(client);
    const { sha256 } = await uploaded(client, agentId, "sorry");
    await client.ok("DELETE", `${AGENTS}/${agentId}`);
    expect(await deps.objects.get(`agent-audio/${agentId}/${sha256}`)).toBeNull();
  });

  test("of another workspace are not there", async () => {
    const owner = await newClient();
    const agentId = await newAgent(owner);
    await uploaded(owner, agentId, "sorry");
    const other = await newClient(owner.region);
    expect((await other.call("GET", pathOf(agentId))).status).toBe(404);
    expect((await upload(other, agentId, "sorry", wav(8_000))).status).toBe(404);
    expect((await other.call("DELETE", pathOf(agentId, "sorry"))).status).toBe(404);
  });

  test.each([
    ["no WAV file", new Uint8Array(100), "The file is not a WAV file."],
    ["two channels", wav(8_000, 8_000, 2), "The file has 2 channels, not one."],
    ["another rate", wav(8_000, 44_100), "The file has 44100 samples a second, not 8000 or 16000."],
    ["too long", wav(248_000), "The file lasts 31000 ms, and 30 s is the most."],
    ["empty", wav(0), "The file holds no audio."],
  ])("%s is refused with what is wrong", async (_, body, detail) => {
    const client = await newClient();
    const response = await upload(client, await newAgent(client), "sorry", body);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: "audio_not_playable", detail });
  });

  test("another media type is 415, a name that cannot stand in a path is 422", async () => {
    const client = await newClient();
    const agentId = await newAgent(client);
    expect((await upload(client, agentId, "a", wav(8), "audio/mpeg")).status).toBe(415);
    expect((await upload(client, agentId, "%20", wav(8))).status).toBe(422);
  });
});

describe("the fallback of an agent", () => {
  test("plays a file that is there, by its digest, whatever the name holds later", async () => {
    const client = await newClient();
    const agentId = await newAgent(client);
    const missing = await client.call("PATCH", `${AGENTS}/${agentId}`, announcing);
    expect(missing.status).toBe(422);
    const { detail } = await missing.json<{ detail: { loc: string[]; type: string }[] }>();
    expect(detail).toMatchObject([
      { loc: ["body", "fallback", "audio_file"], type: "audio_file_unknown" },
    ]);
    const { sha256 } = await uploaded(client, agentId, "sorry");
    const view = await client.ok("PATCH", `${AGENTS}/${agentId}`, announcing);
    expect(view.fallback).toEqual(announcing.fallback);
    expect((await agentRoute(client, agentId))?.fallback).toEqual({
      action: "announcement",
      sha256,
    });
    const next = await uploaded(client, agentId, "sorry", wav(4_000));
    const fallback = { action: "announcement", sha256: next.sha256 };
    expect((await agentRoute(client, agentId))?.fallback).toEqual(fallback);
    const inUse = await client.call("DELETE", pathOf(agentId, "sorry"));
    expect(inUse.status).toBe(409);
    expect(await inUse.json()).toMatchObject({ code: "audio_file_in_use" });
  });

  test("is replaced as a whole, and hang_up is none", async () => {
    const client = await newClient();
    const agentId = await newAgent(client);
    const change = (fallback: object) => client.ok("PATCH", `${AGENTS}/${agentId}`, { fallback });
    await change({ action: "transfer", destination: "+4930123400" });
    expect((await agentRoute(client, agentId))?.fallback).toEqual({
      action: "transfer",
      destination: "+4930123400",
      method: "conference",
    });
    const view = await change({ action: "hang_up" });
    expect(view.fallback).toEqual({ action: "hang_up" });
    expect((await agentRoute(client, agentId))?.fallback).toBeNull();
    // What does not speak of it leaves it.
    await change({ action: "transfer", destination: "+4930123400", method: "refer" });
    await client.ok("PATCH", `${AGENTS}/${agentId}`, { name: "Other" });
    expect((await agentRoute(client, agentId))?.fallback).toMatchObject({ method: "refer" });
  });
});
