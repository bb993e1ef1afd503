import { z } from "zod";

/** `GET /v1/provider-presets`: what carriers and PBXs publish of their trunks, with its provenance. */

const transportSchema = z.enum(["tcp", "tls", "udp"]);

export const presetWarningSchema = z.object({
  /** RFC 6901, into the number. */
  pointer: z.string(),
  code: z.string(),
  detail: z.string(),
  hint: z.string().optional(),
});

const providerPresetSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** `registration_only`: no trunk to it can work here, for `reason`. */
  kind: z.enum(["pbx", "registration_only", "static"]),
  reason: z.string().nullable(),
  outbound: z
    .object({
      /** `{name}` is the customer's own label; null: the customer's own name altogether. */
      address: z.string().nullable(),
      domains: z.array(z.string()),
      transports: z.array(transportSchema),
      port: z.number().int().nullable(),
      codecs: z.array(z.string()),
    })
    .nullable(),
  inbound: z
    .object({ addresses: z.array(z.string()), remote_domains: z.array(z.string()) })
    .nullable(),
  authentication: z.array(z.enum(["address", "both", "credentials"])),
  notes: z.array(z.string()),
  sources: z.array(z.object({ url: z.string(), says: z.string() })),
  /** Members of the trunk configurations to begin with; null of one that no trunk can reach. */
  fill: z
    .object({
      outbound_trunk_config: z.record(z.string(), z.unknown()).nullable(),
      inbound_trunk_config: z.record(z.string(), z.unknown()).nullable(),
    })
    .nullable(),
});
export type ProviderPresetView = z.infer<typeof providerPresetSchema>;

export const providerPresetListSchema = z.object({ data: z.array(providerPresetSchema) });
