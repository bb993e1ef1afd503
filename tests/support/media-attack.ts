import { expect } from "vitest";
import type { MediaStats } from "../../media-node/media/media-session.ts";
import {
  type ImpairedCallControl,
  type ImpairedCallReport,
  runImpairedCall,
} from "./impaired-call.ts";

/** Attacks on the media of a live call, and what the call must be like under them. */

export const STRANGER = "198.51.100.66";
/** What the tone has through G.711 without an attack; see `docs/design/media.md`. */
export const CLEAN_SNR_DB = 37;

/** More than are on the path at once. */
const UNDERWAY_PACKETS = 4;

type Counter = Exclude<keyof MediaStats, "packetsSent" | "bytesSent">;

/** Throws packets, once per packet of the peer's, an older one of which is given; returns how many. */
type Attack = (call: ImpairedCallControl, delivered: Buffer, index: number) => number;

/** And the counters that all of it is in. */
export type MediaAttack = readonly [Attack, readonly Counter[]];

export const times = (count: number, throwOne: (i: number) => void): number => {
  for (let i = 0; i < count; i++) throwOne(i);
  return count;
};

/** Returns the call without the attack, and the call under it. */
export async function withstands(
  [attack, counters]: MediaAttack,
  isSecure: boolean,
): Promise<{ quiet: ImpairedCallReport; report: ImpairedCallReport }> {
  const quiet = await runImpairedCall({ impairment: {}, seconds: 8, isSecure });
  let thrown = 0;
  const sent: Buffer[] = [];
  const report = await runImpairedCall({
    impairment: {},
    seconds: 8,
    isSecure,
    atPacket(index, call, packet) {
      sent.push(Buffer.from(packet));
      const delivered = sent[index - UNDERWAY_PACKETS];
      if (delivered !== undefined) thrown += attack(call, delivered, index);
    },
  });
  expect(thrown).toBeGreaterThan(300);
  const counted = (stats: MediaStats): number =>
    counters
      .filter((name) => name !== "packetsReceived" || !counters.includes("packetsDuplicate"))
      .reduce((sum, name) => sum + stats[name], 0);
  expect(counted(report.stats) - counted(quiet.stats)).toBe(thrown);
  expect(report.snrDb).toBeGreaterThan(CLEAN_SNR_DB);
  expect(report.longestGapMs).toBe(0);
  expect(report.presentMs).toBeGreaterThan(quiet.presentMs - 100);
  expect(report.sentTo).toEqual(quiet.sentTo);
  expect(report.timedOut).toBe(false);
  expect(report.stats.packetsSent).toBe(quiet.stats.packetsSent);
  expect(report.stats.concealedMs).toBeLessThanOrEqual(quiet.stats.concealedMs + 20);
  return { quiet, report };
}
