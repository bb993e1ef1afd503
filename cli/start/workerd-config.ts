import type { WorkerRuntime } from "./worker-bundle.ts";

/** The Durable Object classes that the Worker exports, and the bindings it finds them by. */
export const DURABLE_OBJECTS = {
  DATABASE_WRITER: "DatabaseWriter",
  REGION_HUB: "RegionHub",
  WEBHOOK_ENDPOINT: "WebhookEndpoint",
  OBJECT_SHARD: "ObjectShard",
  BATCH_DIALER: "BatchDialer",
  NETWORK_FEED: "NetworkFeed",
  DNS_RECONCILER: "DnsReconciler",
  REQUEST_QUOTA: "RequestQuota",
  LIVE_CALLS: "LiveCalls",
  TEST_CALL_AUDIO: "TestCallAudio",
} as const satisfies Record<string, string>;

/** Bindings of the embedded default whose values workerd takes from its environment, so that they stand in no file. */
export const SECRET_BINDINGS = [
  "LIBSQL_AUTH_TOKEN",
  "MASTER_KEY",
  "MASTER_KEYS_HELD",
  "SNAPSHOT_SIGNING_KEY",
  "FEED_SIGNING_KEY",
  "OPERATOR_TOKEN_SHA256",
] as const;
export type SecretBinding = (typeof SECRET_BINDINGS)[number];

export interface WorkerdSettings {
  readonly runtime: WorkerRuntime;
  /** Relative to the configuration file. */
  readonly bundle: string;
  readonly listen: {
    /** `host:port`; port 0 lets the system choose. */
    readonly address: string;
    /** PEM files, relative to the configuration. Null: plain HTTP, for this machine or behind a proxy. */
    readonly tls: { readonly keyFile: string; readonly certificateFile: string } | null;
    /** What is in front says in `X-Forwarded-Proto` how it was reached. */
    readonly isBehindProxy: boolean;
  };
  /** `http:`: reached wherever it is. `https:`: at a public address, as the Worker's own requests are. */
  readonly databaseUrl: URL;
  /** Absolute. */
  readonly objectsFolder: string;
  /** Absolute: the console's files. */
  readonly consoleFolder: string;
  readonly residency: string;
  readonly sipDomain: string;
  /** "loopback" also lets the Worker's own requests reach this machine and private networks. */
  readonly outbound: "public" | "loopback";
  /** Names of what stands in the environment of workerd under the same name. */
  readonly secretNames: readonly string[];
  /** Further bindings with their text. */
  readonly vars: Readonly<Record<string, string>>;
}

export const API_SOCKET = "api";

/** The text of workerd's configuration (Cap'n Proto; schema in the npm package workerd). */
export function writeWorkerdConfig(settings: WorkerdSettings): string {
  const { databaseUrl } = settings;
  const hasLibsql = databaseUrl.protocol === "http:";
  const bindings = [
    ...(hasLibsql ? [`(name = "LIBSQL", service = "libsql")`] : []),
    `(name = "LIBSQL_URL", text = ${quote(databaseUrl.href.replace(/\/$/, ""))})`,
    `(name = "ASSETS", service = "console")`,
    `(name = "RESIDENCY", text = ${quote(settings.residency)})`,
    `(name = "SIP_DOMAIN", text = ${quote(settings.sipDomain)})`,
    `(name = "OUTBOUND_POLICY", text = ${quote(settings.outbound)})`,
    ...Object.entries(settings.vars).map(
      ([name, text]) => `(name = ${quote(name)}, text = ${quote(text)})`,
    ),
    ...settings.secretNames.map(
      (name) => `(name = ${quote(name)}, fromEnvironment = ${quote(name)})`,
    ),
    ...Object.entries(DURABLE_OBJECTS).map(
      ([name, className]) =>
        `(name = ${quote(name)}, durableObjectNamespace = ${quote(className)})`,
    ),
  ];
  const objects = Object.values(DURABLE_OBJECTS).map(
    // The key names the folder of a class's objects: it never changes.
    (name) =>
      `(className = ${quote(name)}, uniqueKey = ${quote(`trunkline-${name}`)}, enableSql = true)`,
  );
  const flags = settings.runtime.compatibilityFlags.map(quote).join(", ");
  const allow = settings.outbound === "loopback" ? `["public", "private"]` : `["public"]`;
  const libsql = hasLibsql
    ? `
    (name = "libsql", external = (address = ${quote(hostOf(databaseUrl))}, http = ())),`
    : "";
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),${libsql}
    (name = "objects", disk = (path = ${quote(settings.objectsFolder)}, writable = true)),
    (name = "console", disk = (path = ${quote(settings.consoleFolder)})),
    (name = "outbound", network = (allow = ${allow}, tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [
    (name = ${quote(API_SOCKET)}, address = ${quote(settings.listen.address)}, ${protocolOf(settings.listen)}, service = "worker"),
  ],
);

const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed ${quote(settings.bundle)})],
  compatibilityDate = ${quote(settings.runtime.compatibilityDate)},
  compatibilityFlags = [${flags}],
  bindings = [
    ${bindings.join(",\n    ")},
  ],
  durableObjectNamespaces = [
    ${objects.join(",\n    ")},
  ],
  durableObjectStorage = (localDisk = "objects"),
  globalOutbound = "outbound",
);
`;
}

/** The key stays in its file: workerd reads it when it starts. */
function protocolOf({ tls, isBehindProxy }: WorkerdSettings["listen"]): string {
  const options = isBehindProxy ? `(forwardedProtoHeader = "X-Forwarded-Proto")` : "()";
  if (tls === null) return `http = ${options}`;
  const pair = `(privateKey = embed ${quote(tls.keyFile)}, certificateChain = embed ${quote(tls.certificateFile)})`;
  return `https = (options = ${options}, tlsOptions = (keypair = ${pair}))`;
}

function hostOf(url: URL): string {
  return `${url.hostname}:${url.port === "" ? 80 : url.port}`;
}

/** A Cap'n Proto text literal: C escapes; what is not printable ASCII goes byte by byte. */
function quote(text: string): string {
  let quoted = "";
  for (const byte of new TextEncoder().encode(text)) {
    if (byte === 0x22 || byte === 0x5c) quoted += `\\${String.fromCharCode(byte)}`;
    else if (byte >= 0x20 && byte < 0x7f) quoted += String.fromCharCode(byte);
    else quoted += `\\x${byte.toString(16).padStart(2, "0")}`;
  }
  return `"${quoted}"`;
}
