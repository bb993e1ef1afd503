import { type Cidr, cidrsOverlap, parseCidr } from "./cidr.ts";
import type { PresetTransport, ProviderPreset } from "./provider-presets.ts";

/** What of a preset settings are compared with, as it stands in the table or as the API tells it. */
export interface PublishedTrunk
  extends Pick<ProviderPreset, "authentication" | "kind" | "name" | "reason"> {
  readonly outbound:
    | (Omit<NonNullable<ProviderPreset["outbound"]>, "codecs"> & {
        readonly codecs: readonly string[];
      })
    | null;
  readonly inbound: { readonly addresses: readonly string[] } | null;
}

/** A trunk's settings as far as a preset speaks of them; absent: not given. */
export interface PresetSettings {
  readonly outbound: {
    readonly address?: string | undefined;
    readonly port?: number | null | undefined;
    readonly transport?: PresetTransport | "auto" | undefined;
    readonly enabled_codecs?: readonly string[] | undefined;
    readonly credentials?: boolean | undefined;
  } | null;
  readonly inbound: { readonly allowed_addresses?: readonly string[] | null | undefined } | null;
}

/** Where settings and preset contradict each other. Nothing is refused for it: what is published may be outdated. */
export interface PresetWarning {
  /** RFC 6901 pointer into the number. */
  readonly pointer: string;
  readonly code:
    | "address_elsewhere"
    | "codec_not_taken"
    | "credentials_missing"
    | "port_differs"
    | "registration_only"
    | "source_not_allowed"
    | "transport_not_taken";
  readonly detail: string;
  readonly hint?: string;
}

/** What a form is filled with: members of the two trunk configurations, `{name}` where the customer's own label belongs. */
export interface PresetFill {
  readonly outbound_trunk_config: Readonly<Record<string, unknown>> | null;
  readonly inbound_trunk_config: Readonly<Record<string, unknown>> | null;
}

/** Null for a provider that no trunk can reach. */
export function fillFromPreset({ inbound, kind, outbound }: ProviderPreset): PresetFill | null {
  if (kind === "registration_only") return null;
  const [transport] = outbound?.transports ?? [];
  return {
    outbound_trunk_config:
      outbound === null
        ? null
        : {
            ...(outbound.address === null ? {} : { address: outbound.address }),
            ...(outbound.port === null ? {} : { port: outbound.port }),
            ...(transport === undefined ? {} : { transport }),
            ...(outbound.codecs.length === 0 ? {} : { enabled_codecs: outbound.codecs }),
          },
    inbound_trunk_config:
      inbound === null
        ? null
        : {
            ...(inbound.addresses.length === 0 ? {} : { allowed_addresses: inbound.addresses }),
            ...(inbound.remoteDomains.length === 0
              ? {}
              : { remote_domains: inbound.remoteDomains }),
          },
  };
}

/** Every contradiction, in the order of the form. */
export function checkAgainstPreset(
  preset: PublishedTrunk,
  settings: PresetSettings,
): readonly PresetWarning[] {
  if (preset.kind === "registration_only") {
    const detail = preset.reason ?? `${preset.name} wants a registration.`;
    return [{ pointer: "/provider_preset", code: "registration_only", detail }];
  }
  return [...checkOutbound(preset, settings), ...checkInbound(preset, settings)];
}

function checkOutbound(
  { authentication, name, outbound: published }: PublishedTrunk,
  { outbound: given }: PresetSettings,
): readonly PresetWarning[] {
  if (published === null || given === null) return [];
  const at = "/outbound_trunk_config";
  const warnings: PresetWarning[] = [];
  const { address, credentials, enabled_codecs: codecs = [], port, transport } = given;
  const isElsewhere =
    address !== undefined &&
    published.domains.length > 0 &&
    !published.domains.some((domain) => address === domain || address.endsWith(`.${domain}`));
  if (isElsewhere) {
    warnings.push({
      pointer: `${at}/address`,
      code: "address_elsewhere",
      detail: `${name} is reached under ${published.domains.join(" or ")}, and ${address} is not.`,
      ...(published.address === null ? {} : { hint: published.address }),
    });
  }
  const isTaken =
    transport === undefined ||
    transport === "auto" ||
    published.transports.length === 0 ||
    published.transports.includes(transport);
  if (!isTaken) {
    warnings.push({
      pointer: `${at}/transport`,
      code: "transport_not_taken",
      detail: `${name} takes ${published.transports.join(", ")}.`,
      ...(published.transports[0] === undefined ? {} : { hint: published.transports[0] }),
    });
  }
  // A port of its own goes with the transport that is chosen first.
  const isFirst = transport === published.transports[0];
  if (published.port !== null && isFirst && port !== published.port) {
    warnings.push({
      pointer: `${at}/port`,
      code: "port_differs",
      detail: `${name} listens on port ${published.port} for ${transport}.`,
      hint: String(published.port),
    });
  }
  const isCodecTaken =
    published.codecs.length === 0 ||
    codecs.length === 0 ||
    published.codecs.some((codec) => codecs.includes(codec));
  if (!isCodecTaken) {
    warnings.push({
      pointer: `${at}/enabled_codecs`,
      code: "codec_not_taken",
      detail: `${name} takes ${published.codecs.join(", ")}, and none of them is enabled.`,
      ...(published.codecs[0] === undefined ? {} : { hint: published.codecs[0] }),
    });
  }
  const wantsPassword = !authentication.includes("address") && authentication.length > 0;
  if (wantsPassword && credentials === false) {
    const detail = `${name} asks every caller for a password, and the trunk has none.`;
    warnings.push({ pointer: `${at}/credentials`, code: "credentials_missing", detail });
  }
  return warnings;
}

function checkInbound(
  { inbound: published, name }: PublishedTrunk,
  { inbound: given }: PresetSettings,
): readonly PresetWarning[] {
  const allowed = given?.allowed_addresses ?? [];
  if (published === null || published.addresses.length === 0 || allowed.length === 0) return [];
  const blocks = allowed.map(parseCidr).filter((block) => block !== null);
  const missing = published.addresses.filter((address) => {
    const source = parseCidr(address);
    return source !== null && !blocks.some((block) => covers(block, source));
  });
  if (missing.length === 0) return [];
  return [
    {
      pointer: "/inbound_trunk_config/allowed_addresses",
      code: "source_not_allowed",
      detail: `${name} may call from ${missing.join(", ")}, which the trunk does not allow.`,
      ...(missing[0] === undefined ? {} : { hint: missing[0] }),
    },
  ];
}

/** Whether every address of the second lies in the first. */
function covers(block: Cidr, source: Cidr): boolean {
  return prefixOf(block) <= prefixOf(source) && cidrsOverlap(block, source);
}

function prefixOf(cidr: Cidr): number {
  return Number(cidr.slice(cidr.indexOf("/") + 1));
}
