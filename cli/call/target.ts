import { SipSyntaxError, withParam } from "../../media-node/protocol/sip/syntax.ts";
import {
  hostForUri,
  parseSipUri,
  uriTransport,
  writeSipUri,
} from "../../media-node/protocol/sip/uri.ts";
import type { HostPort } from "../options.ts";
import { type Runtime, readRuntime } from "../runtime-file.ts";
import { UserError } from "../user-error.ts";
import type { CallOptions } from "./call-options.ts";

const OTHER_SERVER = "name a server with --proxy host:port";

/** Whom to call and how to get there. */
export interface CallTarget {
  readonly requestUri: string;
  /** A SIP URI to send to instead of the Request-URI's host; null: the Request-URI itself. */
  readonly nextHop: string | null;
  readonly transport: "tcp" | "tls";
  /** Host of the next hop: chooses the local address. */
  readonly host: string;
  /** PEM file of authorities; null: the system's. */
  readonly caFile: string | null;
}

type Wanted = Pick<CallOptions, "state" | "proxy" | "ca" | "transport">;

/** RFC 3261 §25.1 `user`, less the escapes, which are made here. */
const USER_UNSAFE = /[^A-Za-z0-9\-_.!~*'()&=+$,;?/]/g;

/**
 * A number goes to the proxy or to the system of the state directory; a SIP URI says itself where.
 * @throws UserError
 */
export function resolveTarget(text: string, wanted: Wanted): CallTarget {
  return /^sips?:/i.test(text) ? targetOfUri(text, wanted) : targetOfNumber(text, wanted);
}

function targetOfNumber(number: string, wanted: Wanted): CallTarget {
  const user = number.replaceAll(USER_UNSAFE, escapeCharacter);
  const transport = wanted.transport ?? "tls";
  if (wanted.proxy !== undefined) {
    const host = hostForUri(wanted.proxy.host);
    return {
      requestUri: `sip:${user}@${host}:${wanted.proxy.port};transport=${transport}`,
      nextHop: null,
      transport,
      host: wanted.proxy.host,
      caFile: wanted.ca ?? null,
    };
  }
  const runtime = readRuntime(wanted.state, OTHER_SERVER);
  const listener = transport === "tls" ? runtime.sips : runtime.sip;
  return {
    requestUri: `sip:${user}@${runtime.sipDomain}`,
    nextHop: hopTo(listener, transport),
    transport,
    host: listener.host,
    caFile: wanted.ca ?? runtime.tlsCa,
  };
}

function targetOfUri(text: string, wanted: Wanted): CallTarget {
  const uri = parseSipUri(text);
  if (uri instanceof SipSyntaxError) {
    throw new UserError(`${text} cannot be called: ${uri.detail}.`);
  }
  if (uri.user === null) throw new UserError(`${text} cannot be called: it names nobody.`);
  const named = uri.scheme === "sips" ? "tls" : uriTransport(uri);
  if (named !== null && named !== "tcp" && named !== "tls") {
    throw new UserError(`${text} asks for ${named}, and this phone speaks tcp and tls only.`);
  }
  if (named !== null && wanted.transport !== undefined && named !== wanted.transport) {
    throw new UserError(
      `${text} asks for ${named} and --transport for ${wanted.transport}: drop one.`,
    );
  }
  const transport = named ?? wanted.transport ?? "tls";
  const params = withParam(uri.params, "transport", transport);
  const { proxy } = wanted;
  return {
    requestUri: writeSipUri({ ...uri, headers: null, params }),
    nextHop: proxy === undefined ? null : hopTo(proxy, transport),
    transport,
    host: proxy?.host ?? uri.host,
    caFile: wanted.ca ?? runningAuthority(wanted.state),
  };
}

/** The local system's authority, if one runs: a URI may well name this machine. */
function runningAuthority(statePath: string): string | null {
  let runtime: Runtime;
  try {
    runtime = readRuntime(statePath, OTHER_SERVER);
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
  return runtime.tlsCa;
}

function hopTo(hop: HostPort, transport: "tcp" | "tls"): string {
  return `sip:${hostForUri(hop.host)}:${hop.port};transport=${transport}`;
}

function escapeCharacter(character: string): string {
  const bytes = new TextEncoder().encode(character);
  return Array.from(bytes, (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(
    "",
  );
}
