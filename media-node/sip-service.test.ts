import { expect, it } from "vitest";
import { parseCidr } from "../schema/values/cidr.ts";
import { Secret } from "../schema/values/secret.ts";
import { recordedDeps } from "../tests/support/control-deps.ts";
import { deadline, eventually } from "../tests/support/deadline.ts";
import { connectSipPeer } from "../tests/support/sip-peer.ts";
import type { InboundInvite } from "./call/ports.ts";
import type { MediaNodeConfig } from "./config.ts";
import { startEngine } from "./engine/start-engine.ts";
import { startSipService } from "./sip-service.ts";

const PATIENCE_MS = 5_000;

const CONFIG: Pick<MediaNodeConfig, "identity" | "sip"> = {
  sip: {
    bindAddress: "127.0.0.1",
    advertisedAddress: "127.0.0.1",
    port: 0,
    sipsPort: 0,
    advertisedPort: 0,
    advertisedSipsPort: 0,
    certificateFile: "",
    keyFile: "",
    domain: "sip.example.net",
    addresses: "any",
    udp: null,
    certificates: {
      caFile: null,
      areRequested: false,
      clientCaFile: null,
      isPresented: false,
    },
    dialogSources: "any",
    sessionExpiresS: null,
    minSeS: 90,
    dnsServers: [],
  },
  identity: {
    nodeId: "node_test",
    region: "test-1",
    credential: new Secret(""),
    privateKey: new Secret(""),
    snapshotPublicKey: "",
  },
};

/** The embedded engine, whose death a test can announce; TCP only, so that no certificate is needed. */
function mortalEngine() {
  const deaths: ((error: Error) => void)[] = [];
  const trusted: string[] = [];
  let starts = 0;
  const start: typeof startEngine = async (config) => {
    starts += 1;
    const number = starts;
    const listeners = config.listeners.filter((listener) => listener.transport === "tcp");
    const engine = await startEngine({ ...config, listeners, tls: null });
    const died = new Promise<Error>((resolve) => deaths.push(resolve));
    return {
      controlPort: engine.controlPort,
      listeners: engine.listeners,
      onEvent: engine.onEvent,
      setTrustedSources(cidrs) {
        trusted.push(`${number}: ${cidrs.join(" ")}`);
        engine.setTrustedSources(cidrs);
      },
      setAccount: engine.setAccount,
      noteRefusal: engine.noteRefusal,
      counts: engine.counts,
      reloadCertificates: engine.reloadCertificates,
      died: Promise.race([died, engine.died]),
      [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
    };
  };
  return { start, die: () => deaths.at(-1)?.(new Error("killed")), starts: () => starts, trusted };
}

it("an engine that dies is told, and another one takes calls on the same port, with the same trusted sources", async () => {
  const engine = mortalEngine();
  const deps = recordedDeps();
  const invites: InboundInvite[] = [];
  const losses: Error[] = [];
  await using service = await startSipService({
    logger: deps.logger,
    config: CONFIG,
    invite: async (invite) => {
      invites.push(invite);
      await invite.reject("node_draining");
    },
    admission: () => null,
    refused: () => undefined,
    onEvent: () => undefined,
    onLost: (error) => losses.push(error),
    startEngine: engine.start,
  });
  const { sipPort } = service;
  await options(sipPort);
  const carrier = parseCidr("203.0.113.0/24");
  if (carrier === null) throw new Error("no block");
  service.setTrustedSources([carrier]);
  engine.die();
  await deadline(deps.logged("sip_engine_restarted"), PATIENCE_MS, "the engine is back");
  expect(losses.map((error) => error.message)).toEqual(["killed"]);
  expect(service).toMatchObject({ isUp: true, sipPort });
  expect(engine.starts()).toBe(2);
  expect(engine.trusted).toEqual(["1: 203.0.113.0/24", "2: 203.0.113.0/24"]);
  await options(sipPort);
});

it("an engine that cannot start again is tried until it can, or until the end", async () => {
  const engine = mortalEngine();
  let isBroken = false;
  const deps = recordedDeps();
  const service = await startSipService({
    logger: deps.logger,
    config: CONFIG,
    invite: async () => undefined,
    admission: () => null,
    refused: () => undefined,
    onEvent: () => undefined,
    onLost: () => {
      isBroken = true;
    },
    startEngine: async (config) => {
      if (isBroken) throw new Error("the port is taken");
      return engine.start(config);
    },
  });
  engine.die();
  await eventually(
    () =>
      deps.lines.filter((line) => line.event === "sip_engine_restart_failed").length >= 2
        ? true
        : null,
    PATIENCE_MS,
    "two attempts fail",
  );
  expect(service.isUp).toBe(false);
  await deadline(Promise.resolve(service[Symbol.asyncDispose]()), PATIENCE_MS, "the service ends");
});

/** Asks the server for OPTIONS and waits for its 200. */
async function options(port: number): Promise<void> {
  await using peer = await connectSipPeer(port);
  peer.send(
    [
      `OPTIONS sip:127.0.0.1:${port} SIP/2.0`,
      `Via: SIP/2.0/TCP 127.0.0.1:${peer.localPort};branch=z9hG4bK${crypto.randomUUID()}`,
      "Max-Forwards: 70",
      "From: <sip:peer@127.0.0.1>;tag=peer",
      "To: <sip:127.0.0.1>",
      `Call-ID: ${crypto.randomUUID()}`,
      "CSeq: 1 OPTIONS",
      "Content-Length: 0",
      "",
      "",
    ].join("\r\n"),
  );
  await peer.next("200");
}
