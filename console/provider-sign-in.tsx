import { useQuery } from "@tanstack/react-query";
import type { SessionMethods } from "../schema/contracts/console-session.ts";
import { request } from "./api.ts";
import { useParam } from "./router.tsx";

/** Why the way back from the provider has ended without a session; the words of workers/routes/console-oidc.ts. */
const REASONS: Readonly<Record<string, string>> = {
  no_key:
    "You are known there, but no API key of a workspace names you as its member. Ask an administrator to make one with your e-mail address as its holder.",
  member_unknown: "The provider does not say who you are, or has not verified your e-mail address.",
  sign_in_refused: "The provider has refused, or you have given up there.",
  sign_in_expired: "It has taken more than ten minutes, or was begun in another window. Try again.",
  provider_unavailable: "The provider does not answer as it must. Try again shortly.",
};

/** The way in by an OpenID provider, where this deployment has one. */
export function ProviderSignIn() {
  const methods = useQuery({
    queryKey: ["session-methods"],
    queryFn: () => request<SessionMethods>("GET", "/v1/session/methods"),
  });
  const [reason] = useParam("sign_in");
  const oidc = methods.data?.oidc ?? null;
  if (oidc === null) return null;
  return (
    <div className="stack">
      {reason === "" ? null : (
        <div className="notice bad" role="alert">
          <strong>You are not signed in</strong>
          <span>{REASONS[reason] ?? "Try again."}</span>
        </div>
      )}
      <a className="button primary" href="/v1/session/oidc">
        Sign in with {oidc.name}
      </a>
      <p className="muted">Or with an API key:</p>
    </div>
  );
}
