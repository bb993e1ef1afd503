/** Node's arguments for a media node; docs/design/sip-engine.md has the figures. */
export const MEDIA_NODE_FLAGS: readonly string[] = [
  // Each of its two threads may by default let 3 × 32 MB of short-lived objects gather before it looks at them.
  "--max-semi-space-size=4",
  // On two cores the helpers of two threads' collections wait for each other.
  "--no-parallel-scavenge",
  // For each thread. V8 also collects the sooner, the less it may use: 50 MB less in a node of 800 calls/s.
  "--max-old-space-size=1024",
];
