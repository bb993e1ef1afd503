import type { PhoneNumberView } from "../../schema/contracts/phone-number.ts";
import type { ProviderPresetView } from "../../schema/contracts/provider-preset.ts";
import {
  checkAgainstPreset,
  fillFromPreset,
  type PresetWarning,
} from "../../schema/values/preset-check.ts";
import { findPreset, PROVIDER_PRESETS } from "../../schema/values/provider-presets.ts";
import type { RefusedField } from "../errors/refusal.ts";

export function listProviderPresets(): { data: ProviderPresetView[] } {
  return {
    data: PROVIDER_PRESETS.map((preset) => {
      const { authentication, inbound, notes, outbound, sources } = preset;
      const fill = fillFromPreset(preset);
      return {
        id: preset.id,
        name: preset.name,
        kind: preset.kind,
        reason: preset.reason,
        outbound:
          outbound === null
            ? null
            : {
                ...outbound,
                domains: [...outbound.domains],
                transports: [...outbound.transports],
                codecs: [...outbound.codecs],
              },
        inbound:
          inbound === null
            ? null
            : { addresses: [...inbound.addresses], remote_domains: [...inbound.remoteDomains] },
        authentication: [...authentication],
        notes: [...notes],
        sources: sources.map((source) => ({ ...source })),
        fill: fill === null ? null : { ...fill },
      };
    }),
  };
}

/** Why a number may not be said to be of this provider; null and empty say nothing of one. */
export function refusedPreset(id: string | null | undefined): readonly RefusedField[] {
  if (id == null || id === "") return [];
  const preset = findPreset(id);
  const pointer = "/provider_preset";
  if (preset === null) {
    const known = PROVIDER_PRESETS.map((one) => one.id).join(", ");
    const detail = `There is none of this name, but: ${known}.`;
    return [{ pointer, code: "unknown_preset", detail }];
  }
  if (preset.kind !== "registration_only") return [];
  return [{ pointer, code: "registration_only", detail: preset.reason ?? preset.name }];
}

/** Where a number's settings contradict what its provider publishes. */
export function presetWarnings(
  id: string | null,
  number: Pick<PhoneNumberView, "inbound_trunk" | "outbound_trunk">,
): PresetWarning[] {
  const preset = id === null ? null : findPreset(id);
  if (preset === null) return [];
  const { inbound_trunk: inbound, outbound_trunk: outbound } = number;
  return [
    ...checkAgainstPreset(preset, {
      inbound,
      outbound: outbound && { ...outbound, credentials: outbound.has_auth_credentials },
    }),
  ];
}
