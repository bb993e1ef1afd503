import { createHmac, timingSafeEqual } from "node:crypto";
import type { EngineConfig } from "./engine-config.ts";
import { randomHex } from "./random-hex.ts";

const RANDOM_BYTES = 8;
const PROOF_BYTES = 8;
const PROVEN_TAG = /^([\w.-]+-[0-9a-f]{16})-([0-9a-f]{16})$/;

/** RFC 3261 §19.3: 64 random bits, after the node's name, so that a tag says who owns the dialog. */
export function newTag({ nodeId }: Pick<EngineConfig, "nodeId">): string {
  return `${nameIn(nodeId)}-${randomHex(RANDOM_BYTES)}`;
}

/**
 * Local tags whose owner another node of the region believes: `<node>-<64 random bits>-<proof>`, where the proof is an
 * HMAC over both and the Call-ID under a key that the region's nodes share. A tag that somebody makes up, or carries
 * to another call, names nobody, so that it costs the region nothing.
 */
export class DialogTags {
  readonly #config: Pick<EngineConfig, "nodeId">;
  readonly #self: string;
  #keys: readonly Uint8Array[] = [];

  constructor(config: Pick<EngineConfig, "nodeId">) {
    this.#config = config;
    this.#self = nameIn(config.nodeId);
  }

  /** The newest first: it proves what is made from now on, all of them what is read. None: tags prove nothing. */
  setKeys(keys: readonly Uint8Array[]): void {
    this.#keys = keys;
  }

  /** A local tag for a dialog that may come of this Call-ID. */
  mint(callId: string): string {
    const tag = newTag(this.#config);
    const [key] = this.#keys;
    return key === undefined ? tag : `${tag}-${proofOf(key, tag, callId).toString("hex")}`;
  }

  /** The other node of the region that has made the tag for this Call-ID; null: this one, or nobody. */
  otherOwnerOf(tag: string, callId: string): string | null {
    const [, named = "", proof = ""] = PROVEN_TAG.exec(tag) ?? [];
    const owner = named.slice(0, -2 * RANDOM_BYTES - 1);
    if (owner === "" || owner === this.#self) return null;
    const given = Buffer.from(proof, "hex");
    return this.#keys.some((key) => timingSafeEqual(proofOf(key, named, callId), given))
      ? owner
      : null;
  }
}

/** RFC 3261 §25.1: a tag is a token. */
function nameIn(nodeId: string): string {
  return nodeId.replace(/[^\w.-]/g, "_");
}

function proofOf(key: Uint8Array, named: string, callId: string): Buffer {
  return createHmac("sha256", key).update(`${named}\n${callId}`).digest().subarray(0, PROOF_BYTES);
}
