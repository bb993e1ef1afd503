import { type ChildProcess, fork } from "node:child_process";
import { getCompileCacheDir } from "node:module";
import { fileURLToPath } from "node:url";
import type { Clock } from "../call/ports.ts";
import { MEDIA_NODE_FLAGS } from "../process-flags.ts";
import { createBatch } from "./batch.ts";
import type { MediaObservers } from "./media-here.ts";
import type {
  FromMediaProcess,
  MediaProcessConfig,
  MediaProcessStatus,
  ToMediaProcess,
} from "./messages.ts";
import { createRemoteMedia, type RemoteMedia } from "./remote-media.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const START_LIMIT_MS = 15_000;
const SHUT_DOWN_LIMIT_MS = 500;
const PING_MS = 500;
/** So many pings in a row without an answer: it hangs. Counted while the main process runs, not by the clock. */
const MISSED_PINGS = 6;

/** Why a media process is gone. */
export interface MediaLoss {
  readonly cause: "crashed" | "hung";
  readonly detail: string;
}

/** A media process that has bound what it needs. */
export interface MediaChild extends AsyncDisposable {
  readonly pid: number;
  readonly remote: RemoteMedia;
  /** Half a second old at most, while it answers. */
  readonly status: MediaProcessStatus;
  /** Resolves when it is gone, and not by `asyncDispose`; its calls have been told. */
  readonly lost: Promise<MediaLoss>;
}

export interface MediaChildDeps extends MediaObservers {
  readonly config: MediaProcessConfig;
  readonly clock: Clock;
  /** Which one of the node's, for the log. */
  readonly process: number;
}

/** Of the node's own only what Node reads as it starts. */
function environmentOf({ extraCaFile }: MediaProcessConfig): Record<string, string> {
  const compileCache = getCompileCacheDir();
  return {
    ...(compileCache === undefined ? {} : { NODE_COMPILE_CACHE: compileCache }),
    ...(extraCaFile === null ? {} : { NODE_EXTRA_CA_CERTS: extraCaFile }),
  };
}

/** A media process could not start; `code` is the system's when it gave one (`EADDRNOTAVAIL`). */
class MediaStartFault extends Error {
  readonly code: string;

  constructor(message: string, code: string | null) {
    super(message);
    this.code = code ?? "media_start_failed";
  }
}

/**
 * Starts a media process; resolves when it takes calls. What it has to know goes over the channel: its
 * arguments and its environment tell nobody anything.
 * @throws MediaStartFault
 */
export async function startMediaChild(deps: MediaChildDeps): Promise<MediaChild> {
  const { config, logger, clock } = deps;
  const child = fork(MAIN, [], {
    execArgv: [...MEDIA_NODE_FLAGS],
    env: environmentOf(config),
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const post = createBatch<ToMediaProcess>((messages) => {
    // What cannot be sent any more is followed by the end of the process.
    if (child.connected) child.send(messages, () => undefined);
  });
  const remote = createRemoteMedia({ post, clock });
  const started = Promise.withResolvers<MediaProcessStatus>();
  let status: MediaProcessStatus | null = null;
  let unanswered = 0;

  function receive(message: FromMediaProcess): void {
    switch (message.kind) {
      case "configured":
        started.resolve(message.status);
        return;
      case "configure_failed":
        started.reject(new MediaStartFault(message.message, message.code));
        return;
      case "pong":
        unanswered = 0;
        status = message.status;
        return;
      case "quality_sampled":
        deps.qualitySampled(message.sample);
        return;
      case "recording":
        deps.recordingNews?.(message.callId, message.news);
        return;
      case "log":
        logger[message.level](message.event, { ...message.fields, mediaProcess: deps.process });
        return;
      default:
        remote.receive(message);
    }
  }

  child.on("message", (messages) => {
    // The media process is of the same build and sends nothing else.
    for (const message of messages as unknown as readonly FromMediaProcess[]) receive(message);
  });
  const ended = Promise.withResolvers<string>();
  child.on("error", (error) => ended.resolve(error.message));
  child.on("exit", (code, signal) => ended.resolve(signal ?? `exit ${code}`));
  const gone = ended.promise.then((how): never => {
    throw new MediaStartFault(`the media process ended: ${how}`, null);
  });
  gone.catch(() => undefined);

  post({ kind: "configure", config });
  using limit = new DisposableStack();
  const late = Promise.withResolvers<never>();
  limit.use(
    clock.after(START_LIMIT_MS, () =>
      late.reject(new MediaStartFault("the media process did not start in time", null)),
    ),
  );
  try {
    status = await Promise.race([started.promise, gone, late.promise]);
  } catch (fault) {
    await kill(child, ended.promise);
    throw fault;
  }

  let isClosing = false;
  let isHung = false;
  let nextPing: Disposable | null = null;
  const ping = (): void => {
    if (unanswered >= MISSED_PINGS) {
      isHung = true;
      child.kill("SIGKILL");
      return;
    }
    unanswered += 1;
    post({ kind: "ping" });
    nextPing = clock.after(PING_MS, ping);
  };
  ping();
  const lost = new Promise<MediaLoss>((resolve) => {
    ended.promise.then(
      (how) => {
        nextPing?.[Symbol.dispose]();
        const detail = isHung ? `no answer for ${(MISSED_PINGS * PING_MS) / 1_000} s` : how;
        remote.lose(detail);
        if (!isClosing) resolve({ cause: isHung ? "hung" : "crashed", detail });
      },
      () => undefined,
    );
  });
  const current = (): MediaProcessStatus => status ?? UNKNOWN;

  return {
    pid: child.pid ?? 0,
    remote,
    get status() {
      return current();
    },
    lost,
    async [Symbol.asyncDispose]() {
      isClosing = true;
      post({ kind: "shut_down" });
      const over = Promise.withResolvers<void>();
      using _limit = clock.after(SHUT_DOWN_LIMIT_MS, over.resolve);
      await Promise.race([ended.promise, over.promise]);
      await kill(child, ended.promise);
    },
  };
}

const UNKNOWN: MediaProcessStatus = {
  calls: 0,
  portsUsed: 0,
  portsTotal: 0,
  io: "portable",
  packetFailures: { send: 0, receive: 0 },
  srtpContexts: 0,
  residentBytes: 0,
  lagMs: { p50: 0, p99: 0, max: 0 },
};

async function kill(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  child.kill("SIGKILL");
  await ended;
}
