import { randomInt } from "node:crypto";
import { emptyBody, type SipHeader } from "../protocol/sip/message.ts";
import type { EngineTimer } from "./clock.ts";
import type { SipDialog } from "./dialog.ts";
import type { DialogSender } from "./dialog-sender.ts";
import { contactFor, type EngineCore } from "./engine-core.ts";
import type { CheckedResponse } from "./message-parts.ts";
import { agreedTerms, MIN_SE_S, minSe, offerHeaders, type SessionTerms } from "./session-terms.ts";

/** How long after a refresh that failed for a passing reason the next one is tried. */
const RETRY_MS = 10_000;

/** Starts the timer that a 2xx to an INVITE or UPDATE has settled, in place of the earlier one; null: none. */
export function settleSession(
  core: EngineCore,
  dialogSender: DialogSender,
  dialog: SipDialog,
  terms: SessionTerms | null,
): void {
  dialog.sessionTimer?.stop();
  const isDue = terms !== null && dialog.state === "confirmed";
  dialog.sessionTimer = isDue ? new SessionTimer(core, dialogSender, dialog, terms) : null;
}

/** RFC 4028: refreshes one session, or ends it when nobody does. The control side sees only the end. */
class SessionTimer {
  readonly terms: SessionTerms;
  readonly #core: EngineCore;
  readonly #dialogSender: DialogSender;
  readonly #dialog: SipDialog;
  readonly #end: EngineTimer;
  #refresh: EngineTimer | null = null;
  #isStopped = false;

  constructor(core: EngineCore, sender: DialogSender, dialog: SipDialog, terms: SessionTerms) {
    this.#core = core;
    this.#dialogSender = sender;
    this.#dialog = dialog;
    this.terms = terms;
    const { intervalS } = terms;
    // RFC 4028 §10: the BYE goes out the smaller of 32 seconds and a third of the interval before the session expires.
    const endMs = (intervalS - Math.min(32, Math.floor(intervalS / 3))) * 1000;
    this.#end = core.clock.after(endMs, () => this.#giveUp("Session timer expired"));
    if (terms.isOurs) this.#schedule((intervalS * 1000) / 2, MIN_SE_S);
  }

  stop(): void {
    this.#isStopped = true;
    this.#end.cancel();
    this.#refresh?.cancel();
  }

  #giveUp(reason: string): void {
    this.#dialogSender.end(this.#dialog, reason, { isTold: true });
  }

  #schedule(delayMs: number, minSeS: number): void {
    if (this.#isStopped) return;
    this.#refresh?.cancel();
    this.#refresh = this.#core.clock.after(delayMs, () => {
      // A peer that cannot be reached now may be later; the end comes by the other timer.
      this.#send(minSeS).catch(() => this.#schedule(RETRY_MS, minSeS));
    });
  }

  async #send(minSeS: number): Promise<void> {
    const dialog = this.#dialog;
    const connection = await this.#dialogSender.connectionFor(dialog);
    if (this.#isStopped) return;
    const sdp = dialog.localSdp;
    // RFC 4028 §7.4: an UPDATE without an offer disturbs nothing. A re-INVITE repeats the last session description.
    const method = dialog.isUpdateAllowed || sdp === null ? "UPDATE" : "INVITE";
    const isBusy =
      dialog.hasIncomingInvite || dialog.hasOutgoingInvite || dialog.openOffer !== null;
    if (isBusy || dialog.unacknowledged.size > 0) {
      this.#schedule(RETRY_MS, minSeS);
      return;
    }
    const { sender, transport } = this.#core;
    const intervalS = Math.max(this.terms.intervalS, minSeS);
    const contact = contactFor(transport, connection, dialog.localTag, dialog.remoteTarget);
    const headers: SipHeader[] = [
      { name: "Contact", value: contact },
      ...offerHeaders({ headers: [] }, { intervalS, refresher: "uac", minSeS }),
    ];
    const isInvite = method === "INVITE";
    if (isInvite) headers.push({ name: "Content-Type", value: "application/sdp" });
    const body = isInvite && sdp !== null ? sdp : emptyBody();
    const request = dialog.makeRequest(method, dialog.nextCseq(null), headers, body);
    const branch = sender.newBranch();
    if (isInvite) {
      dialog.hasOutgoingInvite = true;
      dialog.openOffer = "ours";
    }
    this.#dialogSender.send(
      dialog,
      connection,
      sender.addVia(request, connection, branch),
      branch,
      {
        onResponse: (response) => this.#receive(response, minSeS),
        onFailure: (cause) => {
          if (isInvite) this.#inviteOver();
          // RFC 3261 §8.1.3.1: a timeout is a 408, a fault of the transport a 503.
          if (cause === "transport") this.#schedule(RETRY_MS, minSeS);
          else if (!this.#isStopped) this.#giveUp("Session refresh unanswered");
        },
      },
    );
  }

  #receive(response: CheckedResponse, minSeS: number): void {
    const { status, cseq } = response;
    const dialog = this.#dialog;
    if (status < 200) return;
    if (cseq.method === "INVITE") {
      this.#inviteOver();
      if (status < 300 && !this.#acknowledge(cseq.number)) return;
    }
    if (dialog.state === "terminated") return;
    if (status < 300) {
      if (response.contactUri !== null) dialog.remoteTarget = response.contactUri;
      dialog.learnAllow(response.message);
      // A peer that knows no timers says nothing of them, and we go on alone.
      const terms = agreedTerms(response.message) ?? this.terms;
      settleSession(this.#core, this.#dialogSender, dialog, terms);
      return;
    }
    this.#refused(response, minSeS);
  }

  #inviteOver(): void {
    this.#dialog.hasOutgoingInvite = false;
    if (this.#dialog.openOffer === "ours") this.#dialog.openOffer = null;
  }

  /** False for a repeat of the 2xx, which has been acknowledged before. */
  #acknowledge(cseq: number): boolean {
    const dialog = this.#dialog;
    if (dialog.lastAck?.cseq === cseq) {
      this.#dialogSender.repeatAck(dialog);
      return false;
    }
    const ack = this.#dialogSender.makeAck(dialog, cseq, [], emptyBody());
    this.#dialogSender.sendAck(dialog, ack, cseq);
    return true;
  }

  #refused({ status, message }: CheckedResponse, minSeS: number): void {
    if (this.#isStopped) return;
    if (status === 408 || status === 481) {
      // RFC 4028 §10, RFC 3261 §12.2.1.2: the peer has no such session any more.
      this.#giveUp("Session refresh failed");
    } else if (status === 422 && minSe(message) > minSeS) {
      this.#schedule(0, minSe(message));
    } else if (status === 401 || status === 407) {
      // Credentials are the application's: a re-INVITE of its own refreshes the session, or the session ends in time.
      const detail = `${this.#dialog.controlCallId}: ${status}`;
      this.#core.emit({ kind: "fault", code: "session_refresh_challenged", detail });
    } else if (status === 491) {
      // RFC 3261 §14.1: the owner of the Call-ID waits longer.
      const waitMs = this.#dialog.role === "uac" ? randomInt(2_100, 4_000) : randomInt(0, 2_000);
      this.#schedule(waitMs, minSeS);
    } else if ((status === 405 || status === 501) && this.#dialog.isUpdateAllowed) {
      this.#dialog.isUpdateAllowed = false;
      this.#schedule(0, minSeS);
    } else {
      this.#schedule(RETRY_MS, minSeS);
    }
  }
}
