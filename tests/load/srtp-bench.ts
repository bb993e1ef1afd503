import { cp, mkdtemp, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createPacketMemory, PACKET_ROOM_BYTES } from "../../media-node/media/packet-memory.ts";
import {
  nodeSrtpEngine,
  type SrtpCipher,
  type SrtpEngine,
} from "../../media-node/media/srtp-engine.ts";
import { WasmSrtpEngine } from "../../media-node/media/wasm-srtp.ts";
import { writeRtpHeader } from "../../media-node/protocol/rtp/packet.ts";
import { KEY_AND_SALT_BYTES, type SrtpSuite } from "../../media-node/protocol/sdp/media-plan.ts";
import { SRTP_SUITES } from "../../media-node/protocol/srtp/suites.ts";
import { compileWasm, wasmFolder } from "../../media-node/wasm/compile.ts";

/**
 * `npm run bench -- srtp [--json] [--calls 500] [--suite NAME]`: nanoseconds of protecting and of unprotecting a packet of 172
 * octets, 20 ms of G.711. Packets of many calls take turns, so that contexts are as cold as in a node. The ways of a suite take
 * turns too, three times; a figure is the median of its runs, and a run is the batch that a tenth of them undercut: on a machine
 * that others use as well, what is slower is theirs.
 */

const PACKET_BYTES = 172;
const BATCH = 32;
const RUNS = 3;
const UNDISTURBED = 0.1;

interface Cost {
  readonly protectNs: number;
  readonly unprotectNs: number;
}

/** How packets are given to an engine. */
type Way = "batch" | "single" | "copied";

/** One side of a bench: it protects and unprotects a batch of packets, each of a call of its own. */
class Lane {
  readonly #engine: SrtpEngine;
  readonly #memory = createPacketMemory(BATCH);
  readonly #senders: SrtpCipher[] = [];
  readonly #receivers: SrtpCipher[] = [];
  readonly #packets: Buffer[] = [];
  readonly #way: Way;
  #turn = 0;
  #sequenceNumber = 0;

  constructor(
    createEngine: (memory: ReturnType<typeof createPacketMemory>) => SrtpEngine,
    suite: SrtpSuite,
    calls: number,
    way: Way,
  ) {
    this.#engine = createEngine(this.#memory);
    this.#way = way;
    const { slots, bytes } = this.#memory;
    for (let call = 0; call < calls; call++) {
      const key = Buffer.alloc(KEY_AND_SALT_BYTES[suite], call);
      this.#senders.push(this.#engine.open(suite, key));
      this.#receivers.push(this.#engine.open(suite, key));
    }
    for (let slot = 0; slot < BATCH; slot++) {
      const start = slots.base + slot * slots.slotBytes;
      this.#packets.push(
        way === "copied"
          ? Buffer.alloc(PACKET_BYTES + 20)
          : bytes.subarray(start, start + PACKET_ROOM_BYTES),
      );
    }
  }

  #ciphers(of: readonly SrtpCipher[]): SrtpCipher[] {
    return this.#packets.flatMap((_, i) => of[(this.#turn + i) % of.length] ?? []);
  }

  /** Milliseconds of one batch, protected and unprotected. */
  round(): readonly [number, number] {
    for (const packet of this.#packets) {
      writeRtpHeader(packet, false, 0, this.#sequenceNumber & 0xffff, 0, 1);
    }
    this.#memory.lengths.fill(PACKET_BYTES);
    const times = [
      this.#run("protect", this.#ciphers(this.#senders)),
      this.#run("unprotect", this.#ciphers(this.#receivers)),
    ] as const;
    if (this.#memory.lengths.some((length) => length !== PACKET_BYTES)) {
      throw new Error("a packet was not heard");
    }
    this.#turn += BATCH;
    if (this.#turn + BATCH > this.#senders.length) {
      this.#turn = 0;
      this.#sequenceNumber += 1;
    }
    return times;
  }

  #run(what: "protect" | "unprotect", ciphers: readonly SrtpCipher[]): number {
    const { lengths, contexts } = this.#memory;
    for (const [slot, cipher] of ciphers.entries()) contexts[slot] = cipher.address;
    const engine = this.#engine;
    const begun = performance.now();
    if (this.#way === "batch" && engine instanceof WasmSrtpEngine) {
      if (what === "protect") engine.protectBatch(0, BATCH);
      else engine.unprotectBatch(0, BATCH);
    } else {
      for (let slot = 0; slot < BATCH; slot++) {
        const cipher = ciphers[slot];
        const packet = this.#packets[slot];
        if (cipher === undefined || packet === undefined) continue;
        const length = lengths[slot] ?? 0;
        lengths[slot] =
          what === "protect"
            ? cipher.protectRtp(packet, length)
            : cipher.unprotectRtp(packet, length);
      }
    }
    return performance.now() - begun;
  }
}

/** The value below which a share of them lies; sorts them. */
function quantile(values: number[], share: number): number {
  values.sort((one, other) => one - other);
  return values[Math.floor(values.length * share)] ?? 0;
}

/** A lane with what its runs came to. */
class Measured {
  readonly #lane: Lane;
  readonly #rounds: number;
  readonly #runs: [number, number][] = [];

  constructor(lane: Lane, rounds: number) {
    this.#lane = lane;
    this.#rounds = rounds;
    // The engine compiles again what is called often.
    for (let i = 0; i < rounds; i++) lane.round();
  }

  run(): void {
    const times = Array.from({ length: this.#rounds }, () => this.#lane.round());
    this.#runs.push([
      quantile(
        times.map(([protect]) => protect),
        UNDISTURBED,
      ),
      quantile(
        times.map(([, unprotect]) => unprotect),
        UNDISTURBED,
      ),
    ]);
  }

  cost(): Cost {
    const perPacket = (values: number[]): number =>
      Math.round((quantile(values, 0.5) * 1e6) / BATCH);
    return {
      protectNs: perPacket(this.#runs.map(([protect]) => protect)),
      unprotectNs: perPacket(this.#runs.map(([, unprotect]) => unprotect)),
    };
  }
}

/** The module of the product with AES by tables in place of its own. */
async function compileTableDriven(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "trunkline-table-aes-"));
  try {
    await cp(join(wasmFolder, "srtp"), join(folder, "srtp"), { recursive: true });
    const ours = fileURLToPath(new URL("table-aes/aes.ts", import.meta.url));
    await cp(ours, join(folder, "srtp", "aes.ts"));
    return await compileWasm("srtp", folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const COLUMNS = ["wasm_batch", "wasm_single", "wasm_copied", "node_crypto", "wasm_batch_tables"];

export async function benchSrtp(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      calls: { type: "string", default: "500" },
      suite: { type: "string" },
    },
  });
  const calls = Number(values.calls);
  const suites = Object.keys(SRTP_SUITES).filter(
    (name): name is SrtpSuite =>
      Object.hasOwn(SRTP_SUITES, name) && (values.suite === undefined || name === values.suite),
  );
  if (!Number.isInteger(calls) || calls < BATCH || calls > 8_000 || suites.length === 0) {
    throw new RangeError(`--calls is ${BATCH} to 8,000, --suite one of those that we have`);
  }
  const tableDriven = await compileTableDriven();
  const rows = suites.map((suite) => {
    const prepare = (
      way: Way,
      createEngine: (memory: ReturnType<typeof createPacketMemory>) => SrtpEngine,
      rounds: number,
    ): Measured => new Measured(new Lane(createEngine, suite, calls, way), rounds);
    const ways = {
      wasm_batch: prepare("batch", (memory) => new WasmSrtpEngine(memory), 500),
      wasm_single: prepare("single", (memory) => new WasmSrtpEngine(memory), 500),
      wasm_copied: prepare("copied", (memory) => new WasmSrtpEngine(memory), 500),
      node_crypto: prepare("copied", () => nodeSrtpEngine, 60),
      wasm_batch_tables: prepare("batch", (memory) => new WasmSrtpEngine(memory, tableDriven), 500),
    };
    for (let run = 0; run < RUNS; run++) {
      for (const way of Object.values(ways)) way.run();
    }
    const costs = Object.entries(ways).map(([name, way]) => [name, way.cost()] as const);
    return { suite, costs: Object.fromEntries(costs) };
  });
  const write = (text: string): void => void process.stdout.write(`${text}\n`);
  if (values.json) {
    write(JSON.stringify({ packet_bytes: PACKET_BYTES, batch: BATCH, calls, rows }));
    return;
  }
  const [cpu] = cpus();
  write(
    `${cpu?.model.trim()}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}, Node ${process.version}`,
  );
  write(
    `ns per packet of ${PACKET_BYTES} octets, protect / unprotect; ${calls} calls, batches of ${BATCH}`,
  );
  write(["suite".padEnd(26), ...COLUMNS.map((name) => name.padStart(18))].join(""));
  for (const { suite, costs } of rows) {
    const cells = Object.values(costs).map(({ protectNs, unprotectNs }) =>
      `${protectNs} / ${unprotectNs}`.padStart(18),
    );
    write([suite.padEnd(26), ...cells].join(""));
  }
}
