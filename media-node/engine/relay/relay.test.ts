import { createHash } from "node:crypto";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../../../tests/support/deadline.ts";
import type { EngineConfig, RelayRoster } from "../engine-config.ts";
import { ScriptedUdpPeer } from "../scripted-udp-peer.ts";
import {
  ANSWER,
  establish,
  OFFER,
  requestLines,
  startTestEngine,
  type TestEngine,
} from "../test-engine.ts";
import { writeRelayFrame } from "./relay-frames.ts";
import { connectLink, listenForLinks } from "./relay-link.ts";

const TAG_KEY = Buffer.alloc(32, 9);
const RELAY = { relay: { bindAddress: "127.0.0.1", port: 0 } } as const;
const METHODS = ["invite", "bye", "info", "options"];

function keyOf(one: string, other: string): Buffer {
  return createHash("sha256").update([one, other].toSorted().join()).digest();
}

/** What a node is told about the others; ports are where they listen now. */
function rosterFor(self: string, others: Readonly<Record<string, TestEngine>>): RelayRoster {
  const peers = Object.entries(others).map(([nodeId, { engine }]) => ({
    nodeId,
    address: "127.0.0.1",
    port: engine.relayPort ?? 0,
    key: keyOf(self, nodeId),
  }));
  return { peers, tagKeys: [TAG_KEY] };
}

/** Two nodes that know each other; callers reach the first, and then the second. */
async function region(changes: Partial<EngineConfig> = {}) {
  const owner = await startTestEngine({ ...RELAY, ...changes, nodeId: "node_owner" });
  onTestFinished(() => owner[Symbol.asyncDispose]());
  const other = await startTestEngine({ ...RELAY, ...changes, nodeId: "node_other" });
  onTestFinished(() => other[Symbol.asyncDispose]());
  owner.engine.setRelayRoster(rosterFor("node_owner", { node_other: other }));
  other.engine.setRelayRoster(rosterFor("node_other", { node_owner: owner }));
  const [app, otherApp] = [await owner.app(METHODS), await other.app(METHODS)];
  return { owner, other, app, otherApp };
}

const relayed = (engine: TestEngine, direction: string, result: string): number =>
  engine.engine.counts().relayed.find((row) => row.direction === direction && row.result === result)
    ?.count ?? 0;

test("a BYE and a re-INVITE that reach the wrong node are answered by the owner, which sees their real source", async () => {
  const { app, other, otherApp, owner } = await region();
  const call = await establish(await owner.peer(), app);
  const astray = await other.peer();

  const reinvite = { ...call.inDialog(2, "INVITE"), "Content-Type": "application/sdp" };
  astray.send(requestLines("INVITE", reinvite, call.target), OFFER);
  await astray.next("SIP/2.0 100");
  const seen = await app.sip("INVITE");
  // The source, as every frame names it: its transport, address and port.
  expect(seen.tokens.slice(4, 7)).toEqual(["tcp", "127.0.0.1", String(astray.localPort)]);
  await app.respond(seen, "200 OK", [], ANSWER);
  const ok = await astray.next("SIP/2.0 200");
  expect(ok.header("Contact")).toContain("sip.node.test:5060");
  astray.send(requestLines("ACK", call.inDialog(2, "ACK"), call.target));
  await app.sip("ACK");

  astray.send(requestLines("BYE", call.inDialog(3, "BYE"), call.target));
  await app.respond(await app.sip("BYE"), "200 OK");
  const bye = await astray.next("SIP/2.0 200");
  expect(bye.headers("Via")).toHaveLength(1);
  expect(owner.engine.counts().dialogs).toBe(0);
  expect(otherApp.unread).toBe(0);
  expect(relayed(other, "out", "taken")).toBe(3);
  expect(relayed(owner, "in", "taken")).toBe(3);
});

test("a CANCEL and the ACK of the 487 that reach the wrong node end the INVITE that rings at the owner", async () => {
  const { app, other, owner } = await region();
  const caller = await owner.peer();
  const invite = requestLines("INVITE", { "Content-Type": "application/sdp" });
  caller.send(invite, OFFER);
  await caller.next("SIP/2.0 100");
  await app.sip("INVITE");
  const sameAs = (method: string, more: Record<string, string> = {}) => {
    const changes: Record<string, string> = { CSeq: `1 ${method}`, ...more };
    for (const line of invite) {
      const [, name = "", value = ""] = /^(Via|Call-ID): (.*)$/.exec(line) ?? [];
      if (name !== "") changes[name] = value;
    }
    return requestLines(method, changes);
  };
  const astray = await other.peer();
  astray.send(sameAs("CANCEL"));
  await astray.next("SIP/2.0 200");
  await app.sip("CANCEL");
  const refused = await caller.next("SIP/2.0 487");
  astray.send(sameAs("ACK", { To: refused.header("To") }));
  // The 487 is repeated until its ACK is there (RFC 3261 §17.2.1), by the clock that the test moves.
  await eventually(() => (relayed(owner, "in", "taken") === 2 ? true : null), 5_000, "no ACK");
  expect(caller.unread).toBe(0);
});

test("over UDP the answer comes from the node that was asked, at the port that it was asked from", async () => {
  const { app, other, owner } = await region({
    listeners: (["tcp", "udp"] as const).map((transport) => ({
      transport,
      bindAddress: "127.0.0.1",
      port: 0,
      advertisedPort: 5060,
    })),
  });
  const call = await establish(await owner.peer(), app);
  const port = other.engine.listeners.find(({ transport }) => transport === "udp")?.port ?? 0;
  await using peer = await ScriptedUdpPeer.bind(port);
  const via = "SIP/2.0/UDP peer.test:5060;branch=z9hG4bKastray;rport";
  peer.send(requestLines("BYE", { ...call.inDialog(2, "BYE"), Via: via }, call.target));
  const bye = await app.sip("BYE");
  expect(bye.tokens[4]).toBe("udp");
  await app.respond(bye, "200 OK");
  await peer.next("SIP/2.0 200");
});

test("what nobody in the region has is 481, and what another node has handed on is never handed on again", async () => {
  const { other, owner } = await region();
  const astray = await other.peer();
  const unknown = { To: "<sip:a@node.test>;tag=node_owner-0123456789abcdef-0123456789abcdef" };
  astray.send(requestLines("BYE", unknown));
  await astray.next("SIP/2.0 481");
  expect(relayed(other, "out", "taken")).toBe(0);
  astray.send(requestLines("CANCEL"));
  await astray.next("SIP/2.0 481");
  expect(relayed(owner, "in", "unknown")).toBe(1);
  expect(relayed(owner, "out", "unknown")).toBe(0);

  // A tag that proves the owner, of a dialog that is over.
  const app = await owner.app(METHODS);
  const call = await establish(await owner.peer(), app);
  astray.send(requestLines("BYE", call.inDialog(2, "BYE"), call.target));
  await app.respond(await app.sip("BYE"), "200 OK");
  await astray.next("SIP/2.0 200");
  astray.send(requestLines("INFO", call.inDialog(3, "INFO"), call.target));
  await astray.next("SIP/2.0 481");
});

test("an owner that cannot be reached is 480 with a Warning, and one that is no node of the region any more 481", async () => {
  const { app, other, owner } = await region();
  const call = await establish(await owner.peer(), app);
  const astray = await other.peer();
  const roster = rosterFor("node_other", { node_owner: owner });
  const [known] = roster.peers;
  if (known === undefined) throw new Error("no peer");
  // Another key: the handshake fails, as with somebody who has taken the owner's address.
  other.engine.setRelayRoster({ ...roster, peers: [{ ...known, key: Buffer.alloc(32, 3) }] });
  astray.send(requestLines("BYE", call.inDialog(2, "BYE"), call.target));
  const refused = await astray.next("SIP/2.0 480");
  expect(refused.header("Warning")).toBe(
    '399 node "the node that has this dialog cannot be reached"',
  );
  expect(relayed(other, "out", "unreachable")).toBe(1);
  other.engine.setRelayRoster(roster);
  astray.send(requestLines("BYE", call.inDialog(3, "BYE"), call.target));
  await app.respond(await app.sip("BYE"), "200 OK");
  await astray.next("SIP/2.0 200");
  // It is no node of the region any more.
  other.engine.setRelayRoster({ ...roster, peers: [] });
  astray.send(requestLines("BYE", call.inDialog(4, "BYE"), call.target));
  await astray.next("SIP/2.0 481");
});

test("an owner that accepts a request and says nothing is 480 after two seconds, and its link is given up", async () => {
  const { app, other, owner } = await region();
  const call = await establish(await owner.peer(), app);
  const [arrived, gone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const key = keyOf("node_other", "node_owner");
  const silent = await listenForLinks(
    RELAY.relay,
    () => key,
    (_nodeId, socket) => {
      socket.once("data", () => arrived.resolve());
      socket.once("close", () => gone.resolve());
    },
  );
  onTestFinished(() => silent.close());
  const peer = { nodeId: "node_owner", address: "127.0.0.1", port: silent.port, key };
  other.engine.setRelayRoster({ peers: [peer], tagKeys: [TAG_KEY] });
  const astray = await other.peer();
  astray.send(requestLines("BYE", call.inDialog(2, "BYE"), call.target));
  await arrived.promise;
  expect(astray.unread).toBe(0);
  other.clock.advance(2_000);
  await astray.next("SIP/2.0 480");
  await gone.promise;
});

test("CANCELs that name nobody are asked about ten times a second at most, and then 481", async () => {
  const { other, owner } = await region();
  const astray = await other.peer();
  for (let count = 0; count < 30; count += 1) {
    astray.send(requestLines("CANCEL"));
    await astray.next("SIP/2.0 481");
  }
  expect(relayed(owner, "in", "unknown")).toBe(20);
  expect(relayed(other, "out", "busy")).toBe(10);
});

test.each(["is no node of the region any more", "has another key"])(
  "a link from a node that %s ends",
  async (what) => {
    const { owner, other } = await region();
    const roster = rosterFor("node_owner", { node_other: other });
    const key = keyOf("node_owner", "node_other");
    const at = { address: "127.0.0.1", port: owner.engine.relayPort ?? 0 };
    const link = await connectLink("node_other", { ...at, key });
    onTestFinished(() => void link.destroy());
    const ended = once(link.resume(), "close");
    // Accepted, and not only connected: it is answered.
    const cancel = requestLines("CANCEL", { CSeq: "1 CANCEL" }).join("\r\n");
    const source = { transport: "tcp", address: "192.0.2.1", port: 5060 } as const;
    const head = { kind: "request", id: 1, flow: "tcp 192.0.2.1 5060", ...source } as const;
    link.write(writeRelayFrame(head, Buffer.from(`${cancel}\r\n\r\n`)));
    await once(link, "data");
    owner.engine.setRelayRoster(roster);
    expect(link.destroyed).toBe(false);
    const peers = what.startsWith("has")
      ? roster.peers.map((peer) => ({ ...peer, key: Buffer.alloc(32, 1) }))
      : [];
    owner.engine.setRelayRoster({ ...roster, peers });
    await ended;
  },
);
