/** Of the audio between a browser and the node that it calls through, both ways: 16-bit samples, little-endian, mono. */
export const TEST_CALL_RATE_HZ = 16_000;
/** Of one message, more or less. */
export const TEST_CALL_FRAME_MS = 20;
