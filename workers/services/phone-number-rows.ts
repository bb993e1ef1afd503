import {
  type CalledIdentifier,
  matchKeys,
  normaliseDialled,
  parseCalledIdentifier,
  parseCountry,
  toE164,
} from "../../schema/values/called-identifier.ts";
import type { AppDeps } from "../app-type.ts";
import type { InboundTrunkRow, OutboundTrunkRow, PhoneNumberRow } from "../db/phone-numbers.ts";
import type { RefusedField } from "../errors/refusal.ts";
import { secretOwner } from "../secrets/secrets.ts";
import type {
  CredentialsChange,
  InboundTrunkSettings,
  OutboundTrunkSettings,
  StoredCredentials,
} from "./trunk-settings.ts";

/** Rows of a number and its trunks, from parsed settings. */

type RowDeps = Pick<AppDeps, "secrets">;

/** Who a trunk belongs to and since when. */
export interface TrunkIdentity {
  readonly id: string;
  readonly workspaceId: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export async function inboundTrunkRow(
  deps: RowDeps,
  identity: TrunkIdentity,
  settings: InboundTrunkSettings,
): Promise<InboundTrunkRow> {
  return {
    ...identity,
    ...(await storedCredentials(deps, identity, settings.credentials)),
    allowedAddresses: settings.allowedAddresses === null ? null : [...settings.allowedAddresses],
    allowedNumbers: settings.allowedNumbers === null ? null : [...settings.allowedNumbers],
    mediaEncryption: settings.mediaEncryption,
    remoteDomains: settings.remoteDomains === null ? null : [...settings.remoteDomains],
    attributesToHeaders: { ...settings.attributesToHeaders },
    enabledCodecs: [...settings.enabledCodecs],
    country: settings.country,
    digestAlgorithm: settings.digestAlgorithm,
    digestChallenge: settings.digestChallenge,
    tlsIdentities: settings.tlsIdentities === null ? null : [...settings.tlsIdentities],
    phoneTransferForm: settings.phoneTransferForm,
    allowRefer: settings.allowRefer,
    callsPerSecond: settings.callsPerSecond,
  };
}

export async function outboundTrunkRow(
  deps: RowDeps,
  identity: TrunkIdentity,
  settings: OutboundTrunkSettings,
): Promise<OutboundTrunkRow> {
  return {
    ...identity,
    ...(await storedCredentials(deps, identity, settings.credentials)),
    address: settings.address,
    port: settings.port,
    transport: settings.transport,
    mediaEncryption: settings.mediaEncryption,
    headers: { ...settings.headers },
    attributesToHeaders: { ...settings.attributesToHeaders },
    enabledCodecs: [...settings.enabledCodecs],
    callerIdentity: settings.callerIdentity,
    insecureSdes: settings.insecureSdes,
    callsPerSecond: settings.callsPerSecond,
    remoteDomains: settings.remoteDomains === null ? null : [...settings.remoteDomains],
    phoneTransferForm: settings.phoneTransferForm,
    allowRefer: settings.allowRefer,
  };
}

async function storedCredentials(
  deps: RowDeps,
  identity: TrunkIdentity,
  change: CredentialsChange,
): Promise<StoredCredentials> {
  if (change.kind === "none") return { username: null, password: null };
  if (change.kind === "keep") return { username: change.username, password: change.password };
  const owner = secretOwner.trunkPassword(identity.workspaceId, identity.id);
  return {
    username: change.username,
    password: await deps.secrets.seal(change.password, owner),
  };
}

export function parsePhoneNumber(text: string): CalledIdentifier | RefusedField {
  const identifier = parseCalledIdentifier(text);
  if (identifier !== null) return identifier;
  // A whole URI, or spaces around it: what is meant is plain.
  const user = /^\s*(?:sips?:|tel:)?([^@;\s]+)/i.exec(text)?.[1] ?? "";
  const hint = parseCalledIdentifier(user);
  return {
    pointer: "/phone_number",
    code: "cannot_be_dialled",
    detail: "This cannot be the user part of a SIP URI: 1 to 128 characters without `@` or quotes.",
    ...(hint === null ? {} : { hint }),
  };
}

/** The forms a number is found by: none when it takes no calls. */
export function dialledForms(number: PhoneNumberRow, trunk: InboundTrunkRow | null): string[] {
  const identifier = parseCalledIdentifier(number.calledIdentifier);
  if (!number.supportsInbound || trunk === null || identifier === null) return [];
  return matchKeys(identifier, trunk.country === null ? null : parseCountry(trunk.country));
}

export function canonicalIdentifier(
  identifier: CalledIdentifier,
  settings: InboundTrunkSettings,
): string {
  return toE164(identifier, settings.country) ?? normaliseDialled(identifier);
}
