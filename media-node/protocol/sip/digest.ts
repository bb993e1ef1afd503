import { createHash, timingSafeEqual } from "node:crypto";
import { quote, unquote } from "./reason.ts";
import { isToken, SipSyntaxError, splitOutsideQuotes } from "./syntax.ts";

/** Digest authentication (RFC 3261 §22, RFC 7616, RFC 8760), for the side that asks and the side that answers. */

/** RFC 8760 §2.1: the algorithms of SIP, by the hash of each as node:crypto calls it. */
const HASHES = {
  MD5: "md5",
  "MD5-sess": "md5",
  "SHA-256": "sha256",
  "SHA-256-sess": "sha256",
  "SHA-512-256": "sha512-256",
  "SHA-512-256-sess": "sha512-256",
} as const satisfies Record<string, string>;

export type DigestAlgorithm = keyof typeof HASHES;
type DigestQop = "auth" | "auth-int";

/** A parameter that has no field of its own: the name in lower case, the value without quotes. */
type DigestParam = readonly [name: string, value: string];

/** One `Digest` challenge of a WWW-Authenticate or Proxy-Authenticate header. */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | null;
  /** As written; null when it was not, which means MD5 (RFC 7616 §3.3). See `algorithmNamed`. */
  readonly algorithm: string | null;
  /** In lower case; empty when the challenge has none (RFC 2069). */
  readonly qop: readonly string[];
  readonly isStale: boolean;
  readonly others: readonly DigestParam[];
}

/** The `Digest` credentials of an Authorization or Proxy-Authorization header. */
export interface DigestCredentials {
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  /** As the client wrote it: it is what the response was computed over (RFC 3261 §22.4). */
  readonly uri: string;
  readonly response: string;
  readonly algorithm: string | null;
  readonly cnonce: string | null;
  readonly opaque: string | null;
  /** In lower case. */
  readonly qop: string | null;
  /** Eight hexadecimal digits. */
  readonly nc: string | null;
  readonly others: readonly DigestParam[];
}

/** What a response is computed over (RFC 7616 §3.4.1). */
export interface DigestInput {
  readonly algorithm: DigestAlgorithm;
  readonly username: string;
  readonly realm: string;
  readonly password: string;
  readonly method: string;
  readonly uri: string;
  readonly nonce: string;
  /** Null: the form of RFC 2069, without `nc` and `cnonce`. */
  readonly qop: DigestQop | null;
  readonly nc: string | null;
  readonly cnonce: string | null;
  /** Counts with `auth-int` only. */
  readonly body: string | Uint8Array;
}

/** What a client adds to a challenge. */
export interface DigestAnswer {
  readonly username: string;
  readonly password: string;
  readonly method: string;
  /** The Request-URI, as it stands in the request. */
  readonly uri: string;
  readonly body: string | Uint8Array;
  /** Random, by the caller. */
  readonly cnonce: string;
  /** How often this nonce has been used, this time included: from 1. */
  readonly nc: number;
}

/** Null for an algorithm that is not one of ours. Names are compared without regard to case. */
export function algorithmNamed(name: string | null): DigestAlgorithm | null {
  const wanted = (name ?? "MD5").toLowerCase();
  for (const known of Object.keys(HASHES)) {
    if (known.toLowerCase() === wanted) return known as DigestAlgorithm; // a key of HASHES
  }
  return null;
}

/** RFC 7616 §3.4.1: the response in lower-case hexadecimal. */
export function digestResponse(input: DigestInput): string {
  const { algorithm, realm, nonce, cnonce, qop } = input;
  const hash = (data: string | Uint8Array): string =>
    createHash(HASHES[algorithm]).update(data).digest("hex");
  // RFC 7616 §3.4.2.
  const user = hash(`${input.username}:${realm}:${input.password}`);
  const a1 = algorithm.endsWith("-sess") ? hash(`${user}:${nonce}:${cnonce ?? ""}`) : user;
  // RFC 7616 §3.4.3.
  const target = `${input.method}:${input.uri}`;
  const a2 = hash(qop === "auth-int" ? `${target}:${hash(input.body)}` : target);
  if (qop === null) return hash(`${a1}:${nonce}:${a2}`);
  return hash(`${a1}:${nonce}:${input.nc ?? ""}:${cnonce ?? ""}:${qop}:${a2}`);
}

/**
 * Every `Digest` challenge of these header values, in order. Other schemes and challenges that cannot be read are left
 * out: a client goes by what it understands (RFC 3261 §22.1).
 */
export function parseChallenges(values: readonly string[]): DigestChallenge[] {
  const challenges: DigestChallenge[] = [];
  for (const value of values) {
    for (const params of digestSchemes(value)) {
      const challenge = challengeOf(params);
      if (challenge !== null) challenges.push(challenge);
    }
  }
  return challenges;
}

/**
 * RFC 8760 §2.4: the topmost that we can answer, because the server lists what it prefers first. With `realm` only
 * challenges for that realm count. Null when none can be answered.
 */
export function chooseChallenge(
  challenges: readonly DigestChallenge[],
  realm?: string,
): DigestChallenge | null {
  const usable = challenges.find(
    (challenge) =>
      (realm === undefined || challenge.realm === realm) &&
      algorithmNamed(challenge.algorithm) !== null &&
      qopFor(challenge) !== undefined,
  );
  return usable ?? null;
}

/** The value of the header that answers the challenge; null for a challenge that `chooseChallenge` would not take. */
export function writeCredentials(challenge: DigestChallenge, answer: DigestAnswer): string | null {
  const algorithm = algorithmNamed(challenge.algorithm);
  const qop = qopFor(challenge);
  if (algorithm === null || qop === undefined) return null;
  const { realm, nonce, opaque } = challenge;
  const nc = answer.nc.toString(16).padStart(8, "0");
  const response = digestResponse({ ...answer, algorithm, realm, nonce, qop, nc });
  const parts = [
    `username=${quote(answer.username)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(answer.uri)}`,
    `response="${response}"`,
  ];
  // RFC 7616 §3.4: algorithm, qop and nc stand without quotes here; servers of RFC 2069 expect no parameter they did not send.
  if (challenge.algorithm !== null) parts.push(`algorithm=${algorithm}`);
  if (qop !== null || algorithm.endsWith("-sess")) parts.push(`cnonce=${quote(answer.cnonce)}`);
  if (qop !== null) parts.push(`qop=${qop}`, `nc=${nc}`);
  if (opaque !== null) parts.push(`opaque=${quote(opaque)}`);
  return `Digest ${parts.join(", ")}`;
}

/** `auth` before `auth-int`, null for a challenge without qop, undefined when it offers only what is unknown. */
function qopFor({ qop }: DigestChallenge): DigestQop | null | undefined {
  if (qop.length === 0) return null;
  if (qop.includes("auth")) return "auth";
  return qop.includes("auth-int") ? "auth-int" : undefined;
}

/** The value of the header that asks. */
export function writeChallenge(challenge: DigestChallenge): string {
  const parts = [`realm=${quote(challenge.realm)}`, `nonce=${quote(challenge.nonce)}`];
  if (challenge.opaque !== null) parts.push(`opaque=${quote(challenge.opaque)}`);
  if (challenge.isStale) parts.push("stale=true");
  if (challenge.algorithm !== null) parts.push(`algorithm=${challenge.algorithm}`);
  if (challenge.qop.length > 0) parts.push(`qop=${quote(challenge.qop.join(","))}`);
  for (const [name, value] of challenge.others) parts.push(`${name}=${quote(value)}`);
  return `Digest ${parts.join(", ")}`;
}

/** Null for credentials of another scheme, which are somebody else's. */
export function parseCredentials(value: string): DigestCredentials | SipSyntaxError | null {
  const schemes = parseSchemes(value);
  if (schemes instanceof SipSyntaxError) {
    return /^\s*digest\s/i.test(value) ? schemes : null;
  }
  const [only, ...more] = schemes;
  if (only === undefined || only.scheme !== "digest") return null;
  if (more.length > 0) return new SipSyntaxError("a header holds several credentials");
  const fields = fieldsOf(only.params);
  if (fields === null) return new SipSyntaxError("a parameter of the credentials stands twice");
  const username = fields.get("username");
  const realm = fields.get("realm");
  const nonce = fields.get("nonce");
  const uri = fields.get("uri");
  const response = fields.get("response");
  if (
    username === undefined ||
    realm === undefined ||
    nonce === undefined ||
    uri === undefined ||
    response === undefined
  ) {
    return new SipSyntaxError("the credentials lack a parameter");
  }
  const nc = fields.get("nc") ?? null;
  if (nc !== null && !/^[0-9a-f]{8}$/i.test(nc)) {
    return new SipSyntaxError("the nonce count is not eight hexadecimal digits");
  }
  return {
    username,
    realm,
    nonce,
    uri,
    response,
    algorithm: fields.get("algorithm") ?? null,
    cnonce: fields.get("cnonce") ?? null,
    opaque: fields.get("opaque") ?? null,
    qop: fields.get("qop")?.toLowerCase() ?? null,
    nc,
    others: only.params.filter(([name]) => !CREDENTIAL_FIELDS.has(name)),
  };
}

/** Whether whoever wrote the credentials knew the password. Takes as long for any wrong one as for the right one. */
export function credentialsProve(
  credentials: DigestCredentials,
  secret: {
    readonly password: string;
    readonly method: string;
    readonly body: string | Uint8Array;
  },
): boolean {
  const { qop } = credentials;
  const algorithm = algorithmNamed(credentials.algorithm);
  if (algorithm === null || (qop !== null && qop !== "auth" && qop !== "auth-int")) return false;
  const expected = digestResponse({ ...credentials, ...secret, algorithm, qop });
  return equalInConstantTime(expected, credentials.response.toLowerCase());
}

/** Compares by hash, so that not even the length of the other text shows in the time. */
export function equalInConstantTime(one: string, other: string): boolean {
  const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(one), hash(other));
}

const CHALLENGE_FIELDS = new Set(["realm", "nonce", "opaque", "algorithm", "qop", "stale"]);
const CREDENTIAL_FIELDS = new Set([
  "username",
  "realm",
  "nonce",
  "uri",
  "response",
  "algorithm",
  "cnonce",
  "opaque",
  "qop",
  "nc",
]);

function challengeOf(params: readonly DigestParam[]): DigestChallenge | null {
  const fields = fieldsOf(params);
  const realm = fields?.get("realm");
  const nonce = fields?.get("nonce");
  if (fields === null || realm === undefined || nonce === undefined) return null;
  return {
    realm,
    nonce,
    opaque: fields.get("opaque") ?? null,
    algorithm: fields.get("algorithm") ?? null,
    qop: (fields.get("qop") ?? "")
      .toLowerCase()
      .split(/[\s,]+/)
      .filter((option) => option !== ""),
    isStale: fields.get("stale")?.toLowerCase() === "true",
    others: params.filter(([name]) => !CHALLENGE_FIELDS.has(name)),
  };
}

/** Null when a parameter stands twice: one reader would take the first, another the last. */
function fieldsOf(params: readonly DigestParam[]): Map<string, string> | null {
  const fields = new Map(params);
  return fields.size === params.length ? fields : null;
}

function digestSchemes(value: string): (readonly DigestParam[])[] {
  const schemes = parseSchemes(value);
  if (schemes instanceof SipSyntaxError) return [];
  return schemes.filter(({ scheme }) => scheme === "digest").map(({ params }) => params);
}

interface Scheme {
  /** In lower case. */
  readonly scheme: string;
  readonly params: DigestParam[];
}

const STARTS_SCHEME = /^([^\s=,"]+)\s+(?=[^\s=,"]+\s*=)/;
const QUOTED = /^"(?:[^"\\]|\\.)*"$/s;
const BARE = /^[^\s",]+$/;

/**
 * RFC 9110 §11.6.1: `scheme name=value, name=value, scheme …`. RFC 3261 §7.3.1 gives each challenge a
 * header of its own; a list in one header is read all the same.
 */
function parseSchemes(value: string): Scheme[] | SipSyntaxError {
  const schemes: Scheme[] = [];
  for (const part of splitOutsideQuotes(value, ",")) {
    if (part === "") continue;
    const scheme = STARTS_SCHEME.exec(part);
    if (scheme?.[1] !== undefined) schemes.push({ scheme: scheme[1].toLowerCase(), params: [] });
    const param = scheme === null ? part : part.slice(scheme[0].length);
    const equals = param.indexOf("=");
    const name = param.slice(0, Math.max(equals, 0)).trim();
    const text = param.slice(equals + 1).trim();
    const current = schemes.at(-1);
    if (current === undefined || !isToken(name) || !(QUOTED.test(text) || BARE.test(text))) {
      return new SipSyntaxError("the authentication header is malformed");
    }
    current.params.push([name.toLowerCase(), unquote(text)]);
  }
  return schemes;
}
