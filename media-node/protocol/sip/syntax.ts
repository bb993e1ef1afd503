/** Why a piece of SIP text was refused: returned, never thrown. `detail` quotes nothing of the input. */
export class SipSyntaxError {
  readonly detail: string;
  /** The response a request with this defect deserves (RFC 3261 §21.4, §21.5). */
  readonly status: 400 | 413 | 414 | 505;

  constructor(detail: string, status: 400 | 413 | 414 | 505 = 400) {
    this.detail = detail;
    this.status = status;
  }
}

/** A parameter as `;name=value`: the name in lower case, the value as written, quotes included. */
export type SipParam = readonly [name: string, value: string | null];

const TOKEN = /^[\w\-.!%*+`'~]+$/;

/** RFC 3261 §25.1 `token`. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/**
 * Whether the text may stand as one header value: no line break, which would be a header of its own, and no NUL but
 * as a quoted-pair (RFC 3261 §25.1).
 */
export function isHeaderValue(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to refuse.
  return !/[\r\n]|(?<!\\)\u0000/.test(text);
}

export function findParam(params: readonly SipParam[], name: string): string | null | undefined {
  return params.find(([key]) => key === name)?.[1];
}

export function hasParam(params: readonly SipParam[], name: string): boolean {
  return params.some(([key]) => key === name);
}

/** The parameter list with one value put in, replacing a parameter of that name where it stands. */
export function withParam(
  params: readonly SipParam[],
  name: string,
  value: string | null,
): readonly SipParam[] {
  if (!hasParam(params, name)) return [...params, [name, value]];
  return params.map((param) => (param[0] === name ? [name, value] : param));
}

export function writeParams(params: readonly SipParam[]): string {
  let text = "";
  for (const [name, value] of params) text += value === null ? `;${name}` : `;${name}=${value}`;
  return text;
}

/** Position of the first of `stops` outside quoted strings and `<>`; -1 when there is none. */
export function indexOutsideQuotes(text: string, stops: string, from = 0): number {
  let isQuoted = false;
  let isBracketed = false;
  for (let index = from; index < text.length; index += 1) {
    const char = text.charAt(index);
    if (isQuoted) {
      if (char === "\\") index += 1;
      else if (char === '"') isQuoted = false;
    } else if (isBracketed) {
      if (char === ">") isBracketed = false;
    } else if (stops.includes(char)) return index;
    else if (char === '"') isQuoted = true;
    else if (char === "<") isBracketed = true;
  }
  return -1;
}

/** Splits at a separator that stands outside quotes and angle brackets; parts are trimmed. */
export function splitOutsideQuotes(text: string, separator: string): string[] {
  if (!text.includes('"') && !text.includes("<")) {
    return text.split(separator).map((part) => part.trim());
  }
  const parts: string[] = [];
  let start = 0;
  for (;;) {
    const end = indexOutsideQuotes(text, separator, start);
    if (end === -1) break;
    parts.push(text.slice(start, end).trim());
    start = end + 1;
  }
  parts.push(text.slice(start).trim());
  return parts;
}

const QUOTED = /^"(?:[^"\\]|\\.)*"$/s;
const PARAM_VALUE = /^[^\s;,"<>]+$/;
/** Parameters without blanks and quotes: nearly all of them. */
const PLAIN_PARAMS = /^(?:;[\w\-.!%*+`'~]+(?:=[^\s;,"<>]+)?)*$/;

/** Parses what follows a URI or sent-by: `;a=b;c`, empty, or blanks around (RFC 3261 §25.1 generic-param). */
export function parseParams(text: string): readonly SipParam[] | SipSyntaxError {
  if (PLAIN_PARAMS.test(text)) return parsePlainParams(text);
  const trimmed = text.trim();
  if (trimmed === "") return [];
  if (!trimmed.startsWith(";")) return new SipSyntaxError("a parameter does not start with ;");
  const params: SipParam[] = [];
  const parts = splitOutsideQuotes(trimmed.slice(1), ";");
  // One separator too many at the end is common and harmless; a row of them is not (RFC 4475 §3.1.2.1).
  if (parts.at(-1) === "") parts.pop();
  for (const part of parts) {
    if (part === "") return new SipSyntaxError("a parameter is empty");
    const equals = part.indexOf("=");
    const name = (equals === -1 ? part : part.slice(0, equals)).trim();
    if (!isToken(name)) return new SipSyntaxError("a parameter name is not a token");
    if (equals === -1) {
      params.push([name.toLowerCase(), null]);
      continue;
    }
    const value = part.slice(equals + 1).trim();
    if (!QUOTED.test(value) && !PARAM_VALUE.test(value)) {
      return new SipSyntaxError("a parameter value is neither a token, a host nor a quoted string");
    }
    params.push([name.toLowerCase(), value]);
  }
  return params;
}

/** The same for a text of which PLAIN_PARAMS has shown that nothing in it can be wrong. */
function parsePlainParams(text: string): readonly SipParam[] {
  const params: SipParam[] = [];
  for (let start = 1; start < text.length; ) {
    const next = text.indexOf(";", start);
    const end = next === -1 ? text.length : next;
    const equals = text.indexOf("=", start);
    const isFlag = equals === -1 || equals > end;
    const name = text.slice(start, isFlag ? end : equals).toLowerCase();
    params.push([name, isFlag ? null : text.slice(equals + 1, end)]);
    start = end + 1;
  }
  return params;
}
