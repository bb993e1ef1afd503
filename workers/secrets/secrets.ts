import {
  fromBase64Url,
  importSealingKey,
  type SealingKey,
  seal,
  toBase64Url,
  unseal,
} from "../../schema/sealing/sealing.ts";
import { newId } from "../../schema/values/ids.ts";
import { type Sealed, sealedKeyId } from "../../schema/values/sealed.ts";
import type { Database } from "../db/client.ts";
import { findRegionKeys, insertFirstRegionKey, insertRegionKey } from "../db/region-keys.ts";
import type { Statement, Writer } from "../db/write-unit.ts";
import type { WorkerConfig } from "../env.ts";
import { ServiceUnavailable } from "../errors/trunkline-error.ts";

/** The key that seals trunk secrets and agent headers for the nodes of a region. */
interface RegionKey {
  readonly id: string;
  /** 32 bytes: a secret. */
  readonly bytes: Uint8Array;
}

/**
 * Sealing at rest (under the master key) and for nodes (under the region key). A record opens only with
 * the owner it was sealed with; both forms of one secret have the same owner (see `secretOwner`).
 */
export interface Secrets {
  seal(plaintext: string, owner: string): Promise<Sealed>;
  /** @throws UnsealError */
  unseal(sealed: Sealed, owner: string): Promise<string>;
  sealForRegion(region: string, plaintext: string, owner: string): Promise<Sealed>;
  /** The one that seals. Made on first use. */
  regionKey(region: string): Promise<RegionKey>;
  /** All that nodes hold, the oldest first; the last one seals. */
  regionKeys(region: string): Promise<readonly RegionKey[]>;
  /** What makes another key the one that seals; those before it are held on. */
  nextRegionKey(region: string): Promise<readonly Statement[]>;
}

/** Owner strings, the additional data of every sealed record. */
export const secretOwner = {
  trunkPassword: (workspaceId: string, trunkId: string) => `${workspaceId}/${trunkId}/password`,
  agentHeaders: (workspaceId: string, agentId: string) => `${workspaceId}/${agentId}/headers`,
  agentAuthToken: (workspaceId: string, agentId: string) => `${workspaceId}/${agentId}/auth-token`,
  preCallHeaders: (workspaceId: string, agentId: string) => `${workspaceId}/${agentId}/pre-call`,
  workspacePreCallHeaders: (workspaceId: string) => `${workspaceId}/settings/pre-call`,
  webhookSecret: (workspaceId: string, endpointId: string) => `${workspaceId}/${endpointId}/secret`,
  keptAnswer: (workspaceId: string, operation: string, key: string) =>
    `${workspaceId}/${operation}/${key}/answer`,
  recipientVariables: (workspaceId: string, batchCallId: string, recipientId: string) =>
    `${workspaceId}/${batchCallId}/${recipientId}/variables`,
  orderClientData: (workspaceId: string, orderId: string) =>
    `${workspaceId}/${orderId}/client-data`,
  regionKey: (region: string, keyId: string) => `region/${region}/${keyId}`,
  /** Not a record: sealed into the cookie of a browser's session. */
  consoleSession: "console/session",
  /** As above, for the way to an OpenID provider and back. */
  oidcAttempt: "console/oidc",
} as const;

export function createSecrets(deps: {
  readonly masterKey: WorkerConfig["masterKey"];
  /** Further keys that open what was sealed under them. */
  readonly heldMasterKeys?: WorkerConfig["heldMasterKeys"];
  readonly db: Database;
  readonly writer: Writer;
  readonly clock: () => number;
}): Secrets {
  const { heldMasterKeys = [], masterKey } = deps;
  const imported = ({ bytes, id }: WorkerConfig["masterKey"]): Promise<SealingKey> =>
    importSealingKey(id, fromBase64Url(bytes.reveal()));
  /** Under a key that is not held it is tried under the one that seals, whose refusal says the rest. */
  const keyOf = (sealed: Sealed) =>
    heldMasterKeys.find(({ id }) => id === sealedKeyId(sealed) && id !== masterKey.id) ?? masterKey;

  const secrets: Secrets = {
    seal: async (plaintext, owner) => seal(await imported(masterKey), plaintext, owner),
    unseal: async (sealed, owner) => unseal(await imported(keyOf(sealed)), sealed, owner),
    sealForRegion: async (region, plaintext, owner) => {
      const { id, bytes } = await secrets.regionKey(region);
      return seal(await importSealingKey(id, bytes), plaintext, owner);
    },
    regionKey: async (region) => {
      const row = (await findRegionKeys(deps.db, region)).at(-1);
      return open(region, row ?? (await createRegionKey(region)));
    },
    regionKeys: async (region) => {
      const rows = await findRegionKeys(deps.db, region);
      const known = rows.length > 0 ? rows : [await createRegionKey(region)];
      return Promise.all(known.map((row) => open(region, row)));
    },
    nextRegionKey: async (region) => {
      const next = await newRegionKey(region);
      return [insertRegionKey({ ...next, region, createdAtMs: deps.clock() })];
    },
  };

  async function open(region: string, row: { id: string; key: Sealed }): Promise<RegionKey> {
    const text = await secrets.unseal(row.key, secretOwner.regionKey(region, row.id));
    return { id: row.id, bytes: fromBase64Url(text) };
  }

  async function newRegionKey(region: string): Promise<{ id: string; key: Sealed }> {
    const id = `rk-${crypto.randomUUID()}`;
    const bytes = toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
    return { id, key: await secrets.seal(bytes, secretOwner.regionKey(region, id)) };
  }

  async function createRegionKey(region: string): Promise<{ id: string; key: Sealed }> {
    const { id, key } = await newRegionKey(region);
    const outcome = await deps.writer.write({
      writeId: newId("write"),
      priority: "normal",
      statements: insertFirstRegionKey({ id, region, key, createdAtMs: deps.clock() }),
    });
    if (outcome.ok) return { id, key };
    // Another request was first: its key is the region's.
    const winner = (await findRegionKeys(deps.db, region)).at(-1);
    if (winner === undefined) throw new ServiceUnavailable(`no key for region ${region}`, 2);
    return winner;
  }

  return secrets;
}

/** The same, but asks for each region's key once: for what seals many secrets at a time, and is soon over. */
export function withRegionKeysKept(secrets: Secrets): Secrets {
  const kept = new Map<string, Promise<SealingKey>>();
  const keyOf = async (region: string): Promise<SealingKey> => {
    const { id, bytes } = await secrets.regionKey(region);
    return importSealingKey(id, bytes);
  };
  return {
    ...secrets,
    async sealForRegion(region, plaintext, owner) {
      const key = kept.get(region) ?? keyOf(region);
      kept.set(region, key);
      return seal(await key, plaintext, owner);
    },
  };
}
