import { describe, expect, test } from "vitest";
import { importResultSchema, MAX_IMPORT_BYTES } from "../../schema/contracts/number-import.ts";
import { routingEntrySchema } from "../../schema/contracts/routing.ts";
import { createApp } from "../app.ts";
import { readTable } from "../db/routing-changes.ts";
import { bindings, deps, request } from "../hub/test-fixture.ts";
import {
  importNumber,
  NUMBERS,
  newAgent,
  newClient,
  newNumber,
  numberBody,
  type TestClient,
} from "./test-client.ts";

const IMPORT = "/v1/phone-numbers/import";
const NDJSON = "application/x-ndjson";

interface Sent {
  readonly key?: string;
  readonly query?: string;
  readonly type?: string;
}

function send(client: TestClient, text: string, { key, query = "", type = NDJSON }: Sent = {}) {
  return request("POST", `${IMPORT}${query}`, {
    text,
    headers: {
      "xi-api-key": client.key,
      "content-type": type,
      ...(key === undefined ? {} : { "idempotency-key": key }),
    },
  });
}

/** The results of a file, each held to its schema. */
async function imported(client: TestClient, rows: readonly unknown[], sent: Sent = {}) {
  const text = rows.map((row) => (typeof row === "string" ? row : JSON.stringify(row))).join("\n");
  const response = await send(client, text, sent);
  expect([response.status, response.headers.get("content-type")]).toEqual([200, NDJSON]);
  const lines = (await response.text()).trimEnd().split("\n");
  return lines.map((line) => importResultSchema.parse(JSON.parse(line)));
}

function codesOf(results: Awaited<ReturnType<typeof imported>>) {
  return results.map((result) =>
    result.status === "failed" ? result.problem.code : result.replayed ? "replayed" : "imported",
  );
}

function idsOf(results: Awaited<ReturnType<typeof imported>>) {
  return results.map((result) => (result.status === "imported" ? result.phone_number_id : null));
}

describe("a file of numbers", () => {
  test("is a number a line: each as a single import makes it, to its API and to its nodes", async () => {
    const client = await newClient();
    const agent_id = await newAgent(client);
    const more = {
      agent_id,
      inbound_trunk_config: {
        allowed_addresses: ["192.0.2.0/24"],
        credentials: { username: "pbx", password: "out of sight" },
        attributes_to_headers: { reason: "X-Reason" },
        calls_per_second: 2.5,
      },
      outbound_trunk_config: { address: "sip.example.com", port: 5080, transport: "tcp" },
      transfer_destinations: ["+1900*"],
      provider_preset: "3cx",
    };
    const single = await importNumber(client, more);
    const [phoneNumber, national] = [newNumber(), "020 7946 0018"];
    const results = await imported(client, [
      numberBody(phoneNumber, more),
      numberBody(national, { inbound_trunk_config: { country: "GB" } }),
      numberBody("reception"),
    ]);
    expect(results).toMatchObject([
      { index: 0, status: "imported", e164: phoneNumber, replayed: false },
      { index: 1, status: "imported", e164: "+442079460018" },
      { index: 2, status: "imported", e164: null },
    ]);
    const [first, second, third] = idsOf(results);
    const view = await client.ok("GET", `${NUMBERS}/${first}`);
    const one = await client.ok("GET", `${NUMBERS}/${single.id}`);
    expect(view).toEqual({
      ...one,
      phone_number_id: first,
      phone_number: phoneNumber,
      e164: phoneNumber,
    });
    expect((await client.ok("GET", `${NUMBERS}/${second}`)).phone_number).toBe(national);

    const changes = await readTable(deps.db, client.region, { after: 0, upTo: 1e9, limit: 100 });
    const entries = changes.map((change) => routingEntrySchema.parse(change));
    const routes = entries.filter(({ kind }) => kind === "phone_number");
    expect(routes.map(({ entityId }) => entityId)).toEqual(
      expect.arrayContaining([single.id, first, second, third]),
    );
    const trunks = entries.flatMap((entry) => (entry.kind === "inbound_trunk" ? entry.value : []));
    expect(trunks.filter((trunk) => trunk?.credentials?.username === "pbx")).toHaveLength(2);
    const revisions = results.map((one) => "routing_revision" in one && one.routing_revision);
    expect(new Set(revisions)).toEqual(new Set([changes.at(-1)?.version]));
  });

  test("a wrong row takes none of its neighbours with it, and its problem says what would pass", async () => {
    const client = await newClient();
    const results = await imported(client, [
      numberBody(newNumber()),
      "{not json",
      numberBody(newNumber(), {
        outbound_trunk_config: { address: "sip:pbx.example.com:5061;transport=tls" },
      }),
      { label: "no number" },
      numberBody(newNumber(), { agent_id: "agent_nobody" }),
      numberBody(newNumber(), { agent_id: "agent_01jzzzzzzzzzzzzzzzzzzzzzzz" }),
      numberBody(newNumber(), { provider: "twilio", sid: "AC1", token: "t" }),
      numberBody(newNumber(), { provider_preset: "sipgate" }),
      `{"phone_number":"+4420${"7".repeat(8)}","label":"\\ud800"}`,
      `{"label":"${"x".repeat(70_000)}"}`,
      numberBody(newNumber()),
    ]);
    const invalid = "validation_failed";
    expect(codesOf(results)).toEqual([
      "imported",
      "malformed_json",
      ...Array(7).fill(invalid),
      "row_too_large",
      "imported",
    ]);
    const places = results.map((one) =>
      one.status === "failed"
        ? one.problem.errors?.map(({ code, pointer }) => [pointer, code])
        : [],
    );
    expect(places.slice(2, 9)).toEqual([
      [["/outbound_trunk_config/address", "contains_scheme"]],
      [["/phone_number", "missing"]],
      [["/agent_id", "agent_not_found"]],
      [["/agent_id", "agent_not_found"]],
      [["/provider", "provider_not_supported"]],
      [["/provider_preset", "registration_only"]],
      [["/label", "not_unicode"]],
    ]);
    const [address] = (results[2]?.status === "failed" && results[2].problem.errors) || [];
    expect(address).toMatchObject({
      hint: "pbx.example.com",
      split: { address: "pbx.example.com", port: 5061, transport: "tls" },
    });
    expect(await client.ok("GET", NUMBERS)).toHaveLength(2);
  });

  test("a number that a call could confuse with another, above it or there before, is 409", async () => {
    const client = await newClient();
    const there = await importNumber(client);
    const twice = newNumber();
    const apart = (address: string) =>
      numberBody(twice, { inbound_trunk_config: { allowed_addresses: [address] } });
    const results = await imported(client, [
      numberBody(there.phoneNumber),
      apart("192.0.2.1"),
      apart("192.0.2.1"),
      apart("192.0.2.2"),
    ]);
    const ambiguous = "identifier_ambiguous";
    expect(codesOf(results)).toEqual([ambiguous, "imported", ambiguous, "imported"]);
    const other = await newClient(client.region);
    const [refused] = await imported(other, [numberBody(there.phoneNumber)]);
    expect(refused).toMatchObject({ status: "failed", problem: { status: 409 } });
    expect(JSON.stringify(refused)).not.toContain(there.id);
  });

  test("that is sent again with its key makes nothing twice, and makes what was wrong before", async () => {
    const client = await newClient();
    const key = crypto.randomUUID();
    const [one, two, three] = [newNumber(), newNumber(), newNumber()].map((n) => numberBody(n));
    // Cut off in its middle: what had come is made.
    const first = await imported(client, [one, { label: "wrong" }], { key });
    expect(codesOf(first)).toEqual(["imported", "validation_failed"]);
    const whole = await imported(client, [one, two, three], { key });
    expect(codesOf(whole)).toEqual(["replayed", "imported", "imported"]);
    expect(idsOf(whole)[0]).toBe(idsOf(first)[0]);
    expect(idsOf(await imported(client, [one, two, three], { key }))).toEqual(idsOf(whole));
    expect(await client.ok("GET", NUMBERS)).toHaveLength(3);

    const changed = await imported(client, [one, three], { key });
    expect(codesOf(changed)).toEqual(["replayed", "idempotency_key_reused"]);
    const stranger = await newClient();
    expect(codesOf(await imported(stranger, [numberBody(newNumber())], { key }))).toEqual([
      "imported",
    ]);
  });

  test("that is sent twice at once with one key is made once", async () => {
    const client = await newClient();
    const rows = Array.from({ length: 30 }, () => numberBody(newNumber()));
    const key = crypto.randomUUID();
    const both = await Promise.all([
      imported(client, rows, { key }),
      imported(client, rows, { key }),
    ]);
    expect(idsOf(both[0] ?? [])).toEqual(idsOf(both[1] ?? []));
    expect(await client.ok("GET", NUMBERS)).toHaveLength(30);
  });

  test("of more rows than a unit holds is answered row by row, in order", async () => {
    const client = await newClient();
    const prefix = newNumber().slice(0, 8);
    const rows = Array.from({ length: 1_100 }, (_, i) =>
      numberBody(`${prefix}${String(i).padStart(5, "0")}`),
    );
    const results = await imported(client, rows);
    expect(results.map(({ index }) => index)).toEqual(rows.map((_, index) => index));
    expect(new Set(codesOf(results))).toEqual(new Set(["imported"]));
    expect(new Set(idsOf(results)).size).toBe(1_100);
  });

  test("with split_addresses has ports and transports taken out of its addresses", async () => {
    const client = await newClient();
    const config = {
      address: "sip:pbx.example.com:5061;transport=tls",
      media_encryption: "allowed",
    };
    const row = numberBody(newNumber(), { outbound_trunk_config: config });
    const [id] = idsOf(await imported(client, [row], { query: "?split_addresses=true" }));
    expect((await client.ok("GET", `${NUMBERS}/${id}`)).outbound_trunk).toMatchObject({
      address: "pbx.example.com",
      port: 5061,
      transport: "tls",
    });
  });

  test("is refused as a whole without a key, as another media type, too large, or by another method", async () => {
    const client = await newClient();
    const problem = async (response: Response) => {
      const { code, hint, status } = await response.json<Record<string, unknown>>();
      expect([response.status, response.headers.get("content-type")]).toEqual([
        status,
        "application/problem+json",
      ]);
      return [status, code, hint];
    };
    expect(await problem(await request("POST", IMPORT, { text: "{}" }))).toEqual([
      401,
      "missing_api_key",
      undefined,
    ]);
    expect(await problem(await send(client, "{}", { type: "application/json" }))).toEqual([
      415,
      "unsupported_media_type",
      "content-type: application/x-ndjson",
    ]);
    expect(await problem(await send(client, "{}", { query: "?split_addresses=maybe" }))).toEqual([
      422,
      "validation_failed",
      undefined,
    ]);
    expect(await problem(await send(client, "{}", { key: "k".repeat(256) }))).toEqual([
      422,
      "validation_failed",
      undefined,
    ]);
    const other = await client.call("GET", IMPORT);
    expect([other.status, other.headers.get("allow")]).toEqual([405, "POST"]);
    expect(await (await send(client, "\n\n")).text()).toBe("");
  });
});

describe("provider presets", () => {
  test("are listed with the sources of what they say", async () => {
    const client = await newClient();
    const { data } = await client.ok("GET", "/v1/provider-presets");
    expect(data.map((preset: { id: string }) => preset.id)).toEqual(
      expect.arrayContaining([
        "twilio",
        "telnyx",
        "3cx",
        "starface",
        "easybell",
        "zadarma",
        "nfon",
      ]),
    );
    for (const { sources } of data) expect(sources.length).toBeGreaterThan(0);
    expect((await request("GET", "/v1/provider-presets")).status).toBe(401);
    expect((await client.call("POST", "/v1/provider-presets", {})).status).toBe(405);
  });

  test("a number says where it contradicts its provider, and nothing is refused for it", async () => {
    const client = await newClient();
    const { id } = await importNumber(client, {
      provider_preset: "twilio",
      outbound_trunk_config: { address: "sip.example.com", transport: "tls" },
      inbound_trunk_config: { allowed_addresses: ["54.172.60.0/30"] },
    });
    const view = await client.ok("GET", `${NUMBERS}/${id}`);
    expect(view.provider_preset).toBe("twilio");
    expect(view.warnings.map((one: { code: string }) => one.code)).toEqual([
      "address_elsewhere",
      "source_not_allowed",
    ]);
    const fixed = await client.ok("PATCH", `${NUMBERS}/${id}`, { provider_preset: "" });
    expect([fixed.provider_preset, fixed.warnings]).toEqual([null, []]);
  });

  test("an unknown one, and one that wants a registration, are 422 with the reason", async () => {
    const client = await newClient();
    for (const [preset, type] of [
      ["nobody", "unknown_preset"],
      ["fritzbox", "registration_only"],
    ]) {
      const body = numberBody(newNumber(), { provider_preset: preset });
      const response = await client.call("POST", NUMBERS, body);
      expect([response.status, await response.json()]).toMatchObject([
        422,
        { detail: [{ loc: ["body", "provider_preset"], type }] },
      ]);
    }
    const { id } = await importNumber(client);
    const changed = await client.call("PATCH", `${NUMBERS}/${id}`, { provider_preset: "nfon" });
    expect(changed.status).toBe(422);
  });
});

test("a file that says it is larger than any import is 413 before it is read", async () => {
  const client = await newClient();
  const context = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} };
  const answer = await createApp(deps).request(
    "/v1/phone-numbers/import",
    {
      method: "POST",
      headers: {
        "xi-api-key": client.key,
        "content-type": "application/x-ndjson",
        "content-length": String(MAX_IMPORT_BYTES + 1),
      },
      body: "{}\n",
    },
    bindings,
    context,
  );
  expect(answer.status).toBe(413);
  expect(await answer.json()).toMatchObject({ code: "body_too_large" });
});
