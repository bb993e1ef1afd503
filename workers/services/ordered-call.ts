import { type ClientData, recordableVariables } from "../../schema/contracts/client-data.ts";
import type { RoutingEntry } from "../../schema/contracts/routing.ts";
import { parseCalledIdentifier } from "../../schema/values/called-identifier.ts";
import { type CallId, conversationIdOf } from "../../schema/values/ids.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import type { AgentRow } from "../db/agents.ts";
import type { ConversationRow } from "../db/conversations.ts";
import type { OutboundTrunkRow, PhoneNumberRecord, PhoneNumberRow } from "../db/phone-numbers.ts";
import { hasRoute } from "../db/routing-changes.ts";
import type { RefusedField } from "../errors/refusal.ts";
import { outboundTrunkEntry, phoneNumberEntry } from "./routing-entries.ts";

/** What every order of a call has, ordered by itself or in a batch. */

/** Null when it can be dialled: a number in any form, an extension, or a name. */
export function checkDialable(text: string, pointer: string): RefusedField | null {
  // A scheme or a host would name another place than the trunk.
  const isUri = /^\s*(sips?|tel):/i.test(text);
  if (!isUri && parseCalledIdentifier(text) !== null) return null;
  const user = /^\s*(?:sips?:|tel:)?([^@;\s]+)/i.exec(text)?.[1] ?? "";
  const hint = parseCalledIdentifier(user);
  return {
    pointer,
    code: "cannot_be_dialled",
    detail:
      "This cannot be the user part of a SIP URI: a number such as `+15005550100`, an extension or a name, 1 to 128 characters without `@` or quotes.",
    ...(hint === null ? {} : { hint }),
  };
}

/** Empty when calls can be placed from the number. */
export function checkDials({
  number,
  outboundTrunk,
}: Pick<PhoneNumberRecord, "number" | "outboundTrunk">): readonly RefusedField[] {
  const hasTrunk = outboundTrunk !== null;
  if (hasTrunk && number.supportsOutbound) return [];
  return [
    {
      pointer: "/agent_phone_number_id",
      code: hasTrunk ? "outbound_not_supported" : "outbound_trunk_missing",
      detail: hasTrunk
        ? "The number was imported without support for outbound calls. Send its `outbound_trunk_config` again by PATCH."
        : "The number has no outbound trunk. Give it an `outbound_trunk_config` by PATCH.",
      hint: '{"outbound_trunk_config":{"address":"sip.example.com"}}',
    },
  ];
}

/** Numbers imported before outbound calls existed: the nodes have yet to be told of their trunks. */
export async function missingRoutes(
  deps: Pick<AppDeps, "db" | "secrets">,
  principal: Principal,
  number: PhoneNumberRow,
  trunk: OutboundTrunkRow,
): Promise<readonly RoutingEntry[]> {
  if (await hasRoute(deps.db, principal.region, "outbound_trunk", trunk.id)) return [];
  return [await outboundTrunkEntry(deps, principal, trunk), phoneNumberEntry(number)];
}

/** The conversation of a call that has been ordered: it is there before a node hears of it. */
export function orderedConversation(
  call: {
    readonly callId: CallId;
    readonly agent: Pick<AgentRow, "id" | "name" | "workspaceId">;
    readonly number: Pick<PhoneNumberRow, "id" | "calledIdentifier">;
    readonly toNumber: string;
    readonly clientData: ClientData;
  },
  nowMs: number,
): ConversationRow {
  const { agent, callId, clientData, number, toNumber } = call;
  return {
    id: conversationIdOf(callId),
    workspaceId: agent.workspaceId,
    callId,
    agentId: agent.id,
    agentName: agent.name,
    phoneNumberId: number.id,
    // None has it yet.
    nodeId: "",
    direction: "outbound",
    status: "initiated",
    startedAtMs: nowMs,
    acceptedAtMs: null,
    endedAtMs: null,
    durationMs: null,
    endCode: null,
    isTest: null,
    terminationReason: null,
    provisionalUntilMs: null,
    record: {
      callId,
      direction: "outbound",
      agentNumber: number.calledIdentifier,
      externalNumber: toNumber,
      callSid: callId,
      clientData: {
        ...clientData,
        dynamicVariables: { ...recordableVariables(clientData.dynamicVariables) },
      },
    },
  };
}
