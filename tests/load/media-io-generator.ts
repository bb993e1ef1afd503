import { openMediaIo } from "../../media-node/media/io/open.ts";
import type { UdpEndpoint } from "../../media-node/media/media-io.ts";

/** Sends packets to echoes at an even rate and times what comes back. */
export interface EchoRun {
  readonly ports: readonly number[];
  readonly packetsPerSecond: number;
  readonly milliseconds: number;
}

export interface EchoResult {
  readonly kind: "result";
  readonly sent: number;
  readonly received: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** An SRTP packet of 20 ms of G.711: 12 + 160 + 10 bytes. */
const PACKET_BYTES = 182;
const TIME_OFFSET = 16;
/** An echo of an earlier run counts in none. */
const RUN_OFFSET = 24;
const STEP_MS = 1;
/** When nothing has come back for so long, what is missing is lost. */
const QUIET_MS = 100;
const MOST_DRAIN_MS = 2_000;

const { io } = await openMediaIo("batched");
const endpoints: UdpEndpoint[] = [];
const packet = Buffer.alloc(PACKET_BYTES, 0x55);
let roundTripsMs: number[] = [];
let runs = 0;

async function endpointOf(index: number): Promise<UdpEndpoint> {
  const endpoint = await io.bind("127.0.0.1", 0);
  if (endpoint === null) throw new Error("no port");
  endpoint.receive((echo) => {
    if (echo.readUInt32LE(RUN_OFFSET) !== runs) return;
    roundTripsMs.push(performance.now() - echo.readDoubleLE(TIME_OFFSET));
  });
  endpoints[index] = endpoint;
  return endpoint;
}

async function run({ ports, packetsPerSecond, milliseconds }: EchoRun): Promise<EchoResult> {
  for (const index of ports.keys()) endpoints[index] ?? (await endpointOf(index));
  roundTripsMs = [];
  packet.writeUInt32LE(++runs, RUN_OFFSET);
  const startMs = performance.now();
  const total = Math.floor((packetsPerSecond * milliseconds) / 1_000);
  let sent = 0;
  while (sent < total) {
    const elapsedMs = performance.now() - startMs;
    const due = Math.min(total, Math.floor((packetsPerSecond * elapsedMs) / 1_000));
    for (; sent < due; sent++) {
      const index = sent % ports.length;
      packet.writeDoubleLE(performance.now(), TIME_OFFSET);
      endpoints[index]?.send(packet, PACKET_BYTES, "127.0.0.1", ports[index] ?? 0);
    }
    await pause(STEP_MS);
  }
  await drained(sent);
  const sorted = roundTripsMs.toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return { kind: "result", sent, received: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99) };
}

/** Until everything is back, or nothing more comes. */
async function drained(sent: number): Promise<void> {
  const endMs = performance.now() + MOST_DRAIN_MS;
  let before = -1;
  while (roundTripsMs.length !== before && performance.now() < endMs) {
    before = roundTripsMs.length;
    if (before === sent) return;
    await pause(QUIET_MS);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

process.on("disconnect", () => process.exit(0));
process.on("message", (message) => {
  // The benchmark is the only parent.
  run(message as EchoRun).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      process.stderr.write(`${error}\n`);
      process.exit(1);
    },
  );
});
process.send?.({ kind: "up" });
