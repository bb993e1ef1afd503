import { randomBytes } from "node:crypto";
import { audioModule } from "./audio-module.ts";
import { type MediaClock, systemMediaClock } from "./clock.ts";
import { openPortableIo } from "./io/portable.ts";
import type { MediaIo } from "./media-io.ts";
import type { MediaSession, MediaTimeouts } from "./media-session.ts";
import { createPacketMemory } from "./packet-memory.ts";
import { createPlayoutClock } from "./playout-clock.ts";
import { openPortPool } from "./port-pool.ts";
import type { QualitySample } from "./quality.ts";
import { RtpSession } from "./session.ts";
import type { SrtpEngine } from "./srtp-engine.ts";
import { WasmSrtpEngine } from "./wasm-srtp.ts";

/** The media of one process: its port range, its wheel and its sessions. */

export interface MediaPlaneOptions {
  readonly bindAddress: string;
  /** First and last port, inclusive; `[0, 0]` lets the system choose. */
  readonly ports: readonly [number, number];
  readonly timeouts?: MediaTimeouts;
  readonly quarantineMs?: number;
  /** False leaves silence where packets are missing, for comparison; true unless said otherwise. */
  readonly concealsLoss?: boolean;
  readonly random?: (bytes: number) => Uint8Array;
  readonly clock?: MediaClock;
  /** Default: a portable one. Whoever gives one closes it. */
  readonly io?: MediaIo;
  /** Told of every session's quality, every 5 s. Must neither throw nor block. */
  readonly sampled?: (sample: QualitySample) => void;
  /** Default: WebAssembly, in a packet memory of its own. */
  readonly srtp?: SrtpEngine;
}

export interface MediaPlane {
  /** Null when no port pair is free. */
  open(): Promise<MediaSession | null>;
  /** Pairs leased or in quarantine. */
  portsInUse(): number;
  portsTotal(): number;
  /** Ends all media at once; sessions that are still open fall silent. */
  close(): Promise<void>;
}

/** DESIGN §10: what an unconfigured node waits. */
const DEFAULT_MEDIA_TIMEOUTS: MediaTimeouts = { firstPacketMs: 30_000, silenceMs: 60_000 };
const DEFAULT_QUARANTINE_MS = 30_000;

export function createMediaPlane(options: MediaPlaneOptions): MediaPlane {
  // Compiled before the first call needs it.
  audioModule();
  const clock = options.clock ?? systemMediaClock;
  const wheel = createPlayoutClock(clock);
  const srtp = options.srtp ?? new WasmSrtpEngine(createPacketMemory());
  const [firstPort, lastPort] = options.ports;
  const pool = openPortPool({
    bindAddress: options.bindAddress,
    firstPort,
    lastPort,
    quarantineMs: options.quarantineMs ?? DEFAULT_QUARANTINE_MS,
    io: options.io ?? openPortableIo(),
    clock,
  });
  return {
    async open() {
      const lease = await pool.lease();
      if (lease === null) return null;
      return new RtpSession({
        lease,
        clock,
        wheel,
        concealsLoss: options.concealsLoss ?? true,
        timeouts: options.timeouts ?? DEFAULT_MEDIA_TIMEOUTS,
        random: options.random ?? randomBytes,
        sampled: options.sampled ?? (() => undefined),
        srtp,
      });
    },
    portsInUse: () => pool.inUse(),
    portsTotal: () => pool.total(),
    async close() {
      wheel.close();
      await pool.close();
    },
  };
}
