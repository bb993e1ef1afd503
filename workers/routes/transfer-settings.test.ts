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

const outbound = (config: Record<string, unknown> = {}) => ({
  outbound_trunk_config: { address: "sip.example.com", ...config },
});
const inbound = (config: Record<string, unknown>) => ({ inbound_trunk_config: config });

/** What the nodes are told of the workspace's one number and its trunks. */
async function routes(client: TestClient) {
  const changes = await readTable(deps.db, client.region, { after: 0, upTo: 1_000, limit: 100 });
  const entries = changes.map((change) => routingEntrySchema.parse(change));
  const of = (kind: string) => entries.find((entry) => entry.kind === kind)?.value;
  return {
    number: of("phone_number"),
    inbound: of("inbound_trunk"),
    outbound: of("outbound_trunk"),
  };
}

async function refusal(client: TestClient, method: string, path: string, body: unknown) {
  const response = await client.call(method, path, body);
  expect(response.status).toBe(422);
  const { detail } = await response.json<{ detail: Record<string, unknown>[] }>();
  return detail.map(({ hint, loc, type }) => ({ at: (loc as string[]).join("."), type, hint }));
}

describe("phone_transfer_form", () => {
  test("is tel for both trunks unless it is said, in the view and on the nodes", async () => {
    const client = await newClient();
    const { id } = await importNumber(client, outbound());
    const view = await client.ok("GET", `${NUMBERS}/${id}`);
    expect(view.inbound_trunk.phone_transfer_form).toBe("tel");
    expect(view.outbound_trunk.phone_transfer_form).toBe("tel");
    expect(await routes(client)).toMatchObject({
      inbound: { phoneTransferForm: "tel" },
      outbound: { phoneTransferForm: "tel" },
    });
  });

  test("of each trunk is kept, shown, routed, and changed with the trunk as a whole", async () => {
    const client = await newClient();
    const sip = { phone_transfer_form: "sip" };
    const { id } = await importNumber(client, { ...inbound(sip), ...outbound(sip) });
    const path = `${NUMBERS}/${id}`;
    const view = await client.ok("GET", path);
    expect(view.inbound_trunk.phone_transfer_form).toBe("sip");
    expect(view.outbound_trunk.phone_transfer_form).toBe("sip");
    expect(await routes(client)).toMatchObject({
      inbound: { phoneTransferForm: "sip" },
      outbound: { phoneTransferForm: "sip" },
    });
    const changed = await client.ok("PATCH", path, outbound());
    expect(changed.inbound_trunk.phone_transfer_form).toBe("sip");
    expect(changed.outbound_trunk.phone_transfer_form).toBe("tel");
    expect(await routes(client)).toMatchObject({
      inbound: { phoneTransferForm: "sip" },
      outbound: { phoneTransferForm: "tel" },
    });
  });

  test("sip of an inbound trunk is refused while the number has no outbound trunk for its host", async () => {
    const client = await newClient();
    const config = inbound({ phone_transfer_form: "sip" });
    const refused = [
      {
        at: "body.inbound_trunk_config.phone_transfer_form",
        type: "outbound_trunk_missing",
        hint: "tel",
      },
    ];
    const body = numberBody(newNumber(), config);
    expect(await refusal(client, "POST", NUMBERS, body)).toEqual(refused);
    const { id } = await importNumber(client);
    const path = `${NUMBERS}/${id}`;
    expect(await refusal(client, "PATCH", path, config)).toEqual(refused);
    const changed = await client.ok("PATCH", path, { ...config, ...outbound() });
    expect(changed.inbound_trunk.phone_transfer_form).toBe("sip");
    await client.ok("PATCH", path, config);
  });

  test.each(["TEL", "sips", "", null, 1])("%j is 422", async (form) => {
    const client = await newClient();
    for (const config of [
      inbound({ phone_transfer_form: form }),
      outbound({ phone_transfer_form: form }),
    ]) {
      const [error] = await refusal(client, "POST", NUMBERS, numberBody(newNumber(), config));
      expect(error?.at).toMatch(/\.phone_transfer_form$/);
    }
  });
});

describe("transfer_destinations of a number", () => {
  const RULES = ["+49 30 1234*", "tel:+15005550177", "sip:*@pbx.example.com"];

  test("are none unless they are said", async () => {
    const client = await newClient();
    const { id } = await importNumber(client);
    expect((await client.ok("GET", `${NUMBERS}/${id}`)).transfer_destinations).toEqual([]);
    expect((await routes(client)).number).toMatchObject({ transferDestinations: [] });
  });

  test("are kept, shown, routed, replaced as a whole, and stay when nothing is said of them", async () => {
    const client = await newClient();
    const { id } = await importNumber(client, { transfer_destinations: RULES });
    const path = `${NUMBERS}/${id}`;
    expect((await client.ok("GET", path)).transfer_destinations).toEqual(RULES);
    expect((await routes(client)).number).toMatchObject({ transferDestinations: RULES });

    for (const update of [{ label: "Desk" }, { transfer_destinations: null }]) {
      expect((await client.ok("PATCH", path, update)).transfer_destinations).toEqual(RULES);
    }
    const one = { transfer_destinations: ["+4930999"] };
    const before = (await client.ok("PATCH", path, {})).routing_revision;
    const changed = await client.ok("PATCH", path, one);
    expect(changed.transfer_destinations).toEqual(["+4930999"]);
    expect(changed.routing_revision).toBeGreaterThan(before);
    expect((await routes(client)).number).toMatchObject({ transferDestinations: ["+4930999"] });

    await client.ok("PATCH", path, { transfer_destinations: [] });
    expect((await client.ok("GET", path)).transfer_destinations).toEqual([]);
    expect((await routes(client)).number).toMatchObject({ transferDestinations: [] });
  });

  test.each(["*", "alice", "sip:*@", "+49;x", "sip:a@b?Replaces=1", ""])(
    "that are no rule, such as %j, are 422 and say which one",
    async (wrong) => {
      const client = await newClient();
      const { id } = await importNumber(client);
      const config = { transfer_destinations: ["+4930999", wrong] };
      const body = numberBody(newNumber(), config);
      const at = "body.transfer_destinations.1";
      expect(await refusal(client, "POST", NUMBERS, body)).toMatchObject([{ at }]);
      expect(await refusal(client, "PATCH", `${NUMBERS}/${id}`, config)).toMatchObject([{ at }]);
    },
  );

  test("may be a hundred and no more", async () => {
    const client = await newClient();
    const rules = Array.from({ length: 100 }, (_, index) => `+4930${1_000 + index}`);
    await importNumber(client, { transfer_destinations: rules });
    const body = numberBody(newNumber(), { transfer_destinations: [...rules, "+1*"] });
    expect(await refusal(client, "POST", NUMBERS, body)).toMatchObject([
      { at: "body.transfer_destinations" },
    ]);
  });
});
