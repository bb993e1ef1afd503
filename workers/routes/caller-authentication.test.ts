import { describe, expect, test } from "vitest";
import { routingEntrySchema } from "../../schema/contracts/routing.ts";
import { readTable } from "../db/routing-changes.ts";
import { deps } from "../hub/test-fixture.ts";
import {
  importNumber,
  NUMBERS,
  newClient,
  newNumber,
  numberBody,
  type TestClient,
} from "./test-client.ts";

type Body = Record<string, unknown>;

async function trunkRoute(client: TestClient) {
  const changes = await readTable(deps.db, client.region, { after: 0, upTo: 1_000, limit: 100 });
  const entries = changes.map((change) => routingEntrySchema.parse(change));
  return entries.find(({ kind }) => kind === "inbound_trunk")?.value;
}

const inbound = (config: Record<string, unknown>) => ({ inbound_trunk_config: config });
const user = (username: string, more: Record<string, unknown> = {}) =>
  inbound({ credentials: { username, password: "correct horse" }, ...more });

describe("whose calls a trunk takes", () => {
  test("by default: MD5 by 401, no certificate, no REFER, and so it stands in the routing table", async () => {
    const client = await newClient();
    const { id } = await importNumber(client);
    const { inbound_trunk: trunk } = await client.ok("GET", `${NUMBERS}/${id}`);
    expect(trunk).toMatchObject({
      digest_algorithm: "MD5",
      digest_challenge: 401,
      tls_identities: null,
      allow_refer: false,
      open: true,
    });
    expect(await trunkRoute(client)).toMatchObject({
      digestAlgorithm: "MD5",
      digestChallenge: 401,
      tlsIdentities: null,
      allowRefer: false,
      remoteDomains: [],
    });
  });

  test("as written: it is shown, changed and routed", async () => {
    const client = await newClient();
    const config = {
      digest_algorithm: "SHA-256",
      digest_challenge: 407,
      tls_identities: ["PBX.acme.example", "sip:sbc.acme.example", "pbx.acme.example"],
      allow_refer: true,
      remote_domains: ["sbc.acme.example"],
    };
    const { id } = await importNumber(client, inbound(config));
    const { inbound_trunk: trunk } = await client.ok("GET", `${NUMBERS}/${id}`);
    const names = ["pbx.acme.example", "sbc.acme.example"];
    expect(trunk).toMatchObject({ ...config, tls_identities: names, open: false });
    expect(await trunkRoute(client)).toMatchObject({
      digestAlgorithm: "SHA-256",
      digestChallenge: 407,
      tlsIdentities: names,
      allowRefer: true,
      remoteDomains: ["sbc.acme.example"],
    });
    const changed = await client.ok("PATCH", `${NUMBERS}/${id}`, inbound({ tls_identities: [] }));
    expect(changed.inbound_trunk).toMatchObject({ tls_identities: null, open: true });
  });

  test("a trunk is open only without addresses, credentials and TLS identities", async () => {
    const client = await newClient();
    const opens = await Promise.all(
      [
        inbound({}),
        inbound({ allowed_addresses: ["0.0.0.0/0"] }),
        inbound({ allowed_addresses: ["203.0.113.0/24"] }),
        inbound({ tls_identities: ["pbx.acme.example"] }),
        user("acme"),
      ].map(async (config) => {
        const { id } = await importNumber(client, config);
        return (await client.ok("GET", `${NUMBERS}/${id}`)).inbound_trunk.open;
      }),
    );
    expect(opens).toEqual([true, true, false, false, false]);
  });

  test.each([
    ["*.acme.example", "wildcard_not_allowed"],
    ["sip:*.acme.example", "wildcard_not_allowed"],
    ["203.0.113.1", "not_a_name"],
    ["[2001:db8::1]", "not_a_name"],
    ["sip:pbx@acme.example", "contains_scheme"],
    ["pbx.acme.example:5061", "contains_port"],
    ["", "empty"],
  ])("the TLS identity %j is refused: %s", async (name, code) => {
    const client = await newClient();
    const body = numberBody(newNumber(), inbound({ tls_identities: [name] }));
    const response = await client.call("POST", NUMBERS, body);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      detail: [{ loc: ["body", "inbound_trunk_config", "tls_identities", 0], type: code }],
    });
  });

  test.each([
    [{ digest_challenge: 403 }],
    [{ digest_challenge: "401" }],
    [{ digest_algorithm: "SHA-1" }],
    [{ digest_algorithm: "MD5-sess" }],
  ])("%j is refused", async (config) => {
    const client = await newClient();
    const response = await client.call("POST", NUMBERS, numberBody(newNumber(), inbound(config)));
    expect(response.status).toBe(422);
  });
});

test("the API's description names both statuses and both algorithms", async () => {
  const client = await newClient();
  const description = JSON.stringify(await client.ok("GET", "/openapi.json"));
  const statuses = /"digest_challenge":\{"anyOf":\[([^\]]*\][^\]]*\][^\]]*)\]/.exec(
    description,
  )?.[1];
  expect(statuses).toContain("401");
  expect(statuses).toContain("407");
  expect(description).toContain('"digest_algorithm":{"type":"string","enum":["MD5","SHA-256"]');
});

describe("two workspaces hold one number", () => {
  const alike: [string, Body, Body][] = [
    ["different users", user("alpha"), user("two")],
    [
      "different users, from addresses in common",
      user("alpha", { allowed_addresses: ["203.0.113.0/24"] }),
      user("two"),
    ],
    [
      "TLS identities with none in common",
      inbound({ tls_identities: ["one.example"] }),
      inbound({ tls_identities: ["two.example", "three.example"] }),
    ],
  ];
  test.each(alike)("when they have %s", async (_name, mine, theirs) => {
    const first = await newClient();
    const second = await newClient(first.region);
    const phoneNumber = newNumber();
    await first.ok("POST", NUMBERS, numberBody(phoneNumber, mine));
    await second.ok("POST", NUMBERS, numberBody(phoneNumber, theirs));
  });

  const confused: [string, Body, Body][] = [
    ["the same user", user("alpha"), user("alpha")],
    ["a user and nothing", user("alpha"), inbound({})],
    ["nothing and a user", inbound({}), user("alpha")],
    ["users asked for in different ways", user("alpha"), user("two", { digest_challenge: 407 })],
    [
      "users asked for in different algorithms",
      user("alpha"),
      user("two", { digest_algorithm: "SHA-256" }),
    ],
    [
      "a TLS identity in common",
      inbound({ tls_identities: ["one.example", "two.example"] }),
      inbound({ tls_identities: ["two.example"] }),
    ],
    [
      "TLS identities of one only",
      inbound({ tls_identities: ["one.example"] }),
      inbound({ allowed_addresses: null }),
    ],
  ];
  test.each(confused)("but not when they have %s: 409", async (_name, mine, theirs) => {
    const first = await newClient();
    const second = await newClient(first.region);
    const phoneNumber = newNumber();
    await first.ok("POST", NUMBERS, numberBody(phoneNumber, mine));
    const response = await second.call("POST", NUMBERS, numberBody(phoneNumber, theirs));
    expect(response.status).toBe(409);
    const text = await response.text();
    expect(text).toContain("identifier_ambiguous");
    expect(text).not.toContain("alpha");
  });

  test("until one changes its user to the other's", async () => {
    const first = await newClient();
    const second = await newClient(first.region);
    const phoneNumber = newNumber();
    await first.ok("POST", NUMBERS, numberBody(phoneNumber, user("alpha")));
    const { phone_number_id: id } = await second.ok(
      "POST",
      NUMBERS,
      numberBody(phoneNumber, user("two")),
    );
    const changed = await second.call("PATCH", `${NUMBERS}/${id}`, user("alpha"));
    expect(changed.status).toBe(409);
  });
});
