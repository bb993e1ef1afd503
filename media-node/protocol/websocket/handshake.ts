import { createHash } from "node:crypto";

/** The opening handshake of a client without extensions (RFC 6455 §4.1), as text. */

export interface HandshakeRequest {
  /** Without a fragment. */
  readonly url: URL;
  /** 16 random octets in base64. */
  readonly key: string;
  /** Null: none is offered. */
  readonly subprotocol: string | null;
  /** Names and values that can stand in a request. */
  readonly headers: Readonly<Record<string, string>>;
}

/** RFC 6455 §4.1 (4). */
const KEY_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** What the handshake itself says, whatever the agent's settings hold. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  "connection",
  "upgrade",
  "sec-websocket-key",
  "sec-websocket-version",
  "sec-websocket-protocol",
  "sec-websocket-extensions",
]);

export function writeHandshake({ url, key, subprotocol, headers }: HandshakeRequest): string {
  const given = Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name.toLowerCase()));
  const has = (name: string): boolean => given.some(([other]) => other.toLowerCase() === name);
  const isNamed = url.username !== "" || url.password !== "";
  const lines = [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    ...(has("host") ? [] : [`Host: ${url.host}`]),
    "Connection: Upgrade",
    "Upgrade: websocket",
    `Sec-WebSocket-Key: ${key}`,
    "Sec-WebSocket-Version: 13",
    ...(subprotocol === null ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
    ...(isNamed && !has("authorization") ? [`Authorization: ${basicCredentials(url)}`] : []),
    ...given.map(([name, value]) => `${name}: ${value}`),
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** RFC 7617 §2. */
function basicCredentials({ username, password }: URL): string {
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair, "utf8").toString("base64")}`;
}

/** Null when the head of a response opens the connection that was asked for; otherwise why it does not. */
export function refusalOf(head: string, { key, subprotocol }: HandshakeRequest): string | null {
  const [statusLine = "", ...lines] = head.split("\r\n");
  const status = /^HTTP\/1\.1 (\d{3})(?: |$)/.exec(statusLine)?.[1];
  if (status === undefined) return "the answer is not HTTP/1.1";
  if (status !== "101") return `Unexpected server response: ${status}`;
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return "the answer has a malformed header";
    const known = headers.get(name.toLowerCase());
    headers.set(name.toLowerCase(), known === undefined ? value : `${known}, ${value}`);
  }
  if (headers.get("upgrade")?.toLowerCase() !== "websocket") return "Invalid Upgrade header";
  const connection = headers.get("connection")?.toLowerCase().split(",") ?? [];
  if (!connection.some((token) => token.trim() === "upgrade")) return "Invalid Connection header";
  const accept = createHash("sha1")
    .update(key + KEY_SUFFIX)
    .digest("base64");
  if (headers.get("sec-websocket-accept") !== accept) return "Invalid Sec-WebSocket-Accept header";
  // RFC 6455 §9.1: what was not offered cannot be accepted.
  if (headers.has("sec-websocket-extensions"))
    return "Server sent an extension that was not offered";
  const chosen = headers.get("sec-websocket-protocol") ?? null;
  if (chosen === null && subprotocol !== null) return "Server sent no subprotocol";
  return chosen === subprotocol ? null : "Server sent an invalid subprotocol";
}
