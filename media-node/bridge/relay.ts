import { frameRateHz, type MediaSession, type MediaSink } from "../media/media-session.ts";

/** What may wait on its way from one leg to the other: as much as the two clocks can be apart. */
const MAX_QUEUED_MS = 60;

/** Passes what is heard on one leg, and the keys pressed there, to the other. */
export function relayTo(target: MediaSession): MediaSink {
  return {
    audio(frame) {
      // A leg on hold sends nothing: what came meanwhile is not played to it afterwards.
      if (target.queuedMs() < MAX_QUEUED_MS) target.send(frame, frameRateHz(frame));
    },
    digit: (digit) => void target.sendDigits(digit, "auto"),
    digitsSent() {},
    markReached() {},
  };
}
