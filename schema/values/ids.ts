import { z } from "zod";

/**
 * Identifiers: a prefix that says what it names, and a UUIDv7 in 26 characters of Crockford's base 32
 * (the TypeID form), so that they sort by time. Opaque to clients, 40 characters at most.
 */
const ID_PREFIXES = {
  addressRange: "rng",
  agent: "agent",
  apiKey: "key",
  auditEntry: "aud",
  batchCall: "btcal",
  batchRecipient: "rcpt",
  call: "call",
  conversation: "conv",
  conversationTag: "tag",
  delivery: "dlv",
  event: "evt",
  inboundTrunk: "itrk",
  node: "node",
  order: "ord",
  outboundTrunk: "otrk",
  phoneNumber: "phnum",
  rejectedAttempt: "rja",
  request: "req",
  routingChange: "rtc",
  testCall: "tcall",
  trunkTest: "tst",
  webhookEndpoint: "whe",
  workspace: "wksp",
  write: "wrt",
} as const satisfies Record<string, string>;

export type IdKind = keyof typeof ID_PREFIXES;

declare const idBrand: unique symbol;
export type Id<K extends IdKind> = string & { readonly [idBrand]: K };

export type CallId = Id<"call">;
export type ConversationId = Id<"conversation">;
export type NodeId = Id<"node">;
export type OrderId = Id<"order">;
export type WebhookEndpointId = Id<"webhookEndpoint">;
export type WorkspaceId = Id<"workspace">;

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const BODY = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** Null when `text` is not an identifier of this kind. */
export function parseId<K extends IdKind>(kind: K, text: string): Id<K> | null {
  const prefix = `${ID_PREFIXES[kind]}_`;
  if (!text.startsWith(prefix) || !BODY.test(text.slice(prefix.length))) return null;
  return text as Id<K>; // proved by the two tests above
}

/** A zod schema whose output is the branded identifier. */
export function idSchema<K extends IdKind>(kind: K) {
  const prefix = ID_PREFIXES[kind];
  return z
    .string()
    .regex(new RegExp(`^${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}$`), `is not a ${prefix}_… identifier`)
    .transform((text) => text as Id<K>); // proved by the pattern
}

/** RFC 9562 §5.7 UUIDv7 from a time and 10 random bytes, which the caller provides. */
export function makeId<K extends IdKind>(kind: K, nowMs: number, random: Uint8Array): Id<K> {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(nowMs / 2 ** 32));
  view.setUint32(2, nowMs % 2 ** 32);
  bytes.set(random.subarray(0, 10), 6);
  view.setUint8(6, 0x70 | (view.getUint8(6) & 0x0f));
  view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
  let body = "";
  let pending = 0;
  let bits = 0;
  for (const byte of bytes.reverse()) {
    pending |= byte << bits;
    for (bits += 8; bits >= 5; bits -= 5) {
      body = ALPHABET.charAt(pending & 31) + body;
      pending >>>= 5;
    }
  }
  body = ALPHABET.charAt(pending) + body;
  return `${ID_PREFIXES[kind]}_${body}` as Id<K>; // built to the pattern
}

/** The 128 bits of an identifier as 32 lower-case hexadecimal digits: the same for those that were made of one another. */
export function idHex(id: Id<IdKind>): string {
  let value = 0n;
  for (const symbol of id.slice(id.indexOf("_") + 1)) {
    value = (value << 5n) | BigInt(ALPHABET.indexOf(symbol));
  }
  return value.toString(16).padStart(32, "0");
}

/** `makeId` with this runtime's clock and random generator. */
export function newId<K extends IdKind>(kind: K): Id<K> {
  return makeId(kind, Date.now(), crypto.getRandomValues(new Uint8Array(10)));
}

/** A call and its conversation share their identifier's body: two names for one thing. */
export function conversationIdOf(callId: CallId): ConversationId {
  const body = callId.slice(ID_PREFIXES.call.length + 1);
  return `${ID_PREFIXES.conversation}_${body}` as ConversationId; // the body was proved with the call id
}
