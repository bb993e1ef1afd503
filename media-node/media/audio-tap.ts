/**
 * Who is given a copy of a session's audio, 20 ms or a packet at a time, with its place on the clock: when its RTP arrived,
 * or left, in monotonic milliseconds. Called from the packet path: must neither throw, allocate nor block, and the array is
 * used again.
 */
export interface AudioTap {
  /** What the jitter buffer gave, with what it concealed; nothing while there is nothing. */
  received(frame: Int16Array, sampleRateHz: number, atMs: number): void;
  /** What stands in a packet that has left; telephone events are no audio. */
  sent(frame: Int16Array, sampleRateHz: number, atMs: number): void;
}
