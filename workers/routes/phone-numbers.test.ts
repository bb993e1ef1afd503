import { describe, expect, test } from "vitest";
import { routingEntrySchema } from "../../schema/contracts/routing.ts";
import { importSealingKey, unseal } from "../../schema/sealing/sealing.ts";
import { readTable } from "../db/routing-changes.ts";
import { bindings, deps } from "../hub/test-fixture.ts";
import {
  importNumber,
  NUMBERS,
  newAgent,
  newClient,
  newNumber,
  numberBody,
  type TestClient,
} from "./test-client.ts";

const CARRIER = "203.0.113.0/24";

async function routes(region: string) {
  const changes = await readTable(deps.db, region, { after: 0, upTo: 1_000_000, limit: 1_000 });
  return changes.map((change) => routingEntrySchema.parse(change));
}

async function everyRow(): Promise<string> {
  const tables = [
    "phone_numbers",
    "inbound_trunks",
    "outbound_trunks",
    "agents",
    "routing_changes",
  ];
  const response = await bindings.LIBSQL?.fetch("http://libsql/v2/pipeline", {
    method: "POST",
    body: JSON.stringify({
      requests: tables.map((table) => ({
        type: "execute",
        stmt: { sql: `SELECT * FROM ${table}` },
      })),
    }),
  });
  return (await response?.text()) ?? "";
}

describe("import", () => {
  test("the default body gives an open inbound trunk that a node can route, and a revision", async () => {
    const client = await newClient();
    const phoneNumber = newNumber();
    const body = { phone_number: phoneNumber, label: "Reception" };
    const created = await client.ok("POST", NUMBERS, body);
    expect(created).toEqual({
      phone_number_id: expect.stringMatching(/^phnum_/),
      routing_revision: 2,
    });
    const view = await client.ok("GET", `${NUMBERS}/${created.phone_number_id}`);
    expect(view).toEqual({
      phone_number_id: created.phone_number_id,
      phone_number: phoneNumber,
      e164: phoneNumber,
      label: "Reception",
      provider: "sip_trunk",
      supports_inbound: true,
      supports_outbound: false,
      assigned_agent: null,
      provider_config: null,
      outbound_trunk: null,
      inbound_trunk: {
        allowed_addresses: [],
        allowed_numbers: null,
        media_encryption: "allowed",
        has_auth_credentials: false,
        username: null,
        remote_domains: null,
        attributes_to_headers: {},
        enabled_codecs: [],
        calls_per_second: null,
        country: null,
        digest_algorithm: "MD5",
        digest_challenge: 401,
        tls_identities: null,
        phone_transfer_form: "tel",
        allow_refer: false,
        open: true,
      },
      livekit_stack: "standard",
      store_sip_messages: true,
      transfer_destinations: [],
      provider_preset: null,
      warnings: [],
    });
    const [trunk, number] = await routes(client.region);
    expect(trunk).toMatchObject({
      kind: "inbound_trunk",
      value: {
        allowedAddresses: null,
        mediaEncryption: "allowed",
        codecs: ["G722", "PCMU", "PCMA"],
        codecOrder: "offer",
      },
    });
    expect(number).toMatchObject({
      kind: "phone_number",
      entityId: created.phone_number_id,
      value: { calledIdentifier: phoneNumber, inboundTrunkId: trunk?.entityId, agentId: null },
    });
  });

  test("an extension, a name and a national number are kept exactly as imported", async () => {
    const client = await newClient();
    for (const phoneNumber of ["1000", "reception", "020 7946 0018"]) {
      const config = { inbound_trunk_config: { country: "GB" } };
      const { phone_number_id: id } = await client.ok(
        "POST",
        NUMBERS,
        numberBody(phoneNumber, config),
      );
      const view = await client.ok("GET", `${NUMBERS}/${id}`);
      expect(view.phone_number).toBe(phoneNumber);
    }
  });

  test("everything that is wrong is told at once, each with its place and what would pass", async () => {
    const client = await newClient();
    const response = await client.call("POST", NUMBERS, {
      phone_number: "sip:1000@pbx.example.com",
      label: "Reception",
      agent_id: "agent_other",
      inbound_trunk_config: {
        allowed_addresses: ["203.0.113.5/24", "carrier.example.com", "198.51.100.7"],
        country: "Atlantis",
        credentials: { username: "trunk" },
      },
      outbound_trunk_config: {
        address: "sip:sip.example.com:5060",
        transport: "udp",
        media_encryption: "required",
      },
    });
    expect(response.status).toBe(422);
    const { detail } = await response.json<{ detail: Record<string, unknown>[] }>();
    const found = detail.map(({ hint, loc, type }) => [(loc as string[]).join("."), type, hint]);
    const inbound = "body.inbound_trunk_config";
    const outbound = "body.outbound_trunk_config";
    expect(found).toEqual([
      ["body.phone_number", "cannot_be_dialled", "1000"],
      [`${inbound}.allowed_addresses.0`, "host_bits_set", "203.0.113.0/24"],
      [`${inbound}.allowed_addresses.1`, "not_an_address_block", undefined],
      [`${inbound}.country`, "unknown_country", undefined],
      [`${inbound}.credentials.password`, "password_missing", undefined],
      [`${outbound}.address`, "contains_scheme", "sip.example.com"],
      [`${outbound}.transport`, "keys_in_clear", "tls"],
      ["body.agent_id", "agent_not_found", undefined],
    ]);
  });

  test("a header that would end its line or replace the engine's is refused", async () => {
    const client = await newClient();
    const outbound = (more: unknown) =>
      client.call(
        "POST",
        NUMBERS,
        numberBody(newNumber(), {
          outbound_trunk_config: { address: "sip.example.com", ...(more as object) },
        }),
      );
    const statuses = await Promise.all([
      outbound({ headers: { "X-Id": "1\r\nVia: evil" } }),
      outbound({ headers: { Via: "evil" } }),
      outbound({ attributes_to_headers: { name: "Contact" } }),
      outbound({ headers: { "X-Id": "1" }, attributes_to_headers: { name: "X-Name" } }),
    ]);
    expect(statuses.map(({ status }) => status)).toEqual([422, 422, 422, 200]);
  });

  test("another workspace's agent cannot be assigned, and nothing is imported", async () => {
    const [client, other] = await Promise.all([newClient(), newClient()]);
    const agentId = await newAgent(other);
    const response = await client.call(
      "POST",
      NUMBERS,
      numberBody(newNumber(), { agent_id: agentId }),
    );
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      detail: [{ loc: ["body", "agent_id"], type: "agent_not_found" }],
    });
    expect(await client.ok("GET", NUMBERS)).toEqual([]);
    expect(await routes(client.region)).toEqual([]);
  });
});

describe("numbers that could be confused", () => {
  const imported = (phoneNumber: string, addresses: string[] | null) =>
    numberBody(phoneNumber, { inbound_trunk_config: { allowed_addresses: addresses } });

  test("two workspaces may hold one number with disjoint sources; an overlap is 409", async () => {
    const first = await newClient();
    const second = await newClient(first.region);
    const phoneNumber = newNumber();
    await first.ok("POST", NUMBERS, imported(phoneNumber, [CARRIER]));
    await second.ok("POST", NUMBERS, imported(phoneNumber, ["198.51.100.0/24"]));
    const third = await newClient(first.region);
    const overlapping = await third.call(
      "POST",
      NUMBERS,
      imported(phoneNumber, ["203.0.113.64/26"]),
    );
    const open = await third.call("POST", NUMBERS, imported(phoneNumber, null));
    expect([overlapping.status, open.status]).toEqual([409, 409]);
    const text = await overlapping.text();
    expect(JSON.parse(text)).toMatchObject({
      detail: {
        status: "identifier_ambiguous",
        message: expect.stringContaining("203.0.113.64/26"),
      },
    });
    for (const secret of [first.workspaceId, second.workspaceId, "phnum_", CARRIER]) {
      expect(text).not.toContain(secret);
    }
  });

  test("forms of one number are one number: with and without plus, 00 and national", async () => {
    const client = await newClient();
    const [same, region] = ["+442079460019", client.region];
    await client.ok("POST", NUMBERS, numberBody(same));
    for (const form of ["442079460019", "00442079460019", "02079460019", "020 7946 0019"]) {
      const rival = await newClient(region);
      const response = await rival.call("POST", NUMBERS, numberBody(form));
      expect([form, response.status]).toEqual([form, 409]);
    }
  });

  test("the same number in another region is another number", async () => {
    const [client, elsewhere] = await Promise.all([newClient(), newClient()]);
    const phoneNumber = newNumber();
    await client.ok("POST", NUMBERS, numberBody(phoneNumber));
    await elsewhere.ok("POST", NUMBERS, numberBody(phoneNumber));
  });

  test("of racing imports of one number exactly one succeeds", async () => {
    const region = (await newClient()).region;
    const clients = await Promise.all(Array.from({ length: 4 }, () => newClient(region)));
    const phoneNumber = newNumber();
    const responses = await Promise.all(
      clients.map((client) => client.call("POST", NUMBERS, numberBody(phoneNumber))),
    );
    expect(responses.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
  });

  test("a change of sources is checked like an import, and a number is no rival of itself", async () => {
    const client = await newClient();
    const phoneNumber = newNumber();
    const narrow = (await client.ok("POST", NUMBERS, imported(phoneNumber, [CARRIER])))
      .phone_number_id;
    const other = await client.ok("POST", NUMBERS, imported(phoneNumber, ["198.51.100.0/24"]));
    const widen = { inbound_trunk_config: { allowed_addresses: [CARRIER, "198.51.100.9"] } };
    const refused = await client.call("PATCH", `${NUMBERS}/${narrow}`, widen);
    expect(refused.status).toBe(409);
    // One's own number may be named.
    expect(await refused.text()).toContain(other.phone_number_id);
    await client.ok("DELETE", `${NUMBERS}/${other.phone_number_id}`);
    const widened = await client.ok("PATCH", `${NUMBERS}/${narrow}`, widen);
    expect(widened.inbound_trunk.allowed_addresses).toEqual([CARRIER, "198.51.100.9/32"]);
  });
});

describe("credentials", () => {
  const PASSWORD = `p-${crypto.randomUUID()}`;
  const credentials = { username: "trunk", password: PASSWORD };

  test("a password is in no answer and nowhere in the database in clear", async () => {
    const client = await newClient();
    const { id } = await importNumber(client, {
      inbound_trunk_config: { credentials },
      outbound_trunk_config: { address: "sip.example.com", credentials },
    });
    const view = await client.ok("GET", `${NUMBERS}/${id}`);
    expect(view.inbound_trunk).toMatchObject({
      has_auth_credentials: true,
      username: "trunk",
      open: false,
    });
    expect(view.outbound_trunk).toMatchObject({ has_auth_credentials: true, username: "trunk" });
    expect(JSON.stringify([view, await client.ok("GET", NUMBERS)])).not.toContain(PASSWORD);
    const rows = await everyRow();
    expect(rows).toContain(id);
    expect(rows).not.toContain(PASSWORD);
  });

  test("a password is kept when it is omitted or null and the user name stays", async () => {
    const client = await newClient();
    const { id } = await importNumber(client, { inbound_trunk_config: { credentials } });
    for (const kept of [{ username: "trunk" }, { username: "trunk", password: null }]) {
      await client.ok("PATCH", `${NUMBERS}/${id}`, {
        inbound_trunk_config: { credentials: kept, allowed_addresses: [CARRIER] },
      });
      expect(await routedPassword(client)).toBe(PASSWORD);
    }
    await client.ok("PATCH", `${NUMBERS}/${id}`, {
      inbound_trunk_config: { credentials: { username: "trunk", password: "another" } },
    });
    expect(await routedPassword(client)).toBe("another");
  });

  test("another user name needs its own password, and no credentials means none", async () => {
    const client = await newClient();
    const { id } = await importNumber(client, { inbound_trunk_config: { credentials } });
    const renamed = await client.call("PATCH", `${NUMBERS}/${id}`, {
      inbound_trunk_config: { credentials: { username: "other" } },
    });
    expect(renamed.status).toBe(422);
    const without = await client.ok("PATCH", `${NUMBERS}/${id}`, { inbound_trunk_config: {} });
    expect(without.inbound_trunk).toMatchObject({ has_auth_credentials: false, username: null });
  });

  /** What a node of the region would check a caller's digest against. */
  async function routedPassword(client: TestClient): Promise<string | null> {
    const entry = (await routes(client.region)).find(({ kind }) => kind === "inbound_trunk");
    if (entry?.kind !== "inbound_trunk" || entry.value?.credentials?.password == null) return null;
    const { id, bytes } = await deps.secrets.regionKey(client.region);
    const owner = `${client.workspaceId}/${entry.entityId}/password`;
    return unseal(await importSealingKey(id, bytes), entry.value.credentials.password, owner);
  }
});

describe("change and delete", () => {
  test("what is absent or null stays, and null unassigns the agent", async () => {
    const client = await newClient();
    const agentId = await newAgent(client, "Ada");
    const { id } = await importNumber(client, {
      agent_id: agentId,
      inbound_trunk_config: { allowed_addresses: [CARRIER] },
      outbound_trunk_config: { address: "sip.example.com" },
    });
    const path = `${NUMBERS}/${id}`;
    const changed = await client.ok("PATCH", path, {
      label: "Support",
      inbound_trunk_config: null,
      outbound_trunk_config: null,
      environment: "staging",
      livekit_stack: "static",
    });
    expect(changed).toMatchObject({
      label: "Support",
      assigned_agent: { agent_id: agentId, agent_name: "Ada", environment: "staging" },
      inbound_trunk: { allowed_addresses: [CARRIER] },
      outbound_trunk: { address: "sip.example.com" },
      livekit_stack: "static",
    });
    const unassigned = await client.ok("PATCH", path, { agent_id: null });
    expect(unassigned.assigned_agent).toBeNull();
    expect(unassigned.routing_revision).toBeGreaterThan(changed.routing_revision);
    const number = (await routes(client.region)).find(({ kind }) => kind === "phone_number");
    expect(number?.value).toMatchObject({ agentId: null });
  });

  test("racing changes of different fields are both kept", async () => {
    const client = await newClient();
    const agentId = await newAgent(client);
    const { id } = await importNumber(client);
    await Promise.all([
      client.ok("PATCH", `${NUMBERS}/${id}`, { label: "New" }),
      client.ok("PATCH", `${NUMBERS}/${id}`, { agent_id: agentId }),
      client.ok("PATCH", `${NUMBERS}/${id}`, { store_sip_messages: false }),
    ]);
    expect(await client.ok("GET", `${NUMBERS}/${id}`)).toMatchObject({
      label: "New",
      assigned_agent: { agent_id: agentId },
      store_sip_messages: false,
    });
  });

  test("a deleted number is gone from API, routing table and the way of others", async () => {
    const client = await newClient();
    const { id, phoneNumber } = await importNumber(client);
    const deleted = await client.ok("DELETE", `${NUMBERS}/${id}`);
    expect(deleted.routing_revision).toBe(4);
    const again = await client.call("DELETE", `${NUMBERS}/${id}`);
    expect(again.status).toBe(404);
    expect(await routes(client.region)).toEqual([]);
    const next = await newClient(client.region);
    await next.ok("POST", NUMBERS, numberBody(phoneNumber));
  });

  test("another workspace's number is 404 to read, change and delete, and stays", async () => {
    const owner = await newClient();
    const { id } = await importNumber(owner);
    const stranger = await newClient(owner.region);
    const statuses = await Promise.all([
      stranger.call("GET", `${NUMBERS}/${id}`),
      stranger.call("PATCH", `${NUMBERS}/${id}`, { label: "Mine" }),
      stranger.call("DELETE", `${NUMBERS}/${id}`),
    ]);
    expect(statuses.map(({ status }) => status)).toEqual([404, 404, 404]);
    const unknown = await stranger.call("GET", `${NUMBERS}/phnum_00000000000000000000000000`);
    expect(await statuses[0]?.json()).toEqual(await unknown.json());
    expect((await owner.ok("GET", `${NUMBERS}/${id}`)).label).toBe("Reception");
  });
});
