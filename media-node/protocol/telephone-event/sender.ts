import {
  END_BIT,
  eventOfDigit,
  TELEPHONE_EVENT_BYTES,
  TELEPHONE_EVENT_TICKS_PER_MS,
} from "./events.ts";

/** One packet of an event. All carry the timestamp of the event's beginning (RFC 4733 §2.3.5). */
export interface TelephoneEventPacket {
  /** RFC 4733 §2.5.1.2: set on the first packet only. */
  readonly marker: boolean;
  readonly payload: Uint8Array;
}

/** RFC 4733 §2.3.3: power below 0 dBm0, a usual level of keys. */
const VOLUME_BELOW_DBM0 = 10;
/** RFC 4733 §2.5.1.4: the last packet goes out three times. */
const END_PACKETS = 3;
const LONGEST_MS = 8_000;

/**
 * The packets of one key press, one per `packetMs`; the last three are the end and its two repetitions. Null when the digit
 * is none. Durations are kept between 40 ms and 8 s, which is one segment.
 */
export function telephoneEventPackets(
  digit: string,
  durationMs: number,
  packetMs: number,
): readonly TelephoneEventPacket[] | null {
  const event = eventOfDigit(digit);
  if (event === null) return null;
  const updates = Math.ceil(Math.min(Math.max(durationMs, 40), LONGEST_MS) / packetMs);
  return Array.from({ length: updates + END_PACKETS - 1 }, (_, i) => {
    const elapsed = Math.min(i + 1, updates);
    const payload = new Uint8Array(TELEPHONE_EVENT_BYTES);
    const durationTicks = elapsed * packetMs * TELEPHONE_EVENT_TICKS_PER_MS;
    payload[0] = event;
    payload[1] = (elapsed === updates ? END_BIT : 0) | VOLUME_BELOW_DBM0;
    payload[2] = durationTicks >> 8;
    payload[3] = durationTicks & 0xff;
    return { marker: i === 0, payload };
  });
}
