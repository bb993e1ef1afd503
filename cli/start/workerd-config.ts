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
} as const satisfies Record<string, string>;

/** Bindings whose values workerd takes from its environment, so that they stand in no file. */
const SECRET_BINDINGS = [
  "LIBSQL_AUTH_TOKEN",
  "MASTER_KEY",
  "SNAPSHOT_SIGNING_KEY",
  "FEED_SIGNING_KEY",
  "OPERATOR_TOKEN_SHA256",
] as const;
export type SecretBinding = (typeof SECRET_BINDINGS)[number];

export interface WorkerdSettings {
  readonly runtime: WorkerRuntime;
  /** Relative to the configuration file. */
  readonly bundle: string;
  /** 0 lets the system choose. */
  readonly apiPort: number;
  readonly databasePort: number;
  /** Absolute. */
  readonly objectsFolder: string;
  /** Absolute: the console's files. */
  readonly consoleFolder: string;
  readonly residency: string;
  readonly sipDomain: string;
  /** "loopback" also lets the Worker's own requests reach this machine and private networks. */
  readonly outbound: "public" | "loopback";
}

export const API_SOCKET = "api";

/** The text of workerd's configuration (Cap'n Proto; schema in the npm package workerd). */
export function writeWorkerdConfig(settings: WorkerdSettings): string {
  const bindings = [
    `(name = "LIBSQL", service = "libsql")`,
    `(name = "ASSETS", service = "console")`,
    `(name = "LIBSQL_URL", text = ${quote(`http://127.0.0.1:${settings.databasePort}`)})`,
    `(name = "RESIDENCY", text = ${quote(settings.residency)})`,
    `(name = "SIP_DOMAIN", text = ${quote(settings.sipDomain)})`,
    `(name = "OUTBOUND_POLICY", text = ${quote(settings.outbound)})`,
    `(name = "CLIENT_ADDRESS", text = "socket")`,
    `(name = "API_KEY_REQUESTS", text = "100000/10")`,
    ...SECRET_BINDINGS.map((name) => `(name = ${quote(name)}, fromEnvironment = ${quote(name)})`),
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
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    (name = "libsql", external = (address = ${quote(`127.0.0.1:${settings.databasePort}`)}, http = ())),
    (name = "objects", disk = (path = ${quote(settings.objectsFolder)}, writable = true)),
    (name = "console", disk = (path = ${quote(settings.consoleFolder)})),
    (name = "outbound", network = (allow = ${allow}, tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [
    (name = ${quote(API_SOCKET)}, address = ${quote(`127.0.0.1:${settings.apiPort}`)}, http = (), service = "worker"),
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
