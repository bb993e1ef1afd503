import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { AGENT_SOCKET_KINDS, type AgentSocket } from "./agent-socket.ts";
import { AGENT_SOCKETS } from "./open.ts";
import {
  closeCodeFrom,
  frame,
  opening,
  startRawServer,
  type ToldEvents,
  tellEvents,
} from "./test-server.ts";

const MAX_MESSAGE_BYTES = 300_000;

describe.each(AGENT_SOCKET_KINDS)(
  "an agent's WebSocket by %s, of a server that keeps to no rule",
  (kind) => {
    function connect(
      url: URL,
      events: ToldEvents,
      subprotocol: string | null = "test.v1",
    ): AgentSocket {
      const options = {
        url,
        subprotocol,
        headers: {},
        maxMessageBytes: MAX_MESSAGE_BYTES,
      };
      return AGENT_SOCKETS[kind](options, events);
    }

    test("a stream that comes octet by octet is understood", async () => {
      const stream = Buffer.concat([
        frame(0x81, "text"),
        frame(0x01, "a "),
        frame(0x89, "ping"),
        frame(0x80, "message"),
        Buffer.from([0x82, 126, 0, 126]),
        Buffer.alloc(126, "b"),
        Buffer.from([0x88, 5, 0x03, 0xe8]),
        Buffer.from("bye"),
      ]);
      const events = tellEvents();
      await using server = await startRawServer((peer) => {
        peer.setNoDelay(true);
        let at = 0;
        const step = (): void => {
          if (at < stream.length) peer.write(stream.subarray(at, ++at), () => setImmediate(step));
        };
        step();
      });
      connect(server.url, events);
      expect(await events.next()).toBe("opened");
      expect(await events.next()).toBe("text text");
      expect(await events.next()).toBe("text a message");
      expect(await events.next()).toBe(`binary ${"b".repeat(126)}`);
      expect(await events.next()).toBe("closed 1000|bye|");
    });

    test.each([
      ["a masked frame", Buffer.from("818500000000", "hex"), 1_002],
      ["a reserved bit", Buffer.from("c100", "hex"), 1_002],
      ["a reserved opcode", Buffer.from("8300", "hex"), 1_002],
      ["a continuation of nothing", Buffer.from("8000", "hex"), 1_002],
      ["a message inside another", Buffer.from("01014a8100", "hex"), 1_002],
      ["a fragmented ping", Buffer.from("0900", "hex"), 1_002],
      ["a ping of 126 octets", Buffer.from("897e007e", "hex"), 1_002],
      ["a close of one octet", Buffer.from("880103", "hex"), 1_002],
      ["a close with a code that nobody may send", Buffer.from("880203ee", "hex"), 1_002],
      ["a text that is not UTF-8", Buffer.from("8101ff", "hex"), 1_007],
      ["a message over the limit", Buffer.from("827f00000000000493e1", "hex"), 1_009],
      ["a message of 2^63 octets", Buffer.from("827f8000000000000000", "hex"), 1_009],
    ])("%s ends the connection with its code and is told to nobody", async (_, bytes, code) => {
      const closing = Promise.withResolvers<number>();
      await using server = await startRawServer((peer: Socket) => {
        closeCodeFrom(peer).then((received) => {
          closing.resolve(received);
          peer.end();
        }, closing.reject);
        peer.write(bytes);
      });
      const events = tellEvents();
      connect(server.url, events);
      expect(await closing.promise).toBe(code);
      expect(await events.next()).toBe("opened");
      expect(await events.next()).toMatch(/^closed 1006\|\|./);
    });

    test.each([
      ["another key", () => opening("AAAAAAAAAAAAAAAAAAAAAAAAAAA="), /Sec-WebSocket-Accept/],
      ["no subprotocol", (accept: string) => opening(accept, ""), /subprotocol/],
      [
        "another subprotocol",
        (accept: string) => opening(accept, "Sec-WebSocket-Protocol: other.v1\r\n"),
        /subprotocol/,
      ],
      [
        "an extension that was not offered",
        (accept: string) =>
          opening(
            accept,
            "Sec-WebSocket-Protocol: test.v1\r\nSec-WebSocket-Extensions: permessage-deflate\r\n",
          ),
        /extension/i,
      ],
      ["a refusal", () => "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", /503/],
      ["a redirect", () => "HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1/\r\n\r\n", /302/],
      [
        "another upgrade",
        (accept: string) => opening(accept).replace("websocket", "h2c"),
        /Upgrade/,
      ],
      ["what is not HTTP", () => "SSH-2.0-OpenSSH_9.2\r\n\r\n", /./],
      ["a head without an end", () => `HTTP/1.1 101 X\r\nA: ${"x".repeat(100_000)}`, /./],
    ])("a server that answers with %s is not connected to", async (_, answer, fault) => {
      await using server = await startRawServer(() => {}, answer);
      const events = tellEvents();
      connect(server.url, events);
      const told = await events.next();
      expect(told).toMatch(/^closed 1006\|\|/);
      expect(told.split("|")[2]).toMatch(fault);
    });

    test("a server that chooses a subprotocol where none was offered is not connected to", async () => {
      await using server = await startRawServer(() => {});
      const events = tellEvents();
      connect(server.url, events, null);
      expect(await events.next()).toMatch(/^closed 1006\|\|.*subprotocol/);
    });

    test("a server that hangs up in the handshake, and none at all, are faults", async () => {
      const events = tellEvents();
      const server = await startRawServer(
        (peer) => peer.destroy(),
        () => "HTTP/1.1 1",
      );
      connect(server.url, events);
      expect(await events.next()).toMatch(/^closed 1006\|\|./);
      await server[Symbol.asyncDispose]();
      connect(server.url, events);
      expect(await events.next()).toMatch(/^closed 1006\|\|.*ECONNREFUSED/);
    });
  },
);
