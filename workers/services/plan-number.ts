import type { CreatePhoneNumber } from "../../schema/contracts/phone-number.ts";
import { inboundTrunkConfigSchema } from "../../schema/contracts/phone-number.ts";
import type { RoutingEntry } from "../../schema/contracts/routing.ts";
import { newId, parseId } from "../../schema/values/ids.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import type { NumberRows } from "../db/number-imports.ts";
import type { PhoneNumberRow } from "../db/phone-numbers.ts";
import type { RefusedField } from "../errors/refusal.ts";
import {
  canonicalIdentifier,
  dialledForms,
  inboundTrunkRow,
  outboundTrunkRow,
  parsePhoneNumber,
} from "./phone-number-rows.ts";
import { refusedPreset } from "./provider-presets.ts";
import { inboundTrunkEntry, outboundTrunkEntry, phoneNumberEntry } from "./routing-entries.ts";
import {
  type InboundTrunkSettings,
  type Parsed,
  parseInboundTrunk,
  parseOutboundTrunk,
} from "./trunk-settings.ts";

/** A new number with all that is written of it. */
export interface PlannedNumber extends NumberRows {
  /** For the region's routing table, in this order. */
  readonly entries: readonly RoutingEntry[];
}

/**
 * What a client asks for, as rows, or everything that is wrong with it. Without an inbound configuration a number gets an
 * open inbound trunk, so that it answers calls at once.
 */
export async function planNumber(
  deps: Pick<AppDeps, "secrets">,
  principal: Principal,
  input: CreatePhoneNumber,
  nowMs: number,
): Promise<Parsed<PlannedNumber>> {
  const { workspaceId, region } = principal;
  const identifier = parsePhoneNumber(input.phone_number);
  const inbound = parseInboundTrunk(
    input.inbound_trunk_config ?? inboundTrunkConfigSchema.parse({}),
    null,
  );
  const outbound =
    input.outbound_trunk_config == null
      ? null
      : parseOutboundTrunk(input.outbound_trunk_config, null);
  const agentId = input.agent_id == null ? null : parseId("agent", input.agent_id);
  const errors = [
    ...foreignProvider(input.provider),
    ...refusedPreset(input.provider_preset),
    ...(typeof identifier === "object" ? [identifier] : []),
    ...(inbound.ok ? [] : inbound.errors),
    ...(outbound === null || outbound.ok ? [] : outbound.errors),
    ...(input.agent_id != null && agentId === null ? [unknownAgent()] : []),
    ...(inbound.ok ? transferFormErrors(inbound.value, outbound !== null) : []),
  ];
  const isWrong = typeof identifier === "object" || !inbound.ok || outbound?.ok === false;
  if (isWrong || errors.length > 0) return { ok: false, errors };

  const owned = { workspaceId, createdAtMs: nowMs, updatedAtMs: nowMs };
  const inboundTrunk = await inboundTrunkRow(
    deps,
    { id: newId("inboundTrunk"), ...owned },
    inbound.value,
  );
  const outboundTrunk =
    outbound === null
      ? null
      : await outboundTrunkRow(deps, { id: newId("outboundTrunk"), ...owned }, outbound.value);
  const number: PhoneNumberRow = {
    id: newId("phoneNumber"),
    ...owned,
    region,
    calledIdentifier: identifier,
    canonicalIdentifier: canonicalIdentifier(identifier, inbound.value),
    label: input.label,
    agentId,
    inboundTrunkId: inboundTrunk.id,
    outboundTrunkId: outboundTrunk?.id ?? null,
    supportsInbound: input.supports_inbound,
    supportsOutbound: input.supports_outbound && outboundTrunk !== null,
    storeSipMessages: true,
    transferDestinations: input.transfer_destinations ?? [],
    vendorFields: input.provider_preset ? { provider_preset: input.provider_preset } : {},
  };
  return {
    ok: true,
    value: {
      number,
      inboundTrunk,
      outboundTrunk,
      forms: dialledForms(number, inboundTrunk),
      entries: [
        await inboundTrunkEntry(deps, principal, inboundTrunk),
        ...(outboundTrunk === null
          ? []
          : [await outboundTrunkEntry(deps, principal, outboundTrunk)]),
        phoneNumberEntry(number),
      ],
    },
  };
}

/** Numbers come over SIP trunks only; what a provider's own API would be given is not kept. */
function foreignProvider(provider: CreatePhoneNumber["provider"]): readonly RefusedField[] {
  if (provider === "sip_trunk") return [];
  const trunk = { twilio: "Elastic SIP Trunk", exotel: "vSIP trunk" }[provider];
  const detail = `Numbers of ${provider} are not taken over its own API. Bring the number over a SIP trunk: make a ${trunk} there that leads here, and import it with \`provider\` sip_trunk.`;
  return [{ pointer: "/provider", code: "provider_not_supported", detail, hint: "sip_trunk" }];
}

export function unknownAgent(): RefusedField {
  return { pointer: "/agent_id", code: "agent_not_found", detail: "There is no such agent." };
}

/** A SIP URI needs a host, which only the number's outbound trunk has. */
export function transferFormErrors(
  { phoneTransferForm }: InboundTrunkSettings,
  hasOutboundTrunk: boolean,
): readonly RefusedField[] {
  if (phoneTransferForm === "tel" || hasOutboundTrunk) return [];
  return [
    {
      pointer: "/inbound_trunk_config/phone_transfer_form",
      code: "outbound_trunk_missing",
      detail: "The SIP URIs would be at the number's outbound trunk, and it has none.",
      hint: "tel",
    },
  ];
}
