import { expect, test } from "vitest";
import { regionHub } from "./objects.ts";
import { bindings, newNode, newRegion } from "./test-fixture.ts";
import { hello, openLink, state, type TestLink } from "./test-link.ts";

type Node = Awaited<ReturnType<typeof newNode>>;

/** Links the node, which says where it takes what others hand on; null: nowhere. */
async function linkNode(node: Node, port: number | null): Promise<TestLink> {
  const link = await openLink(node.credential);
  const relay = port === null ? {} : { relay: { address: "10.0.0.7", port } };
  link.send({ ...hello(state(0, 0)), ...relay });
  await link.next("welcome");
  return link;
}

const entryOf = ({ nodeId, publicKey }: Node, port: number) => ({
  nodeId,
  address: "10.0.0.7",
  port,
  publicKey,
});

test("nodes of a region are told of each other, with the keys that they enrolled with; others of nobody", async () => {
  const region = newRegion();
  const [first, second, silent] = [
    await newNode(region),
    await newNode(region),
    await newNode(region),
  ];
  const one = await linkNode(first, 5071);
  expect(await one.next("relay_peers")).toMatchObject({ isComplete: true, peers: [], gone: [] });
  const quiet = await linkNode(silent, null);
  await linkNode(await newNode(newRegion()), 5079);
  const two = await linkNode(second, 5072);
  expect(await two.next("relay_peers")).toMatchObject({
    isComplete: true,
    peers: [entryOf(first, 5071)],
  });
  const news = { isComplete: false, peers: [entryOf(second, 5072)], gone: [] };
  expect(await one.next("relay_peers")).toMatchObject(news);
  // The next thing that each is told is the end of the region's second node.
  await regionHub(bindings, "default", region).nodeRevoked(second.nodeId);
  expect(await one.next("relay_peers")).toMatchObject({ peers: [], gone: [second.nodeId] });
  expect(JSON.parse(await quiet.nextText())).toMatchObject({ type: "region_keys_changed" });
});

test("a node whose link is gone stays known, because its calls go on; a link that is back is no news", async () => {
  const region = newRegion();
  const [first, second, third] = [
    await newNode(region),
    await newNode(region),
    await newNode(region),
  ];
  const one = await linkNode(first, 5071);
  await one.next("relay_peers");
  const two = await linkNode(second, 5072);
  await one.next("relay_peers");
  two.cut();
  await two.closed;
  await linkNode(second, 5072);
  const three = await linkNode(third, 5073);
  const { peers } = await three.next("relay_peers");
  expect(peers).toHaveLength(2);
  // Of the second's return the first hears nothing: its next message is of the third.
  expect(await one.next("relay_peers")).toMatchObject({ peers: [entryOf(third, 5073)] });
  // A node that stands where another stood takes its place.
  const replacement = await newNode(region);
  const four = await linkNode(replacement, 5072);
  const known = (await four.next("relay_peers")).peers.map(({ nodeId }) => nodeId);
  expect(known.toSorted()).toEqual([first.nodeId, third.nodeId].toSorted());
});
