import { onTestFinished } from "vitest";

const WITHIN_MS = 3_000;

/** A client's end of a WebSocket, message by message. */
export interface TestSocket {
  send(text: string): void;
  sendBytes(bytes: ArrayBuffer): void;
  /** The next message. */
  nextText(): Promise<string>;
  cut(): void;
  readonly closed: Promise<number>;
}

/** Of the answer to an upgrade request; ends with the test. */
export function takeSocket(response: Response): TestSocket {
  const socket = response.webSocket;
  if (socket === null) throw new Error(`link: status ${response.status}`);
  const arrived: string[] = [];
  let wake = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<number>();
  socket.addEventListener("message", ({ data }) => {
    arrived.push(String(data));
    wake.resolve();
  });
  socket.addEventListener("close", ({ code }) => closed.resolve(code));
  socket.accept();
  onTestFinished(() => socket.close(1000));
  return {
    send: (text) => socket.send(text),
    sendBytes: (bytes) => socket.send(bytes),
    async nextText() {
      for (;;) {
        const text = arrived.shift();
        if (text !== undefined) return text;
        wake = Promise.withResolvers();
        const late = setTimeout(() => wake.reject(new Error("no message in time")), WITHIN_MS);
        await wake.promise.finally(() => clearTimeout(late));
      }
    },
    cut: () => socket.close(1000),
    closed: closed.promise,
  };
}
