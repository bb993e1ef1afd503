import { z } from "zod";
import type { PortSettings } from "../schema/values/port-rules.ts";
import { parseRetentionDays, type RetentionDays } from "../schema/values/retention.ts";
import { Secret } from "../schema/values/secret.ts";
import type { ClientAddressSource } from "./auth/client-address.ts";
import {
  type OidcBindings,
  type OidcConfig,
  oidcConfigOf,
  oidcSettings,
} from "./auth/oidc-config.ts";
import { type DnsBindings, type DnsConfig, dnsConfigOf, dnsSettings } from "./dns/dns-config.ts";
import type {
  BatchDialerRpc,
  DatabaseWriterRpc,
  DnsReconcilerRpc,
  LiveCallsRpc,
  NetworkFeedRpc,
  ObjectShardRpc,
  RegionHubRpc,
  RequestQuotaRpc,
  TestCallAudioRpc,
  WebhookEndpointRpc,
} from "./objects-rpc.ts";

/** Bindings of the Worker, the same on the edge and in plain workerd. */
export interface Env extends DnsBindings, OidcBindings {
  /** Reaches libSQL whatever `globalOutbound` allows. Absent on the edge, where LIBSQL_URL is public. */
  readonly LIBSQL?: Fetcher;
  /** The console's files, by their names in console/dist. Absent: this deployment has no console. */
  readonly ASSETS?: Fetcher;
  /** Base URL for the client; with the service binding only its path matters. */
  readonly LIBSQL_URL: string;
  readonly LIBSQL_AUTH_TOKEN?: string;
  /** `<key id>:<base64url of 32 bytes>`; seals every secret at rest. */
  readonly MASTER_KEY: string;
  /** Further master keys, separated by commas: they open what was sealed under them, and seal nothing. */
  readonly MASTER_KEYS_HELD?: string;
  /** base64url PKCS #8 Ed25519; signs routing snapshots. */
  readonly SNAPSHOT_SIGNING_KEY: string;
  /** Hex SHA-256 of the token that may call `/v1/admin/**`. */
  readonly OPERATOR_TOKEN_SHA256: string;
  /** Part of every object's name: objects of two residencies never meet. */
  readonly RESIDENCY: string;
  /** `<host label>.<SIP_DOMAIN>` and `<SIP_DOMAIN>` are what callers dial. */
  readonly SIP_DOMAIN: string;
  /** "loopback" in the embedded default: webhooks and agents may be on this machine. Else "public". */
  readonly OUTBOUND_POLICY: string;
  /** Calls at the same time of a workspace that is made without a limit of its own. Absent: no limit. */
  readonly WORKSPACE_CONCURRENCY?: string;
  /** Outbound calls a second that one API key may order. Absent: no limit. */
  readonly API_KEY_CALLS_PER_SECOND?: string;
  /** `kind=days`, separated by commas: what is kept for another time than docs/design/retention.md says. */
  readonly RETENTION_DAYS?: string;
  /** Requests of one API key, `<requests>/<seconds>`. Absent: 1000/10. */
  readonly API_KEY_REQUESTS?: string;
  /** "socket", or the header in which whoever stands in front tells the client's address. Absent: cf-connecting-ip. */
  readonly CLIENT_ADDRESS?: string;
  /** Where the nodes of the residency put recordings. Absent: in the control plane's own objects. */
  readonly RECORDING_BUCKET?: string;
  /** Of a server that speaks like S3. Absent: AWS. */
  readonly RECORDING_ENDPOINT?: string;
  readonly RECORDING_REGION?: string;
  readonly RECORDING_ACCESS_KEY_ID?: string;
  readonly RECORDING_SECRET_ACCESS_KEY?: string;
  /** base64url PKCS #8 Ed25519; signs the published address block. Absent: none can be published. */
  readonly FEED_SIGNING_KEY?: string;
  /** base64url raw Ed25519: public key that is to sign next, announced 30 days before it does. */
  readonly FEED_NEXT_PUBLIC_KEY?: string;
  /** Origin under which the feed is reached. Absent: `https://<SIP_DOMAIN>`. */
  readonly FEED_URL?: string;
  /** Who publishes. Absent: Trunkline. */
  readonly PROVIDER_NAME?: string;
  /** What nodes have as TRUNKLINE_RTP_PORTS, for the published table of ports. Absent: 10000-19999. */
  readonly RTP_PORTS?: string;
  /** "1": nodes take SIP over UDP. Absent: they do not. */
  readonly SIP_UDP?: string;
  /** "1": nodes answer STUN on UDP 3478. Absent: they do not. */
  readonly STUN?: string;
  /** PEM: authorities that sign the certificates of feed and nodes, to be published. */
  readonly TLS_ROOTS?: string;
  readonly DATABASE_WRITER: DurableObjectNamespace<DatabaseWriterRpc>;
  readonly REGION_HUB: DurableObjectNamespace<RegionHubRpc>;
  readonly BATCH_DIALER: DurableObjectNamespace<BatchDialerRpc>;
  readonly OBJECT_SHARD: DurableObjectNamespace<ObjectShardRpc>;
  readonly WEBHOOK_ENDPOINT: DurableObjectNamespace<WebhookEndpointRpc>;
  readonly NETWORK_FEED: DurableObjectNamespace<NetworkFeedRpc>;
  readonly DNS_RECONCILER: DurableObjectNamespace<DnsReconcilerRpc>;
  readonly LIVE_CALLS: DurableObjectNamespace<LiveCallsRpc>;
  readonly TEST_CALL_AUDIO: DurableObjectNamespace<TestCallAudioRpc>;
  readonly REQUEST_QUOTA: DurableObjectNamespace<RequestQuotaRpc>;
}

/** The residency's bucket of recordings. The credentials may read and delete in it. */
export interface BucketConfig {
  readonly bucket: string;
  /** Null: AWS. */
  readonly endpoint: string | null;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
}

export interface WorkerConfig {
  readonly residency: string;
  readonly sipDomain: string;
  readonly outboundPolicy: "public" | "loopback";
  /** Null: no limit. */
  readonly workspaceConcurrency: number | null;
  /** Outbound calls; null: no limit. */
  readonly callsPerSecondOfKey: number | null;
  readonly retentionDays: RetentionDays;
  /** Of one API key. */
  readonly requestQuota: { readonly limit: number; readonly windowSecs: number };
  readonly clientAddress: ClientAddressSource;
  /** Null: recordings are objects of the control plane. */
  readonly bucket: BucketConfig | null;
  /** Lower-case hex. */
  readonly operatorTokenSha256: string;
  readonly libsql: { readonly url: string; readonly authToken: Secret | null };
  readonly masterKey: MasterKey;
  readonly heldMasterKeys: readonly MasterKey[];
  /** base64url PKCS #8 Ed25519. */
  readonly snapshotSigningKey: Secret;
  readonly feed: FeedConfig;
  /** Null: nobody but Terraform changes the DNS. */
  readonly dns: DnsConfig | null;
  /** Null: nobody signs in but by an API key. */
  readonly oidc: OidcConfig | null;
}

interface MasterKey {
  readonly id: string;
  /** base64url of 32 bytes. */
  readonly bytes: Secret;
}

/** Of the published address block. */
export interface FeedConfig {
  /** base64url PKCS #8 Ed25519; null: nothing can be published. */
  readonly signingKey: Secret | null;
  /** base64url raw Ed25519. */
  readonly nextPublicKey: string | null;
  /** Origin, without a slash at the end. */
  readonly url: string;
  readonly provider: string;
  readonly ports: PortSettings;
  /** One PEM certificate each. */
  readonly tlsRoots: readonly string[];
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

const rtpPortsSchema = z
  .string()
  .regex(/^\d{1,5}-\d{1,5}$/, "is not FIRST-LAST")
  .transform((text) => {
    const [first = 0, last = 0] = text.split("-").map(Number);
    return { first, last };
  })
  .refine(({ first, last }) => 0 < first && first < last && last <= 65_535, "is no range of ports");

const feedSettings = {
  FEED_SIGNING_KEY: z
    .string()
    .regex(/^[A-Za-z0-9_-]{60,}$/, "is not base64url PKCS #8")
    .optional(),
  FEED_NEXT_PUBLIC_KEY: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/, "is not base64url of 32 bytes")
    .optional(),
  FEED_URL: z
    .url({ protocol: /^https?$/ })
    .refine((url) => new URL(url).origin === url, "is no origin, such as https://sip.example.com")
    .optional(),
  PROVIDER_NAME: z
    .string()
    .regex(/^[^\p{Cc}"<>&]{1,64}$/u, "is not 1 to 64 characters of text")
    .default("Trunkline"),
  RTP_PORTS: rtpPortsSchema.default({ first: 10_000, last: 19_999 }),
  SIP_UDP: z.enum(["0", "1"]).default("0"),
  STUN: z.enum(["0", "1"]).default("0"),
  TLS_ROOTS: z
    .string()
    .default("")
    .transform((text) => text.match(PEM_CERTIFICATE) ?? []),
};

const settingsSchema = z.object({
  LIBSQL_URL: z.url({ protocol: /^https?$/ }),
  LIBSQL_AUTH_TOKEN: z.string().min(1).optional(),
  MASTER_KEY: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}:[A-Za-z0-9_-]{43}$/, "is not `<key id>:<base64url of 32 bytes>`"),
  MASTER_KEYS_HELD: z
    .string()
    .regex(
      /^(?:[A-Za-z0-9_-]{1,64}:[A-Za-z0-9_-]{43}(?:,|$))*$/,
      "is not a list of `<key id>:<base64url of 32 bytes>`, separated by commas",
    )
    .default(""),
  SNAPSHOT_SIGNING_KEY: z.string().regex(/^[A-Za-z0-9_-]{60,}$/, "is not base64url PKCS #8"),
  OPERATOR_TOKEN_SHA256: z.string().regex(/^[0-9a-f]{64}$/, "is not a hex SHA-256 in lower case"),
  RESIDENCY: z.string().regex(/^[a-z0-9-]{1,32}$/),
  SIP_DOMAIN: z.string().min(1),
  OUTBOUND_POLICY: z.enum(["public", "loopback"]),
  WORKSPACE_CONCURRENCY: z
    .string()
    .regex(/^\d{1,6}$/, "is not a number of calls")
    .transform(Number)
    .optional(),
  ...feedSettings,
  ...dnsSettings,
  ...oidcSettings,
  API_KEY_CALLS_PER_SECOND: z
    .string()
    .regex(/^(?!0+(\.0+)?$)\d{1,4}(\.\d{1,3})?$/, "is not a number of calls a second above 0")
    .transform(Number)
    .optional(),
  RETENTION_DAYS: z
    .string()
    .default("")
    .transform((text, context) => {
      const set = parseRetentionDays(text);
      if (set !== null) return set;
      context.addIssue("is not a list of `kind=days` of what docs/design/retention.md lets be set");
      return z.NEVER;
    }),
  API_KEY_REQUESTS: z
    .string()
    .regex(/^[1-9]\d{0,8}\/[1-9]\d{0,3}$/, "is not <requests>/<seconds>")
    .default("1000/10"),
  CLIENT_ADDRESS: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/, "is neither `socket` nor the name of a header in lower case")
    .default("cf-connecting-ip"),
  RECORDING_BUCKET: z.string().min(3).optional(),
  RECORDING_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  RECORDING_REGION: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/)
    .default("us-east-1"),
  RECORDING_ACCESS_KEY_ID: z.string().min(1).optional(),
  RECORDING_SECRET_ACCESS_KEY: z.string().min(1).optional(),
});

/**
 * Reads the bindings once; nothing else of the Worker knows a variable's name.
 * @throws Error that names every wrong binding and no value
 */
export function parseWorkerConfig(env: Env): WorkerConfig {
  const parsed = settingsSchema.safeParse(env);
  if (!parsed.success) throw new Error(`Worker bindings: ${z.prettifyError(parsed.error)}`);
  const settings = parsed.data;
  const token = settings.LIBSQL_AUTH_TOKEN;
  const [limit = 0, windowSecs = 0] = settings.API_KEY_REQUESTS.split("/").map(Number);
  const source = settings.CLIENT_ADDRESS;
  return {
    residency: settings.RESIDENCY,
    sipDomain: settings.SIP_DOMAIN,
    outboundPolicy: settings.OUTBOUND_POLICY,
    workspaceConcurrency: settings.WORKSPACE_CONCURRENCY ?? null,
    callsPerSecondOfKey: settings.API_KEY_CALLS_PER_SECOND ?? null,
    retentionDays: settings.RETENTION_DAYS,
    requestQuota: { limit, windowSecs },
    clientAddress: source === "socket" ? source : { header: source },
    bucket: bucketOf(settings),
    operatorTokenSha256: settings.OPERATOR_TOKEN_SHA256,
    libsql: {
      url: settings.LIBSQL_URL,
      authToken: token === undefined ? null : new Secret(token),
    },
    masterKey: parseMasterKey(settings.MASTER_KEY),
    heldMasterKeys: settings.MASTER_KEYS_HELD.split(",").filter(Boolean).map(parseMasterKey),
    snapshotSigningKey: new Secret(settings.SNAPSHOT_SIGNING_KEY),
    feed: {
      signingKey:
        settings.FEED_SIGNING_KEY === undefined ? null : new Secret(settings.FEED_SIGNING_KEY),
      nextPublicKey: settings.FEED_NEXT_PUBLIC_KEY ?? null,
      url: settings.FEED_URL ?? `https://${settings.SIP_DOMAIN}`,
      provider: settings.PROVIDER_NAME,
      ports: {
        rtpPorts: settings.RTP_PORTS,
        isSipUdpOpen: settings.SIP_UDP === "1",
        isStunOpen: settings.STUN === "1",
      },
      tlsRoots: settings.TLS_ROOTS,
    },
    dns: dnsConfigOf(settings, settings.SIP_UDP === "1"),
    oidc: oidcConfigOf(settings),
  };
}

/** `text` is in the form that the schema has asked for. */
function parseMasterKey(text: string): MasterKey {
  const [id = "", bytes = ""] = text.split(":");
  return { id, bytes: new Secret(bytes) };
}

function bucketOf(settings: z.output<typeof settingsSchema>): BucketConfig | null {
  const { RECORDING_BUCKET: bucket, RECORDING_ACCESS_KEY_ID: accessKeyId } = settings;
  const secret = settings.RECORDING_SECRET_ACCESS_KEY;
  if (bucket === undefined) return null;
  if (accessKeyId === undefined || secret === undefined) {
    throw new Error(
      "Worker bindings: RECORDING_BUCKET needs RECORDING_ACCESS_KEY_ID and RECORDING_SECRET_ACCESS_KEY",
    );
  }
  return {
    bucket,
    accessKeyId,
    endpoint: settings.RECORDING_ENDPOINT ?? null,
    region: settings.RECORDING_REGION,
    secretAccessKey: new Secret(secret),
  };
}

/** Names of the objects. A residency has one writer, one hub a region, one object a webhook endpoint, one dialer a workspace. */
export const objectNames = {
  writer: (residency: string) => `${residency}/writer`,
  regionHub: (residency: string, region: string) => `${residency}/region/${region}`,
  objectShard: (residency: string, shard: number) => `${residency}/objects/${shard}`,
  batchDialer: (residency: string, workspaceId: string) => `${residency}/batches/${workspaceId}`,
  dnsReconciler: (residency: string) => `${residency}/dns`,
  requestQuota: (residency: string, shard: number) => `${residency}/quota/${shard}`,
  liveCalls: (residency: string, workspaceId: string) => `${residency}/live/${workspaceId}`,
  testCallAudio: (residency: string, testCallId: string) => `${residency}/test-call/${testCallId}`,
  networkFeed: (residency: string) => `${residency}/network`,
  webhookEndpoint: (residency: string, endpointId: string) => `${residency}/webhook/${endpointId}`,
} as const;
