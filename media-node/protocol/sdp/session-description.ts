/** A session description as data (RFC 4566, now 8866): what `parse.ts` reads and `write.ts` writes. */

/** RFC 4566 (now 8866) §5.13: `a=name` has a null value, `a=name:` an empty one. */
export interface SdpAttribute {
  readonly name: string;
  readonly value: string | null;
}

/** RFC 4566 (now 8866) §5.7. Multicast suffixes (`/ttl`) stay part of the address. */
export interface SdpConnection {
  readonly addressType: "IP4" | "IP6";
  readonly address: string;
}

/** RFC 4566 (now 8866) §5.2. Identifiers are digit strings: they may exceed 2^53. */
export interface SdpOrigin {
  readonly username: string;
  readonly sessionId: string;
  readonly sessionVersion: string;
  readonly connection: SdpConnection;
}

/** RFC 4566 (now 8866) §5.14. */
export interface MediaDescription {
  readonly media: string;
  readonly port: number;
  /** `m=audio 49170/2 …`: 1 when absent. */
  readonly portCount: number;
  readonly protocol: string;
  readonly formats: readonly string[];
  readonly connection: SdpConnection | null;
  readonly attributes: readonly SdpAttribute[];
}

export interface SessionDescription {
  readonly origin: SdpOrigin;
  readonly sessionName: string;
  readonly connection: SdpConnection | null;
  /** The value of the first `t=` line; an answer repeats it (RFC 3264 §6). */
  readonly timing: string;
  readonly attributes: readonly SdpAttribute[];
  readonly media: readonly MediaDescription[];
}

/** The value of the first attribute of that name, "" for a property attribute, null when absent. */
export function attributeValue(attributes: readonly SdpAttribute[], name: string): string | null {
  for (const attribute of attributes) {
    if (attribute.name === name) return attribute.value ?? "";
  }
  return null;
}
