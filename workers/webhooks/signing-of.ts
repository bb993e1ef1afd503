import type { AppDeps } from "../app-type.ts";
import type { EndpointRow } from "../db/webhooks.ts";
import { secretOwner } from "../secrets/secrets.ts";
import type { Signing } from "./sign-delivery.ts";

/** What signs an endpoint's deliveries now. */
export async function signingOf(
  deps: Pick<AppDeps, "secrets" | "clock">,
  endpoint: EndpointRow,
): Promise<Signing> {
  const owner = secretOwner.webhookSecret(endpoint.workspaceId, endpoint.id);
  const { previousSecret, previousSecretUntilMs, signatureStyle: style } = endpoint;
  const secret = await deps.secrets.unseal(endpoint.secret, owner);
  const isOverlapping = previousSecretUntilMs !== null && previousSecretUntilMs > deps.clock();
  if (previousSecret === null || !isOverlapping) return { style, secrets: [secret] };
  return { style, secrets: [secret, await deps.secrets.unseal(previousSecret, owner)] };
}
