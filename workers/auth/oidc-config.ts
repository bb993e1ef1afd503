import { z } from "zod";
import { idSchema, type WorkspaceId } from "../../schema/values/ids.ts";
import { Secret } from "../../schema/values/secret.ts";

/** Bindings of the sign-in by an OpenID provider. Without OIDC_ISSUER there is none. */
export interface OidcBindings {
  /** As the provider's own document names it. */
  readonly OIDC_ISSUER?: string;
  readonly OIDC_CLIENT_ID?: string;
  /** Absent: a public client, which proves itself by PKCE alone. */
  readonly OIDC_CLIENT_SECRET?: string;
  /** `https://<this API>/v1/session/oidc/callback`, as the provider has it. */
  readonly OIDC_REDIRECT_URI?: string;
  /** Identifiers, separated by commas: the workspaces whose members the provider knows. */
  readonly OIDC_WORKSPACES?: string;
  /** Which claim names a member. Absent: email, which the provider has to have verified. */
  readonly OIDC_MEMBER_CLAIM?: string;
  /** What the button says. Absent: the issuer's host. */
  readonly OIDC_NAME?: string;
}

export interface OidcConfig {
  readonly issuer: URL;
  readonly clientId: string;
  readonly clientSecret: Secret | null;
  readonly redirectUri: URL;
  /** At least one: whoever has a workspace of their own elsewhere cannot draw its members there. */
  readonly workspaceIds: readonly WorkspaceId[];
  readonly memberClaim: string;
  readonly name: string;
}

export const OIDC_CALLBACK_PATH = "/v1/session/oidc/callback";

const isHttps = (text: string): boolean => new URL(text).protocol === "https:";

export const oidcSettings = {
  OIDC_ISSUER: z.url().refine(isHttps, "is not https").optional(),
  OIDC_CLIENT_ID: z.string().min(1).optional(),
  OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  OIDC_REDIRECT_URI: z
    .url()
    .refine(
      (text) => isHttps(text) && new URL(text).pathname === OIDC_CALLBACK_PATH,
      `is not https://<this API>${OIDC_CALLBACK_PATH}`,
    )
    .optional(),
  OIDC_WORKSPACES: z
    .string()
    .transform((text) => text.split(",").map((each) => each.trim()))
    .pipe(z.array(idSchema("workspace")).min(1))
    .optional(),
  OIDC_MEMBER_CLAIM: z
    .string()
    .regex(/^[\w:/.-]{1,128}$/, "is no name of a claim")
    .default("email"),
  OIDC_NAME: z
    .string()
    .regex(/^\P{Cc}{1,64}$/u, "is not 1 to 64 characters of text")
    .optional(),
};

/** @throws Error when a part is missing */
export function oidcConfigOf(
  settings: z.output<z.ZodObject<typeof oidcSettings>>,
): OidcConfig | null {
  const { OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: secret, OIDC_ISSUER: issuer } = settings;
  if (issuer === undefined) return null;
  const { OIDC_REDIRECT_URI: redirectUri, OIDC_WORKSPACES: workspaceIds } = settings;
  if (clientId === undefined || redirectUri === undefined || workspaceIds === undefined) {
    throw new Error(
      "Worker bindings: OIDC_ISSUER needs OIDC_CLIENT_ID, OIDC_REDIRECT_URI and OIDC_WORKSPACES",
    );
  }
  const url = new URL(issuer);
  return {
    issuer: url,
    clientId,
    clientSecret: secret === undefined ? null : new Secret(secret),
    redirectUri: new URL(redirectUri),
    workspaceIds,
    memberClaim: settings.OIDC_MEMBER_CLAIM,
    name: settings.OIDC_NAME ?? url.host,
  };
}
