import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { LINK_PING, LINK_PONG, type NodeToHub } from "../../schema/contracts/node-link.ts";
import { routingRowText } from "../../schema/contracts/routing.ts";
import { regionHub } from "./objects.ts";
import {
  agentChange,
  bindings,
  commit,
  deps,
  newAgent,
  newNode,
  newRegion,
  request,
  sql,
} from "./test-fixture.ts";
import { greet, hello, openLink, state } from "./test-link.ts";

/** An eviction waits for timers of the object's last queries. */
const EVICTION_WITHIN_MS = 20_000;

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

describe("node links", () => {
  test("a node is welcomed with the version that both speak and the epoch", async () => {
    const node = await newNode(newRegion());
    const link = await openLink(node.credential);
    link.send(hello(state(0, 0)));
    expect(await link.next("welcome")).toMatchObject({
      version: 1,
      epoch: (await regionHub(bindings, "default", node.region).position()).epoch,
    });
  });

  test("a change reaches every linked node as a hint that follows its version", async () => {
    const region = newRegion();
    const [first, second] = [await newNode(region), await newNode(region)];
    const links = [await openLink(first.credential), await openLink(second.credential)];
    await commit(agentChange(region, newAgent("before")));
    const [epoch] = await Promise.all(links.map((link) => greet(link)));
    const agent = newAgent("after");
    await commit(agentChange(region, agent));
    await deps.notifyRouting(region);
    for (const link of links) {
      expect(await link.next("routing_changed")).toEqual({
        type: "routing_changed",
        epoch,
        previousVersion: 1,
        changes: [{ version: 2, kind: "agent", entityId: agent.id, value: agent }],
      });
    }
  });

  test("hints follow one another without a gap, however many commits are told at once", async () => {
    const region = newRegion();
    const link = await openLink((await newNode(region)).credential);
    await greet(link);
    const versions: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        await commit(agentChange(region, newAgent("a")));
        await deps.notifyRouting(region);
      }),
    );
    while ((versions.at(-1) ?? 0) < 20) {
      const hint = await link.next("routing_changed");
      expect(hint.previousVersion).toBe(versions.at(-1) ?? 0);
      versions.push(...hint.changes.map(({ version }) => version));
    }
    expect(versions).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  test(
    "hints go on after the hub has slept",
    async () => {
      const region = newRegion();
      const link = await openLink((await newNode(region)).credential);
      const epoch = await greet(link);
      await evictDurableObject(regionHub(bindings, "default", region));
      await commit(agentChange(region, newAgent("a")));
      await deps.notifyRouting(region);
      expect(await link.next("routing_changed")).toMatchObject({ epoch, previousVersion: 0 });
    },
    EVICTION_WITHIN_MS,
  );

  test("a database behind what was served makes linked nodes pull", async () => {
    const region = newRegion();
    const link = await openLink((await newNode(region)).credential);
    await commit(agentChange(region, newAgent("a")));
    const epoch = await greet(link);
    await commit(sql("DELETE FROM routing_changes WHERE region = ?", region));
    await deps.notifyRouting(region);
    await link.next("pull");
    expect((await regionHub(bindings, "default", region).position()).epoch).toBeGreaterThan(epoch);
  });

  test("a restored database makes linked nodes pull though nobody has told the hub of it", async () => {
    const region = newRegion();
    const link = await openLink((await newNode(region)).credential);
    await commit(agentChange(region, newAgent("a")), agentChange(region, newAgent("b")));
    const epoch = await greet(link);
    await commit(sql("DELETE FROM routing_changes WHERE region = ? AND version = 2", region));
    const hub = regionHub(bindings, "default", region);
    expect(await runDurableObjectAlarm(hub)).toBe(true);
    await link.next("pull");
    expect(await hub.position()).toMatchObject({ version: 1, epoch: expect.any(Number) });
    expect((await hub.position()).epoch).toBeGreaterThan(epoch);
  });

  test(
    "the link of a node that is revoked is ended",
    async () => {
      const region = newRegion();
      const node = await newNode(region);
      const link = await openLink(node.credential);
      await greet(link);
      await commit(sql("UPDATE media_nodes SET revoked_at_ms = 1 WHERE id = ?", node.nodeId));
      const hub = regionHub(bindings, "default", region);
      await evictDurableObject(hub);
      await hub.position();
      await runDurableObjectAlarm(hub);
      expect(await link.next("bye")).toMatchObject({ code: "revoked" });
    },
    EVICTION_WITHIN_MS,
  );

  test("pings are answered", async () => {
    const link = await openLink((await newNode(newRegion())).credential);
    link.send(LINK_PING);
    expect(await link.nextText()).toBe(LINK_PONG);
  });

  test("a second link of a node replaces the first", async () => {
    const node = await newNode(newRegion());
    const first = await openLink(node.credential);
    await greet(first);
    const second = await openLink(node.credential);
    expect(await first.next("bye")).toMatchObject({ code: "replaced" });
    expect(await first.closed).toBe(4000);
    await greet(second);
  });

  test("a node that speaks no common version is told so", async () => {
    const link = await openLink((await newNode(newRegion())).credential);
    link.send({ ...hello(state(0, 0)), versions: [99] } as NodeToHub);
    expect(await link.next("bye")).toMatchObject({ code: "version_unsupported" });
  });

  test("what is no message ends a link that has not said hello, and is passed over afterwards", async () => {
    const node = await newNode(newRegion());
    const rude = await openLink(node.credential);
    rude.send("{");
    expect(await rude.next("bye")).toMatchObject({ code: "protocol_error" });
    const polite = await openLink(node.credential);
    await greet(polite);
    polite.send('{"type":"tomorrow"}');
    polite.send(LINK_PING);
    expect(await polite.nextText()).toBe(LINK_PONG);
  });

  test("without an upgrade the link answers 426", async () => {
    const node = await newNode(newRegion());
    const response = await request("GET", "/v1/nodes/link", { bearer: node.credential });
    expect(response.status).toBe(426);
  });
});

describe("table hash", () => {
  test("a node whose hash is the table's is left alone, through changes and removals; another pulls", async () => {
    const region = newRegion();
    const [kept, removed] = [newAgent("kept"), newAgent("removed")];
    await commit(
      agentChange(region, removed),
      agentChange(region, { ...kept, name: "old" }),
      agentChange(region, kept),
      agentChange(region, removed, true),
    );
    const link = await openLink((await newNode(region)).credential);
    const epoch = await greet(link);
    const digest = await sha256(routingRowText("agent", kept.id, kept));
    const hash = digest.toHex();
    link.send({ type: "state", state: state(epoch, 4, hash) });
    link.send({ type: "state", state: state(epoch, 4, "f".repeat(64)) });
    await link.next("pull");
    await commit(agentChange(region, { ...kept, name: "newest" }));
    await deps.notifyRouting(region);
    // Only the second beat had an answer.
    expect(JSON.parse(await link.nextText())).toMatchObject({ type: "routing_changed" });
    link.send({ type: "state", state: state(epoch, 5, hash) });
    await link.next("pull");
  });

  test("a node at the head of an epoch whose table was emptied has the hash of no row", async () => {
    const region = newRegion();
    const agent = newAgent("a");
    await commit(agentChange(region, agent), agentChange(region, agent, true));
    const link = await openLink((await newNode(region)).credential);
    const epoch = await greet(link);
    link.send({ type: "state", state: state(epoch, 2) });
    link.send({ type: "state", state: state(epoch, 2, "1".repeat(64)) });
    await link.next("pull");
    await commit(agentChange(region, agent));
    await deps.notifyRouting(region);
    expect(JSON.parse(await link.nextText())).toMatchObject({ type: "routing_changed" });
  });
});
