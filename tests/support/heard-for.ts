import { analyseTone } from "../../media-node/protocol/audio/tone-analysis.ts";
import { eventually } from "./deadline.ts";
import type { RtpPeer } from "./rtp-peer.ts";

/** Resolves when the last second is that tone and nothing else. */
export async function heardFor(peer: RtpPeer, toneHz: number): Promise<void> {
  let last = "nothing";
  await eventually(
    () => {
      const heard = peer.heard();
      if (heard.length < 8_000) return null;
      const report = analyseTone(heard.slice(-8_000), 8_000, toneHz);
      last = `${heard.length / 8} ms, of the last second ${JSON.stringify(report)}`;
      const { snrDb, presentMs, longestGapMs } = report;
      return snrDb > 10 && presentMs > 800 && longestGapMs <= 100 ? true : null;
    },
    10_000,
    `no second of ${toneHz} Hz`,
  ).catch((cause: unknown) => {
    throw new Error(`${String(cause)}; heard ${last}`, { cause });
  });
}
