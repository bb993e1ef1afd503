import { expect, test } from "vitest";
import type { RelayPeerEntry, RelayPeers } from "../../schema/contracts/relay-peers.ts";
import { generateNodeKeyPair } from "../../schema/sealing/sealing.ts";
import { Secret } from "../../schema/values/secret.ts";
import { createRelayPeerBook } from "./relay-peers.ts";

async function node(nodeId: string) {
  const pair = await generateNodeKeyPair();
  const warned: string[] = [];
  const logger = {
    info: () => undefined,
    error: () => undefined,
    warn: (event: string) => void warned.push(event),
  };
  const privateKey = new Secret(pair.privateKey);
  const book = createRelayPeerBook({ nodeId, privateKey, logger });
  const entry: RelayPeerEntry = {
    nodeId,
    address: "10.0.0.1",
    port: 5071,
    publicKey: pair.publicKey,
  };
  return { book, entry, warned };
}

const complete = (...peers: RelayPeerEntry[]): RelayPeers => ({
  type: "relay_peers",
  isComplete: true,
  peers,
  gone: [],
});

test("two nodes make the same key for each other, and another one for everybody else", async () => {
  const [one, two, three] = [await node("node_1"), await node("node_2"), await node("node_3")];
  one.book.receive(complete(two.entry, three.entry));
  two.book.receive(complete(one.entry));
  const [ofTwo, ofThree] = one.book.peers;
  expect(ofTwo?.key).toHaveLength(32);
  expect(two.book.peers[0]?.key).toEqual(ofTwo?.key);
  expect(ofThree?.key).not.toEqual(ofTwo?.key);
});

test("a list replaces what was known, and what is less adds to it and takes away", async () => {
  const [one, two, three] = [await node("node_1"), await node("node_2"), await node("node_3")];
  const ids = () => one.book.peers.map(({ nodeId }) => nodeId);
  // Its own entry, which a hub that knows it has, is nobody else's.
  one.book.receive(complete(one.entry, two.entry));
  expect(ids()).toEqual(["node_2"]);
  one.book.receive({ ...complete(three.entry), isComplete: false });
  expect(ids()).toEqual(["node_2", "node_3"]);
  one.book.receive({ ...complete(), isComplete: false, gone: ["node_2"] });
  expect(ids()).toEqual(["node_3"]);
  const unusable = { ...two.entry, publicKey: "AAAA" };
  one.book.receive(complete(unusable));
  expect(ids()).toEqual([]);
  expect(one.warned).toEqual(["relay_peer_unusable"]);
});
