import type { MediaClock } from "./clock.ts";
import type { MediaIo, UdpEndpoint } from "./media-io.ts";
import type { PortLease } from "./media-session.ts";

/** Pairs of RTP and RTCP ports, leased one call at a time. */

export interface PortPoolOptions {
  readonly bindAddress: string;
  /** Inclusive; both 0 let the system choose each pair. */
  readonly firstPort: number;
  readonly lastPort: number;
  /** How long a released pair stays bound and drained, so that the last call's stray packets reach nobody. */
  readonly quarantineMs: number;
  readonly io: MediaIo;
  readonly clock: MediaClock;
}

/** An even RTP port and the odd one above it, both bound. Disposing releases the pair into quarantine, once. */
export interface MediaPortLease extends PortLease {
  readonly rtp: UdpEndpoint;
  readonly rtcp: UdpEndpoint;
}

export interface PortPool {
  /** Null when every pair is leased, in quarantine, or held by another process. */
  lease(): Promise<MediaPortLease | null>;
  /** Pairs that cannot be leased now: leased or in quarantine. */
  inUse(): number;
  total(): number;
  /** Closes every socket, those of open leases too. */
  close(): Promise<void>;
}

/** Pairs of a pool whose ports the system chooses. */
const SYSTEM_CHOSEN_PAIRS = 1_000;
/** Tries at an adjacent pair of system-chosen ports before the machine counts as full. */
const SYSTEM_CHOSEN_TRIES = 20;

interface BoundPair {
  readonly rtp: UdpEndpoint;
  readonly rtcp: UdpEndpoint;
}

export function openPortPool(options: PortPoolOptions): PortPool {
  const { bindAddress, io, clock, quarantineMs } = options;
  /** First in, first out, so that a pair rests as long as possible; 0 is a pair of the system's choice. */
  const free = pairsOf(options.firstPort, options.lastPort);
  const total = free.length;
  const bound = new Set<BoundPair>();
  const quarantines = new Map<BoundPair, Disposable>();
  let taken = 0;
  let isClosed = false;

  async function closePair(pair: BoundPair): Promise<void> {
    await Promise.all([pair.rtp.close(), pair.rtcp.close()]);
    bound.delete(pair);
  }

  async function bindPair(firstPort: number): Promise<BoundPair | null> {
    const rtp = await io.bind(bindAddress, firstPort);
    if (rtp === null) return null;
    if (rtp.port % 2 === 0) {
      const rtcp = await io.bind(bindAddress, rtp.port + 1).catch(() => null);
      if (rtcp !== null) return { rtp, rtcp };
    }
    await rtp.close();
    return null;
  }

  async function bindSlot(slot: number): Promise<BoundPair | null> {
    for (let tries = slot === 0 ? SYSTEM_CHOSEN_TRIES : 1; tries > 0; tries--) {
      const pair = await bindPair(slot);
      if (pair !== null) return pair;
    }
    return null;
  }

  function quarantine(pair: BoundPair, slot: number): void {
    pair.rtp.receive(null);
    pair.rtcp.receive(null);
    const end = async (): Promise<void> => {
      quarantines.delete(pair);
      await closePair(pair);
      taken -= 1;
      free.push(slot);
    };
    quarantines.set(
      pair,
      clock.after(quarantineMs, () => void end(), true),
    );
  }

  function leaseOf(pair: BoundPair, slot: number): MediaPortLease {
    let isReleased = false;
    return {
      rtp: pair.rtp,
      rtcp: pair.rtcp,
      rtpPort: pair.rtp.port,
      [Symbol.asyncDispose]: () => {
        if (!isReleased && !isClosed) quarantine(pair, slot);
        isReleased = true;
        return Promise.resolve();
      },
    };
  }

  return {
    async lease() {
      // Each slot is tried once: a port that another process holds is passed over.
      for (let tries = free.length; tries > 0 && !isClosed; tries--) {
        const slot = free.shift();
        if (slot === undefined) return null;
        taken += 1;
        let pair: BoundPair | null = null;
        try {
          pair = await bindSlot(slot);
        } finally {
          if (pair === null) {
            taken -= 1;
            free.push(slot);
          }
        }
        if (pair === null) continue;
        bound.add(pair);
        if (isClosed) {
          await closePair(pair);
          return null;
        }
        return leaseOf(pair, slot);
      }
      return null;
    },
    inUse: () => taken,
    total: () => total,
    async close() {
      isClosed = true;
      for (const timer of quarantines.values()) timer[Symbol.dispose]();
      quarantines.clear();
      await Promise.all([...bound].map(closePair));
    },
  };
}

function pairsOf(firstPort: number, lastPort: number): number[] {
  if (firstPort === 0) return new Array<number>(SYSTEM_CHOSEN_PAIRS).fill(0);
  const pairs: number[] = [];
  for (let port = firstPort + (firstPort % 2); port + 1 <= lastPort; port += 2) pairs.push(port);
  return pairs;
}
