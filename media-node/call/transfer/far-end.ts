import type { CallEndCode } from "../call-ends.ts";
import { byeReason, type CallEnding, whenAborted } from "../ending.ts";
import type { CallMedia, LegReport, MediaLeg } from "../media-ports.ts";
import { joinReports } from "../media-totals.ts";
import { isHeld, type MediaNegotiation } from "../negotiation.ts";
import type { CallDeps, Dialog, DialogHandlers } from "../ports.ts";
import { reofferHandlers } from "../reoffers.ts";
import type { PeerRefer } from "./peer-refer.ts";
import type { DialledParty } from "./second-leg.ts";

/** How long a peer that has transferred the call may take for its BYE before it gets ours. */
const LEAVE_MS = 5_000;

/** Whom the agent talks to: a dialog and its media. */
export interface Party {
  readonly dialog: Dialog;
  readonly media: MediaLeg;
  readonly negotiation: MediaNegotiation;
  /** Its trunk lets it transfer the call. */
  readonly allowsRefer: boolean;
}

interface FarEndParts {
  readonly callId: string;
  readonly ending: CallEnding;
  readonly media: CallMedia;
  /** Told of the current party only. */
  readonly handlers: Required<Pick<DialogHandlers, "ended" | "referNotice" | "referred">>;
}

/** A party, and whether it is still there. */
interface Standing extends Party {
  isGone: boolean;
  readonly left: PromiseWithResolvers<void>;
}

/**
 * The far end of a call. A transfer by the peer puts another party there: from then on the one before is on its way out, and
 * nothing that happens to it concerns the call. The first party's media belong to whoever made them.
 */
export class FarEnd implements AsyncDisposable {
  readonly #first: Party;
  readonly #parts: FarEndParts;
  readonly #deps: Pick<CallDeps, "clock" | "logger">;
  readonly #watches = new DisposableStack();
  readonly #leaving: Promise<void>[] = [];
  #current: Standing;
  readonly #earlier: Promise<LegReport | null>[] = [];

  constructor(first: Party, parts: FarEndParts, deps: Pick<CallDeps, "clock" | "logger">) {
    this.#first = first;
    this.#parts = parts;
    this.#deps = deps;
    this.#current = standing(first);
  }

  get current(): Party {
    return this.#current;
  }

  /** The current party has ended its dialog. */
  get isGone(): boolean {
    return this.#current.isGone;
  }

  /** Nothing more is sent to anybody, or heard; what was, of everybody who has been here. */
  async stop(): Promise<LegReport | null> {
    const reports = await Promise.all([...this.#earlier, this.#current.media.stop()]);
    return reports.reduce(joinReports);
  }

  /** From here on the first party's requests are answered. */
  attach(): void {
    this.#attach(this.#current);
  }

  /** The current party has left and another one is on its way: meanwhile nobody listens. */
  silence(): void {
    void this.#current.media.stop();
    this.#parts.media.hold(true);
  }

  /** The agent talks to this party from now on. What it had said and nobody has heard yet is dropped. */
  change({ plan, address, ...party }: DialledParty): void {
    const { media } = this.#parts;
    const before = this.#current;
    this.#current = standing(party);
    media.turnTo(party.media);
    this.#earlier.push(before.media.stop());
    this.#leaving.push(this.#leave(before));
    party.media.start(plan, address);
    media.hold(isHeld(plan));
    this.#attach(this.#current);
  }

  /** Resolves when those who were here earlier have left, which the end of the call hastens, and all later ports are free. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#watches.dispose();
    await Promise.all(this.#leaving);
    if (this.#current.media !== this.#first.media) {
      await this.#current.media[Symbol.asyncDispose]();
    }
  }

  #attach(standing: Standing): void {
    const { dialog, media, negotiation } = standing;
    const { callId, ending, handlers, media: connected } = this.#parts;
    const isCurrent = (): boolean => standing === this.#current;
    const end = (code: CallEndCode, detail: string): void => {
      if (isCurrent()) ending.end(code, detail);
    };
    this.#watches.use(whenAborted(media.timedOut, () => end("media_timeout", "no media")));
    dialog.attach({
      ended(cause) {
        standing.isGone = true;
        standing.left.resolve();
        if (isCurrent()) handlers.ended(cause);
      },
      ...reofferHandlers(
        {
          callId,
          negotiation,
          ending: { end },
          apply(plan) {
            if (!isCurrent()) return;
            media.update(plan);
            connected.hold(isHeld(plan));
          },
        },
        this.#deps,
      ),
      digit(digit, durationMs) {
        if (isCurrent()) connected.infoDigit(digit, durationMs);
      },
      referNotice(notice) {
        if (isCurrent()) handlers.referNotice(notice);
      },
      ...(standing.allowsRefer
        ? {
            referred(refer: PeerRefer) {
              if (isCurrent()) handlers.referred(refer);
              else refer.refuse({ status: 603, text: "The call has been transferred." });
            },
          }
        : {}),
    });
  }

  async #leave(party: Standing): Promise<void> {
    const { clock } = this.#deps;
    using _late = clock.after(LEAVE_MS, party.left.resolve);
    using _over = whenAborted(this.#parts.ending.signal, party.left.resolve);
    await party.left.promise;
    if (!party.isGone) await party.dialog.bye(byeReason("transferred"));
    await party.media[Symbol.asyncDispose]();
  }
}

function standing(party: Party): Standing {
  return { ...party, isGone: false, left: Promise.withResolvers() };
}
