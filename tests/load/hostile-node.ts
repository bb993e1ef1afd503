import { once } from "node:events";
import { connect } from "node:net";
import type { Dialog, InboundInvite } from "../../media-node/call/ports.ts";
import { connectSrf } from "../../media-node/drachtio/connect.ts";
import { startSipServer } from "../../media-node/drachtio/server.ts";
import { runEngine } from "../../media-node/engine/engine.ts";
import { DEFAULT_ENGINE_LIMITS } from "../../media-node/engine/engine-config.ts";
import { TestClock } from "../../media-node/engine/test-clock.ts";
import {
  ANSWER,
  requestLines,
  TEST_SECRET,
  testConfig,
} from "../../media-node/engine/test-engine.ts";
import { deadline } from "../support/deadline.ts";

/** How long one canary took. `ownMs` leaves out what other work of the machine took from this thread. */
export interface Song {
  readonly wallMs: number;
  readonly ownMs: number;
}

export interface HostileNode extends AsyncDisposable {
  readonly port: number;
  readonly clock: TestClock;
  /** What must stay empty: defects that a message found, and a lost application. */
  readonly problems: readonly string[];
  /** Messages that the engine could read, and malformed ones that it refused or dropped. */
  readonly counts: { read: number; invites: number; answered: number };
  malformed(): number;
  /** An OPTIONS on a connection of its own, answered by the application. */
  sing(): Promise<Song>;
  /** Ends the calls that are up, and lets every timer of the engine run out. */
  settle(): Promise<void>;
}

/** Longer than any timer of the engine: an INVITE may ring for 300 s. */
const ALL_TIMERS_MS = 400_000;

/**
 * The engine and a drachtio-srf application in this thread, with time that only the caller moves. Nothing is
 * resolved: what hostile messages name is never connected to.
 */
export async function startHostileNode(options: { answers: boolean }): Promise<HostileNode> {
  await using starting = new AsyncDisposableStack();
  const clock = new TestClock();
  const problems: string[] = [];
  const counts = { read: 0, invites: 0, answered: 0 };
  // One source sends everything, and everything is to be read.
  const limits = { ...DEFAULT_ENGINE_LIMITS, requestBurst: 1e9, maxOffences: 1e9 };
  const engine = await runEngine(testConfig({ limits }), {
    clock,
    resolver: { resolve: async ({ host }) => ({ referenceIdentity: host, targets: [] }) },
    onEvent(event) {
      if (event.kind === "message") counts.read += event.direction === "in" ? 1 : 0;
      else if (event.code === "message_treatment_failed") problems.push(event.detail);
    },
  });
  starting.defer(() => engine.close());
  const connection = starting.use(
    await connectSrf({ port: engine.controlPort, secret: TEST_SECRET }),
  );
  connection.onLost((error) => problems.push(error.message));
  const dialogs = new Set<Dialog>();
  startSipServer(connection, {
    async invite(invite) {
      counts.invites += 1;
      if (options.answers && counts.invites % 2 === 0) await answer(invite, dialogs, counts);
      else await invite.reject("number_unknown");
    },
    options: () => ({ status: 200 }),
    refused: () => undefined,
  });
  const port = engine.listeners[0]?.port ?? 0;
  const canary = starting.use(await openCanary(port));
  await canary.untilRouted();
  const running = starting.move();
  return {
    port,
    clock,
    problems,
    counts,
    malformed: () => engine.counts().door.find(({ reason }) => reason === "malformed")?.count ?? 0,
    sing: canary.sing,
    async settle() {
      const ending = [...dialogs].map((dialog) => {
        return dialog.bye({ cause: 200, text: "End of the round" });
      });
      dialogs.clear();
      // The BYEs must have reached the engine before its time moves on.
      await canary.sing();
      clock.advance(ALL_TIMERS_MS);
      await Promise.all(ending);
      await canary.sing();
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function answer(
  invite: InboundInvite,
  dialogs: Set<Dialog>,
  counts: HostileNode["counts"],
): Promise<void> {
  let dialog: Dialog;
  try {
    dialog = await invite.answer(ANSWER);
  } catch {
    // Cancelled, or never acknowledged: both are what hostile peers do.
    return;
  }
  counts.answered += 1;
  dialogs.add(dialog);
  dialog.attach({
    ended: () => dialogs.delete(dialog),
    reoffer: async () => ({ answer: ANSWER }),
  });
}

const CANARY_LIMIT_MS = 10_000;

async function openCanary(port: number) {
  const socket = connect({ host: "127.0.0.1", port });
  socket.setNoDelay(true);
  socket.setEncoding("latin1");
  socket.on("error", () => socket.destroy());
  await once(socket, "connect");
  let calls = 0;
  const ask = async (): Promise<string> => {
    calls += 1;
    const lines = requestLines("OPTIONS", { "Call-ID": `canary${calls}@peer.test` });
    socket.write(`${lines.join("\r\n")}\r\nContent-Length: 0\r\n\r\n`);
    let text = "";
    for (;;) {
      const [chunk] = await deadline(once(socket, "data"), CANARY_LIMIT_MS, "no canary");
      text += String(chunk);
      if (text.endsWith("\r\n\r\n")) return text;
    }
  };
  return {
    async sing(): Promise<Song> {
      const startedAt = performance.now();
      const before = process.threadCpuUsage();
      const answered = await ask();
      const { user, system } = process.threadCpuUsage(before);
      const wallMs = performance.now() - startedAt;
      if (!answered.startsWith("SIP/2.0 200")) throw new Error("the canary was not answered 200");
      return { wallMs, ownMs: Math.min(wallMs, (user + system) / 1_000) };
    },
    /** The package sends its routes without waiting: the engine has them once OPTIONS is answered. */
    async untilRouted(): Promise<void> {
      for (let attempts = 0; attempts < 50; attempts += 1) {
        if ((await ask()).startsWith("SIP/2.0 200")) return;
      }
      throw new Error("the routes were never taken");
    },
    async [Symbol.asyncDispose](): Promise<void> {
      socket.destroy();
    },
  };
}
