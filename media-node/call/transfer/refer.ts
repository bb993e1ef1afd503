import type { Clock, Dialog, ReferRequest, ReferResponse } from "../ports.ts";

/** What came of a REFER (RFC 3515). `status` is the last that the peer gave, of the REFER or of the new call. */
export type ReferOutcome =
  | { readonly kind: "succeeded"; readonly status: number | null; readonly reason: string }
  | { readonly kind: "failed"; readonly status: number | null; readonly reason: string };

/** From the acceptance to the first word about the new call. */
const SILENT_MS = 30_000;
/** From the first word to the last: longer than any phone rings. */
const RINGING_MS = 180_000;

/** What the dialog's NOTIFY says. */
export interface ReferNotice {
  /** Null when the body has no status line. */
  readonly status: number | null;
  readonly reason: string;
  /** The last one of its subscription. */
  readonly isLast: boolean;
}

export interface ReferTransfer {
  readonly outcome: Promise<ReferOutcome>;
  /** Accepted by the peer, and not decided yet. */
  readonly isPending: boolean;
  notified(notice: ReferNotice): void;
  /** The peer's BYE. A peer that has accepted and leaves has taken the call with it. */
  peerLeft(): void;
  /** The call has ended otherwise: nobody waits any more. */
  abandon(): void;
}

interface ReferParts {
  readonly dialog: Pick<Dialog, "refer">;
  readonly request: ReferRequest;
  readonly clock: Clock;
  /** The target is being called: a provisional status of the new call. */
  readonly onProgress: (status: number, reason: string) => void;
}

/** Sends a REFER and follows it to its outcome, which always comes. */
export function startRefer(parts: ReferParts): ReferTransfer {
  const { clock } = parts;
  const outcome = Promise.withResolvers<ReferOutcome>();
  let state: "sent" | "accepted" | "over" = "sent";
  let last: { status: number | null; reason: string } = { status: null, reason: "" };
  let limit: Disposable | null = null;

  function finish(kind: ReferOutcome["kind"], status: number | null, reason: string): void {
    if (state === "over") return;
    state = "over";
    limit?.[Symbol.dispose]();
    outcome.resolve({ kind, status, reason });
  }

  function waitFor(delayMs: number, reason: string): void {
    limit?.[Symbol.dispose]();
    limit = clock.after(delayMs, () => finish("failed", last.status, reason));
  }

  function answered({ status, reason }: ReferResponse): void {
    if (state !== "sent") return;
    if (status < 200 || status >= 300) {
      finish("failed", status, reason);
      return;
    }
    state = "accepted";
    // A NOTIFY may have overtaken the 202, and then it is the time to ring that runs.
    if (limit === null) waitFor(SILENT_MS, "The peer accepted the transfer and said no more.");
  }

  function notified({ status, reason, isLast }: ReferNotice): void {
    if (state === "over") return;
    if (status !== null) last = { status, reason };
    if (status !== null && status >= 200) {
      finish(status < 300 ? "succeeded" : "failed", status, reason);
      return;
    }
    if (isLast) {
      finish("failed", last.status, "The peer stopped telling before the target answered.");
      return;
    }
    waitFor(RINGING_MS, "The target did not answer.");
    if (status !== null) parts.onProgress(status, reason);
  }

  parts.dialog.refer(parts.request, answered);
  return {
    outcome: outcome.promise,
    get isPending() {
      return state === "accepted";
    },
    notified,
    peerLeft() {
      if (state === "accepted") finish("succeeded", last.status, "The peer left with the call.");
      else finish("failed", last.status, "The peer hung up.");
    },
    abandon: () => finish("failed", last.status, "The call ended first."),
  };
}
