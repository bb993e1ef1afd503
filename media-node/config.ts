import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { z } from "zod";
import { type NodeIdentity, nodeIdentitySchema } from "../schema/contracts/node-link.ts";
import type { Cidr } from "../schema/values/cidr.ts";
import { RELAY_PORT } from "../schema/values/port-rules.ts";
import { Secret } from "../schema/values/secret.ts";
import { AGENT_SOCKET_KINDS, type AgentSocketKind } from "./agent/websocket/agent-socket.ts";
import { recordingEnvironment, recordingSettings } from "./config-recordings.ts";
import { traceEnvironment, traceSettings } from "./config-traces.ts";
import {
  addressSchema,
  dialogSourcesSchema,
  dnsServersSchema,
  domainSchema,
  LEAST_SE_S,
  MAX_MEDIA_PROCESSES,
  mediaProcessesSchema,
  millisecondsSchema,
  percentSchema,
  placeSchema,
  portSchema,
  rtpPortsSchema,
  secondsSchema,
  textSchema,
  urlSchema,
} from "./config-values.ts";
import type { HepSettings } from "./hep-exporter.ts";
import { MEDIA_IO_KINDS, type MediaIoKind } from "./media/media-io.ts";
import type { RecordingSettings } from "./recording/recording-service.ts";
import { LOG_LEVELS, type LogLevel } from "./telemetry/logger.ts";
import type { TraceSettings } from "./telemetry/traces.ts";

/** What a media node is told at its start: nested, complete, in our units. No variable name leaves here. */
export interface MediaNodeConfig {
  readonly controlPlane: {
    readonly url: string;
    /** PEM; null: the system's authorities. */
    readonly ca: string | null;
    readonly routingPollMs: number;
  };
  readonly identity: {
    readonly nodeId: string;
    readonly region: string;
    readonly credential: Secret;
    /** base64url PKCS #8 X25519. */
    readonly privateKey: Secret;
    /** base64url raw Ed25519. */
    readonly snapshotPublicKey: string;
  };
  readonly stateDirectory: string;
  readonly sip: {
    readonly bindAddress: string;
    /** The address that peers see, in SIP and SDP. */
    readonly advertisedAddress: string;
    /** 0 lets the system choose. */
    readonly port: number;
    readonly sipsPort: number;
    /** 0: the bound port. */
    readonly advertisedPort: number;
    readonly advertisedSipsPort: number;
    readonly certificateFile: string;
    readonly keyFile: string;
    /** `<host label>.<domain>` and `<domain>` are what callers dial. */
    readonly domain: string;
    /** Where calls of ours may go: `any` also allows addresses that are not public (the embedded default). */
    readonly addresses: "public" | "any";
    /** Null: no SIP over UDP. */
    readonly udp: { readonly port: number; readonly advertisedPort: number } | null;
    readonly certificates: {
      /** Who may have issued a server's certificate, PEM; null: the system's authorities. */
      readonly caFile: string | null;
      /** Whether clients are asked for a certificate; none of them has to have one. */
      readonly areRequested: boolean;
      /** Who may have issued a client's; null: the system's authorities. */
      readonly clientCaFile: string | null;
      /** Whether ours is shown to servers that ask for one. */
      readonly isPresented: boolean;
    };
    /** From where requests inside a dialog come besides its own address. */
    readonly dialogSources: "any" | "named" | readonly Cidr[];
    /** RFC 4028; null: timers only where the peer asks for one. */
    readonly sessionExpiresS: number | null;
    readonly minSeS: number;
    /** Empty: the host's own. */
    readonly dnsServers: readonly string[];
  };
  /** Where other nodes of the region hand on what came to them; port 0 lets the system choose. Null: nobody does. */
  readonly relay: { readonly address: string; readonly port: number } | null;
  /** UDP port that answers STUN binding requests; 0 lets the system choose. Null: none does. */
  readonly stunPort: number | null;
  /** Collector of SIP messages; null: none is told of them. */
  readonly hep: HepSettings | null;
  /** Collector of traces; null: there are none. */
  readonly traces: TraceSettings | null;
  readonly media: {
    /** Inclusive; first 0: the system chooses. */
    readonly rtpPorts: { readonly first: number; readonly last: number };
    readonly firstPacketMs: number;
    readonly silenceMs: number;
    /** How packets are read and sent; `portable` where `batched` cannot be had. */
    readonly io: MediaIoKind;
    /** 0: in the main process. */
    readonly processes: number;
  };
  readonly agents: {
    /** Where agents may be: `loopback` also allows this machine (the embedded default). */
    readonly addresses: "public" | "loopback";
    readonly webSocket: AgentSocketKind;
    /** What Node itself reads as NODE_EXTRA_CA_CERTS; null: nothing. */
    readonly extraCaFile: string | null;
  };
  readonly recordings: RecordingSettings;
  readonly limits: {
    /** 0 to 1: of each limit, what the node takes alone while it has met no hub since its start; at least one call. */
    readonly bootShare: number;
  };
  readonly admin: { readonly address: string; readonly port: number };
  /** How long SIGTERM lets calls go on. */
  readonly drainMs: number;
  /** End when the pipe or channel to the parent closes. */
  readonly exitWithParent: boolean;
  readonly log: { readonly level: LogLevel; readonly maskNumbers: boolean };
}

/** Every problem of the environment at once. Names variables and rules, never values. */
export class ConfigError extends Error {
  readonly code = "config_invalid";

  constructor(problems: string, options?: ErrorOptions) {
    super(problems, options);
    this.name = "ConfigError";
  }
}

const environmentSchema = z.object({
  TRUNKLINE_CONTROL_PLANE_URL: urlSchema,
  TRUNKLINE_CONTROL_PLANE_CA_FILE: z.string().optional(),
  TRUNKLINE_NODE_IDENTITY: z.string().optional(),
  TRUNKLINE_NODE_IDENTITY_FILE: z.string().optional(),
  TRUNKLINE_STATE_DIR: textSchema,
  TRUNKLINE_BIND_ADDRESS: addressSchema.default("0.0.0.0"),
  TRUNKLINE_ADVERTISED_ADDRESS: addressSchema.optional(),
  TRUNKLINE_SIP_PORT: portSchema.default(5060),
  TRUNKLINE_SIPS_PORT: portSchema.default(5061),
  TRUNKLINE_ADVERTISED_SIP_PORT: portSchema.default(0),
  TRUNKLINE_ADVERTISED_SIPS_PORT: portSchema.default(0),
  TRUNKLINE_TLS_CERT_FILE: textSchema,
  TRUNKLINE_TLS_KEY_FILE: textSchema,
  TRUNKLINE_SIP_UDP_PORT: portSchema.optional(),
  TRUNKLINE_ADVERTISED_SIP_UDP_PORT: portSchema.default(0),
  TRUNKLINE_TLS_CA_FILE: z.string().optional(),
  TRUNKLINE_TLS_CLIENT_CERTIFICATES: z.enum(["ignored", "requested"]).default("ignored"),
  TRUNKLINE_TLS_CLIENT_CA_FILE: z.string().optional(),
  TRUNKLINE_TLS_PRESENT_CERTIFICATE: z.enum(["0", "1"]).default("0"),
  TRUNKLINE_DIALOG_SOURCES: dialogSourcesSchema.default("any"),
  TRUNKLINE_SESSION_EXPIRES_S: secondsSchema.default(0),
  TRUNKLINE_MIN_SE_S: secondsSchema
    .refine((seconds) => seconds >= LEAST_SE_S, "must be 90 at least (RFC 4028 §4)")
    .default(LEAST_SE_S),
  TRUNKLINE_DNS_SERVERS: dnsServersSchema.default([]),
  TRUNKLINE_RELAY_ADDRESS: addressSchema.optional(),
  TRUNKLINE_RELAY_PORT: portSchema.default(RELAY_PORT),
  TRUNKLINE_STUN_PORT: portSchema.optional(),
  TRUNKLINE_HEP_COLLECTOR: placeSchema.optional(),
  TRUNKLINE_HEP_TRANSPORT: z.enum(["udp", "tcp"]).default("udp"),
  TRUNKLINE_HEP_SAMPLE_PERCENT: percentSchema.default(100),
  TRUNKLINE_RTP_PORTS: rtpPortsSchema.default({ first: 10_000, last: 19_999 }),
  TRUNKLINE_ADMIN_PORT: portSchema.default(9090),
  TRUNKLINE_ADMIN_ADDRESS: addressSchema.default("127.0.0.1"),
  TRUNKLINE_SIP_DOMAIN: domainSchema,
  TRUNKLINE_SIP_ADDRESSES: z.enum(["public", "any"]).default("public"),
  TRUNKLINE_AGENT_ADDRESSES: z.enum(["public", "loopback"]).default("public"),
  NODE_EXTRA_CA_CERTS: z.string().min(1).optional(),
  TRUNKLINE_AGENT_WEBSOCKET: z.enum(AGENT_SOCKET_KINDS).default("lean"),
  TRUNKLINE_ROUTING_POLL_MS: millisecondsSchema.default(5_000),
  TRUNKLINE_MEDIA_FIRST_PACKET_MS: millisecondsSchema.default(30_000),
  TRUNKLINE_MEDIA_SILENCE_MS: millisecondsSchema.default(60_000),
  TRUNKLINE_MEDIA_IO: z.enum(MEDIA_IO_KINDS).default("batched"),
  TRUNKLINE_MEDIA_PROCESSES: mediaProcessesSchema.optional(),
  ...recordingEnvironment,
  ...traceEnvironment,
  TRUNKLINE_BOOT_SHARE_PERCENT: percentSchema.default(10),
  TRUNKLINE_DRAIN_SECONDS: secondsSchema.default(0),
  TRUNKLINE_EXIT_WITH_PARENT: z.enum(["0", "1"]).default("0"),
  TRUNKLINE_LOG_LEVEL: z.enum(LOG_LEVELS).default("info"),
  TRUNKLINE_LOG_NUMBERS: z.enum(["masked", "full"]).default("masked"),
});

/** Every variable that is read: docs/configuration.md has a row for each. */
export const ENVIRONMENT_VARIABLES: readonly string[] = Object.keys(environmentSchema.shape);

/** Reads a file that the environment names. Replaced in tests. */
export type ReadFile = (path: string) => string;

/**
 * The configuration that an environment gives. An empty variable counts as absent.
 * @throws ConfigError with every problem at once
 */
export function parseMediaNodeConfig(
  env: Readonly<Record<string, string | undefined>>,
  readFile: ReadFile = (path) => readFileSync(path, "utf8"),
  cores: number = availableParallelism(),
): MediaNodeConfig {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const parsed = configSchema(readFile, cores).safeParse(given);
  if (parsed.success) return parsed.data;
  // Paths and rules only: zod's pretty form repeats no value.
  throw new ConfigError(z.prettifyError(parsed.error));
}

function configSchema(readFile: ReadFile, cores: number) {
  return environmentSchema.transform((env, context): MediaNodeConfig => {
    const problem = (variable: string, message: string) =>
      context.addIssue({ code: "custom", path: [variable], message });
    const read = (variable: string, path: string): string | null => {
      try {
        return readFile(path);
      } catch {
        problem(variable, "names a file that cannot be read");
        return null;
      }
    };

    const identity = readIdentity(env, read, problem);
    const caFile = env.TRUNKLINE_CONTROL_PLANE_CA_FILE;
    const ca = caFile === undefined ? null : read("TRUNKLINE_CONTROL_PLANE_CA_FILE", caFile);
    read("TRUNKLINE_TLS_CERT_FILE", env.TRUNKLINE_TLS_CERT_FILE);
    read("TRUNKLINE_TLS_KEY_FILE", env.TRUNKLINE_TLS_KEY_FILE);
    const tlsCaFile = env.TRUNKLINE_TLS_CA_FILE ?? null;
    if (tlsCaFile !== null) read("TRUNKLINE_TLS_CA_FILE", tlsCaFile);
    const clientCaFile = env.TRUNKLINE_TLS_CLIENT_CA_FILE ?? null;
    if (clientCaFile !== null) read("TRUNKLINE_TLS_CLIENT_CA_FILE", clientCaFile);
    const areRequested = env.TRUNKLINE_TLS_CLIENT_CERTIFICATES === "requested";
    if (clientCaFile !== null && !areRequested) {
      const variable = "TRUNKLINE_TLS_CLIENT_CA_FILE";
      problem(variable, "needs TRUNKLINE_TLS_CLIENT_CERTIFICATES=requested");
    }
    const sessionExpiresS = env.TRUNKLINE_SESSION_EXPIRES_S;
    if (sessionExpiresS !== 0 && sessionExpiresS < env.TRUNKLINE_MIN_SE_S) {
      const rule = "must be 0 or at least TRUNKLINE_MIN_SE_S, which is 90 unless it is set";
      problem("TRUNKLINE_SESSION_EXPIRES_S", rule);
    }
    const udpPort = env.TRUNKLINE_SIP_UDP_PORT;
    const bindAddress = env.TRUNKLINE_BIND_ADDRESS;
    const isSpecific = bindAddress !== "0.0.0.0" && bindAddress !== "::";
    const advertisedAddress = env.TRUNKLINE_ADVERTISED_ADDRESS ?? (isSpecific ? bindAddress : null);
    if (advertisedAddress === null) {
      problem("TRUNKLINE_ADVERTISED_ADDRESS", "is required when every address is bound");
    }
    if (identity === null || advertisedAddress === null) return z.NEVER;
    return {
      controlPlane: {
        url: env.TRUNKLINE_CONTROL_PLANE_URL,
        ca,
        routingPollMs: env.TRUNKLINE_ROUTING_POLL_MS,
      },
      identity: {
        nodeId: identity.nodeId,
        region: identity.region,
        credential: new Secret(identity.credential),
        privateKey: new Secret(identity.privateKey),
        snapshotPublicKey: identity.snapshotPublicKey,
      },
      stateDirectory: env.TRUNKLINE_STATE_DIR,
      sip: {
        bindAddress,
        advertisedAddress,
        port: env.TRUNKLINE_SIP_PORT,
        sipsPort: env.TRUNKLINE_SIPS_PORT,
        advertisedPort: env.TRUNKLINE_ADVERTISED_SIP_PORT,
        advertisedSipsPort: env.TRUNKLINE_ADVERTISED_SIPS_PORT,
        certificateFile: env.TRUNKLINE_TLS_CERT_FILE,
        keyFile: env.TRUNKLINE_TLS_KEY_FILE,
        domain: env.TRUNKLINE_SIP_DOMAIN,
        addresses: env.TRUNKLINE_SIP_ADDRESSES,
        udp:
          udpPort === undefined
            ? null
            : { port: udpPort, advertisedPort: env.TRUNKLINE_ADVERTISED_SIP_UDP_PORT },
        certificates: {
          caFile: tlsCaFile,
          areRequested,
          clientCaFile,
          isPresented: env.TRUNKLINE_TLS_PRESENT_CERTIFICATE === "1",
        },
        dialogSources: env.TRUNKLINE_DIALOG_SOURCES,
        sessionExpiresS: sessionExpiresS === 0 ? null : sessionExpiresS,
        minSeS: env.TRUNKLINE_MIN_SE_S,
        dnsServers: env.TRUNKLINE_DNS_SERVERS,
      },
      relay:
        env.TRUNKLINE_RELAY_ADDRESS === undefined
          ? null
          : { address: env.TRUNKLINE_RELAY_ADDRESS, port: env.TRUNKLINE_RELAY_PORT },
      stunPort: env.TRUNKLINE_STUN_PORT ?? null,
      hep:
        env.TRUNKLINE_HEP_COLLECTOR === undefined
          ? null
          : {
              ...env.TRUNKLINE_HEP_COLLECTOR,
              transport: env.TRUNKLINE_HEP_TRANSPORT,
              sampleRatio: env.TRUNKLINE_HEP_SAMPLE_PERCENT / 100,
            },
      media: {
        rtpPorts: env.TRUNKLINE_RTP_PORTS,
        firstPacketMs: env.TRUNKLINE_MEDIA_FIRST_PACKET_MS,
        silenceMs: env.TRUNKLINE_MEDIA_SILENCE_MS,
        io: env.TRUNKLINE_MEDIA_IO,
        processes: env.TRUNKLINE_MEDIA_PROCESSES ?? mediaProcessesFor(cores),
      },
      agents: {
        addresses: env.TRUNKLINE_AGENT_ADDRESSES,
        webSocket: env.TRUNKLINE_AGENT_WEBSOCKET,
        extraCaFile: env.NODE_EXTRA_CA_CERTS ?? null,
      },
      recordings: recordingSettings(env, problem),
      traces: traceSettings(env),
      limits: { bootShare: env.TRUNKLINE_BOOT_SHARE_PERCENT / 100 },
      admin: { address: env.TRUNKLINE_ADMIN_ADDRESS, port: env.TRUNKLINE_ADMIN_PORT },
      drainMs: env.TRUNKLINE_DRAIN_SECONDS * 1_000,
      exitWithParent: env.TRUNKLINE_EXIT_WITH_PARENT === "1",
      log: {
        level: env.TRUNKLINE_LOG_LEVEL,
        maskNumbers: env.TRUNKLINE_LOG_NUMBERS === "masked",
      },
    };
  });
}

/** One core is left to SIP and control, where there is more than one. */
function mediaProcessesFor(cores: number): number {
  return Math.min(MAX_MEDIA_PROCESSES, Math.max(1, cores - 1));
}

function readIdentity(
  env: z.output<typeof environmentSchema>,
  read: (variable: string, path: string) => string | null,
  problem: (variable: string, message: string) => void,
): NodeIdentity | null {
  const file = env.TRUNKLINE_NODE_IDENTITY_FILE;
  const isInline = env.TRUNKLINE_NODE_IDENTITY !== undefined;
  const variable = isInline ? "TRUNKLINE_NODE_IDENTITY" : "TRUNKLINE_NODE_IDENTITY_FILE";
  if (!isInline && file === undefined) {
    problem(variable, "or TRUNKLINE_NODE_IDENTITY is required");
    return null;
  }
  const text = env.TRUNKLINE_NODE_IDENTITY ?? read(variable, file ?? "");
  if (text === null) return null;
  const parsed = nodeIdentitySchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const wrong = new Set(parsed.error.issues.map((issue) => issue.path.join(".")));
  problem(variable, `is not a node identity: ${[...wrong].join(", ") || "not a JSON object"}`);
  return null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
