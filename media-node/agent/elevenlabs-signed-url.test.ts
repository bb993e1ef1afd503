import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocketServer } from "ws";
import { audio, metadata } from "../../tests/support/elevenlabs-call.ts";
import { CALL, connectTo } from "../../tests/support/media-stream-call.ts";
import { addressPolicy, never, node } from "../../tests/support/native-call.ts";
import { recordingSink } from "../../tests/support/recording-sink.ts";
import { createAddressPolicy } from "./address-policy.ts";
import { connectElevenLabs } from "./elevenlabs.ts";

const KEY = "xi-a-secret-key";
const SIGNATURE = "cvtkn_0a1b2c3d";

type Answer = (request: IncomingMessage, response: ServerResponse, port: number) => void;

const signed = (port: number) =>
  `ws://127.0.0.1:${port}/v1/convai/conversation?agent_id=agent_7&conversation_signature=${SIGNATURE}`;
const json = (response: ServerResponse, body: unknown, status = 200) => {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
};
const signs: Answer = (_request, response, port) => json(response, { signed_url: signed(port) });

/** A platform that answers for signed URLs and takes conversations. */
async function startPlatform(answer: Answer) {
  const asked: IncomingMessage[] = [];
  const connected: IncomingMessage[] = [];
  const http = createServer((request, response) => {
    asked.push(request);
    answer(request, response, port);
  }).listen(0, "127.0.0.1");
  const server = new WebSocketServer({ server: http });
  server.on("connection", (socket, request) => {
    connected.push(request);
    socket.on("error", () => socket.terminate());
    socket.once("message", () => {
      socket.send(JSON.stringify(metadata()));
      socket.send(JSON.stringify(audio(Buffer.alloc(2, 1), 1)));
    });
  });
  await once(http, "listening");
  const { port } = http.address() as AddressInfo; // a TCP server's address has a port
  onTestFinished(() => {
    for (const socket of server.clients) socket.terminate();
    http.closeAllConnections();
    http.close();
  });
  const target = {
    protocol: "elevenlabs",
    url: `ws://127.0.0.1:${port}/v1/convai/conversation?agent_id=agent_7`,
    headers: { "x-tenant": "7" },
    apiKey: KEY,
    collectsDigits: true,
  } as const;
  return { asked, connected, port, target };
}

describe("a private agent", () => {
  test("is reached by a signed URL that the key buys: the key goes to the platform's host, and into no handshake", async () => {
    const platform = await startPlatform(signs);
    node.logs.length = 0;
    const connection = await connectTo(platform.target);
    const { sink, until } = recordingSink();
    connection.attach(sink);
    await until(1);
    await connection[Symbol.asyncDispose]();
    expect(platform.asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "GET /v1/convai/conversation/get-signed-url?agent_id=agent_7",
    ]);
    expect(platform.asked[0]?.headers["xi-api-key"]).toBe(KEY);
    const [handshake] = platform.connected;
    expect(handshake?.url).toContain(`conversation_signature=${SIGNATURE}`);
    expect(handshake?.headers["x-tenant"]).toBe("7");
    expect(handshake?.headers["xi-api-key"]).toBeUndefined();
    expect(JSON.stringify(node.logs)).not.toMatch(new RegExp(`${KEY}|${SIGNATURE}`));
  });

  test("whose signed URL is of another host is not sent the headers that were given for this one", async () => {
    const other = await startPlatform(signs);
    const platform = await startPlatform((_request, response) =>
      json(response, { signed_url: signed(other.port) }),
    );
    await using _connection = await connectTo(platform.target);
    expect(other.connected).toHaveLength(1);
    expect(other.asked).toEqual([]);
    expect(other.connected[0]?.headers["x-tenant"]).toBeUndefined();
    expect(other.connected[0]?.headers["xi-api-key"]).toBeUndefined();
  });

  const refusals: readonly [string, Answer, string][] = [
    [
      "a key that is wrong",
      (_request, response) => json(response, { detail: { status: "invalid_api_key" } }, 401),
      "no signed URL could be had: bad_status: status 401",
    ],
    [
      "a redirect, which would take the key elsewhere",
      (_request, response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
      "no signed URL could be had: redirected: status 302",
    ],
    [
      "an answer without a URL",
      (_request, response) => json(response, { signed: SIGNATURE }),
      "the signed URL cannot be read: signed_url: Invalid input: expected string, received undefined",
    ],
    [
      "an answer that is no URL of a WebSocket",
      (_request, response) => json(response, { signed_url: `https://x.example/${SIGNATURE}` }),
      "the agent's URL is not a ws: or wss: URL",
    ],
    [
      "a signed URL of an address that is not public",
      (_request, response) => json(response, { signed_url: `ws://10.0.0.1/${SIGNATURE}` }),
      "10.0.0.1 is not a public address (private)",
    ],
    ["a platform that does not answer in time", () => {}, "the signed URL did not come in time"],
  ];
  test.each(refusals)(
    "is not there with %s, and no secret is in the reason",
    async (_what, answer, reason) => {
      const platform = await startPlatform(answer);
      const fault: unknown = await connectTo(platform.target).catch((caught: unknown) => caught);
      if (!(fault instanceof Error)) throw new Error("it was there");
      expect(fault.message).toBe(reason);
      expect(fault.message).not.toMatch(new RegExp(`${KEY}|${SIGNATURE}`));
      expect(platform.connected).toEqual([]);
    },
  );

  test("at an address that is not public is not asked", async () => {
    const platform = await startPlatform(signs);
    const strict = createAddressPolicy({ allowLoopback: false });
    const agent = { ...platform.target, addressPolicy: strict };
    await expect(connectElevenLabs(agent, CALL, never, node.logger)).rejects.toThrow(
      "127.0.0.1 is not a public address",
    );
    const named = { ...agent, url: agent.url.replace("127.0.0.1", "localhost") };
    await expect(connectElevenLabs(named, CALL, never, node.logger)).rejects.toThrow(
      "no signed URL could be had: address_refused",
    );
    expect(platform.asked).toEqual([]);
  });

  test("of a wss: platform takes no signed URL that is not", async () => {
    const platform = await startPlatform(signs);
    const agent = { ...platform.target, addressPolicy, apiKey: KEY };
    const secure = { ...agent, url: agent.url.replace("ws:", "wss:") };
    // This server speaks no TLS: nothing of the key is sent in the clear.
    await expect(connectElevenLabs(secure, CALL, never, node.logger)).rejects.toThrow(
      "no signed URL could be had: unreachable",
    );
    expect(platform.asked).toEqual([]);
  });
});
