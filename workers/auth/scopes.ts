import { type ApiScope, apiScopeSchema, EVERY_SCOPE } from "../../schema/contracts/api-scopes.ts";
import type { Refusal } from "../errors/refusal.ts";
import type { GrantedScopes, Principal } from "./api-key.ts";
import { requiredScope } from "./route-scopes.ts";

/** As the database keeps them: null is all. What this version does not know is not granted. */
export function grantedScopes(kept: readonly string[] | null): GrantedScopes {
  if (kept === null) return "all";
  const known = apiScopeSchema();
  return new Set(kept.flatMap((scope) => known.safeParse(scope).data ?? []));
}

export function keptScopes(scopes: readonly string[]): readonly string[] | null {
  return scopes.includes(EVERY_SCOPE) ? null : scopes;
}

/** `nodes:admin` reaches other workspaces: only one that operates the nodes has it. */
export function holds(
  principal: Pick<Principal, "scopes" | "operatesNodes">,
  scope: ApiScope,
): boolean {
  if (scope === "nodes:admin" && !principal.operatesNodes) return false;
  return principal.scopes === "all" || principal.scopes.has(scope);
}

/** Null when the key may do this; else the 403 that names what would pass. */
export function scopeRefusal(principal: Principal, method: string, path: string): Refusal | null {
  const needed = requiredScope(method, path);
  if (needed === "any") return null;
  if (needed === null) {
    return principal.scopes === "all" ? null : missing("every scope (`*`)", EVERY_SCOPE);
  }
  return missingScope(principal, needed);
}

/** Null when the key holds it; else the 403 that names it. For what a request asks besides its path. */
export function missingScope(
  principal: Pick<Principal, "scopes" | "operatesNodes">,
  scope: ApiScope,
): Refusal | null {
  return holds(principal, scope) ? null : missing(`the scope \`${scope}\``, scope);
}

function missing(what: string, hint: string): Refusal {
  return {
    status: 403,
    code: "scope_missing",
    detail: `The API key does not hold ${what}.`,
    hint,
  };
}
