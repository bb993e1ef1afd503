import { evictDurableObject } from "cloudflare:test";
import { expect, test, vi } from "vitest";
import { regionHub } from "./objects.ts";
import {
  agentChange,
  bindings,
  commit,
  deps,
  newAgent,
  newNode,
  newRegion,
} from "./test-fixture.ts";
import { greet, openLink } from "./test-link.ts";

const NODES = 200;
const AT_ONCE = 20;

test("a deploy ends the hub under 200 linked nodes: none is refused for ever, the epoch stays, and all are told what changes", async () => {
  const region = newRegion();
  const nodes: Awaited<ReturnType<typeof newNode>>[] = [];
  while (nodes.length < NODES) {
    nodes.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => newNode(region)))));
  }
  const link = async ({ credential }: { readonly credential: string }) => {
    // As a node does it: who is refused comes again. So many at once are more than sqld answers.
    const opened = await vi.waitFor(() => openLink(credential), { timeout: 20_000, interval: 100 });
    return { ...opened, epoch: await greet(opened) };
  };
  const before = await Promise.all(nodes.map(link));
  await evictDurableObject(regionHub(bindings, "default", region), { webSockets: "close" });
  await Promise.all(before.map(({ closed }) => closed));

  const after = await Promise.all(nodes.map(link));
  expect(new Set(after.map(({ epoch }) => epoch))).toEqual(new Set([before[0]?.epoch]));
  await commit(agentChange(region, newAgent("changed")));
  await deps.notifyRouting(region);
  await Promise.all(after.map(({ next }) => next("routing_changed")));
  const listed = await regionHub(bindings, "default", region).linkedNodes();
  expect(listed).toHaveLength(NODES);
});
