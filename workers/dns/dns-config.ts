import { z } from "zod";
import { regionNameSchema } from "../../schema/contracts/admin.ts";
import { Secret } from "../../schema/values/secret.ts";
import { SIP_TRANSPORTS, type SipTransport } from "./record-sets.ts";

/** Bindings of the DNS reconciler. Without DNS_ZONE_ID there is none. */
export interface DnsBindings {
  /** Of Route 53. */
  readonly DNS_ZONE_ID?: string;
  readonly DNS_ACCESS_KEY_ID?: string;
  readonly DNS_SECRET_ACCESS_KEY?: string;
  /** Of a server that speaks like Route 53. Absent: AWS. */
  readonly DNS_ENDPOINT?: string;
  /** Nodes are `<node name>.<region>.<DNS_DOMAIN>`. */
  readonly DNS_DOMAIN?: string;
  /** JSON: regions by the dialled name that leads to them. */
  readonly DNS_NAMES?: string;
  /** Seconds. Absent: 60. */
  readonly DNS_TTL?: string;
  /** Some of tls, tcp and udp. Absent: tls and tcp, and udp where SIP_UDP is "1". */
  readonly DNS_TRANSPORTS?: string;
}

export interface DnsConfig {
  readonly zoneId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  /** Null: AWS. */
  readonly endpoint: string | null;
  readonly domain: string;
  readonly names: readonly DialledName[];
  readonly ttlSecs: number;
  readonly transports: readonly SipTransport[];
}

export interface DialledName {
  readonly name: string;
  /** At least one. */
  readonly regions: readonly string[];
}

const DOMAIN =
  /^(?=.{1,200}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
const domainSchema = z.string().regex(DOMAIN, "is no domain in lower case, such as example.net");

const namesSchema = z
  .string()
  .transform((text, context) => {
    try {
      const parsed: unknown = JSON.parse(text);
      return parsed;
    } catch {
      context.addIssue('is no JSON, such as {"sip.example.net":["us"]}');
      return z.NEVER;
    }
  })
  .pipe(z.record(domainSchema, z.array(regionNameSchema).min(1)))
  .refine((names) => Object.keys(names).length > 0, "names nothing");

const transportSchema = z.enum(SIP_TRANSPORTS);

export const dnsSettings = {
  DNS_ZONE_ID: z
    .string()
    .regex(/^[A-Z0-9]{1,32}$/, "is not the id of a hosted zone")
    .optional(),
  DNS_ACCESS_KEY_ID: z.string().min(1).optional(),
  DNS_SECRET_ACCESS_KEY: z.string().min(1).optional(),
  DNS_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  DNS_DOMAIN: domainSchema.optional(),
  DNS_NAMES: namesSchema.optional(),
  DNS_TTL: z
    .string()
    .regex(/^\d{2,5}$/, "is not 10 to 86400 seconds")
    .default("60")
    .transform(Number)
    .refine((secs) => secs >= 10 && secs <= 86_400, "is not 10 to 86400 seconds"),
  DNS_TRANSPORTS: z
    .string()
    .transform((text) => text.split(",").map((each) => each.trim()))
    .pipe(z.array(transportSchema).min(1))
    .optional(),
};

type DnsSettings = z.output<z.ZodObject<typeof dnsSettings>>;

/**
 * Null without a zone.
 * @throws Error that names what is missing and no value
 */
export function dnsConfigOf(settings: DnsSettings, isSipUdpOpen: boolean): DnsConfig | null {
  const { DNS_ZONE_ID: zoneId, DNS_DOMAIN: domain, DNS_NAMES: names } = settings;
  const { DNS_ACCESS_KEY_ID: accessKeyId, DNS_SECRET_ACCESS_KEY: secret } = settings;
  if (zoneId === undefined) return null;
  if (!accessKeyId || !secret || domain === undefined || names === undefined) {
    throw new Error(
      "Worker bindings: DNS_ZONE_ID needs DNS_ACCESS_KEY_ID, DNS_SECRET_ACCESS_KEY, DNS_DOMAIN and DNS_NAMES",
    );
  }
  const outside = Object.keys(names).find((name) => !name.endsWith(`.${domain}`));
  if (outside !== undefined) {
    throw new Error(`Worker bindings: DNS_NAMES has ${outside}, which is not below DNS_DOMAIN`);
  }
  const open = SIP_TRANSPORTS.filter((transport) => transport !== "udp" || isSipUdpOpen);
  const transports = settings.DNS_TRANSPORTS ?? open;
  return {
    zoneId,
    accessKeyId,
    domain,
    secretAccessKey: new Secret(secret),
    endpoint: settings.DNS_ENDPOINT ?? null,
    names: Object.entries(names).map(([name, regions]) => ({
      name,
      regions: [...new Set(regions)],
    })),
    ttlSecs: settings.DNS_TTL,
    transports: SIP_TRANSPORTS.filter((transport) => transports.includes(transport)),
  };
}
