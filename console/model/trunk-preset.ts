import {
  checkAgainstPreset,
  type PresetWarning,
  type PublishedTrunk,
} from "../../schema/values/preset-check.ts";
import { type Codec, linesOf, type TrunkDraft } from "./trunk-form.ts";

/** What a provider publishes of its trunks, as it stands in the form: filled in, and compared with. */

/** What of the API's presets the form looks at. */
export interface FormPreset extends PublishedTrunk {
  readonly id: string;
  readonly inbound: {
    readonly addresses: readonly string[];
    readonly remote_domains: readonly string[];
  } | null;
}

const NAME = "{name}";
const CODECS: readonly Codec[] = ["G722/8000", "PCMU/8000", "PCMA/8000"];

/** Whether its address holds the customer's own label. */
export function wantsName({ outbound }: FormPreset): boolean {
  return outbound?.address?.includes(NAME) ?? false;
}

/** What choosing it writes into the form: only what the provider says, the rest stays. */
export function presetChange(preset: FormPreset, draft: TrunkDraft): Partial<TrunkDraft> {
  const { inbound, outbound } = preset;
  const address = addressOf(preset, draft.presetName);
  const [transport] = outbound?.transports ?? [];
  const codecs = CODECS.filter((codec) => outbound?.codecs.includes(codec));
  return {
    preset: preset.id,
    ...(address === null ? {} : { address }),
    ...(outbound === null ? {} : { port: outbound.port === null ? "" : String(outbound.port) }),
    ...(transport === undefined
      ? {}
      : {
          transport,
          outboundEncryption: transport === "tls" ? ("required" as const) : ("disabled" as const),
        }),
    ...(codecs.length === 0 ? {} : { codecs }),
    ...(inbound === null || inbound.addresses.length === 0
      ? {}
      : { allowedAddresses: inbound.addresses.join("\n") }),
    ...(inbound === null || inbound.remote_domains.length === 0
      ? {}
      : { remoteDomains: inbound.remote_domains.join("\n") }),
  };
}

/** What the customer's label at the provider writes into the form. */
export function presetNameChange(preset: FormPreset, presetName: string): Partial<TrunkDraft> {
  const address = addressOf(preset, presetName);
  return { presetName, ...(address === null ? {} : { address }) };
}

/** Empty until the label is known; null: the customer's own name altogether. */
function addressOf({ outbound }: FormPreset, name: string): string | null {
  const pattern = outbound?.address ?? null;
  if (pattern === null || !pattern.includes(NAME)) return pattern;
  return name.trim() === "" ? "" : pattern.replace(NAME, name.trim());
}

/** Where the form contradicts what is published. Nothing is refused for it. */
export function presetContradictions(
  preset: FormPreset,
  draft: TrunkDraft,
  hasKeptPassword: boolean,
): readonly PresetWarning[] {
  const address = draft.address.trim();
  const port = draft.port.trim();
  return checkAgainstPreset(preset, {
    outbound: draft.hasOutbound
      ? {
          ...(address === "" ? {} : { address }),
          port: port === "" ? null : Number(port),
          transport: draft.transport,
          enabled_codecs: draft.codecs,
          credentials: draft.outboundUser.trim() !== "" || hasKeptPassword,
        }
      : null,
    inbound: draft.hasInbound ? { allowed_addresses: linesOf(draft.allowedAddresses) } : null,
  });
}
