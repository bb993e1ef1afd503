import { KEY_AND_SALT_BYTES, type SrtpSuite } from "./media-plan.ts";

/** `a=crypto` (RFC 4568 §4): keys for SRTP inside SDP. */

/** RFC 4568 §6.1: one `inline:` key with what belongs to it. */
interface CryptoKey {
  /** Master key, then master salt. */
  readonly masterKeyAndSalt: Uint8Array;
  /** Packets that the key may protect; null when the peer does not say. */
  readonly lifetimePackets: number | null;
  readonly mki: { readonly value: number; readonly lengthBytes: number } | null;
}

/** One attribute that we can use. */
export interface CryptoAttribute {
  readonly tag: number;
  readonly suite: SrtpSuite;
  /** At least one; with several, each has an MKI of one length (RFC 4568 §6.1). */
  readonly keys: readonly CryptoKey[];
}

const MAX_KEYS = 4;

function isSuite(name: string): name is SrtpSuite {
  return Object.hasOwn(KEY_AND_SALT_BYTES, name);
}

/**
 * Reads the value of one `a=crypto` attribute. Null when it is malformed, its suite is not ours, or a session
 * parameter would weaken or change SRTP in a way that we do not do: such an attribute is as good as absent
 * (RFC 4568 §5.1.2 lets the answerer pass over any that it does not support).
 */
export function parseCryptoAttribute(value: string): CryptoAttribute | null {
  const [tagText, suite, keyParams, ...sessionParams] = value.trim().split(/[ \t]+/);
  if (tagText === undefined || !/^\d{1,9}$/.test(tagText)) return null;
  if (suite === undefined || !isSuite(suite) || keyParams === undefined) return null;
  if (!sessionParams.every(isHarmlessSessionParam)) return null;

  const keys: CryptoKey[] = [];
  for (const param of keyParams.split(";")) {
    const key = parseKey(param, KEY_AND_SALT_BYTES[suite]);
    if (key === null || keys.length === MAX_KEYS) return null;
    keys.push(key);
  }
  // Without an MKI a packet does not say which of several keys protects it.
  const mkiLength = keys[0]?.mki?.lengthBytes;
  const distinct = new Set(keys.map((key) => key.mki?.value));
  if (keys.length > 1) {
    if (mkiLength === undefined || distinct.size !== keys.length) return null;
    if (keys.some((key) => key.mki?.lengthBytes !== mkiLength)) return null;
  }
  return { tag: Number(tagText), suite, keys };
}

/** The value of an attribute with our key: no MKI and no lifetime. */
export function writeCryptoAttribute(
  tag: number,
  suite: SrtpSuite,
  masterKeyAndSalt: Uint8Array,
): string {
  if (masterKeyAndSalt.length !== KEY_AND_SALT_BYTES[suite]) {
    throw new RangeError(`${suite} takes ${KEY_AND_SALT_BYTES[suite]} bytes of key and salt`);
  }
  return `${tag} ${suite} inline:${Buffer.from(masterKeyAndSalt).toString("base64")}`;
}

/**
 * RFC 4568 §6.3: WSH is a hint about the replay window, and a parameter that begins with "-" may be ignored when
 * unknown. Any other (UNENCRYPTED_SRTP, UNAUTHENTICATED_SRTP, KDR, FEC_ORDER …) makes the attribute unusable.
 */
function isHarmlessSessionParam(param: string): boolean {
  return /^WSH=\d{2,}$/.test(param) || /^-[A-Za-z0-9_]+(=.*)?$/.test(param);
}

function parseKey(param: string, keyAndSaltBytes: number): CryptoKey | null {
  if (!/^inline:/i.test(param)) return null;
  const [base64, ...rest] = param.slice("inline:".length).split("|");
  if (base64 === undefined || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return null;
  const masterKeyAndSalt = new Uint8Array(Buffer.from(base64, "base64"));
  if (masterKeyAndSalt.length !== keyAndSaltBytes) return null;

  let lifetimePackets: number | null = null;
  let mki: CryptoKey["mki"] = null;
  for (const [index, part] of rest.entries()) {
    const lifetime = /^(?:2\^(\d{1,2})|(\d{1,15}))$/.exec(part);
    const identifier = /^(\d{1,10}):(\d{1,3})$/.exec(part);
    if (lifetime !== null && index === 0) {
      lifetimePackets = lifetime[1] === undefined ? Number(lifetime[2]) : 2 ** Number(lifetime[1]);
      // RFC 3711 §9.2: no key protects more than 2^48 packets.
      if (lifetimePackets === 0 || lifetimePackets > 2 ** 48) return null;
    } else if (identifier !== null && mki === null) {
      const value = Number(identifier[1]);
      const lengthBytes = Number(identifier[2]);
      // RFC 4568 §6.1 allows 128 bytes; values above 32 bits are not in use anywhere we know of.
      if (lengthBytes < 1 || lengthBytes > 128 || value > 0xffff_ffff) return null;
      if (lengthBytes < 4 && value >= 2 ** (8 * lengthBytes)) return null;
      mki = { value, lengthBytes };
    } else {
      return null;
    }
  }
  return { masterKeyAndSalt, lifetimePackets, mki };
}
