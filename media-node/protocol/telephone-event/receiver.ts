import {
  digitOfEvent,
  END_BIT,
  TELEPHONE_EVENT_BYTES,
  TELEPHONE_EVENT_TICKS_PER_MS,
} from "./events.ts";

/**
 * Turns telephone-event packets into one report per key press (RFC 4733 §2.5.2). Packets with one timestamp are one
 * event, however many there are and whichever are lost; the marker bit is not relied upon.
 */
export interface TelephoneEventReceiver {
  /** One packet's payload, `length` bytes at `offset`. Returns false when it is malformed. */
  receive(
    packet: Buffer,
    offset: number,
    length: number,
    rtpTimestamp: number,
    nowMs: number,
  ): boolean;
  /** Reports an event whose end was lost. Called regularly. */
  poll(nowMs: number): void;
}

/** Without updates for this long an event is over: three times the longest interval of updates in use (RFC 4733 §2.5.1.2). */
const LOST_END_MS = 150;
const LONGEST_SEGMENT_TICKS = 0xffff;
/** No packet is overtaken by a minute of others: what seems older than that has another source's clock, or one that has wrapped. */
const OLDEST_STRAGGLER_TICKS = 60_000 * TELEPHONE_EVENT_TICKS_PER_MS;

export function createTelephoneEventReceiver(
  report: (digit: string, durationMs: number) => void,
): TelephoneEventReceiver {
  let hasEvent = false;
  let isOpen = false;
  let event = 0;
  let rtpTimestamp = 0;
  let durationTicks = 0;
  /** Ticks of earlier segments of an event longer than 8 s (RFC 4733 §2.5.1.3). */
  let earlierTicks = 0;
  let lastUpdateMs = 0;

  function end(): void {
    isOpen = false;
    const digit = digitOfEvent(event);
    if (digit === null) return;
    report(digit, Math.round((earlierTicks + durationTicks) / TELEPHONE_EVENT_TICKS_PER_MS));
  }

  return {
    receive(packet, offset, length, timestamp, nowMs) {
      if (length < TELEPHONE_EVENT_BYTES) return false;
      const packetEvent = packet.readUInt8(offset);
      const isEnd = (packet.readUInt8(offset + 1) & END_BIT) !== 0;
      const packetTicks = packet.readUInt16BE(offset + 2);
      const age = hasEvent ? (timestamp - rtpTimestamp) | 0 : 1;
      // Older than the last event: a straggler of one that was reported.
      if (age < 0 && age > -OLDEST_STRAGGLER_TICKS) return true;
      if (age !== 0) {
        const isNextSegment = isOpen && packetEvent === event && age === LONGEST_SEGMENT_TICKS;
        if (isOpen && !isNextSegment) end();
        earlierTicks = isNextSegment ? earlierTicks + LONGEST_SEGMENT_TICKS : 0;
        hasEvent = true;
        isOpen = true;
        event = packetEvent;
        rtpTimestamp = timestamp;
        durationTicks = 0;
      } else if (!isOpen) {
        return true;
      }
      durationTicks = Math.max(durationTicks, packetTicks);
      lastUpdateMs = nowMs;
      if (isEnd) end();
      return true;
    },
    poll(nowMs) {
      if (isOpen && nowMs - lastUpdateMs >= LOST_END_MS) end();
    },
  };
}
