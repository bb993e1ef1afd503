import { describe, expect, test } from "vitest";
import { problemSchema } from "../../schema/contracts/errors.ts";
import { rangesViewSchema } from "../../schema/contracts/network.ts";
import { generateNodeKeyPair } from "../../schema/sealing/sealing.ts";
import { readReplacedChanges } from "../db/routing-changes.ts";
import { newBlock, proposal, RANGES, type TestBlock, withoutBlock } from "../hub/test-feed.ts";
import {
  bindings,
  commit,
  deps,
  newJoinToken,
  newRegion,
  request,
  sql,
} from "../hub/test-fixture.ts";

withoutBlock();

const DAY_MS = 86_400_000;
const initial = (...ranges: unknown[]) => ({ ranges, notice: "initial" });

async function codesOf(block: TestBlock, ...ranges: unknown[]): Promise<unknown> {
  const answer = problemSchema.parse(await block.refused(RANGES, initial(...ranges)));
  return answer.errors?.map(({ code }) => code);
}

async function enrol(region: string, publicAddress: string): Promise<Response> {
  const { publicKey } = await generateNodeKeyPair();
  const joinToken = await newJoinToken(region);
  const body = { joinToken, name: `node-${publicAddress}`, publicAddress, publicKey };
  return request("POST", "/v1/nodes/enrol", { body });
}

/** What the region's nodes are told. */
async function told(region: string): Promise<unknown> {
  const all = { after: 0, upTo: 1_000, limit: 1_000 };
  const changes = await readReplacedChanges(deps.db, region, all);
  return changes.filter(({ kind }) => kind === "address_block").at(-1)?.value;
}

describe("a proposal", () => {
  test("initial ranges are in use at once, in one version", async () => {
    const block = newBlock();
    const made = await block.ok(
      RANGES,
      initial(proposal("25.10.20.0/25", "us"), proposal("25.10.20.128/25", "eu")),
    );
    expect(made).toMatchObject({ version: 1, published_version: 1 });
    expect(made.ranges.map(({ state }: { state: string }) => state)).toEqual(["active", "active"]);
  });

  test("what is not canonical, not public, or too large is refused at its place, with what would pass", async () => {
    const block = newBlock();
    const answer = await block.refused(
      RANGES,
      initial(proposal("25.10.20.7/24", "us"), proposal("127.0.0.0/24", "us")),
    );
    expect(answer.errors).toMatchObject([
      { pointer: "/ranges/0/prefix", code: "not_canonical", hint: "25.10.20.0/24" },
      { pointer: "/ranges/1/prefix", code: "range_not_public" },
    ]);
    expect(await codesOf(block, proposal("10.1.0.0/16", "us"))).toEqual(["range_not_public"]);
    expect(await codesOf(block, proposal("198.51.100.0/24", "us"))).toEqual(["range_not_public"]);
    expect(await codesOf(block, proposal("25.0.0.0/8", "us"))).toEqual(["prefix_too_short"]);
    expect(await codesOf(block, proposal("::1/128", "us"))).toEqual(["range_not_public"]);
    expect(await codesOf(block, proposal("25.1.0.0/24", "next"))).toEqual(["region_reserved"]);
    const elsewhere = { geo: { country: "DE", subdivision: "US-VA" } };
    expect(await codesOf(block, proposal("25.1.0.0/24", "eu", elsewhere))).toEqual([
      "subdivision_elsewhere",
    ]);
    expect((await block.get("/network/v4.txt")).status).toBe(503);
  });

  test("ranges that overlap are 409, within a request and with the block; not with what is gone", async () => {
    const block = newBlock();
    expect(
      await codesOf(block, proposal("25.10.20.0/24", "us"), proposal("25.10.20.64/26", "eu")),
    ).toEqual(["range_overlaps"]);
    const { ranges } = await block.ok(
      RANGES,
      initial(proposal("25.10.20.0/24", "us"), proposal("25.11.0.0/24", "us")),
    );
    expect(await codesOf(block, proposal("25.10.20.0/25", "us"))).toEqual(["range_overlaps"]);
    const hurry = { notice: "emergency", reason: "The block was taken." };
    await block.ok(`${RANGES}/${ranges[0].range_id}/remove`, hurry);
    await block.ok(RANGES, initial(proposal("25.10.20.0/25", "us")));
  });

  test("an addition has 30 days: less is 422 with the first day that passes", async () => {
    const block = newBlock();
    await block.ok(RANGES, initial(proposal("25.10.20.0/24", "us")));
    const soon = new Date(Date.now() + 29 * DAY_MS).toISOString();
    const answer = await block.refused(RANGES, {
      ranges: [proposal("25.11.0.0/24", "us")],
      active_from: soon,
    });
    expect(answer.errors).toMatchObject([{ pointer: "/active_from", code: "notice_too_short" }]);
    const hint: string = answer.errors[0].hint;
    expect(hint).toMatch(/T00:00:00.000Z$/);
    expect(Date.parse(hint) - Date.now()).toBeGreaterThan(30 * DAY_MS - 60_000);
    const made = await block.ok(RANGES, {
      ranges: [proposal("25.11.0.0/24", "us")],
      active_from: hint,
    });
    expect(made.ranges).toMatchObject([{ state: "pending", active_from: hint }]);
    expect(await (await block.get("/network/v4.txt")).text()).toBe("25.10.20.0/24\n");
    expect(await (await block.get("/network/next/v4.txt")).text()).toBe(
      "25.10.20.0/24\n25.11.0.0/24\n",
    );
  });

  test("initial is for a deployment's first version and for regions without a node; else 409", async () => {
    const block = newBlock();
    const region = newRegion();
    await block.ok(RANGES, initial(proposal("25.10.20.0/24", region)));
    await block.ok(RANGES, initial(proposal("25.11.0.0/24", region)));
    expect((await enrol(region, "25.10.20.4")).status).toBe(201);
    const answer = await block.refused(RANGES, initial(proposal("25.12.0.0/24", region)));
    expect(answer).toMatchObject({ code: "initial_too_late", hint: "notice: scheduled" });
  });

  test("an emergency needs its reason, and tells everybody", async () => {
    const block = newBlock();
    await block.ok(RANGES, initial(proposal("25.10.20.0/24", "us")));
    const ranges = [proposal("25.11.0.0/24", "us")];
    const answer = await block.refused(RANGES, { ranges, notice: "emergency" });
    expect(answer.errors).toMatchObject([{ pointer: "/reason", code: "reason_required" }]);
    const reason = "The provider withdrew the block.";
    await block.ok(RANGES, { ranges, notice: "emergency", reason });
    const changes = await (await block.get("/network/changes?since=1")).json();
    expect(changes).toMatchObject({
      version: 2,
      versions: [{ version: 2, notice: "emergency", reason }],
    });
    expect(await (await block.get("/network")).text()).toContain(reason);
  });

  test("without a key to sign with nothing is published", async () => {
    const config = { ...deps.config, feed: { ...deps.config.feed, signingKey: null } };
    const block = newBlock({ config });
    const answer = await block.refused(RANGES, initial(proposal("25.10.20.0/24", "us")));
    expect(answer).toMatchObject({ status: 409, code: "feed_key_missing" });
  });

  test("changes at the same time are versions one after the other, each told once", async () => {
    const block = newBlock();
    const versions = await Promise.all(
      [0, 1, 2].map(async (index) => {
        const made = await block.ok(RANGES, initial(proposal(`25.${index}.0.0/24`, "us")));
        return made.version;
      }),
    );
    expect(versions.sort()).toEqual([1, 2, 3]);
    const { versions: listed } = await (await block.get("/network/changes")).json<{
      versions: { version: number; changes: unknown[] }[];
    }>();
    expect(listed.map(({ version, changes }) => [version, changes.length])).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
  });
});

describe("the life of a range", () => {
  test("it is activated on its day, not before", async () => {
    const block = newBlock();
    await block.ok(RANGES, initial(proposal("25.10.20.0/24", "us")));
    const made = await block.ok(RANGES, { ranges: [proposal("25.11.0.0/24", "us")] });
    const path = `${RANGES}/${made.ranges[0].range_id}/activate`;
    expect(await block.refused(path, {})).toMatchObject({ status: 409, code: "notice_running" });
    const active = await block.ok(path, {}, 32 * DAY_MS);
    expect(active).toMatchObject({ version: 3, ranges: [{ state: "active" }] });
    expect(await block.refused(path, {})).toMatchObject({ code: "range_not_pending" });
  });

  test("it stays listed for 30 days after its end was announced, and as long as a node is in it", async () => {
    const block = newBlock();
    const region = newRegion();
    const { ranges } = await block.ok(
      RANGES,
      initial(proposal("25.10.20.0/24", region), proposal("25.11.0.0/24", region)),
    );
    const path = `${RANGES}/${ranges[0].range_id}`;
    expect((await enrol(region, "25.10.20.4")).status).toBe(201);
    expect(await block.refused(`${path}/remove`, {})).toMatchObject({
      code: "range_not_deprecated",
    });
    const tomorrow = new Date(Date.now() + DAY_MS).toISOString();
    const hasty = await block.refused(`${path}/deprecate`, { remove_after: tomorrow });
    expect(hasty.errors).toMatchObject([{ pointer: "/remove_after", code: "notice_too_short" }]);
    await block.ok(`${path}/deprecate`, {});
    expect(await (await block.get("/network/v4.txt")).text()).toContain("25.10.20.0/24");
    expect(await block.refused(`${path}/remove`, {})).toMatchObject({ code: "notice_running" });
    const used = await block.refused(`${path}/remove`, {}, 32 * DAY_MS);
    expect(used).toMatchObject({ code: "range_in_use" });
    expect(used.detail).toContain("25.10.20.4");
    const leftAtMs = Date.now() + 31 * DAY_MS;
    const revoke = "UPDATE media_nodes SET revoked_at_ms = ? WHERE region = ?";
    await commit(sql(revoke, leftAtMs, region));
    expect(await block.refused(`${path}/remove`, {}, 40 * DAY_MS)).toMatchObject({
      code: "notice_running",
    });
    await block.ok(`${path}/remove`, {}, 62 * DAY_MS);
    expect(await (await block.get("/network/v4.txt")).text()).toBe("25.11.0.0/24\n");
  });

  test("the last range in use is not removed without an emergency, and a list is never empty", async () => {
    const block = newBlock();
    const { ranges } = await block.ok(RANGES, initial(proposal("25.10.20.0/24", "us")));
    const path = `${RANGES}/${ranges[0].range_id}`;
    await block.ok(`${path}/deprecate`, {});
    expect(await block.refused(`${path}/remove`, {}, 62 * DAY_MS)).toMatchObject({
      code: "last_range",
    });
    await block.ok(`${path}/remove`, { notice: "emergency", reason: "It was taken." });
    const answer = await block.get("/network/v4.txt");
    expect([answer.status, problemSchema.parse(await answer.json()).code]).toEqual([
      404,
      "no_such_list",
    ]);
  });

  test("a range that was never in use is withdrawn at once", async () => {
    const block = newBlock();
    await block.ok(RANGES, initial(proposal("25.10.20.0/24", "us")));
    const made = await block.ok(RANGES, { ranges: [proposal("25.11.0.0/24", "us")] });
    await block.ok(`${RANGES}/${made.ranges[0].range_id}/remove`, {});
    expect(await (await block.get("/network/next/v4.txt")).text()).toBe("25.10.20.0/24\n");
  });

  test("the list has every range, removed ones last; one that is not there is 404", async () => {
    const block = newBlock();
    const made = await block.ok(
      RANGES,
      initial(proposal("25.10.20.0/24", "us"), proposal("25.11.0.0/24", "us")),
    );
    const hurry = { notice: "emergency", reason: "It was taken." };
    await block.ok(`${RANGES}/${made.ranges[0].range_id}/remove`, hurry);
    const list = await request("GET", RANGES, { bearer: bindings.TEST_OPERATOR_TOKEN });
    const { version, ranges } = rangesViewSchema.parse(await list.json());
    expect([version, ranges.map(({ prefix, state }) => [prefix, state])]).toEqual([
      2,
      [
        ["25.11.0.0/24", "active"],
        ["25.10.20.0/24", "removed"],
      ],
    ]);
    expect(await block.refused(`${RANGES}/rng_none/remove`, {})).toMatchObject({ status: 404 });
  });
});

describe("nodes", () => {
  test("a deployment that has never had a range in use takes them anywhere", async () => {
    expect((await enrol(newRegion(), "127.0.0.1")).status).toBe(201);
  });

  test("once one is in use, a node enrols in an active range of its region only", async () => {
    const block = newBlock();
    const [here, there] = [newRegion(), newRegion()];
    const { ranges } = await block.ok(
      RANGES,
      initial(proposal("25.10.20.0/24", here), proposal("25.11.0.0/24", there)),
    );
    const pending = await block.ok(RANGES, { ranges: [proposal("25.12.0.0/24", here)] });
    expect(pending.ranges[0].state).toBe("pending");
    for (const address of ["127.0.0.1", "25.11.0.4", "25.12.0.4"]) {
      const response = await enrol(here, address);
      expect([address, response.status]).toEqual([address, 409]);
      expect(problemSchema.parse(await response.json())).toMatchObject({
        code: "address_not_published",
        hint: "An address of 25.10.20.0/24.",
      });
    }
    expect((await enrol(here, "25.10.20.4")).status).toBe(201);
    await block.ok(`${RANGES}/${ranges[0].range_id}/deprecate`, {});
    expect((await enrol(here, "25.10.20.5")).status).toBe(409);
  });

  test("every region's nodes are told of their ranges in the transaction of the version", async () => {
    const [here, there] = [newRegion(), newRegion()];
    expect((await enrol(there, "192.0.2.1")).status).toBe(201);
    const block = newBlock();
    const { ranges } = await block.ok(RANGES, initial(proposal("25.10.20.0/24", here)));
    expect(await told(here)).toEqual({
      id: "block",
      version: 1,
      isEnforced: true,
      prefixes: ["25.10.20.0/24"],
    });
    // A region without a range: none of its nodes may take calls any more.
    expect(await told(there)).toMatchObject({ version: 1, isEnforced: true, prefixes: [] });
    await block.ok(`${RANGES}/${ranges[0].range_id}/deprecate`, {});
    expect(await told(here)).toMatchObject({ version: 2, prefixes: ["25.10.20.0/24"] });
  });

  test("a range that does not carry signalling and media takes no node", async () => {
    const block = newBlock();
    const region = newRegion();
    await block.ok(RANGES, initial(proposal("25.10.20.0/24", region, { services: ["webhook"] })));
    expect((await enrol(region, "25.10.20.4")).status).toBe(409);
  });
});
