import { describe, expect, test } from "vitest";
import {
  type ImpairedCallControl,
  OUR_SSRC,
  runImpairedCall,
  SSRC,
} from "../../tests/support/impaired-call.ts";
import {
  CLEAN_SNR_DB,
  type MediaAttack,
  STRANGER,
  times,
  withstands,
} from "../../tests/support/media-attack.ts";
import { writeCompoundReport } from "../protocol/rtcp/reports.ts";

/** RTCP against a live call: what is forged is counted and changes no figure, and what a peer may claim is bounded. */

const RTCP_PORT = 5_001;

/** A report of the peer's full of lies: times that never were, all is lost, and more jitter than there is time. */
function lies({ isSender = false, wallClockMs = 9e12 } = {}): Buffer {
  const out = Buffer.alloc(200);
  const length = writeCompoundReport(
    out,
    SSRC,
    "peer",
    isSender
      ? {
          wallClockMs,
          rtpTimestamp: 0xffff_ffff,
          packetCount: 0xffff_ffff,
          octetCount: 0xffff_ffff,
        }
      : null,
    {
      ssrc: OUR_SSRC,
      fractionLost: 255,
      packetsLost: 0x7f_ffff,
      extendedHighestSequence: 0xffff_ffff,
      jitterTicks: 0xffff_ffff,
      lastSr: 0x1234_5678,
      delaySinceLastSr: 0xffff_ffff,
    },
    false,
  );
  return out.subarray(0, length);
}

/** SDES whose length says 256 kB; alone, and behind a report. */
function enormousSdes(): Buffer[] {
  const sdes = Buffer.alloc(1_200, 1);
  sdes.set([0x81, 202, 0xff, 0xff]);
  return [sdes, Buffer.concat([lies().subarray(0, 32), sdes])];
}

/** Cut within each of its packets, at every place but where one ends. */
function cutShort(index: number): Buffer {
  const whole = lies({ isSender: true });
  const ends = [52, whole.length];
  const length = 1 + ((index * 7) % (whole.length - 1));
  return whole.subarray(0, ends.includes(length) ? length - 1 : length);
}

const toRtcp = (call: ImpairedCallControl, packet: Buffer, address?: string): void =>
  call.inject(packet, address, address === undefined ? RTCP_PORT : 6_667, true);

const REPLAYED = new WeakMap<ImpairedCallControl, Buffer>();

/** A report that the peer has sent, once, and the same octets from then on. */
function replayed(call: ImpairedCallControl): Buffer {
  const known = REPLAYED.get(call);
  if (known !== undefined) return known;
  const report = Buffer.alloc(200);
  const length = writeCompoundReport(report, SSRC, "peer", null, null, false);
  const packet = Buffer.from(call.protectedRtcp(report.subarray(0, length)));
  REPLAYED.set(call, packet);
  toRtcp(call, packet);
  return packet;
}

const ANY_ATTACKS: Readonly<Record<string, MediaAttack>> = {
  "reports of lies from a stranger, ten times the rate of audio": [
    (call) => times(10, () => toRtcp(call, lies(), STRANGER)),
    ["wrongSource", "authFailures", "overRate"],
  ],
  "sender reports with absurd times from a stranger": [
    (call, _, index) =>
      times(2, () => toRtcp(call, lies({ isSender: true, wallClockMs: index * 1e9 }), STRANGER)),
    ["wrongSource", "authFailures", "overRate"],
  ],
  "SDES of enormous length from the peer's own address": [
    (call) => enormousSdes().map((packet) => toRtcp(call, packet)).length,
    ["malformed", "authFailures"],
  ],
  "compound packets cut short, from the peer's own address": [
    (call, _, index) => times(2, (i) => toRtcp(call, cutShort(2 * index + i))),
    ["malformed", "authFailures"],
  ],
};

const SRTCP_ATTACKS: Readonly<Record<string, MediaAttack>> = {
  "reports of lies from the peer's own address, ten times the rate of audio": [
    (call) => times(10, () => toRtcp(call, lies({ isSender: true }))),
    ["authFailures", "overRate"],
  ],
  "SRTCP replayed by a stranger and from the peer's own address": [
    (call) => {
      const packet = replayed(call);
      toRtcp(call, packet);
      toRtcp(call, packet, STRANGER);
      return 2;
    },
    ["replayed"],
  ],
  "SRTCP with bad tags": [
    (call, _, index) => {
      const packet = Buffer.from(replayed(call));
      const at = 8 + (index % (packet.length - 8));
      packet[at] = (packet[at] ?? 0) ^ 0x20;
      toRtcp(call, packet);
      return 1;
    },
    ["authFailures", "replayed"],
  ],
};

async function changesNoFigure(attack: MediaAttack, isSecure: boolean): Promise<void> {
  const { quiet, report } = await withstands(attack, isSecure);
  expect(report.quality?.summary).toEqual(quiet.quality?.summary);
  expect(report.quality?.summary.roundTripMs).toBeNull();
}

describe("beside plain RTP it is counted, and no figure of the call's quality changes:", () => {
  test.each(Object.entries(ANY_ATTACKS))("%s", (_, attack) => changesNoFigure(attack, false));
});

describe("beside SRTP it is counted, and no figure of the call's quality changes:", () => {
  test.each(Object.entries({ ...ANY_ATTACKS, ...SRTCP_ATTACKS }))("%s", (_, attack) =>
    changesNoFigure(attack, true),
  );
});

test.each([false, true])(
  "a peer's own lies (SRTCP: %s) make no round trip, lose no more than was sent, and touch neither the audio nor what we heard",
  async (isSecure) => {
    const quiet = await runImpairedCall({ impairment: {}, seconds: 8, isSecure });
    const report = await runImpairedCall({
      impairment: {},
      seconds: 8,
      isSecure,
      atPacket(index, call) {
        const packet = lies({ isSender: true, wallClockMs: index * 1e9 });
        toRtcp(call, call.protectedRtcp(packet));
      },
    });
    const { summary } = report.quality ?? {};
    expect(summary?.roundTripMs).toBeNull();
    expect(summary?.receive).toEqual(quiet.quality?.summary.receive);
    expect(summary?.send.packetsLost).toBeLessThanOrEqual(report.stats.packetsSent);
    expect(summary?.send.lossPercent?.max).toBeLessThanOrEqual(100);
    expect(summary?.send.jitterMs?.max).toBeLessThanOrEqual(10_000);
    expect(summary?.send.mos?.min).toBeGreaterThanOrEqual(1);
    expect(report.snrDb).toBeGreaterThan(CLEAN_SNR_DB);
    expect(report.longestGapMs).toBe(0);
    expect(report.sentTo).toEqual(quiet.sentTo);
    expect(report.timedOut).toBe(false);
  },
);
