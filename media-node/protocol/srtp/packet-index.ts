/** The 48-bit packet index of SRTP (RFC 3711 §3.3.1): rollover counter and sequence number. */

const SEQUENCE_MODULUS = 0x1_0000;
const ROLLOVER_MODULUS = 0x1_0000_0000;

/** Rollover counter of a received packet, given the highest sequence number and the counter that belongs to it. */
export function guessRolloverCounter(
  highestSequence: number,
  rolloverCounter: number,
  sequenceNumber: number,
): number {
  if (highestSequence < 32_768) {
    if (sequenceNumber - highestSequence > 32_768) {
      return (rolloverCounter + ROLLOVER_MODULUS - 1) % ROLLOVER_MODULUS;
    }
    return rolloverCounter;
  }
  if (highestSequence - 32_768 > sequenceNumber) return (rolloverCounter + 1) % ROLLOVER_MODULUS;
  return rolloverCounter;
}

/** At most 2^48 - 1: exact in a number. */
export function packetIndex(rolloverCounter: number, sequenceNumber: number): number {
  return rolloverCounter * SEQUENCE_MODULUS + sequenceNumber;
}

export function rolloverOf(index: number): number {
  return Math.floor(index / SEQUENCE_MODULUS);
}

export function sequenceOf(index: number): number {
  return index % SEQUENCE_MODULUS;
}
