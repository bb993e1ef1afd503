import type { Writable } from "node:stream";

/**
 * What is written during one turn of the event loop leaves in one system call: a segment of a busy peer holds
 * several messages, and each is answered to the peer and told to the application.
 */
export function writeSoon(stream: Writable, bytes: Uint8Array): void {
  if (stream.writableCorked === 0) {
    stream.cork();
    setImmediate(() => stream.uncork());
  }
  stream.write(bytes);
}
