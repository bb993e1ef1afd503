import { describe, expect, test } from "vitest";
import { importNumber, NUMBERS, newAgent, newClient } from "./test-client.ts";

describe("lists of phone numbers", () => {
  test("pages in every order hold each number once", async () => {
    const client = await newClient();
    const labels = ["b", "a", "c", "a", "b"];
    for (const label of labels) await importNumber(client, { label });
    const all = await client.ok("GET", NUMBERS);
    expect(all).toHaveLength(5);
    for (const order of ["", "&sort_by=label", "&sort_by=label&sort_direction=desc"]) {
      const seen: { phone_number_id: string; label: string }[] = [];
      let cursor = "";
      do {
        const query = `page_size=2${order}&cursor=${cursor}`;
        const page = await client.ok("GET", `/v1/convai/v2/phone-numbers?${query}`);
        seen.push(...page.phone_numbers);
        expect(page.has_more).toBe(page.next_cursor !== null);
        cursor = page.next_cursor ?? "";
      } while (cursor !== "");
      expect(new Set(seen.map((number) => number.phone_number_id)).size).toBe(5);
      const sorted = [...labels].sort();
      if (order.includes("desc")) sorted.reverse();
      if (order !== "") expect(seen.map((number) => number.label)).toEqual(sorted);
    }
  });

  test("pages by agent and by age hold each number once, those without an agent first", async () => {
    const client = await newClient();
    const agentId = await newAgent(client);
    const first = await importNumber(client, { agent_id: agentId });
    const second = await importNumber(client);
    const third = await importNumber(client);
    const pages = async (order: string): Promise<string[]> => {
      const seen: string[] = [];
      let cursor = "";
      do {
        const query = `page_size=1&${order}&cursor=${cursor}`;
        const page = await client.ok("GET", `/v1/convai/v2/phone-numbers?${query}`);
        seen.push(page.phone_numbers[0].phone_number_id);
        cursor = page.next_cursor ?? "";
      } while (cursor !== "");
      return seen;
    };
    const without = [second.id, third.id].sort();
    expect(await pages("sort_by=agent_name")).toEqual([...without, first.id]);
    expect(await pages("sort_by=agent_name&sort_direction=desc")).toEqual([
      first.id,
      ...without.toReversed(),
    ]);
    const byAge = await pages("sort_by=created_at");
    expect(byAge[0]).toBe(first.id);
    expect([...byAge].sort()).toEqual([first.id, second.id, third.id].sort());
  });

  test("filters find by agent, label, number, part of it and direction, and only one's own", async () => {
    const client = await newClient();
    const stranger = await newClient(client.region);
    await importNumber(stranger, { label: "Front desk" });
    const agentId = await newAgent(client);
    const one = await importNumber(client, { label: "Front desk", agent_id: agentId });
    const two = await importNumber(client, {
      label: "Back office",
      outbound_trunk_config: { address: "sip.example.com" },
    });
    const find = async (query: string): Promise<string[]> => {
      const page = await client.ok("GET", `/v1/convai/v2/phone-numbers?${query}`);
      return page.phone_numbers.map(
        (number: { phone_number_id: string }) => number.phone_number_id,
      );
    };
    expect(await find(`agent_id=${agentId}`)).toEqual([one.id]);
    expect(await find("search=FRONT")).toEqual([one.id]);
    expect(await find(`search=${two.id}`)).toEqual([two.id]);
    expect(await find("label=Back%20office")).toEqual([two.id]);
    expect(await find(`phone_number=${encodeURIComponent(two.phoneNumber)}`)).toEqual([two.id]);
    expect(await find("supports_outbound=true")).toEqual([two.id]);
    expect(await find("supports_outbound=false")).toEqual([one.id]);
    expect(await find("provider=twilio")).toEqual([]);
    const byAgent = await client.ok("GET", `${NUMBERS}?agent_id=${agentId}`);
    expect(byAgent).toMatchObject([{ phone_number_id: one.id }]);
  });

  test("a cursor for other filters, or none of ours, is 400", async () => {
    const client = await newClient();
    for (let index = 0; index < 2; index += 1) await importNumber(client);
    const path = "/v1/convai/v2/phone-numbers?page_size=1";
    const { next_cursor: cursor } = await client.ok("GET", path);
    for (const query of [`&cursor=${cursor}&search=x`, "&cursor=%00", "&cursor=bm9uc2Vuc2U"]) {
      const response = await client.call("GET", `${path}${query}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ detail: { status: "cursor_invalid" } });
    }
  });
});
