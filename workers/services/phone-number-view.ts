import { mediaCodecSchema, type PhoneNumberView } from "../../schema/contracts/phone-number.ts";
import { allowsEverybody, parseCidr } from "../../schema/values/cidr.ts";
import { parseE164 } from "../../schema/values/e164.ts";
import type { InboundTrunkRow, OutboundTrunkRow, PhoneNumberRecord } from "../db/phone-numbers.ts";
import { presetWarnings } from "./provider-presets.ts";

/** A number as clients see it. It is built field by field, so that no secret can slip in. */
export function phoneNumberView(record: PhoneNumberRecord): PhoneNumberView {
  const { agentName, number } = record;
  const outbound = record.outboundTrunk === null ? null : outboundView(record.outboundTrunk);
  const inbound = record.inboundTrunk === null ? null : inboundView(record.inboundTrunk);
  const vendor = number.vendorFields;
  const preset = textOrNull(vendor["provider_preset"]) || null;
  return {
    phone_number_id: number.id,
    phone_number: number.calledIdentifier,
    e164: parseE164(number.canonicalIdentifier),
    label: number.label,
    provider: "sip_trunk",
    supports_inbound: number.supportsInbound,
    supports_outbound: number.supportsOutbound,
    assigned_agent:
      number.agentId === null
        ? null
        : {
            agent_id: number.agentId,
            agent_name: agentName ?? "",
            environment: textOrNull(vendor["environment"]),
            branch_id: textOrNull(vendor["branch_id"]),
          },
    provider_config: outbound,
    outbound_trunk: outbound,
    inbound_trunk: inbound,
    livekit_stack: vendor["livekit_stack"] === "static" ? "static" : "standard",
    store_sip_messages: number.storeSipMessages,
    transfer_destinations: number.transferDestinations,
    provider_preset: preset,
    warnings: presetWarnings(preset, { inbound_trunk: inbound, outbound_trunk: outbound }),
  };
}

function inboundView(trunk: InboundTrunkRow): NonNullable<PhoneNumberView["inbound_trunk"]> {
  const addresses = trunk.allowedAddresses ?? [];
  return {
    allowed_addresses: addresses,
    allowed_numbers: trunk.allowedNumbers,
    media_encryption: trunk.mediaEncryption,
    has_auth_credentials: trunk.username !== null,
    username: trunk.username,
    remote_domains: trunk.remoteDomains,
    attributes_to_headers: trunk.attributesToHeaders,
    enabled_codecs: mediaCodecs(trunk.enabledCodecs),
    country: trunk.country,
    digest_algorithm: trunk.digestAlgorithm,
    digest_challenge: trunk.digestChallenge,
    tls_identities: trunk.tlsIdentities,
    phone_transfer_form: trunk.phoneTransferForm,
    allow_refer: trunk.allowRefer,
    calls_per_second: trunk.callsPerSecond,
    open:
      trunk.username === null &&
      trunk.tlsIdentities === null &&
      (addresses.length === 0 || addresses.some(isEverybody)),
  };
}

function outboundView(trunk: OutboundTrunkRow): NonNullable<PhoneNumberView["outbound_trunk"]> {
  return {
    address: trunk.address,
    port: trunk.port,
    transport: trunk.transport,
    media_encryption: trunk.mediaEncryption,
    headers: trunk.headers,
    attributes_to_headers: trunk.attributesToHeaders,
    has_auth_credentials: trunk.username !== null,
    username: trunk.username,
    has_outbound_trunk: true,
    enabled_codecs: mediaCodecs(trunk.enabledCodecs),
    caller_identity: {
      from_user: trunk.callerIdentity.fromUser,
      asserted_identity: trunk.callerIdentity.assertedIdentity,
      number_form: trunk.callerIdentity.numberForm,
    },
    insecure_sdes: trunk.insecureSdes,
    calls_per_second: trunk.callsPerSecond,
    remote_domains: trunk.remoteDomains,
    phone_transfer_form: trunk.phoneTransferForm,
    allow_refer: trunk.allowRefer,
  };
}

type MediaCodec = (typeof mediaCodecSchema.options)[number];

const MEDIA_CODECS: ReadonlyMap<string, MediaCodec> = new Map(
  mediaCodecSchema.options.map((codec) => [codec, codec]),
);

/** Of a column that only our own parser fills. @throws TypeError for any other text in it */
function mediaCodecs(names: readonly string[]): MediaCodec[] {
  return names.map((name) => {
    const codec = MEDIA_CODECS.get(name);
    if (codec === undefined) throw new TypeError("a trunk has a codec that there is not");
    return codec;
  });
}

function isEverybody(block: string): boolean {
  const cidr = parseCidr(block);
  return cidr !== null && allowsEverybody(cidr);
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
