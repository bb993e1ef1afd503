import { randomBytes } from "node:crypto";
import {
  chooseChallenge,
  type DigestChallenge,
  parseChallenges,
  writeCredentials,
} from "../protocol/sip/digest.ts";
import {
  headerValue,
  type SipHeader,
  type SipRequest,
  type SipResponse,
} from "../protocol/sip/message.ts";

/** What a carrier has given us. The password stays in this thread, in the call that it is for. */
export interface DigestAccount {
  readonly username: string;
  readonly password: string;
}

/** The header by which a control client names an account that `setAccount` was given. Never on the wire. */
export const ACCOUNT_HEADER = "X-Trunkline-Account";

/** Accounts by the name that requests give. */
export class DigestAccounts {
  readonly #byName = new Map<string, DigestClient>();

  /** Null forgets it: challenges that come later are not answered. */
  set(name: string, account: DigestAccount | null): void {
    this.#byName.get(name)?.forget();
    if (account === null) this.#byName.delete(name);
    else this.#byName.set(name, new DigestClient(account));
  }

  /** What answers the challenges that this request meets; null when it names no account. */
  clientFor(asked: SipRequest): DigestClient | null {
    const name = headerValue(asked, ACCOUNT_HEADER);
    return name === null ? null : (this.#byName.get(name) ?? null);
  }
}

/** RFC 3261 §22: answers the challenges of the peer of one call. */
export class DigestClient {
  #account: DigestAccount | null;
  /** RFC 7616 §3.4: how often each nonce of this call has been used. */
  readonly #uses = new Map<string, number>();

  constructor(account: DigestAccount) {
    this.#account = account;
  }

  get account(): DigestAccount | null {
    return this.#account;
  }

  forget(): void {
    this.#account = null;
  }

  countUse(nonce: string): number {
    const uses = (this.#uses.get(nonce) ?? 0) + 1;
    this.#uses.set(nonce, uses);
    return uses;
  }
}

/** One challenge that this request answers. */
interface Answered {
  readonly header: "Authorization" | "Proxy-Authorization";
  readonly challenge: DigestChallenge;
  readonly attempts: number;
}

/** A proxy and the carrier behind it may each ask (RFC 3261 §22.3); nobody has more to ask than that. */
const MAX_REALMS = 4;
/** The second answers `stale=true`: a nonce that ran out on the way. */
const MAX_ATTEMPTS = 2;
const CREDENTIAL_HEADERS: ReadonlySet<string> = new Set(["Authorization", "Proxy-Authorization"]);

/** The credentials of one request and of its repeats. */
export class DigestExchange {
  readonly #client: DigestClient;
  readonly #answered = new Map<string, Answered>();

  constructor(client: DigestClient) {
    this.#client = client;
  }

  /** Takes a 401 or 407; false when it is the final word: no account, an unknown scheme, a wrong password. */
  take({ startLine, headers }: SipResponse): boolean {
    if (this.#client.account === null) return false;
    const isProxy = startLine.status === 407;
    const asking = isProxy ? "Proxy-Authenticate" : "WWW-Authenticate";
    const header = isProxy ? "Proxy-Authorization" : "Authorization";
    const challenges = parseChallenges(
      headers.filter(({ name }) => name === asking).map(({ value }) => value),
    );
    const taken: [string, Answered][] = [];
    for (const realm of new Set(challenges.map((challenge) => challenge.realm))) {
      const challenge = chooseChallenge(challenges, realm);
      if (challenge === null) continue;
      const key = `${header} ${realm}`;
      const attempts = (this.#answered.get(key)?.attempts ?? 0) + 1;
      if (attempts > MAX_ATTEMPTS || (attempts > 1 && !challenge.isStale)) return false;
      taken.push([key, { header, challenge, attempts }]);
    }
    if (taken.length === 0) return false;
    for (const [key, answered] of taken) this.#answered.set(key, answered);
    return this.#answered.size <= MAX_REALMS;
  }

  /** The request with credentials for every challenge taken so far, in place of those it may have. */
  authorise(request: SipRequest): SipRequest {
    const { account } = this.#client;
    if (this.#answered.size === 0 || account === null) return request;
    const headers: SipHeader[] = request.headers.filter(
      ({ name }) => !CREDENTIAL_HEADERS.has(name),
    );
    for (const { header, challenge } of this.#answered.values()) {
      const value = writeCredentials(challenge, {
        ...account,
        method: request.startLine.method,
        uri: request.startLine.requestUri,
        body: request.body,
        cnonce: randomBytes(12).toString("hex"),
        nc: this.#client.countUse(challenge.nonce),
      });
      if (value !== null) headers.push({ name: header, value });
    }
    return { ...request, headers };
  }
}

export function isChallenge(status: number): boolean {
  return status === 401 || status === 407;
}

/** RFC 3261 §13.2.2.4: what the ACK of a 2xx repeats of its INVITE. */
export function credentialsOf(request: SipRequest): readonly SipHeader[] {
  return request.headers.filter(({ name }) => CREDENTIAL_HEADERS.has(name));
}
