import type {
  MediaDescription,
  SdpAttribute,
  SdpConnection,
  SdpOrigin,
  SessionDescription,
} from "./session-description.ts";

/** Where a description is not SDP. `detail` never repeats the line: it may hold a key. */
interface SdpSyntaxError {
  readonly code: "sdp_syntax";
  /** 1 for the first line. */
  readonly line: number;
  readonly detail: string;
}

export type SdpParseResult =
  | { readonly ok: true; readonly description: SessionDescription }
  | { readonly ok: false; readonly error: SdpSyntaxError };

const MAX_TEXT_LENGTH = 65_536;
const MAX_LINES = 2_000;
const MAX_MEDIA = 64;

/** Thrown and caught in this file only: the parse result is a value. */
class SyntaxFault extends Error {}

function fail(detail: string): never {
  throw new SyntaxFault(detail);
}

/**
 * Reads a session description (RFC 4566, now 8866 §9). Lines may end in LF alone and the last may lack its
 * end; the types we have no use for (`i u e p b r z k`) are skipped, any other letter is an error.
 */
export function parseSessionDescription(text: string): SdpParseResult {
  if (text.length > MAX_TEXT_LENGTH) return syntaxError(1, "longer than 65536 characters");
  const lines = text.split("\n");
  while (lines.length > 0 && lines.at(-1)?.trim() === "") lines.pop();
  if (lines.length > MAX_LINES) return syntaxError(MAX_LINES, "more than 2000 lines");

  const reader = new DescriptionReader();
  let number = 0;
  try {
    for (const raw of lines) {
      number += 1;
      const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
      reader.line(number, line);
    }
    return { ok: true, description: reader.finish() };
  } catch (error) {
    if (error instanceof SyntaxFault) return syntaxError(Math.max(number, 1), error.message);
    throw error;
  }
}

function syntaxError(line: number, detail: string): SdpParseResult {
  return { ok: false, error: { code: "sdp_syntax", line, detail } };
}

interface OpenMedia {
  readonly head: Pick<MediaDescription, "media" | "port" | "portCount" | "protocol" | "formats">;
  connection: SdpConnection | null;
  readonly attributes: SdpAttribute[];
}

class DescriptionReader {
  #origin: SdpOrigin | null = null;
  #sessionName = "-";
  #connection: SdpConnection | null = null;
  #timing: string | null = null;
  readonly #attributes: SdpAttribute[] = [];
  readonly #media: OpenMedia[] = [];

  line(number: number, line: string): void {
    if (line.includes("\r") || line.includes("\0")) fail("control character in the line");
    if (line[1] !== "=") fail("not of the form <type>=<value>");
    const value = line.slice(2);
    if (number === 1) {
      if (line !== "v=0") fail("the first line must be v=0");
      return;
    }
    const media = this.#media.at(-1);
    switch (line[0]) {
      case "o":
        if (this.#origin !== null || media !== undefined) fail("misplaced o= line");
        this.#origin = parseOrigin(value);
        return;
      case "s":
        this.#sessionName = value;
        return;
      case "t":
        this.#timing ??= value;
        return;
      case "c":
        if (media !== undefined) media.connection ??= parseConnection(value);
        else this.#connection ??= parseConnection(value);
        return;
      case "a":
        (media?.attributes ?? this.#attributes).push(parseAttribute(value));
        return;
      case "m":
        if (this.#media.length === MAX_MEDIA) fail("more than 64 m= lines");
        this.#media.push({ head: parseMedia(value), connection: null, attributes: [] });
        return;
      case "i":
      case "u":
      case "e":
      case "p":
      case "b":
      case "r":
      case "z":
      case "k":
        return;
      default:
        fail("unknown line type");
    }
  }

  finish(): SessionDescription {
    if (this.#origin === null) fail("no o= line");
    return {
      origin: this.#origin,
      sessionName: this.#sessionName,
      connection: this.#connection,
      timing: this.#timing ?? "0 0",
      attributes: this.#attributes,
      media: this.#media.map((media) => ({
        ...media.head,
        connection: media.connection,
        attributes: media.attributes,
      })),
    };
  }
}

function parseOrigin(value: string): SdpOrigin {
  const [username, sessionId, sessionVersion, netType, addressType, address, ...rest] =
    value.split(/ +/);
  if (username === undefined || username === "" || rest.some((part) => part !== "")) {
    fail("o= needs six fields");
  }
  if (sessionId === undefined || !/^\d{1,40}$/.test(sessionId)) fail("bad session id in o=");
  if (sessionVersion === undefined || !/^\d{1,40}$/.test(sessionVersion)) {
    fail("bad session version in o=");
  }
  return {
    username,
    sessionId,
    sessionVersion,
    connection: connectionOf(netType, addressType, address),
  };
}

function parseConnection(value: string): SdpConnection {
  const [netType, addressType, address] = value.trim().split(/ +/);
  return connectionOf(netType, addressType, address);
}

function connectionOf(
  netType: string | undefined,
  addressType: string | undefined,
  address: string | undefined,
): SdpConnection {
  if (netType !== "IN") fail("network type is not IN");
  if (addressType !== "IP4" && addressType !== "IP6") fail("address type is neither IP4 nor IP6");
  if (address === undefined || !/^[A-Za-z0-9.:_/%-]{1,255}$/.test(address)) fail("bad address");
  return { addressType, address };
}

function parseAttribute(value: string): SdpAttribute {
  const colon = value.indexOf(":");
  const name = colon < 0 ? value : value.slice(0, colon);
  if (!/^[!#-'*+\-.0-9A-Z^-~]+$/.test(name.trim())) fail("bad attribute name");
  return { name: name.trim(), value: colon < 0 ? null : value.slice(colon + 1) };
}

function parseMedia(value: string): OpenMedia["head"] {
  const [media, ports, protocol, ...formats] = value.trim().split(/ +/);
  if (media === undefined || !/^[A-Za-z0-9._-]+$/.test(media)) fail("bad media type in m=");
  const match = /^(\d{1,5})(?:\/(\d{1,3}))?$/.exec(ports ?? "");
  const port = Number(match?.[1] ?? Number.NaN);
  if (!(port <= 65_535)) fail("bad port in m=");
  if (protocol === undefined || !/^[A-Za-z0-9/._-]+$/.test(protocol)) fail("bad protocol in m=");
  if (formats.length === 0) fail("no format in m=");
  return { media, port, portCount: Number(match?.[2] ?? 1), protocol, formats };
}
