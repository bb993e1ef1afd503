import { expect, it } from "vitest";
import { type MediaNodeConfig, parseMediaNodeConfig } from "./config.ts";
import { configuredPorts, engineConfigOf } from "./engine-settings.ts";

function settings(changes: Readonly<Record<string, string>> = {}): MediaNodeConfig {
  const environment = {
    TRUNKLINE_CONTROL_PLANE_URL: "https://api.example.net",
    TRUNKLINE_NODE_IDENTITY: JSON.stringify({
      nodeId: "node_01jxyz0000000000000000abcd",
      region: "eu-1",
      credential: "c",
      privateKey: "p",
      snapshotPublicKey: "k",
    }),
    TRUNKLINE_STATE_DIR: "/var/lib/trunkline",
    TRUNKLINE_BIND_ADDRESS: "10.0.0.4",
    TRUNKLINE_TLS_CERT_FILE: "/etc/tls.crt",
    TRUNKLINE_TLS_KEY_FILE: "/etc/tls.key",
    TRUNKLINE_SIP_DOMAIN: "sip.example.net",
    ...changes,
  };
  return parseMediaNodeConfig(environment, () => "text");
}

function engine(changes: Readonly<Record<string, string>> = {}) {
  const config = settings(changes);
  return engineConfigOf(config, configuredPorts(config), "secret");
}

it("by default the engine takes TCP and TLS, asks no client for a certificate and shows its own to no server", () => {
  const config = engine();
  expect(config.listeners.map(({ transport, port }) => `${transport} ${port}`)).toEqual([
    "tcp 5060",
    "tls 5061",
  ]);
  expect(config.tls).toEqual({
    certificateFile: "/etc/tls.crt",
    keyFile: "/etc/tls.key",
    requestClientCertificate: false,
    presentCertificate: false,
  });
  expect(config.minSeS).toBe(90);
  for (const absent of ["dialogSources", "sessionExpiresS", "dns", "trustedSources"]) {
    expect(config).not.toHaveProperty(absent);
  }
});

it("every setting of the node's environment reaches the engine", () => {
  const config = engine({
    TRUNKLINE_SIP_UDP_PORT: "5070",
    TRUNKLINE_ADVERTISED_SIP_UDP_PORT: "5060",
    TRUNKLINE_TLS_CA_FILE: "/etc/ca.pem",
    TRUNKLINE_TLS_CLIENT_CERTIFICATES: "requested",
    TRUNKLINE_TLS_CLIENT_CA_FILE: "/etc/client-ca.pem",
    TRUNKLINE_TLS_PRESENT_CERTIFICATE: "1",
    TRUNKLINE_DIALOG_SOURCES: "named",
    TRUNKLINE_SESSION_EXPIRES_S: "1800",
    TRUNKLINE_MIN_SE_S: "600",
    TRUNKLINE_DNS_SERVERS: "192.0.2.53",
  });
  expect(config.listeners[2]).toEqual({
    transport: "udp",
    bindAddress: "10.0.0.4",
    port: 5070,
    advertisedPort: 5060,
  });
  expect(config).toMatchObject({
    tls: {
      caFile: "/etc/ca.pem",
      requestClientCertificate: true,
      clientCaFile: "/etc/client-ca.pem",
      presentCertificate: true,
    },
    dialogSources: "named",
    sessionExpiresS: 1800,
    minSeS: 600,
    dns: { servers: ["192.0.2.53"] },
  });
});
