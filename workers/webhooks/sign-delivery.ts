import { WEBHOOK_ID_HEADER, WEBHOOK_SIGNATURE_HEADER } from "../../schema/contracts/webhook.ts";
import { STANDARD_HEADERS } from "../../schema/contracts/webhook-endpoint.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import { signWebhook, signWebhookPieces } from "./sign-webhook.ts";

export type SignatureStyle = "standard" | "elevenlabs";

/** A text, or what can be read piece by piece as often as it is asked for. */
export type DeliveryBody = string | (() => Promise<AsyncGenerator<Uint8Array>>);

/** What signs deliveries: the newest secret first, the one before it while both do. */
export interface Signing {
  readonly style: SignatureStyle;
  readonly secrets: readonly [string, ...string[]];
}

const STANDARD_PREFIX = "whsec_";
const SECRET_BYTES = 32;

/** A secret in the form of its style: Standard Webhooks decodes what stands behind the prefix. */
export function newWebhookSecret(style: SignatureStyle): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  if (style === "standard") return `${STANDARD_PREFIX}${toBase64(bytes)}`;
  return `wsec_${toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
}

/** Headers that prove a delivery, signed at the time of an attempt by each secret. */
export async function signatureHeaders(
  signing: Signing,
  deliveryId: string,
  timestampSecs: number,
  body: DeliveryBody,
): Promise<Record<string, string>> {
  if (signing.style === "standard") {
    if (typeof body !== "string") throw new TypeError("Standard Webhooks are of one piece");
    const content = `${deliveryId}.${timestampSecs}.${body}`;
    const signatures = signing.secrets.map((secret) => signStandard(secret, content));
    return {
      [STANDARD_HEADERS.id]: deliveryId,
      [STANDARD_HEADERS.timestamp]: String(timestampSecs),
      [STANDARD_HEADERS.signature]: (await Promise.all(signatures)).join(" "),
    };
  }
  const values: string[] = [];
  for (const secret of signing.secrets) {
    const value =
      typeof body === "string"
        ? await signWebhook(secret, timestampSecs, body)
        : await signWebhookPieces(secret, timestampSecs, await body());
    // `t=…` stands there once, then each secret's `v0=…`.
    values.push(values.length === 0 ? value : value.slice(value.indexOf("v0=")));
  }
  return { [WEBHOOK_SIGNATURE_HEADER]: values.join(","), [WEBHOOK_ID_HEADER]: deliveryId };
}

/** Standard Webhooks, symmetric: `v1,` and the base64 of an HMAC-SHA-256 over `<id>.<timestamp>.<body>`. */
async function signStandard(secret: string, content: string): Promise<string> {
  const key = await crypto.subtle.importKey(
    "raw",
    fromBase64(secret.slice(STANDARD_PREFIX.length)),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const mac = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(content));
  return `v1,${toBase64(new Uint8Array(mac))}`;
}
