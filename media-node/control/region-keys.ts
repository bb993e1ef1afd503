import { z } from "zod";
import { regionKeysSchema } from "../../schema/contracts/node-link.ts";
import type { AgentRoute } from "../../schema/contracts/routing.ts";
import {
  importSealingKey,
  type SealingKey,
  UnsealError,
  unseal,
  unwrapAtNode,
} from "../../schema/sealing/sealing.ts";
import { type Sealed, sealedKeyId } from "../../schema/values/sealed.ts";
import { Secret } from "../../schema/values/secret.ts";
import type { WrappedRegionKeys } from "../routing/store.ts";
import { type ControlPlaneClient, readAnswer, refusedAnswer } from "./http-client.ts";
import { deriveTagKey } from "./relay-keys.ts";
import { deriveNonceKey } from "./trunk-passwords.ts";

const FETCH_IN_CALL_MS = 1_000;
const headersSchema = z.record(z.string(), z.string());

/** The keys that open what the routing table carries sealed. Held in memory only after unwrapping. */
export interface RegionKeys {
  /** As the control plane gave them: what the sealed file keeps. */
  readonly wrapped: WrappedRegionKeys;
  /** Takes the keys of the sealed file. A key that does not unwrap is left out. */
  restore(wrapped: WrappedRegionKeys): Promise<void>;
  /** @throws ControlPlaneFault */
  fetch(signal: AbortSignal): Promise<void>;
  /** The key that the region seals with, as far as the node knows; null before the first. */
  readonly newestId: string | null;
  /** Keys to sign digest nonces with, one of each region key held; the newest first. */
  readonly nonceKeys: readonly Uint8Array[];
  /** Keys by which the region's nodes prove their tags, in the same order. */
  readonly tagKeys: readonly Uint8Array[];
  /**
   * A trunk's password, or anything else under the region key. `owner` as in the contract's comments.
   * @throws UnsealError
   */
  openTrunkSecret(sealed: Sealed, owner: string): Promise<Secret>;
  /**
   * Handshake headers of an agent; empty when it has none.
   * @throws UnsealError
   */
  unsealHeaders(agent: AgentRoute): Promise<Readonly<Record<string, string>>>;
  /**
   * What proves the node to an agent; null when its settings have none.
   * @throws UnsealError
   */
  unsealAuthToken(agent: AgentRoute): Promise<Secret | null>;
  /**
   * Request headers of an agent's pre-call webhook; empty when it has none.
   * @throws UnsealError
   */
  unsealPreCallHeaders(agent: AgentRoute): Promise<Readonly<Record<string, string>>>;
}

/** `privateKey` is base64url PKCS #8 X25519, the node's own. */
export function createRegionKeys(client: ControlPlaneClient, privateKey: Secret): RegionKeys {
  const keys = new Map<string, SealingKey>();
  let nonceKeys: readonly Uint8Array[] = [];
  let tagKeys: readonly Uint8Array[] = [];
  let wrapped: WrappedRegionKeys = [];

  async function take(next: WrappedRegionKeys): Promise<void> {
    const opened = new Map<string, SealingKey>();
    const derived: Uint8Array[] = [];
    const derivedTagKeys: Uint8Array[] = [];
    for (const { keyId, wrapped: text } of next) {
      try {
        const bytes = await unwrapAtNode(keyId, text, privateKey.reveal());
        opened.set(keyId, await importSealingKey(keyId, bytes));
        derived.unshift(deriveNonceKey(bytes));
        derivedTagKeys.unshift(deriveTagKey(bytes));
      } catch (fault) {
        // One unusable key must not take the others with it: what it sealed fails to open, by name.
        if (!(fault instanceof UnsealError || fault instanceof DOMException)) throw fault;
      }
    }
    keys.clear();
    for (const [keyId, key] of opened) keys.set(keyId, key);
    nonceKeys = derived;
    tagKeys = derivedTagKeys;
    wrapped = next;
  }

  async function fetchKeys(signal: AbortSignal): Promise<void> {
    const response = await client.send({ method: "GET", path: "/v1/nodes/region-keys", signal });
    if (response.status !== 200) throw refusedAnswer("region keys", response);
    await take(readAnswer(response, regionKeysSchema).keys);
  }

  async function open(sealed: Sealed, owner: string): Promise<string> {
    const keyId = sealedKeyId(sealed);
    // A key made after the last fetch: asked for once, within what a call can wait.
    if (!keys.has(keyId)) await fetchKeys(AbortSignal.timeout(FETCH_IN_CALL_MS)).catch(() => null);
    const key = keys.get(keyId);
    if (key === undefined) throw new UnsealError(`the node does not hold region key ${keyId}`);
    return unseal(key, sealed, owner);
  }

  async function openHeaders(
    sealed: Sealed | null,
    agent: AgentRoute,
    what: "headers" | "pre-call",
  ): Promise<Record<string, string>> {
    if (sealed === null) return {};
    const text = await open(sealed, `${agent.workspaceId}/${agent.id}/${what}`);
    const parsed = headersSchema.safeParse(parseJson(text));
    if (!parsed.success) throw new UnsealError(`${what} of ${agent.id} are not an object of text`);
    return parsed.data;
  }

  return {
    get wrapped() {
      return wrapped;
    },
    get newestId() {
      return [...keys.keys()].at(-1) ?? null;
    },
    get nonceKeys() {
      return nonceKeys;
    },
    get tagKeys() {
      return tagKeys;
    },
    restore: take,
    fetch: fetchKeys,
    async openTrunkSecret(sealed, owner) {
      return new Secret(await open(sealed, owner));
    },
    unsealHeaders: (agent) =>
      openHeaders(
        agent.connection.protocol === "builtin" ? null : agent.connection.headers,
        agent,
        "headers",
      ),
    async unsealAuthToken({ id, workspaceId, connection }) {
      const sealed = "authToken" in connection ? connection.authToken : null;
      if (sealed === null) return null;
      return new Secret(await open(sealed, `${workspaceId}/${id}/auth-token`));
    },
    unsealPreCallHeaders: (agent) =>
      openHeaders(agent.preCallWebhook?.headers ?? null, agent, "pre-call"),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
