import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { Socket } from "node:net";

/** Runs `connect` and returns the socket that it opened; the package keeps its own to itself. */
export function socketOpenedBy(connect: () => void): Socket | null {
  let opened: Socket | null = null;
  const note = (message: unknown): void => {
    const { socket } = message as { socket?: unknown };
    if (socket instanceof Socket) opened ??= socket;
  };
  subscribe("net.client.socket", note);
  try {
    connect();
  } finally {
    unsubscribe("net.client.socket", note);
  }
  return opened;
}

/**
 * A segment from the engine holds several frames, and the package answers each by a write of its own: what is
 * written while one is treated leaves together.
 */
export function answerSegmentsAtOnce(socket: Socket): void {
  const uncork = (): void => socket.uncork();
  socket.prependListener("data", () => {
    if (socket.writableCorked > 0) return;
    socket.cork();
    setImmediate(uncork);
  });
}
