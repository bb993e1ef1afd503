import { randomBytes } from "node:crypto";
import {
  masterKeysSchema,
  RECORDINGS_KIND,
  resealResponseSchema,
} from "../../schema/contracts/keys.ts";
import { EXIT } from "../exit-status.ts";
import { loadSecrets, type Secrets, saveSecrets } from "../start/secrets.ts";
import { stateDirectoryAt } from "../start/state-directory.ts";
import type { Terminal } from "../terminal.ts";
import { UserError } from "../user-error.ts";
import type { OperatorOptions } from "./operator-action.ts";
import { type OperatorClient, openOperatorClient } from "./operator-client.ts";
import { restartControlPlane } from "./restart-control-plane.ts";

/** `trunkline keys …`: a master key's life (docs/design/keys.md). */

const KEYS = "/v1/admin/keys";

export async function listKeys(options: OperatorOptions, terminal: Terminal): Promise<number> {
  const keys = await openOperatorClient(options).get(KEYS, masterKeysSchema);
  if (options.json) {
    terminal.data(JSON.stringify(keys));
    return EXIT.ok;
  }
  terminal.say(`${keys.sealing_key_id} seals; held: ${keys.held_key_ids.join(", ") || "none"}.`);
  for (const { is_held: isHeld, key_id: keyId, kind, rows } of keys.rows) {
    terminal.data(`${keyId}\t${rows}\t${kind}${isHeld ? "" : "\tTHE KEY IS MISSING"}`);
  }
  return EXIT.ok;
}

/** Goes on until every row was looked at; a resealing that was cut off is begun again. */
export async function resealKeys(options: OperatorOptions, terminal: Terminal): Promise<number> {
  const client = openOperatorClient(options);
  let resealed = 0;
  let unopened = 0;
  for (let cursor: string | null = null; ; ) {
    const step: { resealed: number; unopened: number; cursor: string | null } = await client.post(
      `${KEYS}/reseal`,
      { cursor },
      resealResponseSchema,
    );
    resealed += step.resealed;
    unopened += step.unopened;
    cursor = step.cursor;
    if (cursor === null) break;
  }
  const { retirable_key_ids: retirable } = await client.get(KEYS, masterKeysSchema);
  if (options.json) terminal.data(JSON.stringify({ resealed, unopened, retirable }));
  else {
    terminal.say(`${resealed} records sealed anew, ${unopened} did not open.`);
    if (retirable.length > 0) terminal.say(`Nothing is sealed under ${retirable.join(", ")}.`);
  }
  return unopened === 0 ? EXIT.ok : EXIT.checkFailed;
}

/** The key that sealed until now is held on, so that every reader opens both. */
export async function rotateMasterKey(state: string, terminal: Terminal): Promise<number> {
  const { secretsFile } = stateDirectoryAt(state);
  const secrets = loadExisting(secretsFile);
  const key = `${nextKeyId(secrets)}:${randomBytes(32).toString("base64url")}`;
  const held = [...secrets.heldMasterKeys, { key: secrets.masterKey, sinceMs: Date.now() }];
  saveSecrets(secretsFile, { ...secrets, masterKey: key, heldMasterKeys: held });
  const isRestarted = await restartControlPlane(state);
  terminal.say(`${idOf(key)} seals from ${isRestarted ? "now" : "the next start"} on.`);
  terminal.say("`trunkline keys reseal` seals what there is under it.");
  return EXIT.ok;
}

/** What a hub keeps of an order is sealed as well and is in no table: it is gone after this long. */
const IN_FLIGHT_MS = 3_600_000;

/** @throws UserError while something is sealed under the key, or may be in flight */
export async function retireMasterKey(
  keyId: string,
  state: string,
  terminal: Terminal,
  nowMs = Date.now(),
): Promise<number> {
  const { secretsFile } = stateDirectoryAt(state);
  const secrets = loadExisting(secretsFile);
  if (idOf(secrets.masterKey) === keyId) {
    throw new UserError(`${keyId} seals: \`trunkline keys rotate\` makes another one first.`);
  }
  const held = secrets.heldMasterKeys.find(({ key }) => idOf(key) === keyId);
  if (held === undefined) throw new UserError(`No key ${keyId} is held.`);
  if (nowMs - held.sinceMs < IN_FLIGHT_MS) {
    throw new UserError(`${keyId} sealed until less than an hour ago: calls may still need it.`);
  }
  await requireUnused(openOperatorClient({ state, json: false }), keyId);
  const heldMasterKeys = secrets.heldMasterKeys.filter((one) => one !== held);
  saveSecrets(secretsFile, { ...secrets, heldMasterKeys });
  await restartControlPlane(state);
  terminal.say(`${keyId} is forgotten. Backups of before need it: keep a copy as long as those.`);
  return EXIT.ok;
}

async function requireUnused(client: OperatorClient, keyId: string): Promise<void> {
  const { retirable_key_ids: retirable, rows } = await client.get(KEYS, masterKeysSchema);
  if (retirable.includes(keyId)) return;
  const left = rows.filter(({ key_id }) => key_id === keyId);
  const list =
    left.map(({ kind, rows: count }) => `${count} of ${kind}`).join(", ") || RECORDINGS_KIND;
  throw new UserError(`${keyId} is in use (${list}): run \`trunkline keys reseal\` first.`);
}

function loadExisting(secretsFile: string): Secrets {
  const secrets = loadSecrets(secretsFile);
  if (secrets.nodeIdentity === null && secrets.apiKey === null) {
    throw new UserError(`${secretsFile} is new: there is nothing to do before the first start.`);
  }
  return secrets;
}

/** m1, m2 …: the next one that no key has had. */
function nextKeyId({ heldMasterKeys, masterKey }: Secrets): string {
  const used = [masterKey, ...heldMasterKeys.map(({ key }) => key)].map((key) =>
    Number(/^m(\d+):/.exec(key)?.[1] ?? 0),
  );
  return `m${Math.max(...used) + 1}`;
}

function idOf(key: string): string {
  return key.slice(0, key.indexOf(":"));
}
