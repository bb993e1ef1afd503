import { normaliseDialled } from "../../../schema/values/called-identifier.ts";
import type { Secret } from "../../../schema/values/secret.ts";
import {
  algorithmNamed,
  credentialsProve,
  type DigestCredentials,
  parseCredentials,
  writeChallenge,
} from "../../protocol/sip/digest.ts";
import { SipSyntaxError } from "../../protocol/sip/syntax.ts";
import { parseSipUri, uriScheme } from "../../protocol/sip/uri.ts";
import type {
  AuthenticateDecision,
  CallerAuthenticator,
  CallLogger,
  DigestCandidate,
  DigestDemand,
  RouteRefusal,
} from "../ports.ts";
import type { DigestNonces } from "./digest-nonces.ts";
import type { DigestThrottle } from "./digest-throttle.ts";

export interface CallerDigestDeps {
  /** The name of the deployment: its SIP domain. */
  readonly realm: string;
  readonly nonces: DigestNonces;
  readonly throttle: DigestThrottle;
  /** Takes as long for null, whose password nobody knows. Null when the password cannot be opened. */
  readonly openPassword: (candidate: DigestCandidate | null) => Promise<Secret | null>;
  readonly logger: Pick<CallLogger, "error">;
}

/** RFC 3261 §22: INVITEs outside dialogs only. In a dialog the tags and the source say who it is. */
const METHOD = "INVITE";

/**
 * Digest authentication of callers. Whatever is wrong, user name, password, realm or number, the answer is the same and
 * takes as long: who is not known learns nothing by guessing.
 */
export function createCallerDigest(deps: CallerDigestDeps): CallerAuthenticator {
  const realm = deps.realm.toLowerCase();

  function challenge({ candidates }: AuthenticateDecision, isStale: boolean) {
    // Trunks that only the user name can tell apart ask alike; the control plane sees to it.
    const [first] = candidates;
    const demand: DigestDemand = {
      status: first?.challengeStatus ?? 401,
      challenge: writeChallenge({
        realm,
        nonce: deps.nonces.make(),
        opaque: null,
        algorithm: first?.algorithm ?? "MD5",
        qop: ["auth"],
        isStale,
        others: [],
      }),
    };
    return { kind: "challenge", demand } as const;
  }

  return {
    async authenticate(pending, invite) {
      const { query, requestUri } = invite;
      const credentials = credentialsFor(realm, invite.credentials);
      if (credentials === null) return challenge(pending, false);
      const { nc, nonce, username } = credentials;
      const { isSourceNamed, refusal } = pending;
      const attempt = { sourceAddress: query.sourceAddress, isSourceNamed, username };
      const throttled = () => refused(refusal, "digest_throttled", "too many wrong passwords");
      if (deps.throttle.isPaused(attempt)) return throttled();
      const candidate = candidateFor(pending.candidates, username);
      const password = await deps.openPassword(candidate);
      // Nothing is awaited from here to the count: of tries that come at once no more are looked at than of others.
      if (deps.throttle.isPaused(attempt)) return throttled();
      if (password === null && candidate !== null) {
        deps.logger.error("trunk_password_unreadable", { trunkId: candidate.trunkId });
      }
      const secret = { password: password?.reveal() ?? "", method: METHOD, body: "" };
      // All of them, always: which one failed must not show in the time.
      const checks = {
        user: candidate !== null && password !== null,
        password: credentialsProve(credentials, secret),
        algorithm: algorithmNamed(credentials.algorithm) === (candidate?.algorithm ?? "MD5"),
        qop: hasAskedQop(credentials),
        uri: isSameTarget(credentials.uri, requestUri, realm),
      };
      const wrong = Object.entries(checks).flatMap(([name, isRight]) => (isRight ? [] : [name]));
      if (candidate === null || wrong.length > 0) {
        // A password that we cannot read is no fault of the caller's.
        if (password !== null) deps.throttle.failed(attempt);
        return refused(refusal, refusal.code, `wrong ${wrong.join(", ")}`);
      }
      const count = nc === null ? null : Number.parseInt(nc, 16);
      // A response that was right once proves nothing when it is repeated.
      if (!deps.nonces.use(nonce, count)) return challenge(pending, true);
      deps.throttle.succeeded(attempt);
      return candidate.decision;
    },
  };
}

function refused(refusal: RouteRefusal, code: RouteRefusal["code"], detail: string): RouteRefusal {
  return { ...refusal, code, detail: `${refusal.detail}; ${detail}` };
}

/** The first that are meant for us: a proxy on the way may have asked for some of its own. */
function credentialsFor(realm: string, values: readonly string[]): DigestCredentials | null {
  for (const value of values) {
    const credentials = parseCredentials(value);
    if (credentials === null || credentials instanceof SipSyntaxError) continue;
    if (credentials.realm.toLowerCase() === realm) return credentials;
  }
  return null;
}

/** Null when nobody has the name, or when several trunks have it and the call could be for either. */
function candidateFor(
  candidates: readonly DigestCandidate[],
  username: string,
): DigestCandidate | null {
  const [only, ...others] = candidates.filter((candidate) => candidate.username === username);
  return only === undefined || others.length > 0 ? null : only;
}

/** `auth`, as asked, or the form of RFC 2069, which some phones answer with whatever they are asked. */
function hasAskedQop({ cnonce, nc, qop }: DigestCredentials): boolean {
  return qop === null ? nc === null : qop === "auth" && nc !== null && cnonce !== null;
}

/**
 * RFC 3261 §22.4: whether the response was computed for what is called. Scheme, port, parameters and escapes may differ,
 * and the number may be written in another form; the host may be the deployment's own name, which a phone signs that
 * sends by an address.
 */
export function isSameTarget(signed: string, requestUri: string, realm: string): boolean {
  const one = targetOf(signed);
  const other = targetOf(requestUri);
  if (one === null || other === null || one.user !== other.user) return false;
  return one.host === other.host || one.host === realm || one.host.endsWith(`.${realm}`);
}

function targetOf(text: string): { user: string; host: string } | null {
  if (uriScheme(text) === "tel") return { user: numberOf(text.slice("tel:".length)), host: "" };
  const uri = parseSipUri(text);
  if (uri instanceof SipSyntaxError) return null;
  return { user: numberOf(uri.user ?? ""), host: uri.host.toLowerCase() };
}

/** A number with and without `+` is the same here: what it reaches has been decided by the Request-URI alone. */
function numberOf(user: string): string {
  return normaliseDialled(user).replace(/^\+(?=\d+$)/, "");
}
