import { Webhook, WebhookVerificationError } from "standardwebhooks";
import type { webhooks } from "./api-types.ts";

/** Whether a webhook is from whom it says: Standard Webhooks, and the vendor's `ElevenLabs-Signature`. */

/** Every event that the API describes. */
export type WebhookEvent = {
  [Name in keyof webhooks]: webhooks[Name] extends {
    post: { requestBody: { content: { "application/json": infer Body } } };
  }
    ? Body
    : never;
}[keyof webhooks];

export type WebhookRefusal = "no_signature" | "stale" | "wrong_signature" | "not_json";

/** The request is not to be trusted: answer 400 and do nothing. */
export class WebhookError extends Error {
  readonly code: WebhookRefusal;

  constructor(message: string, options: ErrorOptions & { readonly code: WebhookRefusal }) {
    super(message, options);
    this.name = "WebhookError";
    this.code = options.code;
  }
}

export interface WebhookOptions {
  /** Greatest age, and lead, of an `ElevenLabs-Signature`. Default: 1800. Standard Webhooks have 300. */
  readonly toleranceSecs?: number;
  /** Milliseconds since the epoch. Default: the clock's, which the library for Standard Webhooks always takes. */
  readonly now?: () => number;
}

type HeadersLike = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/** Those of the two specifications. */
const STANDARD_TOLERANCE_SECS = 300;
const VENDOR_TOLERANCE_SECS = 1_800;

/**
 * The event, when one of `secrets` signed exactly these bytes a short time ago. Several secrets are for the time of
 * their rotation.
 * @param body as it came, before anything parsed it
 * @throws WebhookError
 */
export async function verifyWebhook(
  body: string | Uint8Array,
  headers: HeadersLike,
  secrets: string | readonly string[],
  options: WebhookOptions = {},
): Promise<WebhookEvent> {
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  const candidates = typeof secrets === "string" ? [secrets] : secrets;
  const standard = headerOf(headers, "webhook-signature");
  const vendor = headerOf(headers, "elevenlabs-signature");
  if (standard !== null) verifyStandard(text, headers, standard, candidates);
  else if (vendor !== null) await verifyVendor(text, vendor, candidates, options);
  else throw new WebhookError("The request has no signature.", { code: "no_signature" });
  return parseEvent(text);
}

function verifyStandard(
  text: string,
  headers: HeadersLike,
  signature: string,
  secrets: readonly string[],
): void {
  const timestamp = headerOf(headers, "webhook-timestamp") ?? "";
  refuseStale(timestamp, Date.now(), STANDARD_TOLERANCE_SECS);
  const signed = {
    "webhook-id": headerOf(headers, "webhook-id") ?? "",
    "webhook-timestamp": timestamp,
    "webhook-signature": signature,
  };
  for (const secret of secrets) {
    try {
      new Webhook(secret).verify(text, signed, { jsonParse: false });
      return;
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error;
    }
  }
  throw new WebhookError("No secret made the signature.", { code: "wrong_signature" });
}

function refuseStale(timestampSecs: string, nowMs: number, toleranceSecs: number): void {
  const ageMs = Math.abs(nowMs - Number(timestampSecs) * 1_000);
  if (!(ageMs <= toleranceSecs * 1_000)) {
    throw new WebhookError("The signature is too old, or of a time to come.", { code: "stale" });
  }
}

/** `t=<unix seconds>,v0=<hex HMAC-SHA-256 of "<t>.<body>">`, `v0` once for each secret that is valid. */
async function verifyVendor(
  text: string,
  header: string,
  secrets: readonly string[],
  options: WebhookOptions,
): Promise<void> {
  const parts = header.split(",").map((part) => part.trim());
  const timestamp = parts.find((part) => /^t=\d{1,12}$/.test(part))?.slice(2);
  const signatures = parts
    .filter((part) => /^v0=[0-9a-f]{64}$/i.test(part))
    .map((one) => one.slice(3));
  if (timestamp === undefined || signatures.length === 0) {
    throw new WebhookError("The signature is not of the form t=…,v0=….", {
      code: "wrong_signature",
    });
  }
  const nowMs = (options.now ?? Date.now)();
  refuseStale(timestamp, nowMs, options.toleranceSecs ?? VENDOR_TOLERANCE_SECS);
  const encoder = new TextEncoder();
  const signed = encoder.encode(`${timestamp}.${text}`);
  const algorithm = { name: "HMAC", hash: "SHA-256" } as const;
  for (const secret of secrets) {
    const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, [
      "verify",
    ]);
    for (const signature of signatures) {
      // `verify` compares in a time that does not depend on where they differ.
      if (await crypto.subtle.verify("HMAC", key, bytesOfHex(signature), signed)) return;
    }
  }
  throw new WebhookError("No secret made the signature.", { code: "wrong_signature" });
}

function bytesOfHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function headerOf(headers: HeadersLike, name: string): string | null {
  if (headers instanceof Headers) return headers.get(name);
  for (const [key, value] of Object.entries(headers)) {
    if (key.toLowerCase() === name) return typeof value === "string" ? value : (value?.[0] ?? null);
  }
  return null;
}

function parseEvent(text: string): WebhookEvent {
  try {
    // Its secret's holder wrote it: that is what the check above has proved.
    return JSON.parse(text) as WebhookEvent;
  } catch (cause) {
    throw new WebhookError("The body is not JSON.", { code: "not_json", cause });
  }
}
