import { expect, it, vi } from "vitest";
import { parseCidr } from "../schema/values/cidr.ts";
import { Secret } from "../schema/values/secret.ts";
import { recordedDeps } from "../tests/support/control-deps.ts";
import { deadline, eventually } from "../tests/support/deadline.ts";
import { connectSipPeer, sipRequest } from "../tests/support/sip-peer.ts";
import { CALL_ENDS, type CallEndCode } from "./call/call-ends.ts";
import type { InboundInvite } from "./call/ports.ts";
import type { MediaNodeConfig } from "./config.ts";
import { ScriptedUdpPeer } from "./engine/scripted-udp-peer.ts";
import { startEngine } from "./engine/start-engine.ts";
import { requestLines } from "./engine/test-engine.ts";
import { startSipService } from "./sip-service.ts";

/** Whole engines start and stop here: what hangs is found, a busy machine is waited for. */
const PATIENCE_MS = 15_000;
vi.setConfig({ testTimeout: 30_000 });

const CONFIG: Pick<MediaNodeConfig, "identity" | "sip" | "relay"> = {
  relay: null,
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

/** The embedded engine, whose death a test can announce; without TLS, so that no certificate is needed. */
function mortalEngine() {
  const deaths: ((error: Error) => void)[] = [];
  const trusted: string[] = [];
  let starts = 0;
  const start: typeof startEngine = async (config) => {
    starts += 1;
    const number = starts;
    const listeners = config.listeners.filter((listener) => listener.transport !== "tls");
    const engine = await startEngine({ ...config, listeners, tls: null });
    const died = new Promise<Error>((resolve) => deaths.push(resolve));
    return {
      controlPort: engine.controlPort,
      listeners: engine.listeners,
      relayPort: engine.relayPort,
      onEvent: engine.onEvent,
      watchCall: engine.watchCall,
      setTrustedSources(cidrs) {
        trusted.push(`${number}: ${cidrs.join(" ")}`);
        engine.setTrustedSources(cidrs);
      },
      setRelayRoster: engine.setRelayRoster,
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

it("SIP over UDP is taken where its port is configured, and on the same port by the next engine", async () => {
  const engine = mortalEngine();
  const deps = recordedDeps();
  await using service = await startSipService({
    logger: deps.logger,
    config: { ...CONFIG, sip: { ...CONFIG.sip, udp: { port: 0, advertisedPort: 0 } } },
    invite: (invite) => invite.reject("node_draining"),
    admission: () => null,
    refused: () => undefined,
    onEvent: () => undefined,
    onLost: () => undefined,
    startEngine: engine.start,
  });
  const { sipPort, sipUdpPort } = service;
  await using peer = await ScriptedUdpPeer.bind(sipUdpPort ?? 0);
  const ask = async (): Promise<void> => {
    // Its routes are known once this has been answered.
    await options(sipPort);
    const branch = `z9hG4bK${crypto.randomUUID()}`;
    peer.send(
      requestLines("OPTIONS", { Via: `SIP/2.0/UDP 127.0.0.1:5060;branch=${branch};rport` }),
    );
    await peer.next("SIP/2.0 200");
  };
  await ask();
  engine.die();
  await deadline(deps.logged("sip_engine_restarted"), PATIENCE_MS, "the engine is back");
  await ask();
  expect(await service.counts()).toMatchObject({ bans: 0 });
});

it("refusals that a scanner collects ban it, those of a trunk's own callers do not", async () => {
  const codes: CallEndCode[] = ["caller_not_allowed", "no_common_codec", "source_unknown"];
  for (const code of codes) {
    const engine = mortalEngine();
    await using service = await startSipService({
      logger: recordedDeps().logger,
      config: CONFIG,
      invite: (invite) => invite.reject(code),
      admission: () => null,
      refused: () => undefined,
      onEvent: () => undefined,
      onLost: () => undefined,
      startEngine: engine.start,
    });
    await options(service.sipPort);
    await using peer = await connectSipPeer(service.sipPort);
    const uri = `sip:1@127.0.0.1:${service.sipPort}`;
    const isRefused = async (): Promise<boolean> => {
      peer.send(sipRequest({ method: "INVITE", uri, peer }));
      // The connection of one that is banned may close before the last answer is there.
      const refused = peer.next(` ${CALL_ENDS[code].sipStatus} `).then(() => true);
      return await Promise.race([refused, peer.closed.then(() => false)]);
    };
    for (let count = 0; count < 30; count += 1) expect(await isRefused()).toBe(true);
    const isBanned = code === "source_unknown";
    if (isBanned) {
      // One refusal is forgotten every 10 s: on a machine that took so long it takes one more.
      const closes = async () => ((await isRefused()) ? null : true);
      await eventually(closes, PATIENCE_MS, "the scanner was not banned");
    } else {
      expect(await isRefused()).toBe(true);
      await options(service.sipPort);
    }
    expect(await service.counts()).toMatchObject({ bans: Number(isBanned) });
  }
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
