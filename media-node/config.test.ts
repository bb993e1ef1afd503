import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { ConfigError, ENVIRONMENT_VARIABLES, parseMediaNodeConfig } from "./config.ts";

const IDENTITY = {
  nodeId: "node_01jxyz0000000000000000abcd",
  region: "eu-1",
  credential: "the-credential",
  privateKey: "the-private-key",
  snapshotPublicKey: "the-public-key",
};
const ENVIRONMENT = {
  TRUNKLINE_CONTROL_PLANE_URL: "https://api.example.net",
  TRUNKLINE_NODE_IDENTITY: JSON.stringify(IDENTITY),
  TRUNKLINE_STATE_DIR: "/var/lib/trunkline",
  TRUNKLINE_BIND_ADDRESS: "10.0.0.4",
  TRUNKLINE_TLS_CERT_FILE: "/etc/tls.crt",
  TRUNKLINE_TLS_KEY_FILE: "/etc/tls.key",
  TRUNKLINE_SIP_DOMAIN: "SIP.example.net",
};
const FILES: Readonly<Record<string, string>> = {
  "/etc/tls.crt": "certificate",
  "/etc/tls.key": "key",
  "/etc/ca.pem": "authority",
  "/etc/identity.json": JSON.stringify(IDENTITY),
};

function parse(changes: Readonly<Record<string, string | undefined>> = {}) {
  return parseMediaNodeConfig({ ...ENVIRONMENT, ...changes }, (path) => {
    const text = FILES[path];
    if (text === undefined) throw new Error(`ENOENT ${path}`);
    return text;
  });
}

it.each([
  [1, 1],
  [2, 1],
  [4, 3],
  [256, 64],
])("of %d cores, %d carry media unless it is set", (cores, processes) => {
  const read = (path: string): string => FILES[path] ?? "";
  expect(parseMediaNodeConfig(ENVIRONMENT, read, cores).media.processes).toBe(processes);
  const set = { ...ENVIRONMENT, TRUNKLINE_MEDIA_PROCESSES: "0" };
  expect(parseMediaNodeConfig(set, read, cores).media.processes).toBe(0);
});

function problems(changes: Readonly<Record<string, string | undefined>>): string {
  try {
    parse(changes);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error("the configuration was taken");
}

it("the least environment gives the documented defaults", () => {
  expect(parse()).toMatchObject({
    controlPlane: { url: "https://api.example.net", ca: null, routingPollMs: 5000 },
    sip: {
      bindAddress: "10.0.0.4",
      advertisedAddress: "10.0.0.4",
      port: 5060,
      sipsPort: 5061,
      advertisedPort: 0,
      domain: "sip.example.net",
      addresses: "public",
      udp: null,
      certificates: { caFile: null, areRequested: false, clientCaFile: null, isPresented: false },
      dialogSources: "any",
      sessionExpiresS: null,
      minSeS: 90,
      dnsServers: [],
    },
    media: {
      rtpPorts: { first: 10_000, last: 19_999 },
      firstPacketMs: 30_000,
      silenceMs: 60_000,
      io: "batched",
    },
    agents: { addresses: "public", webSocket: "lean", extraCaFile: null },
    limits: { bootShare: 0.1 },
    admin: { address: "127.0.0.1", port: 9090 },
    exitWithParent: false,
    log: { level: "info", maskNumbers: true },
  });
});

it("every variable is read", () => {
  const config = parse({
    TRUNKLINE_CONTROL_PLANE_CA_FILE: "/etc/ca.pem",
    TRUNKLINE_NODE_IDENTITY: "",
    TRUNKLINE_NODE_IDENTITY_FILE: "/etc/identity.json",
    TRUNKLINE_BIND_ADDRESS: "0.0.0.0",
    TRUNKLINE_ADVERTISED_ADDRESS: "192.0.2.7",
    TRUNKLINE_SIP_PORT: "0",
    TRUNKLINE_SIPS_PORT: "15061",
    TRUNKLINE_ADVERTISED_SIP_PORT: "5060",
    TRUNKLINE_ADVERTISED_SIPS_PORT: "5061",
    TRUNKLINE_SIP_UDP_PORT: "5060",
    TRUNKLINE_ADVERTISED_SIP_UDP_PORT: "15060",
    TRUNKLINE_TLS_CA_FILE: "/etc/ca.pem",
    TRUNKLINE_TLS_CLIENT_CERTIFICATES: "requested",
    TRUNKLINE_TLS_CLIENT_CA_FILE: "/etc/ca.pem",
    TRUNKLINE_TLS_PRESENT_CERTIFICATE: "1",
    TRUNKLINE_DIALOG_SOURCES: "192.0.2.0/24, 2001:db8::7",
    TRUNKLINE_SESSION_EXPIRES_S: "1800",
    TRUNKLINE_MIN_SE_S: "600",
    TRUNKLINE_DNS_SERVERS: "192.0.2.53, 192.0.2.54:5353, [2001:db8::53]:53, 2001:db8::54",
    TRUNKLINE_RTP_PORTS: "0-0",
    TRUNKLINE_ADMIN_PORT: "0",
    TRUNKLINE_ADMIN_ADDRESS: "::1",
    TRUNKLINE_SIP_ADDRESSES: "any",
    TRUNKLINE_AGENT_ADDRESSES: "loopback",
    TRUNKLINE_AGENT_WEBSOCKET: "ws",
    TRUNKLINE_ROUTING_POLL_MS: "250",
    TRUNKLINE_MEDIA_FIRST_PACKET_MS: "1000",
    TRUNKLINE_MEDIA_SILENCE_MS: "2000",
    TRUNKLINE_MEDIA_IO: "portable",
    TRUNKLINE_EXIT_WITH_PARENT: "1",
    TRUNKLINE_LOG_LEVEL: "debug",
    TRUNKLINE_LOG_NUMBERS: "full",
  });
  expect(config).toMatchObject({
    controlPlane: { ca: "authority", routingPollMs: 250 },
    identity: { region: "eu-1", snapshotPublicKey: "the-public-key" },
    sip: {
      advertisedAddress: "192.0.2.7",
      port: 0,
      sipsPort: 15_061,
      advertisedPort: 5060,
      advertisedSipsPort: 5061,
      addresses: "any",
      udp: { port: 5060, advertisedPort: 15_060 },
      certificates: {
        caFile: "/etc/ca.pem",
        areRequested: true,
        clientCaFile: "/etc/ca.pem",
        isPresented: true,
      },
      dialogSources: ["192.0.2.0/24", "2001:db8::7/128"],
      sessionExpiresS: 1800,
      minSeS: 600,
      dnsServers: ["192.0.2.53", "192.0.2.54:5353", "[2001:db8::53]:53", "2001:db8::54"],
    },
    media: {
      rtpPorts: { first: 0, last: 0 },
      firstPacketMs: 1000,
      silenceMs: 2000,
      io: "portable",
    },
    agents: { addresses: "loopback", webSocket: "ws", extraCaFile: null },
    limits: { bootShare: 0.1 },
    admin: { address: "::1", port: 0 },
    exitWithParent: true,
    log: { level: "debug", maskNumbers: false },
  });
  expect(config.identity.credential.reveal()).toBe("the-credential");
});

it.each([
  [{ TRUNKLINE_CONTROL_PLANE_URL: "ftp://x" }, "TRUNKLINE_CONTROL_PLANE_URL"],
  [{ TRUNKLINE_CONTROL_PLANE_CA_FILE: "/missing" }, "TRUNKLINE_CONTROL_PLANE_CA_FILE"],
  [{ TRUNKLINE_NODE_IDENTITY: undefined }, "TRUNKLINE_NODE_IDENTITY_FILE"],
  [{ TRUNKLINE_NODE_IDENTITY: "{" }, "TRUNKLINE_NODE_IDENTITY"],
  [{ TRUNKLINE_STATE_DIR: "" }, "TRUNKLINE_STATE_DIR"],
  [{ TRUNKLINE_BIND_ADDRESS: "example.net" }, "TRUNKLINE_BIND_ADDRESS"],
  [{ TRUNKLINE_BIND_ADDRESS: "0.0.0.0" }, "TRUNKLINE_ADVERTISED_ADDRESS"],
  [{ TRUNKLINE_BIND_ADDRESS: "::" }, "TRUNKLINE_ADVERTISED_ADDRESS"],
  [{ TRUNKLINE_SIP_PORT: "65536" }, "TRUNKLINE_SIP_PORT"],
  [{ TRUNKLINE_RTP_PORTS: "20000-10000" }, "TRUNKLINE_RTP_PORTS"],
  [{ TRUNKLINE_RTP_PORTS: "10001-10002" }, "TRUNKLINE_RTP_PORTS"],
  [{ TRUNKLINE_RTP_PORTS: "0-10000" }, "TRUNKLINE_RTP_PORTS"],
  [{ TRUNKLINE_MEDIA_PROCESSES: "-1" }, "TRUNKLINE_MEDIA_PROCESSES"],
  [{ TRUNKLINE_MEDIA_PROCESSES: "65" }, "TRUNKLINE_MEDIA_PROCESSES"],
  [{ TRUNKLINE_SIP_UDP_PORT: "udp" }, "TRUNKLINE_SIP_UDP_PORT"],
  [{ TRUNKLINE_TLS_CA_FILE: "/missing" }, "TRUNKLINE_TLS_CA_FILE"],
  [{ TRUNKLINE_TLS_CLIENT_CERTIFICATES: "required" }, "TRUNKLINE_TLS_CLIENT_CERTIFICATES"],
  [{ TRUNKLINE_TLS_CLIENT_CA_FILE: "/etc/ca.pem" }, "TRUNKLINE_TLS_CLIENT_CA_FILE"],
  [{ TRUNKLINE_TLS_PRESENT_CERTIFICATE: "yes" }, "TRUNKLINE_TLS_PRESENT_CERTIFICATE"],
  [{ TRUNKLINE_DIALOG_SOURCES: "192.0.2.1/24" }, "TRUNKLINE_DIALOG_SOURCES"],
  [{ TRUNKLINE_DIALOG_SOURCES: "any, 192.0.2.1" }, "TRUNKLINE_DIALOG_SOURCES"],
  [{ TRUNKLINE_SESSION_EXPIRES_S: "89" }, "TRUNKLINE_SESSION_EXPIRES_S"],
  [
    { TRUNKLINE_SESSION_EXPIRES_S: "300", TRUNKLINE_MIN_SE_S: "600" },
    "TRUNKLINE_SESSION_EXPIRES_S",
  ],
  [{ TRUNKLINE_MIN_SE_S: "60" }, "TRUNKLINE_MIN_SE_S"],
  [{ TRUNKLINE_MIN_SE_S: "90000" }, "TRUNKLINE_MIN_SE_S"],
  [{ TRUNKLINE_DNS_SERVERS: "dns.example.net" }, "TRUNKLINE_DNS_SERVERS"],
  [{ TRUNKLINE_DNS_SERVERS: "192.0.2.53:99999" }, "TRUNKLINE_DNS_SERVERS"],
  [{ TRUNKLINE_TLS_CERT_FILE: "/missing" }, "TRUNKLINE_TLS_CERT_FILE"],
  [{ TRUNKLINE_SIP_DOMAIN: "sip_example" }, "TRUNKLINE_SIP_DOMAIN"],
  [{ TRUNKLINE_ROUTING_POLL_MS: "0" }, "TRUNKLINE_ROUTING_POLL_MS"],
  [{ TRUNKLINE_LOG_LEVEL: "loud" }, "TRUNKLINE_LOG_LEVEL"],
])("%j is refused by the name of its variable", (changes, variable) => {
  expect(problems(changes)).toContain(variable);
});

it("all problems are told at once", () => {
  const text = problems({
    TRUNKLINE_SIP_PORT: "x",
    TRUNKLINE_ADMIN_PORT: "y",
    TRUNKLINE_STATE_DIR: undefined,
  });
  for (const name of ["TRUNKLINE_SIP_PORT", "TRUNKLINE_ADMIN_PORT", "TRUNKLINE_STATE_DIR"]) {
    expect(text).toContain(name);
  }
});

it("no secret of the environment can be printed, neither from a configuration nor from a problem", () => {
  const config = parse();
  for (const text of [
    JSON.stringify(config),
    inspect(config, { depth: 9 }),
    String(config.identity.credential),
  ]) {
    expect(text).not.toMatch(/the-credential|the-private-key/);
  }
  const broken = JSON.stringify({ ...IDENTITY, region: 7 });
  expect(problems({ TRUNKLINE_NODE_IDENTITY: broken })).not.toMatch(
    /the-credential|the-private-key/,
  );
});

describe("recordings", () => {
  const BUCKET = {
    TRUNKLINE_RECORDING_BUCKET: "calls",
    TRUNKLINE_RECORDING_ENDPOINT: "https://s3.example.com",
    TRUNKLINE_RECORDING_PREFIX: "eu/calls/",
    TRUNKLINE_RECORDING_ACCESS_KEY_ID: "id",
    TRUNKLINE_RECORDING_SECRET_ACCESS_KEY: "the-bucket-secret",
  };

  it("go to the control plane where no bucket is named, and else to it, with a secret that prints nowhere", () => {
    expect(parse().recordings).toEqual({ bucket: null, maxSpoolBytes: 4_096 * 1_048_576 });
    const { bucket } = parse(BUCKET).recordings;
    expect(bucket).toMatchObject({ bucket: "calls", prefix: "eu/calls/", region: "us-east-1" });
    expect(bucket?.credentials?.secretAccessKey.reveal()).toBe("the-bucket-secret");
    expect(JSON.stringify(bucket)).not.toContain("the-bucket-secret");
  });

  it.each([
    [
      { ...BUCKET, TRUNKLINE_RECORDING_SECRET_ACCESS_KEY: "" },
      "TRUNKLINE_RECORDING_SECRET_ACCESS_KEY",
    ],
    [{ ...BUCKET, TRUNKLINE_RECORDING_BUCKET: "" }, "TRUNKLINE_RECORDING_ENDPOINT"],
    [{ ...BUCKET, TRUNKLINE_RECORDING_PREFIX: "/eu" }, "TRUNKLINE_RECORDING_PREFIX"],
    [{ ...BUCKET, TRUNKLINE_RECORDING_ENDPOINT: "s3.example.com" }, "TRUNKLINE_RECORDING_ENDPOINT"],
    [{ TRUNKLINE_RECORDING_SPOOL_MB: "0" }, "TRUNKLINE_RECORDING_SPOOL_MB"],
  ])("half of a bucket is refused by its variable, without a value: %o", (env, variable) => {
    expect(problems(env)).toContain(variable);
    expect(problems(env)).not.toContain("the-bucket-secret");
  });
});

describe("traces", () => {
  const COLLECTOR = { OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector.example.net:4318/" };

  it("are off without a collector", () => {
    expect(parse({ OTEL_EXPORTER_OTLP_HEADERS: "a=b" }).traces).toBeNull();
  });

  it("go to the collector's path of traces, or to the URL that is given for them", () => {
    const url = (env: object) => parse({ ...COLLECTOR, ...env }).traces?.url;
    expect(url({})).toBe("https://collector.example.net:4318/v1/traces");
    const given = "http://127.0.0.1:4318/otlp";
    expect(url({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: given })).toBe(given);
  });

  it("carry headers that are decoded and never printed", () => {
    const headers = "authorization=Bearer%20the-token, x-team=voice";
    const { traces } = parse({ ...COLLECTOR, OTEL_EXPORTER_OTLP_HEADERS: headers });
    expect([...(traces?.headers ?? [])].map(([name, value]) => [name, value.reveal()])).toEqual([
      ["authorization", "Bearer the-token"],
      ["x-team", "voice"],
    ]);
    expect(JSON.stringify([...(traces?.headers ?? [])])).not.toContain("the-token");
  });

  it.each([
    [{}, 1],
    [{ OTEL_TRACES_SAMPLER: "always_off" }, 0],
    [{ OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.25" }, 0.25],
    [{ OTEL_TRACES_SAMPLER: "always_on", OTEL_TRACES_SAMPLER_ARG: "0.25" }, 1],
  ])("are sampled as %o says", (env, ratio) => {
    expect(parse({ ...COLLECTOR, ...env }).traces?.sampleRatio).toBe(ratio);
  });

  it.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4317" }, "OTEL_EXPORTER_OTLP_ENDPOINT"],
    [{ OTEL_EXPORTER_OTLP_HEADERS: "the-token" }, "OTEL_EXPORTER_OTLP_HEADERS"],
    [{ OTEL_EXPORTER_OTLP_HEADERS: "a=%zz" }, "OTEL_EXPORTER_OTLP_HEADERS"],
    [{ OTEL_TRACES_SAMPLER: "jaeger_remote" }, "OTEL_TRACES_SAMPLER"],
    [{ OTEL_TRACES_SAMPLER_ARG: "2" }, "OTEL_TRACES_SAMPLER_ARG"],
  ])("are refused by variable, without a value: %o", (env, variable) => {
    expect(problems(env)).toContain(variable);
    expect(problems(env)).not.toContain("the-token");
  });
});

describe("docs/configuration.md", () => {
  const document = readFileSync(new URL("../docs/configuration.md", import.meta.url), "utf8");
  const rows = [
    ...document.matchAll(/^\| `((?:TRUNKLINE|NODE|OTEL)_\w+)` \| ([^|]+) \| ([^|]+) \|$/gm),
  ].map(([, variable = "", byDefault = "", meaning = ""]) => ({ variable, byDefault, meaning }));
  // The least environment in which any of the variables with a default may be left out.
  const bound = { TRUNKLINE_ADVERTISED_ADDRESS: "192.0.2.7" };

  it("names every variable that is read, once, and no other", () => {
    expect(rows.map(({ variable }) => variable).sort()).toEqual([...ENVIRONMENT_VARIABLES].sort());
    for (const { meaning } of rows) expect(meaning.length).toBeGreaterThan(20);
  });

  it.each(rows.filter(({ byDefault }) => byDefault === "required"))(
    "$variable is required, as it says",
    ({ variable }) => {
      expect(problems({ ...bound, [variable]: undefined })).toContain(variable);
    },
  );

  it.each(rows.filter(({ byDefault }) => byDefault.startsWith("`")))(
    "$variable is $byDefault when it is left out, as it says",
    ({ variable, byDefault }) => {
      const leftOut = parse({ ...bound, [variable]: undefined });
      expect(parse({ ...bound, [variable]: byDefault.slice(1, -1) })).toEqual(leftOut);
      expect(byDefault).toMatch(/^`[^`]+`$/);
    },
  );
});
