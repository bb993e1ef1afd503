import { describe, expect, test } from "vitest";
import type { OutboundTrunkRoute } from "../../schema/contracts/routing.ts";
import { routingEntrySchema } from "../../schema/contracts/routing.ts";
import { importSealingKey, unseal } from "../../schema/sealing/sealing.ts";
import { readTable } from "../db/routing-changes.ts";
import { commit, deps, sql } from "../hub/test-fixture.ts";
import {
  importNumber,
  NUMBERS,
  newClient,
  newNumber,
  numberBody,
  type TestClient,
} from "./test-client.ts";

const ADDRESS = "sip.example.com";

function imported(client: TestClient, config: Record<string, unknown>) {
  const body = numberBody(newNumber(), {
    outbound_trunk_config: { address: ADDRESS, ...config },
  });
  return client.call("POST", NUMBERS, body);
}

async function refusals(client: TestClient, config: Record<string, unknown>) {
  const response = await imported(client, config);
  expect(response.status).toBe(422);
  const { detail } = await response.json<{ detail: Record<string, unknown>[] }>();
  return detail.map(({ hint, loc, type }) => [(loc as string[]).slice(2).join("."), type, hint]);
}

async function table(region: string) {
  const changes = await readTable(deps.db, region, { after: 0, upTo: 1_000_000, limit: 1_000 });
  return changes.map((change) => routingEntrySchema.parse(change));
}

async function trunkRoute(region: string): Promise<OutboundTrunkRoute | null> {
  for (const entry of await table(region)) if (entry.kind === "outbound_trunk") return entry.value;
  return null;
}

describe("outbound trunks", () => {
  test("a node is told all of a trunk, and its number that it may dial", async () => {
    const client = await newClient();
    const config = {
      address: ADDRESS,
      transport: "tcp",
      media_encryption: "required",
      insecure_sdes: true,
      headers: { "X-Tenant": "{{tenant}}/{{ system__conversation_id }}" },
      attributes_to_headers: { reason: "X-Reason" },
      credentials: { username: "trunk", password: "out of sight" },
      enabled_codecs: ["G722/8000", "PCMA/8000"],
      caller_identity: { from_user: "username", asserted_identity: "p_asserted_identity" },
      calls_per_second: 2.5,
      remote_domains: ["media.example.com"],
      allow_refer: true,
    };
    const { id } = await importNumber(client, { outbound_trunk_config: config });
    const route = await trunkRoute(client.region);
    expect(route).toMatchObject({
      address: ADDRESS,
      transport: "tcp",
      mediaEncryption: "required",
      insecureSdes: true,
      codecs: ["G722", "PCMA"],
      codecOrder: "ours",
      headers: config.headers,
      attributesToHeaders: config.attributes_to_headers,
      credentials: { username: "trunk" },
      callerIdentity: {
        fromUser: "username",
        assertedIdentity: "p_asserted_identity",
        numberForm: "as_given",
      },
      callsPerSecond: 2.5,
      remoteDomains: ["media.example.com"],
      allowRefer: true,
    });
    const sealed = route?.credentials?.password ?? null;
    if (route === null || sealed === null) throw new Error("no password in the route");
    const { id: keyId, bytes } = await deps.secrets.regionKey(client.region);
    const key = await importSealingKey(keyId, bytes);
    const owner = `${client.workspaceId}/${route.id}/password`;
    expect(await unseal(key, sealed, owner)).toBe("out of sight");

    const number = (await table(client.region)).find(({ kind }) => kind === "phone_number");
    expect(number?.value).toMatchObject({ outboundTrunkId: route.id, supportsOutbound: true });
    const view = await client.ok("GET", `${NUMBERS}/${id}`);
    expect(view.outbound_trunk).toMatchObject({
      caller_identity: {
        from_user: "username",
        asserted_identity: "p_asserted_identity",
        number_form: "as_given",
      },
      insecure_sdes: true,
      calls_per_second: 2.5,
      remote_domains: ["media.example.com"],
      allow_refer: true,
    });
    expect(JSON.stringify(view)).not.toContain("out of sight");
  });

  test("what is not said has its default, in the view and on the nodes", async () => {
    const client = await newClient();
    const { id } = await importNumber(client, { outbound_trunk_config: { address: ADDRESS } });
    expect(await trunkRoute(client.region)).toMatchObject({
      transport: "auto",
      mediaEncryption: "allowed",
      insecureSdes: false,
      codecs: ["G722", "PCMU", "PCMA"],
      codecOrder: "offer",
      credentials: null,
      callerIdentity: { fromUser: "number", assertedIdentity: "none", numberForm: "as_given" },
      callsPerSecond: null,
      remoteDomains: [],
      allowRefer: false,
    });
    expect((await client.ok("GET", `${NUMBERS}/${id}`)).outbound_trunk).toMatchObject({
      caller_identity: { from_user: "number", asserted_identity: "none", number_form: "as_given" },
      insecure_sdes: false,
      calls_per_second: null,
      remote_domains: null,
      allow_refer: false,
    });
  });

  test("a changed trunk reaches the nodes, and a deleted number takes its trunks along", async () => {
    const client = await newClient();
    const { id } = await importNumber(client);
    expect(await trunkRoute(client.region)).toBeNull();
    const path = `${NUMBERS}/${id}`;
    await client.ok("PATCH", path, { outbound_trunk_config: { address: ADDRESS } });
    await client.ok("PATCH", path, { outbound_trunk_config: { address: "b.example.com" } });
    expect(await trunkRoute(client.region)).toMatchObject({ address: "b.example.com" });
    const number = (await table(client.region)).find(({ kind }) => kind === "phone_number");
    expect(number?.value).toMatchObject({ supportsOutbound: true });
    await client.ok("DELETE", path);
    expect((await table(client.region)).filter(({ value }) => value !== null)).toEqual([]);
  });

  test("a trunk of before these settings has their defaults", async () => {
    const client = await newClient();
    const { id } = await importNumber(client, { outbound_trunk_config: { address: ADDRESS } });
    const trunkId = (await trunkRoute(client.region))?.id ?? "";
    await commit(
      sql(
        `INSERT INTO outbound_trunks (id, workspace_id, address, transport, media_encryption, headers,
           attributes_to_headers, enabled_codecs, created_at_ms, updated_at_ms)
         SELECT 'otrk_old', workspace_id, address, transport, media_encryption, headers,
           attributes_to_headers, enabled_codecs, created_at_ms, updated_at_ms
         FROM outbound_trunks WHERE id = ?`,
        trunkId,
      ),
      sql("UPDATE phone_numbers SET outbound_trunk_id = 'otrk_old' WHERE id = ?", id),
    );
    expect((await client.ok("GET", `${NUMBERS}/${id}`)).outbound_trunk).toMatchObject({
      caller_identity: { from_user: "number", asserted_identity: "none", number_form: "as_given" },
      insecure_sdes: false,
      calls_per_second: null,
      remote_domains: null,
      allow_refer: false,
    });
  });

  test.each([
    ["sip:sip.example.com", "contains_scheme", ADDRESS],
    ["sip.example.com:5061", "contains_port", ADDRESS],
    ["sip.example.com/trunk", "contains_forbidden", ADDRESS],
    ["sip.example.com;transport=tls", "contains_forbidden", ADDRESS],
    ["user@sip.example.com", "contains_forbidden", ADDRESS],
    ["2001:db8::1", "contains_forbidden", "[2001:db8::1]"],
  ])("the address %j is refused as %s, and %j would pass", async (address, code, hint) => {
    const client = await newClient();
    expect(await refusals(client, { address })).toEqual([["address", code, hint]]);
    expect((await imported(client, { address: hint })).status).toBe(200);
  });

  test("each setting that cannot work is refused with its place and what would pass", async () => {
    const client = await newClient();
    const required = { media_encryption: "required", transport: "udp" };
    expect(await refusals(client, required)).toEqual([["transport", "keys_in_clear", "tls"]]);
    expect((await imported(client, { ...required, insecure_sdes: true })).status).toBe(200);
    expect(await refusals(client, { caller_identity: { from_user: "username" } })).toEqual([
      ["caller_identity.from_user", "username_missing", "number"],
    ]);
    expect(await refusals(client, { remote_domains: ["*.example.com"] })).toEqual([
      ["remote_domains.0", "not_a_host", undefined],
    ]);
    expect(await refusals(client, { enabled_codecs: ["OPUS/48000"] })).toEqual([
      ["enabled_codecs.0", "invalid_value", undefined],
    ]);
    expect(await refusals(client, { headers: { "X-Id": "{{tenant" } })).toEqual([
      ["headers.X-Id", "custom", undefined],
    ]);
    for (const [calls_per_second, code] of [
      [0, "too_small"],
      [1_001, "too_big"],
    ]) {
      const found = await refusals(client, { calls_per_second });
      expect(found).toEqual([["calls_per_second", code, undefined]]);
    }
  });
});
