import * as oauth from "oauth4webapi";
import { errorName, log } from "../log.ts";
import type { OidcConfig } from "./oidc-config.ts";

/**
 * Sign-in by an OpenID provider: the authorization code flow with PKCE (OpenID Connect Core §3.1, RFC 7636). The provider
 * says who somebody is; what they may do is their API key's, which names them as its member.
 */

/** What the browser brings back with the provider's answer. */
export interface OidcAttempt {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

export type OidcEnd =
  | { readonly ok: true; readonly member: string }
  | { readonly ok: false; readonly code: OidcFailure };

type OidcFailure =
  /** The answer is not to what this browser has begun. */
  | "sign_in_expired"
  /** The provider, or the person there, has said no. */
  | "sign_in_refused"
  /** The provider does not answer, or not as it must. */
  | "provider_unavailable"
  /** The claim is missing, or its e-mail address is not verified. */
  | "member_unknown";

const TIMEOUT_MS = 5_000;
const METADATA_KEPT_MS = 600_000;

export class OidcSignIn {
  readonly #config: OidcConfig;
  readonly #clock: () => number;
  readonly #client: oauth.Client;
  readonly #authentication: oauth.ClientAuth;
  #metadata: { readonly server: oauth.AuthorizationServer; readonly readAtMs: number } | null =
    null;

  constructor(config: OidcConfig, clock: () => number) {
    const { clientId, clientSecret } = config;
    this.#config = config;
    this.#clock = clock;
    this.#client = { client_id: clientId };
    this.#authentication =
      clientSecret === null ? oauth.None() : oauth.ClientSecretPost(clientSecret.reveal());
  }

  get name(): string {
    return this.#config.name;
  }

  /** Where the browser goes, and what it has to bring back; null when the provider does not answer. */
  async begin(): Promise<{ readonly url: URL; readonly attempt: OidcAttempt } | null> {
    const endpoint = await this.#authorizationEndpoint();
    if (endpoint === null) return null;
    const attempt = {
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      codeVerifier: oauth.generateRandomCodeVerifier(),
    };
    const url = new URL(endpoint);
    for (const [name, value] of Object.entries({
      client_id: this.#config.clientId,
      redirect_uri: this.#config.redirectUri.href,
      response_type: "code",
      scope: "openid email",
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(attempt.codeVerifier),
      code_challenge_method: "S256",
    })) {
      url.searchParams.set(name, value);
    }
    return { url, attempt };
  }

  /** Of the provider's answer, as the browser has brought it in the query of `url`. */
  async complete(url: URL, { codeVerifier, nonce, state }: OidcAttempt): Promise<OidcEnd> {
    if (url.searchParams.get("state") !== state) return { ok: false, code: "sign_in_expired" };
    try {
      const server = await this.#server();
      const answered = oauth.validateAuthResponse(server, this.#client, url, state);
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        this.#client,
        this.#authentication,
        answered,
        this.#config.redirectUri.href,
        codeVerifier,
        requestOptions(),
      );
      const tokens = await oauth.processAuthorizationCodeResponse(server, this.#client, response, {
        expectedNonce: nonce,
        requireIdToken: true,
      });
      await oauth.validateApplicationLevelSignature(server, response, requestOptions());
      const claims = oauth.getValidatedIdTokenClaims(tokens);
      if (claims === undefined) return { ok: false, code: "provider_unavailable" };
      const member =
        memberOf(claims, this.#config.memberClaim) ??
        memberOf(await this.#userInfo(server, tokens, claims.sub), this.#config.memberClaim);
      return member === null ? { ok: false, code: "member_unknown" } : { ok: true, member };
    } catch (error) {
      const isRefused =
        error instanceof oauth.AuthorizationResponseError ||
        error instanceof oauth.ResponseBodyError;
      const code = isRefused ? "sign_in_refused" : "provider_unavailable";
      log("warn", "oidc_failed", { code, error: errorName(error) });
      return { ok: false, code };
    }
  }

  /** Providers may tell claims here alone (OpenID Connect Core §5.4). */
  async #userInfo(
    server: oauth.AuthorizationServer,
    tokens: oauth.TokenEndpointResponse,
    subject: string,
  ): Promise<Readonly<Record<string, unknown>>> {
    if (server.userinfo_endpoint === undefined) return {};
    const response = await oauth.userInfoRequest(
      server,
      this.#client,
      tokens.access_token,
      requestOptions(),
    );
    return oauth.processUserInfoResponse(server, this.#client, subject, response);
  }

  async #authorizationEndpoint(): Promise<string | null> {
    try {
      return (await this.#server()).authorization_endpoint ?? null;
    } catch (error) {
      log("warn", "oidc_failed", { code: "provider_unavailable", error: errorName(error) });
      return null;
    }
  }

  async #server(): Promise<oauth.AuthorizationServer> {
    const nowMs = this.#clock();
    const known = this.#metadata;
    if (known !== null && nowMs - known.readAtMs < METADATA_KEPT_MS) return known.server;
    const { issuer } = this.#config;
    const response = await oauth.discoveryRequest(issuer, requestOptions());
    const server = await oauth.processDiscoveryResponse(issuer, response);
    this.#metadata = { server, readAtMs: nowMs };
    return server;
  }
}

function requestOptions(): { readonly signal: AbortSignal } {
  return { signal: AbortSignal.timeout(TIMEOUT_MS) };
}

/** An e-mail address counts only when the provider has verified it: anybody may claim one. */
function memberOf(claims: Readonly<Record<string, unknown>>, claim: string): string | null {
  const value = claims[claim];
  if (typeof value !== "string" || value === "") return null;
  if (claim === "email" && claims["email_verified"] !== true) return null;
  return value;
}
