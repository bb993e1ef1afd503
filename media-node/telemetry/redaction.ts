import { redactSdp } from "../protocol/sdp/redact.ts";
import { redactSipText } from "../protocol/sip/redact-message.ts";

const HIDDEN = "[redacted]";
const MAX_DEPTH = 6;

/** Names whose values are never logged, whatever they hold. Compared without case, `_` and `-`. */
const SECRET_NAME =
  /^(proxy)?authorization$|password|credential|secret|token$|apikey$|^xiapikey$|privatekey|signingkey|masterkey|mastersalt|masterkeyandsalt|^cookie$|^headers$/;

const IDENTIFIER_NAME = /(Id|_id|Sid|hash)$/;

// A dialled or calling number: 7 to 15 digits, not part of an identifier, an address or a fraction.
const PHONE_NUMBER = /(?<![\w.-])(?<!(?<!sips?|tel):)(\+?)(\d{3,11})(\d{4})(?![\w-]|[.:]\d)/g;

export interface RedactionSettings {
  /** False writes telephone numbers in full. */
  readonly maskNumbers: boolean;
}

/** A copy of log fields that is fit to be written: no secrets, no keys in SIP or SDP, numbers masked. */
export function redactFields(
  fields: Readonly<Record<string, unknown>>,
  settings: RedactionSettings,
): Record<string, unknown> {
  const written: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    written[name] = redactMember(name, value, settings, 0);
  }
  return written;
}

/** Text of any origin, an error's message or a SIP message, without keys and credentials. */
function redactText(text: string, settings: RedactionSettings): string {
  const kept = redactSdp(redactSipText(text));
  return settings.maskNumbers ? maskNumbers(kept) : kept;
}

/** Every telephone number in the text, down to its last four digits. */
function maskNumbers(text: string): string {
  return text.replace(
    PHONE_NUMBER,
    (_, plus: string, hidden: string, shown: string) =>
      `${plus}${"*".repeat(hidden.length)}${shown}`,
  );
}

function redactMember(
  name: string,
  value: unknown,
  settings: RedactionSettings,
  depth: number,
): unknown {
  if (value === null || value === undefined) return value;
  if (SECRET_NAME.test(name.toLowerCase().replaceAll(/[_-]/g, ""))) return HIDDEN;
  // An identifier may consist of digits, and masked it identifies nothing.
  if (IDENTIFIER_NAME.test(name)) settings = { ...settings, maskNumbers: false };
  return redactValue(value, settings, depth);
}

function redactValue(value: unknown, settings: RedactionSettings, depth: number): unknown {
  if (typeof value === "string") return redactText(value, settings);
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (value === null || value === undefined) return value;
  if (typeof value !== "object") return String(value);
  if (depth >= MAX_DEPTH) return "[deep]";
  if (value instanceof Error) return redactError(value, settings, depth);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return "[bytes]";
  if (Array.isArray(value)) return value.map((item) => redactValue(item, settings, depth + 1));
  if (hasToJson(value)) return redactValue(value.toJSON(), settings, depth + 1);
  const written: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    written[name] = redactMember(name, member, settings, depth + 1);
  }
  return written;
}

function redactError(error: Error, settings: RedactionSettings, depth: number) {
  const { cause } = error;
  return {
    name: error.name,
    ...("code" in error && typeof error.code === "string" ? { code: error.code } : {}),
    message: redactText(error.message, settings),
    ...(error.stack === undefined ? {} : { stack: redactText(error.stack, settings) }),
    ...(cause === undefined ? {} : { cause: redactValue(cause, settings, depth + 1) }),
  };
}

function hasToJson(value: object): value is { toJSON(): unknown } {
  return "toJSON" in value && typeof value.toJSON === "function";
}
