import type { ApiScope } from "../../schema/contracts/api-scopes.ts";
import type { WorkspaceId } from "../../schema/values/ids.ts";

/** What a key may do: `all` is every scope, those of later versions too. */
export type GrantedScopes = ReadonlySet<ApiScope> | "all";

/** Whom a request acts for. */
export interface Principal {
  readonly workspaceId: WorkspaceId;
  readonly region: string;
  readonly hostLabel: string;
  readonly apiKeyId: string;
  readonly scopes: GrantedScopes;
  /** Whether the workspace operates the media nodes of its region. */
  readonly operatesNodes: boolean;
}

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const PATTERN = /^tk_(?:live|test)_([0-9A-Za-z]{30})([0-9A-Za-z]{6})$/;

export interface MintedApiKey {
  /** Shown once; not kept. */
  readonly key: string;
  /** Hex; what is kept. */
  readonly sha256: string;
  readonly last4: string;
}

/** A key is `tk_live_` or `tk_test_`, 30 random characters and 6 of their CRC-32 (ISO 3309). */
export async function mintApiKey(kind: "live" | "test" = "live"): Promise<MintedApiKey> {
  const body = randomBase62(30);
  const key = `tk_${kind}_${body}${checksum(body)}`;
  return { key, sha256: await sha256Hex(key), last4: key.slice(-4) };
}

/** Whether the text can be a key at all: a typing error is told from a wrong key without a look-up. */
export function isWellFormedApiKey(text: string): boolean {
  const match = PATTERN.exec(text);
  return match !== null && checksum(match[1] ?? "") === match[2];
}

export async function sha256Hex(content: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toHex();
}

/** Equality of two hex digests in a time that does not tell where they differ. */
export function digestsEqual(a: string, b: string): boolean {
  const left = new TextEncoder().encode(a);
  const right = new TextEncoder().encode(b);
  return left.byteLength === right.byteLength && crypto.subtle.timingSafeEqual(left, right);
}

function randomBase62(length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) {
      // 248 is the largest multiple of 62 in a byte: what is above it would favour some characters.
      if (byte < 248 && text.length < length) text += ALPHABET.charAt(byte % 62);
    }
  }
  return text;
}

function checksum(body: string): string {
  let crc = 0xffffffff;
  for (const byte of new TextEncoder().encode(body)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  let value = (crc ^ 0xffffffff) >>> 0;
  let text = "";
  for (let position = 0; position < 6; position += 1) {
    text = ALPHABET.charAt(value % 62) + text;
    value = Math.floor(value / 62);
  }
  return text;
}
