import Srf from "drachtio-srf";
import { answerSegmentsAtOnce, socketOpenedBy } from "./control-socket.ts";
import type { SrfClient } from "./srf-types.ts";

/** The control connection to the SIP engine. When it is lost it stays lost: its calls are gone with it. */
export interface SrfConnection extends AsyncDisposable {
  readonly srf: SrfClient;
  /** Resolves when the connection is gone without having been disposed of. */
  readonly lost: Promise<Error>;
  /** Calls back once, never before it returns; the returned function forgets the listener. */
  onLost(listener: (error: Error) => void): () => void;
}

/** An engine that hangs does not close its side: it is not waited for. */
const CLOSE_LIMIT_MS = 1_000;

/** The engine refused the secret or cannot be reached. */
class SrfConnectFault extends Error {
  readonly code = "sip_engine_unreachable";
}

/** Connects to the engine on loopback; resolves when it has accepted the secret. */
export function connectSrf(options: { port: number; secret: string }): Promise<SrfConnection> {
  // The shipped class type differs from the code: see srf-types.ts, which states what the code does.
  const srf = new Srf() as unknown as SrfClient;
  const lost = Promise.withResolvers<Error>();
  const listeners = new Set<(error: Error) => void>();
  let lostError: Error | null = null;
  let lastError: Error | null = null;
  let isDisposed = false;

  const onLost = (listener: (error: Error) => void): (() => void) => {
    const error = lostError;
    if (error !== null) queueMicrotask(() => listener(error));
    else listeners.add(listener);
    return () => listeners.delete(listener);
  };

  return new Promise((resolve, reject) => {
    srf.on("error", (error) => {
      lastError = error;
    });
    srf.on("close", () => {
      lostError ??= new SrfConnectFault("the connection to the SIP engine is lost", {
        cause: lastError,
      });
      reject(lostError);
      if (!isDisposed) lost.resolve(lostError);
      for (const listener of listeners) listener(lostError);
      listeners.clear();
    });
    srf.on("connect", (error) => {
      if (error !== null && error !== undefined) {
        reject(new SrfConnectFault("the SIP engine refused the secret", { cause: error }));
        return;
      }
      resolve({
        srf,
        lost: lost.promise,
        onLost,
        async [Symbol.asyncDispose]() {
          if (isDisposed || lostError !== null) return;
          isDisposed = true;
          await new Promise<void>((settled) => {
            const limit = setTimeout(settled, CLOSE_LIMIT_MS);
            onLost(() => {
              clearTimeout(limit);
              settled();
            });
            // The package throws when it has let go of its socket, and tells us of that a turn later.
            if (socket?.closed !== true) srf.disconnect();
          });
        },
      });
    });
    // One attempt: the package would otherwise reconnect behind our back, to an engine without our calls.
    const socket = socketOpenedBy(() => {
      srf.connect({ host: "127.0.0.1", ...options, reconnect: { maxAttempts: 1 } });
    });
    if (socket !== null) answerSegmentsAtOnce(socket);
  });
}
