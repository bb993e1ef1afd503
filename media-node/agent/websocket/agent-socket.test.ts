import { once } from "node:events";
import { createServer as createHttpsServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { issueCertificate, makeTestCa } from "../../../tests/support/certificates.ts";
import { deadline } from "../../../tests/support/deadline.ts";
import { AGENT_SOCKET_KINDS, type AgentSocket, type AgentSocketOptions } from "./agent-socket.ts";
import { AGENT_SOCKETS } from "./open.ts";
import {
  endNow,
  frame,
  LIMIT_MS,
  opening,
  startRawServer,
  type ToldEvents,
  tellEvents,
  until,
} from "./test-server.ts";

const SUBPROTOCOL = "test.v1";
const MAX_MESSAGE_BYTES = 300_000;
let cleanup = new AsyncDisposableStack();

afterEach(async () => {
  await cleanup.disposeAsync();
  cleanup = new AsyncDisposableStack();
});

async function startServer(
  https: Server | null = null,
): Promise<{ server: WebSocketServer; url: URL; accepted: () => Promise<WebSocket> }> {
  const options = https === null ? { host: "127.0.0.1", port: 0 } : { server: https };
  const server = new WebSocketServer(options);
  const waiting: WebSocket[] = [];
  server.on("connection", (socket) => waiting.push(socket));
  cleanup.defer(async () => {
    for (const socket of server.clients) socket.terminate();
    await new Promise((resolve) => server.close(resolve));
  });
  if (https === null) await once(server, "listening");
  const { port } = server.address() as AddressInfo; // a TCP server's address has a port
  const accepted = async (): Promise<WebSocket> => {
    await until(() => waiting.length > 0, "nobody connected");
    const socket = waiting.shift();
    if (socket === undefined) throw new Error("nobody connected");
    return socket;
  };
  return { server, url: new URL(`ws://127.0.0.1:${port}/agent?call=1`), accepted };
}

describe.each(AGENT_SOCKET_KINDS)("an agent's WebSocket by %s", (kind) => {
  function connect(
    url: URL,
    events: ToldEvents,
    options: Partial<AgentSocketOptions> = {},
  ): AgentSocket {
    const socket = AGENT_SOCKETS[kind](
      {
        url,
        subprotocol: SUBPROTOCOL,
        headers: {},
        maxMessageBytes: MAX_MESSAGE_BYTES,
        ...options,
      },
      events,
    );
    cleanup.defer(() => endNow(socket));
    return socket;
  }

  async function open(): Promise<{ socket: AgentSocket; events: ToldEvents; peer: WebSocket }> {
    const { url, accepted } = await startServer();
    const events = tellEvents();
    const socket = connect(url, events);
    expect(await events.next()).toBe("opened");
    return { socket, events, peer: await accepted() };
  }

  test("the handshake carries path, host, subprotocol and headers, and offers no extension", async () => {
    const { server, url } = await startServer();
    const requested = once(server, "connection");
    const events = tellEvents();
    const named = new URL(url);
    named.username = "user";
    named.password = "p%40ss";
    const socket = connect(named, events, { headers: { "X-Agent": "seven", upgrade: "h2c" } });
    expect(await events.next()).toBe("opened");
    const [, request] = await deadline(requested, LIMIT_MS, "nobody connected");
    expect(request.url).toBe("/agent?call=1");
    expect(request.headers).toMatchObject({
      host: url.host,
      "sec-websocket-protocol": SUBPROTOCOL,
      "sec-websocket-version": "13",
      "x-agent": "seven",
      authorization: `Basic ${Buffer.from("user:p@ss").toString("base64")}`,
    });
    expect(request.headers["sec-websocket-extensions"]).toBeUndefined();
    expect([socket.isOpen, socket.isClosed]).toEqual([true, false]);
  });

  test("a protocol without a subprotocol offers none, and is spoken to with none", async () => {
    const { server, url } = await startServer();
    const requested = once(server, "connection");
    const events = tellEvents();
    connect(url, events, { subprotocol: null });
    expect(await events.next()).toBe("opened");
    const [peer, request] = await deadline(requested, LIMIT_MS, "nobody connected");
    expect(request.headers["sec-websocket-protocol"]).toBeUndefined();
    expect(peer.protocol).toBe("");
  });

  test.each([0, 1, 125, 126, 320, 65_535, 65_536, 250_000])(
    "messages of %i octets arrive whole, text and binary, both ways",
    async (length) => {
      const { socket, events, peer } = await open();
      const text = "€".repeat(length / 3) + "x".repeat(length % 3);
      const bytes = Buffer.from(Array.from({ length }, (_, i) => (i * 7) & 0xff));
      peer.send(text);
      peer.send(bytes);
      expect(await events.next()).toBe(`text ${text}`);
      expect(await events.next()).toBe(`binary ${bytes.toString("latin1")}`);
      const received = new Promise<[Buffer, boolean][]>((resolve) => {
        const messages: [Buffer, boolean][] = [];
        peer.on("message", (payload: Buffer, isBinary) => {
          if (messages.push([payload, isBinary]) === 3) resolve(messages);
        });
      });
      socket.sendText(text);
      socket.sendBinary(bytes);
      bytes.fill(0);
      const ofText = Buffer.from(text);
      socket.sendTextBytes(ofText);
      ofText.fill(0);
      const [first, second, third] = await deadline(
        received,
        LIMIT_MS,
        "the messages did not come",
      );
      expect([first?.[0].toString("utf8"), first?.[1]]).toEqual([text, false]);
      const sent = Buffer.from(Array.from({ length }, (_, i) => (i * 7) & 0xff));
      expect([second?.[0].equals(sent), second?.[1]]).toEqual([true, true]);
      expect([third?.[0].toString("utf8"), third?.[1]]).toEqual([text, false]);
    },
  );

  test("a message in fragments is one message, and a ping between them is answered at once", async () => {
    const { events, peer } = await open();
    const ponged = once(peer, "pong");
    peer.send("one ", { fin: false });
    peer.ping("between");
    const [payload] = await deadline(ponged, LIMIT_MS, "no pong came");
    expect(String(payload)).toBe("between");
    expect(events.waiting).toBe(0);
    peer.send("two", { fin: true });
    expect(await events.next()).toBe("text one two");
  });

  test("a ping of ours is told when it is answered", async () => {
    const { socket, events } = await open();
    socket.ping();
    expect(await events.next()).toBe("pong");
  });

  test.each([
    [4_001, "busy", "closed 4001|busy|"],
    [1_000, "", "closed 1000||"],
    [undefined, undefined, "closed 1005||"],
  ])("a close of the peer's with %s %s is told and echoed", async (code, reason, told) => {
    const { socket, events, peer } = await open();
    const closed = once(peer, "close");
    peer.close(code, reason);
    expect(await events.next()).toBe(told);
    const [echoed] = await deadline(closed, LIMIT_MS, "the peer saw no close");
    expect(echoed).toBe(code ?? 1_005);
    expect([socket.isOpen, socket.isClosed]).toEqual([false, true]);
  });

  test("a close of ours reaches the peer with code and reason, and nothing is sent after it", async () => {
    const { socket, events, peer } = await open();
    const closed = once(peer, "close");
    const heard: unknown[] = [];
    peer.on("message", (payload) => heard.push(payload));
    socket.close(1_008, "the agent sends more than it may");
    expect(socket.isOpen).toBe(false);
    socket.sendText("too late");
    socket.sendBinary(Buffer.alloc(1));
    socket.ping();
    const [code, reason] = await deadline(closed, LIMIT_MS, "the peer saw no close");
    expect([code, String(reason)]).toEqual([1_008, "the agent sends more than it may"]);
    expect(await events.next()).toBe("closed 1008|the agent sends more than it may|");
    expect(heard).toEqual([]);
  });

  test("a terminated socket is closed abnormally on both sides, and says nothing more", async () => {
    const { socket, events, peer } = await open();
    const closed = once(peer, "close");
    for (let i = 0; i < 10; i++) peer.send("x");
    socket.terminate();
    const [code] = await deadline(closed, LIMIT_MS, "the peer saw no close");
    expect(code).toBe(1_006);
    await until(() => socket.isClosed, "the socket did not close");
    let last = "";
    while (events.waiting > 0) last = await events.next();
    expect(last).toBe("closed 1006||");
  });

  test("a peer that vanishes is an abnormal close", async () => {
    const { events, peer } = await open();
    peer.terminate();
    expect(await events.next()).toMatch(/^closed 1006\|\|/);
  });

  test("while it is paused nothing new is told, and afterwards everything, in order", async () => {
    const { socket, events, peer } = await open();
    socket.pause();
    const payloads = Array.from({ length: 200 }, (_, i) => `${i} ${"x".repeat(1_000)}`);
    for (const payload of payloads) peer.send(payload);
    peer.close(1_000);
    const [other, otherEvents] = [await startServer(), tellEvents()];
    connect(other.url, otherEvents);
    expect(await otherEvents.next()).toBe("opened");
    expect(events.waiting).toBeLessThan(payloads.length);
    const before = events.waiting;
    socket.resume();
    for (const payload of payloads) expect(await events.next()).toBe(`text ${payload}`);
    expect(await events.next()).toBe("closed 1000||");
    expect(before).toBe(0);
  });

  test("a handler that pauses at the opening keeps what came with it for later", async () => {
    const served = Promise.withResolvers<void>();
    await using server = await startRawServer(
      () => served.resolve(),
      (accept) => `${opening(accept)}\x81\x05early`,
    );
    const events = tellEvents((event) => event === "opened" && socket.pause());
    const socket = connect(server.url, events);
    expect(await events.next()).toBe("opened");
    await served.promise;
    await new Promise((resolve) => setImmediate(resolve));
    expect(events.waiting).toBe(0);
    socket.resume();
    expect(await events.next()).toBe("text early");
  });

  test("a peer that does not read is visible in bufferedAmount, and loses nothing when it reads again", async () => {
    const { socket, peer } = await open();
    peer.pause();
    const sizes = [320, 20_000, 320, 1_000];
    let sent = 0;
    const check = Buffer.alloc(20_000);
    for (; socket.bufferedAmount < 1_000_000; sent++) {
      check.fill(sent & 0xff);
      socket.sendBinary(check.subarray(0, sizes[sent % sizes.length]));
    }
    let intact = 0;
    const all = Promise.withResolvers<void>();
    peer.on("message", (payload: Buffer) => {
      const size = sizes[intact % sizes.length] ?? 0;
      if (payload.equals(Buffer.alloc(size, intact & 0xff))) intact += 1;
      if (intact === sent) all.resolve();
    });
    peer.resume();
    await deadline(all.promise, LIMIT_MS, "frames are missing or torn");
    await until(() => socket.bufferedAmount === 0, "something is still waiting");
  });

  test("many small messages in one packet leave the event loop turns in between", async () => {
    const messages = 2_000;
    let told = 0;
    const all = Promise.withResolvers<void>();
    const events = tellEvents((event) => {
      if (event.startsWith("text") && ++told === messages) all.resolve();
    });
    const burst = Buffer.concat(Array.from({ length: messages }, () => frame(0x81, "x")));
    await using server = await startRawServer((peer) => void peer.write(burst));
    connect(server.url, events);
    let turns = 0;
    const count = (): void => {
      turns += 1;
      if (told < messages) setImmediate(count);
    };
    setImmediate(count);
    await deadline(all.promise, LIMIT_MS, "messages are missing");
    expect(turns).toBeGreaterThan(messages / 20);
  });

  test("a socket that is terminated before it is open is closed without having been", async () => {
    await using server = await startRawServer(
      () => {},
      () => "",
    );
    const events = tellEvents();
    const socket = connect(server.url, events);
    socket.terminate();
    expect(await events.next()).toMatch(/^closed 1006/);
  });

  test.each([
    ["a fragment", "ws://127.0.0.1:9/#part", {}],
    ["a header that would be two", "ws://127.0.0.1:9/", { "X-Agent": "one\r\nX-Other: two" }],
    ["a header name with a blank", "ws://127.0.0.1:9/", { "X Agent": "one" }],
  ])("%s is thrown before anything is connected", (_, url, headers) => {
    expect(() => connect(new URL(url), tellEvents(), { headers })).toThrow();
  });

  test("over TLS the chain and the host are verified, and everything else is the same", async () => {
    const authority = await makeTestCa();
    const serve = async (dnsNames: string[]): Promise<URL> => {
      const { certificatePem, keyPem } = await issueCertificate(authority, { dnsNames });
      const https = createHttpsServer({ cert: certificatePem, key: keyPem }).listen(0, "127.0.0.1");
      await once(https, "listening");
      const { server } = await startServer(https);
      server.on("connection", (peer) => {
        peer.on("message", (payload, isBinary) => peer.send(payload, { binary: isBinary }));
      });
      cleanup.defer(() => void https.close());
      const { port } = https.address() as AddressInfo; // a TCP server's address has a port
      return new URL(`wss://localhost:${port}/`);
    };
    const url = await serve(["localhost"]);
    const events = tellEvents();
    const socket = connect(url, events, { ca: authority.certificatePem });
    expect(await events.next()).toBe("opened");
    for (const length of [1, 320, 70_000]) {
      socket.sendText("x".repeat(length));
      socket.sendBinary(Buffer.alloc(length, "y"));
      expect(await events.next()).toBe(`text ${"x".repeat(length)}`);
      expect(await events.next()).toBe(`binary ${"y".repeat(length)}`);
    }
    socket.close(1_000, "");
    expect(await events.next()).toBe("closed 1000||");

    const strangers = tellEvents();
    connect(url, strangers);
    expect(await strangers.next()).toMatch(/^closed 1006\|\|.*certificate/);
    connect(await serve(["agent.example"]), strangers, { ca: authority.certificatePem });
    expect(await strangers.next()).toMatch(/^closed 1006\|\|.*altnames/);
  });
});

test("a user name that is not escaped as it should be is thrown before anything is connected, and never later", () => {
  const options = { subprotocol: null, headers: {}, maxMessageBytes: MAX_MESSAGE_BYTES };
  const url = new URL("ws://a%zz@127.0.0.1:9/");
  expect(() => AGENT_SOCKETS.lean({ ...options, url }, tellEvents())).toThrow(URIError);
});
