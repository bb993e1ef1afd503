import { findParam, parseParams, type SipParam, SipSyntaxError, writeParams } from "./syntax.ts";
import { parseHostPort } from "./uri.ts";

/** RFC 3261 §20.42. */
export interface Via {
  /** As written, upper case: TCP, TLS, UDP or something unknown. */
  readonly transport: string;
  readonly host: string;
  readonly port: number | null;
  readonly params: readonly SipParam[];
}

const SENT_PROTOCOL = /^SIP\s*\/\s*2\.0\s*\/\s*([\w\-.!%*+`'~]+)\s+/i;

/** Parses one Via value: split a comma list first. */
export function parseVia(text: string): Via | SipSyntaxError {
  const value = text.trim();
  const protocol = SENT_PROTOCOL.exec(value);
  const transport = protocol?.[1];
  if (protocol === null || transport === undefined) {
    return new SipSyntaxError("a Via lacks SIP/2.0 and a transport");
  }
  const rest = value.slice(protocol[0].length);
  const semicolon = rest.indexOf(";");
  const sentBy = (semicolon === -1 ? rest : rest.slice(0, semicolon)).replace(/\s*:\s*/g, ":");
  const hostPort = parseHostPort(sentBy.trim());
  if (hostPort instanceof SipSyntaxError) return hostPort;
  const params = parseParams(semicolon === -1 ? "" : rest.slice(semicolon));
  if (params instanceof SipSyntaxError) return params;
  return { transport: transport.toUpperCase(), ...hostPort, params };
}

export function writeVia(via: Via): string {
  const port = via.port === null ? "" : `:${via.port}`;
  return `SIP/2.0/${via.transport} ${via.host}${port}${writeParams(via.params)}`;
}

export function viaBranch(via: Via): string | null {
  return findParam(via.params, "branch") ?? null;
}
