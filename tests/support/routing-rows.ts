import type {
  AgentRoute,
  InboundTrunkRoute,
  PhoneNumberRoute,
} from "../../schema/contracts/routing.ts";
import { makeId } from "../../schema/values/ids.ts";

/** Routing rows as the control plane writes them, before any schema has read them. */

type Plain<T> = { [K in keyof T]: T[K] extends string | null ? string | null : T[K] };

export interface RoutingRowValue {
  readonly kind: "phone_number" | "inbound_trunk" | "agent" | "workspace";
  readonly entityId: string;
  readonly value: unknown;
}

let made = 0;
function random(): Uint8Array {
  made += 1;
  const bytes = new Uint8Array(10);
  new DataView(bytes.buffer).setUint32(6, made);
  return bytes;
}
const AT_MS = 1_750_000_000_000;

export const newWorkspaceId = () => makeId("workspace", AT_MS, random());

export function agentRow(
  workspaceId: string,
  overrides: Partial<Plain<AgentRoute>> = {},
): RoutingRowValue {
  const id = makeId("agent", AT_MS, random());
  const value = {
    id,
    workspaceId,
    name: "Test agent",
    connection: { protocol: "builtin" },
    maxDurationSecs: 600,
    ...overrides,
  };
  return { kind: "agent", entityId: id, value };
}

export function trunkRow(
  workspaceId: string,
  overrides: Partial<Omit<Plain<InboundTrunkRoute>, "allowedAddresses" | "credentials">> & {
    readonly allowedAddresses?: readonly string[] | null;
    readonly credentials?: { readonly username: string; readonly password: string | null } | null;
  } = {},
): RoutingRowValue {
  const id = makeId("inboundTrunk", AT_MS, random());
  const value = {
    id,
    workspaceId,
    hostLabel: "acme",
    allowedAddresses: null,
    allowedNumbers: null,
    mediaEncryption: "allowed",
    codecs: ["PCMU", "PCMA"],
    country: null,
    credentials: null,
    ...overrides,
  };
  return { kind: "inbound_trunk", entityId: id, value };
}

export function numberRow(
  calledIdentifier: string,
  of: {
    readonly workspaceId: string;
    readonly trunk: RoutingRowValue | null;
    readonly agent: RoutingRowValue | null;
  },
  overrides: Partial<Plain<PhoneNumberRoute>> = {},
): RoutingRowValue {
  const id = makeId("phoneNumber", AT_MS, random());
  const value = {
    id,
    workspaceId: of.workspaceId,
    calledIdentifier,
    agentId: of.agent?.entityId ?? null,
    inboundTrunkId: of.trunk?.entityId ?? null,
    supportsInbound: true,
    ...overrides,
  };
  return { kind: "phone_number", entityId: id, value };
}

/** A workspace with one agent, one trunk and one number: three rows. */
export function importedNumber(
  calledIdentifier: string,
  trunk: Parameters<typeof trunkRow>[1] = {},
): { workspaceId: string; rows: RoutingRowValue[]; number: RoutingRowValue } {
  const workspaceId = newWorkspaceId();
  const agent = agentRow(workspaceId);
  const inbound = trunkRow(workspaceId, trunk);
  const number = numberRow(calledIdentifier, { workspaceId, trunk: inbound, agent });
  return { workspaceId, rows: [agent, inbound, number], number };
}
