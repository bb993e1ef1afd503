import { readFile } from "node:fs/promises";
import type { NodeToHub } from "../../schema/contracts/node-link.ts";
import type { TrunkTestToNode } from "../../schema/contracts/trunk-test.ts";
import { openTrunkPassword } from "../call/outbound/trunk-password.ts";
import type { CallDeps, CallLogger } from "../call/ports.ts";
import type { MediaNodeConfig } from "../config.ts";
import { PROBE_TIMINGS, type ProbeTimings } from "./finding.ts";
import { runTrunkTest, type TrunkTestDeps } from "./run-trunk-test.ts";

/** A test holds a connection and its memory: this many at once cost a node nothing that calls would miss. */
const MAX_AT_ONCE = 10;
/** Longer than all stages together. */
const LIMIT_MS = 75_000;

export interface TrunkTestDeskDeps {
  readonly sip: MediaNodeConfig["sip"];
  readonly ports: () => {
    readonly sipPort: number;
    readonly sipsPort: number;
    readonly sipUdpPort: number | null;
  } | null;
  /** The region's published blocks; empty: none. */
  readonly publishedBlocks: () => readonly string[];
  readonly openTrunkSecret: CallDeps["openTrunkSecret"];
  readonly send: (message: NodeToHub) => void;
  readonly logger: CallLogger;
  /** Absent: PROBE_TIMINGS. */
  readonly timings?: ProbeTimings;
}

export interface TrunkTestDesk extends Disposable {
  onTrunkTest(message: TrunkTestToNode): void;
}

/** The tests that the hub asks of this node. Disposing stops them: what rings is cancelled. */
export function createTrunkTestDesk(deps: TrunkTestDeskDeps): TrunkTestDesk {
  const stopping = new AbortController();
  let running = 0;

  async function run({ testId, question }: TrunkTestToNode): Promise<"done" | "failed"> {
    const { logger, send, timings = PROBE_TIMINGS } = deps;
    try {
      const password = await openTrunkPassword(question.trunk, testId, deps);
      if (password === "unopened") return "failed";
      const stages = runTrunkTest(question, {
        ...(await settingsOf(deps)),
        timings,
        password: password?.reveal() ?? null,
        signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(LIMIT_MS)]),
        nowMs: Date.now,
      });
      for await (const stage of stages) send({ type: "trunk_test_stage", testId, stage });
      return "done";
    } catch (error) {
      logger.error("trunk_test_failed", { testId, error });
      return "failed";
    }
  }

  return {
    onTrunkTest(message) {
      const { testId } = message;
      if (running >= MAX_AT_ONCE) {
        deps.send({ type: "trunk_test_end", testId, outcome: "busy" });
        return;
      }
      running += 1;
      void run(message).then((outcome) => {
        running -= 1;
        deps.send({ type: "trunk_test_end", testId, outcome });
      });
    },
    [Symbol.dispose]: () => stopping.abort(),
  };
}

type Settings = Omit<TrunkTestDeps, "password" | "timings" | "signal" | "nowMs">;

async function settingsOf({ ports, publishedBlocks, sip }: TrunkTestDeskDeps): Promise<Settings> {
  const { caFile, isPresented } = sip.certificates;
  const blocks = publishedBlocks();
  const bound = ports();
  const advertised = {
    tls: sip.advertisedSipsPort || (bound?.sipsPort ?? sip.sipsPort),
    tcp: sip.advertisedPort || (bound?.sipPort ?? sip.port),
    udp: sip.udp?.advertisedPort || (bound?.sipUdpPort ?? 0),
  };
  return {
    addressPolicy: sip.addresses,
    dnsServers: sip.dnsServers,
    hasUdp: sip.udp !== null,
    tls: {
      // Read for each test: both are replaced while the node runs.
      ca: caFile === null ? null : await readFile(caFile, "utf8"),
      own: isPresented
        ? {
            cert: await readFile(sip.certificateFile, "utf8"),
            key: await readFile(sip.keyFile, "utf8"),
          }
        : null,
    },
    origin: { host: sip.advertisedAddress, portOf: ({ transport }) => advertised[transport] },
    from: blocks.length > 0 ? blocks : [ownBlock(sip.advertisedAddress)],
  };
}

function ownBlock(address: string): string {
  return `${address}/${address.includes(":") ? 128 : 32}`;
}
