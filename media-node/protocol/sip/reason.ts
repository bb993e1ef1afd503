import {
  findParam,
  isToken,
  parseParams,
  type SipParam,
  SipSyntaxError,
  splitOutsideQuotes,
  writeParams,
} from "./syntax.ts";

/** RFC 3326 §2: one reason value, `SIP;cause=200;text="Call completed elsewhere"`. */
export interface ReasonValue {
  /** `SIP`, `Q.850` or another token, as written. */
  readonly protocol: string;
  readonly cause: number | null;
  /** Unquoted. */
  readonly text: string | null;
}

/** Every value of a Reason header, in order. */
export function parseReason(header: string): readonly ReasonValue[] | SipSyntaxError {
  const values: ReasonValue[] = [];
  for (const part of splitOutsideQuotes(header, ",")) {
    const semicolon = part.indexOf(";");
    const protocol = (semicolon === -1 ? part : part.slice(0, semicolon)).trim();
    if (!isToken(protocol)) return new SipSyntaxError("a Reason has no protocol");
    const params = parseParams(semicolon === -1 ? "" : part.slice(semicolon));
    if (params instanceof SipSyntaxError) return params;
    const cause = findParam(params, "cause") ?? null;
    if (cause !== null && !/^\d{1,9}$/.test(cause)) {
      return new SipSyntaxError("the cause of a Reason is not a number");
    }
    const text = findParam(params, "text") ?? null;
    values.push({
      protocol,
      cause: cause === null ? null : Number(cause),
      text: text === null ? null : unquote(text),
    });
  }
  return values;
}

/** Writes one value; characters that would break out of the quotes are escaped, line breaks become spaces. */
export function writeReason(reason: ReasonValue): string {
  const params: SipParam[] = [];
  if (reason.cause !== null) params.push(["cause", String(reason.cause)]);
  if (reason.text !== null) params.push(["text", quote(reason.text)]);
  return `${reason.protocol}${writeParams(params)}`;
}

/** RFC 3261 §25.1 `quoted-string`. */
export function quote(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters cannot stand in a header.
  const printable = text.replace(/[\u0000-\u001f\u007f]+/g, " ");
  return `"${printable.replace(/["\\]/g, "\\$&")}"`;
}

export function unquote(text: string): string {
  if (!text.startsWith('"') || !text.endsWith('"') || text.length < 2) return text;
  return text.slice(1, -1).replace(/\\(.)/gs, "$1");
}
