import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createRejectedAttempts } from "./call/inbound/rejected-attempts.ts";
import { createMessageLogs, type SeenSipMessage } from "./call/message-logs.ts";
import type { CallDeps, MessageLogs } from "./call/ports.ts";
import { startEventOutbox } from "./control/event-outbox.ts";
import type { ControlPlaneClient } from "./control/http-client.ts";
import { startMessageSpool } from "./control/message-spool.ts";
import type { ControlDeps } from "./control/ports.ts";

/** Rows of a few minutes of scanning, waiting for the control plane; what does not fit is lost. */
const MAX_REJECTED_ATTEMPTS = 1_000;
const LAST_DELIVERY_MS = 500;

export interface CallLogDeps extends ControlDeps, Pick<CallDeps, "node"> {
  readonly client: ControlPlaneClient;
  readonly stateDirectory: string;
  /** Records of calls wait: SIP messages let them go first. */
  readonly isBusy: () => boolean;
  readonly watch: (sipCallId: string) => () => void;
}

/** What a tenant may look into when a call went wrong. Nothing of it holds up a call or a call's record. */
export interface CallLog extends AsyncDisposable {
  readonly rejections: CallDeps["rejections"];
  readonly messages: MessageLogs & { seen(message: SeenSipMessage): void };
}

/** @throws the system's error when the state directory cannot be read */
export async function startCallLog(deps: CallLogDeps): Promise<CallLog> {
  const { clock, client, logger, node } = deps;
  await using starting = new AsyncDisposableStack();
  // A queue of its own, so that whoever makes refusals delays no call's record and fills no disk.
  const outbox = starting.adopt(
    await startEventOutbox({
      ...deps,
      client,
      directory: join(deps.stateDirectory, "rejected-attempts"),
      maxEvents: MAX_REJECTED_ATTEMPTS,
      keepsRejected: false,
    }),
    (made) => made.stop(LAST_DELIVERY_MS),
  );
  const rejections = starting.adopt(
    createRejectedAttempts({ outbox, clock, logger, random: randomBytes, node }),
    (made) => made.close(),
  );
  const spool = starting.adopt(
    await startMessageSpool({
      ...deps,
      client,
      directory: join(deps.stateDirectory, "sip-messages"),
    }),
    (made) => made.stop(LAST_DELIVERY_MS),
  );
  const messages = starting.adopt(
    createMessageLogs({ clock, watch: deps.watch, finished: (log) => spool.offer(log) }),
    (made) => made.close(),
  );
  const running = starting.move();
  return { rejections, messages, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
