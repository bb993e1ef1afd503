import { describe, expect, test } from "vitest";
import { findPhoneNumbersById } from "../db/phone-numbers.ts";
import { commit, deps, request, sql } from "../hub/test-fixture.ts";
import { NumberTexts } from "../services/number-texts.ts";
import { AGENTS, importNumber, NUMBERS, newAgent, newClient } from "./test-client.ts";

const PAGE = "/v1/convai/v2/phone-numbers";

describe("a number that was read before", () => {
  test("is read as it is now, after each change of itself, its trunks and its agent", async () => {
    const client = await newClient();
    const agentId = await newAgent(client);
    const { id } = await importNumber(client, { label: "One", agent_id: agentId });
    const path = `${NUMBERS}/${id}`;
    const seen = async () => {
      const single = await client.ok("GET", path);
      const { phone_numbers: listed } = await client.ok("GET", PAGE);
      expect(listed).toEqual([single]);
      expect(await client.ok("GET", NUMBERS)).toEqual([single]);
      return single;
    };
    expect(await seen()).toMatchObject({ label: "One" });
    await client.ok("PATCH", path, { label: "Two" });
    expect(await seen()).toMatchObject({ label: "Two" });
    await client.ok("PATCH", path, { outbound_trunk_config: { address: "sip.example.com" } });
    expect(await seen()).toMatchObject({ outbound_trunk: { address: "sip.example.com" } });
    await client.ok("PATCH", path, { inbound_trunk_config: { allowed_numbers: ["+14155550100"] } });
    expect(await seen()).toMatchObject({ inbound_trunk: { allowed_numbers: ["+14155550100"] } });
    await client.ok("PATCH", `${AGENTS}/${agentId}`, { name: "Renamed" });
    expect(await seen()).toMatchObject({ assigned_agent: { agent_name: "Renamed" } });
    await client.ok("DELETE", `${AGENTS}/${agentId}`);
    expect(await seen()).toMatchObject({ assigned_agent: null });
    await client.ok("DELETE", path);
    expect((await client.call("GET", path)).status).toBe(404);
    expect(await client.ok("GET", NUMBERS)).toEqual([]);
  });

  test("is read as another isolate has changed it", async () => {
    const client = await newClient();
    const { id } = await importNumber(client, { label: "Before" });
    await client.ok("GET", `${NUMBERS}/${id}`);
    await commit(
      sql(
        "UPDATE phone_numbers SET label = ?, updated_at_ms = updated_at_ms + 1 WHERE id = ?",
        "After",
        id,
      ),
    );
    expect(await client.ok("GET", `${NUMBERS}/${id}`)).toMatchObject({ label: "After" });
  });

  test("is nobody else's", async () => {
    const client = await newClient();
    const stranger = await newClient(client.region);
    const { id } = await importNumber(client);
    await client.ok("GET", `${NUMBERS}/${id}`);
    expect((await stranger.call("GET", `${NUMBERS}/${id}`)).status).toBe(404);
    expect(await stranger.ok("GET", NUMBERS)).toEqual([]);
  });

  test("has the tag of its content, which If-None-Match is held against", async () => {
    const client = await newClient();
    const { id } = await importNumber(client);
    const ask = (tag: string) =>
      request("GET", `${NUMBERS}/${id}`, {
        headers: { "xi-api-key": client.key, "if-none-match": tag },
      });
    const first = await ask('"other"');
    const etag = first.headers.get("etag") ?? "";
    const again = await ask('"other"');
    expect(again.headers.get("etag")).toBe(etag);
    expect(again.headers.get("content-type")).toMatch(/^application\/json/);
    const unchanged = await ask(etag);
    expect([unchanged.status, unchanged.headers.get("content-type")]).toEqual([304, null]);
  });
});

test("texts are kept up to the limit, and the one used longest ago goes first", async () => {
  const client = await newClient();
  const ids = [];
  for (let at = 0; at < 3; at += 1) ids.push((await importNumber(client)).id);
  const records = await findPhoneNumbersById(deps.db, client.workspaceId, ids);
  const [one, two, three] = records.map((record) => ({
    record,
    version: {
      id: record.number.id,
      updatedAtMs: record.number.updatedAtMs,
      agentName: record.agentName,
    },
  }));
  if (one === undefined || two === undefined || three === undefined) throw new Error("three");
  const texts = new NumberTexts(new NumberTexts().render(one.record).length * 2.5);
  const kept = () => [one, two, three].map(({ version }) => texts.has(version.id));
  texts.render(one.record);
  texts.render(two.record);
  expect(texts.get(one.version)).not.toBeNull();
  texts.render(three.record);
  expect(kept()).toEqual([true, false, true]);
  // Rendered again, it is counted once.
  texts.render(one.record);
  expect(kept()).toEqual([true, false, true]);
  expect(texts.get({ ...one.version, updatedAtMs: one.version.updatedAtMs + 1 })).toBeNull();
  expect(texts.get({ ...one.version, agentName: "Other" })).toBeNull();
});
