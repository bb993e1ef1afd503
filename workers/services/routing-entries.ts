import type { RoutingEntry } from "../../schema/contracts/routing.ts";
import {
  codecSchema,
  type InboundTrunkRoute,
  routingEntrySchema,
} from "../../schema/contracts/routing.ts";
import type { Sealed } from "../../schema/values/sealed.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import type { AgentRow } from "../db/agents.ts";
import type { InboundTrunkRow, OutboundTrunkRow, PhoneNumberRow } from "../db/phone-numbers.ts";
import { readLogIdentity } from "../db/routing-changes.ts";
import type { WorkspaceSettingsRow } from "../db/workspace-settings.ts";
import type { WorkspaceRow } from "../db/workspaces.ts";
import type { SqlValue } from "../db/write-unit.ts";
import { secretOwner } from "../secrets/secrets.ts";
import { agentAudio } from "./agent-fallback.ts";
import { agentLimits } from "./agent-limits.ts";
import { agentRecording } from "./agent-recording.ts";
import { digitInput, transferDestinations } from "./agent-settings.ts";
import { voicemailRoute } from "./agent-voicemail.ts";
import { preCallRoute } from "./pre-call-webhook.ts";
import { codecName } from "./trunk-settings.ts";

/** Entries of the routing table, from the rows that they tell of. Secrets change key on the way. */

type EntryDeps = Pick<AppDeps, "secrets">;
type InRegion = Pick<Principal, "region">;

export function phoneNumberEntry(row: PhoneNumberRow): RoutingEntry {
  return routingEntrySchema.parse({
    kind: "phone_number",
    entityId: row.id,
    value: {
      id: row.id,
      workspaceId: row.workspaceId,
      calledIdentifier: row.calledIdentifier,
      agentId: row.agentId,
      inboundTrunkId: row.inboundTrunkId,
      supportsInbound: row.supportsInbound,
      outboundTrunkId: row.outboundTrunkId,
      supportsOutbound: row.supportsOutbound,
      storeSipMessages: row.storeSipMessages,
      transferDestinations: row.transferDestinations,
    },
  });
}

export async function inboundTrunkEntry(
  deps: EntryDeps,
  principal: InRegion & Pick<Principal, "hostLabel">,
  row: InboundTrunkRow,
): Promise<RoutingEntry> {
  return routingEntrySchema.parse({
    kind: "inbound_trunk",
    entityId: row.id,
    value: {
      id: row.id,
      workspaceId: row.workspaceId,
      hostLabel: principal.hostLabel,
      allowedAddresses: row.allowedAddresses,
      allowedNumbers: row.allowedNumbers,
      mediaEncryption: row.mediaEncryption,
      ...codecsOf(row.enabledCodecs),
      country: row.country,
      callsPerSecond: row.callsPerSecond,
      credentials: await credentialsFor(deps, principal, row),
      attributesToHeaders: row.attributesToHeaders,
      digestAlgorithm: row.digestAlgorithm,
      digestChallenge: row.digestChallenge,
      tlsIdentities: row.tlsIdentities,
      phoneTransferForm: row.phoneTransferForm,
      allowRefer: row.allowRefer,
      remoteDomains: row.remoteDomains ?? [],
    },
  });
}

export async function outboundTrunkEntry(
  deps: EntryDeps,
  principal: InRegion,
  row: OutboundTrunkRow,
): Promise<RoutingEntry> {
  return routingEntrySchema.parse({
    kind: "outbound_trunk",
    entityId: row.id,
    value: {
      id: row.id,
      workspaceId: row.workspaceId,
      address: row.port === null ? row.address : `${row.address}:${row.port}`,
      transport: row.transport,
      mediaEncryption: row.mediaEncryption,
      insecureSdes: row.insecureSdes,
      ...codecsOf(row.enabledCodecs),
      headers: row.headers,
      attributesToHeaders: row.attributesToHeaders,
      credentials: await credentialsFor(deps, principal, row),
      callerIdentity: row.callerIdentity,
      callsPerSecond: row.callsPerSecond,
      remoteDomains: row.remoteDomains ?? [],
      phoneTransferForm: row.phoneTransferForm,
      allowRefer: row.allowRefer,
    },
  });
}

async function credentialsFor(
  deps: EntryDeps,
  principal: InRegion,
  trunk: InboundTrunkRow | OutboundTrunkRow,
) {
  const owner = secretOwner.trunkPassword(trunk.workspaceId, trunk.id);
  const { password, username } = trunk;
  if (username === null) return null;
  if (password === null) return { username, password };
  const text = await deps.secrets.unseal(password, owner);
  return { username, password: await deps.secrets.sealForRegion(principal.region, text, owner) };
}

/** Those that nodes have, as SDP names them. None is all, and then the caller's order is as good as any. */
function codecsOf(enabled: readonly string[]): Pick<InboundTrunkRoute, "codecs" | "codecOrder"> {
  const codecs = [...new Set(enabled)].map((codec) => codecSchema.parse(codecName(codec)));
  if (codecs.length === 0) return { codecs: [...codecSchema.options], codecOrder: "offer" };
  return { codecs, codecOrder: "ours" };
}

export async function agentEntry(
  deps: EntryDeps,
  principal: InRegion,
  row: AgentRow,
  settings: WorkspaceSettingsRow | null,
): Promise<RoutingEntry> {
  return routingEntrySchema.parse({
    kind: "agent",
    entityId: row.id,
    value: {
      id: row.id,
      workspaceId: row.workspaceId,
      name: row.name,
      connection: await connectionOf(deps, principal.region, row),
      maxDurationSecs: row.maxDurationSecs,
      digitInput: digitInput(row),
      transferDestinations: transferDestinations(row.vendorFields),
      preCallWebhook: await preCallRoute(deps, principal.region, row, settings),
      recording: agentRecording(row.vendorFields),
      ...agentLimits(row.vendorFields),
      voicemail: voicemailRoute(row.vendorFields),
      ...agentAudio(row),
    },
  });
}

async function connectionOf(deps: EntryDeps, region: string, row: AgentRow) {
  const { connectionProtocol: protocol, connectionUrl: url, workspaceId, id } = row;
  if (protocol === "builtin") return { protocol };
  const forRegion = async (sealed: Sealed | null, owner: string) =>
    sealed === null
      ? null
      : await deps.secrets.sealForRegion(region, await deps.secrets.unseal(sealed, owner), owner);
  const headers = await forRegion(row.connectionHeaders, secretOwner.agentHeaders(workspaceId, id));
  if (protocol === "native") return { protocol, url, headers };
  const authToken = await forRegion(
    row.connectionAuthToken,
    secretOwner.agentAuthToken(workspaceId, id),
  );
  const { connectionSettings: settings } = row;
  return { protocol, url, headers, authToken, ...(settings === null ? {} : { settings }) };
}

export function workspaceEntry(row: Pick<WorkspaceRow, "id" | "concurrencyLimit">): RoutingEntry {
  const { id, concurrencyLimit } = row;
  return routingEntrySchema.parse({
    kind: "workspace",
    entityId: id,
    value: { id, concurrencyLimit },
  });
}

/** The version that a unit's last routing change was given; else the head of the region's log. */
export async function routingRevision(
  deps: Pick<AppDeps, "db">,
  region: string,
  rows: readonly (readonly Record<string, SqlValue>[])[],
): Promise<number> {
  const version = rows.flat().findLast((row) => typeof row["version"] === "number")?.["version"];
  if (typeof version === "number") return version;
  return (await readLogIdentity(deps.db, region, 0)).head?.version ?? 0;
}
