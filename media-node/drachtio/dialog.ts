import { SipFault } from "../call/faults.ts";
import type {
  Dialog,
  DialogHandlers,
  ExtraHeaders,
  ReferRequest,
  ReferResponse,
  SipReason,
} from "../call/ports.ts";
import { isDigitBody, parseInfoDigit } from "../protocol/sip/info-digits.ts";
import { writeReason } from "../protocol/sip/reason.ts";
import { reasonPhrase } from "../protocol/sip/reason-phrases.ts";
import { isSubscriptionOver, parseSipFragment } from "../protocol/sip/sipfrag.ts";
import type { SrfConnection } from "./connect.ts";
import { sdpOf, wireCallId } from "./message-text.ts";
import { createPeerRefer } from "./peer-refer.ts";
import { ALLOWED_METHODS, ALLOWED_METHODS_WITH_REFER, refusalFor } from "./refusal.ts";
import type { SrfDialog, SrfRequest, SrfResponse } from "./srf-types.ts";

/** RFC 3261 §17.1.2.2 gives a BYE 32 s; a call's resources are not held that long for an answer nobody needs. */
const BYE_LIMIT_MS = 5_000;
/** RFC 3261 §17.1.2.2: timer F, after which the engine has given up as well. */
const REFER_LIMIT_MS = 33_000;

type EndCause = Parameters<DialogHandlers["ended"]>[0];

/** A confirmed dialog of drachtio-srf as the call domain knows it. */
export class SrfBackedDialog implements Dialog {
  readonly sipCallId: string;
  readonly #dialog: SrfDialog;
  readonly #connection: SrfConnection;
  #handlers: DialogHandlers | null = null;
  /** What happened before the call attached its handlers, in order. */
  readonly #waiting: ((handlers: DialogHandlers) => void)[] = [];
  readonly #acknowledged = Promise.withResolvers<void>();
  readonly #forgetConnection: () => void;
  readonly #released: () => void;
  #remoteAnswer: string | null = null;
  #isAcknowledged = false;
  /** An offer of ours is in a 200 to an offer-less re-INVITE: the ACK carries the answer. */
  #awaitsReanswer = false;
  #isOver = false;
  #hasBeenReferred = false;

  /**
   * Must be made in the callback that gives the dialog: requests may follow in the same segment. `released` is told once
   * nothing of it is sent any more.
   */
  constructor(dialog: SrfDialog, connection: SrfConnection, released = (): void => undefined) {
    this.#dialog = dialog;
    this.#released = released;
    this.#connection = connection;
    this.sipCallId = wireCallId(dialog.sip.callId);
    // A call of ours was acknowledged by us: an ACK that arrives belongs to a re-INVITE.
    this.#isAcknowledged = dialog.type === "uac";
    // The package compares SDP texts on a re-INVITE and throws when there was none.
    dialog.remote.sdp ??= "";
    dialog.on("ack", (ack) => this.#receiveAck(ack));
    dialog.on("destroy", (request, reason) => {
      const by = request.source === "application" ? "engine" : "peer";
      const text = by === "peer" ? (request.get("reason") ?? "BYE") : (reason ?? "");
      this.#end({ by, reason: text }, this.#isAcknowledged ? "signalling_lost" : "ack_timeout");
    });
    // Without listeners the package answers re-INVITE and UPDATE with yesterday's SDP, and REFER with 200.
    dialog.on("modify", (request, response) => this.#reoffer(request, response));
    dialog.on("update", (request, response) => {
      if (sdpOf(request) === null) response.send(200, "OK", {});
      else this.#reoffer(request, response);
    });
    dialog.on("info", (request, response) => this.#receiveInfo(request, response));
    dialog.on("notify", (request, response) => this.#receiveNotify(request, response));
    dialog.on("refer", (request, response) => this.#receiveRefer(request, response));
    dialog.on("message", (_request, response) => this.#refuseMethod(response));
    this.#forgetConnection = connection.onLost((error) => {
      this.#end({ by: "engine", reason: error.message }, "signalling_lost");
    });
    // Waited for only where an ACK is due; elsewhere nobody minds that it never comes.
    this.#acknowledged.promise.catch(() => undefined);
  }

  get remoteAnswer(): string | null {
    return this.#remoteAnswer;
  }

  /** Resolves with the ACK of the 200; rejects with SipFault when the engine ends the dialog before it. */
  get acknowledged(): Promise<void> {
    return this.#acknowledged.promise;
  }

  attach(handlers: DialogHandlers): void {
    this.#handlers = handlers;
    for (const run of this.#waiting.splice(0)) run(handlers);
  }

  bye(reason: SipReason, extra: ExtraHeaders = {}): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    this.#isOver = true;
    this.#forgetConnection();
    const headers = { ...extra, Reason: writeReason({ protocol: "SIP", ...reason }) };
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(limit);
        forget();
        this.#released();
        resolve();
      };
      const limit = setTimeout(done, BYE_LIMIT_MS);
      const forget = this.#connection.onLost(done);
      this.#dialog.destroy({ headers }, done);
    });
  }

  refer(request: ReferRequest, answered: (response: ReferResponse) => void): void {
    const over = { status: 481, reason: reasonPhrase(481) };
    if (this.#isOver) {
      answered(over);
      return;
    }
    let isDone = false;
    const done = (response: ReferResponse): void => {
      if (isDone) return;
      isDone = true;
      clearTimeout(limit);
      forget();
      answered(response);
    };
    const limit = setTimeout(
      () => done({ status: 408, reason: reasonPhrase(408) }),
      REFER_LIMIT_MS,
    );
    const forget = this.#connection.onLost(() => done(over));
    const headers = { "Refer-To": request.referTo, ...request.headers };
    this.#dialog.request({ method: "REFER", headers }, (error, response) => {
      if (response !== undefined) done({ status: response.status, reason: response.reason });
      else done({ status: 503, reason: String(error) });
    });
  }

  #end(cause: EndCause, fault: SipFault["code"]): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#forgetConnection();
    this.#released();
    // A BYE of the peer says that it has seen the answer, ACK or not.
    if (cause.by === "peer") this.#acknowledged.resolve();
    else this.#acknowledged.reject(new SipFault(fault, cause.reason));
    this.#whenAttached((handlers) => handlers.ended(cause));
  }

  #receiveAck(ack: SrfRequest): void {
    const answer = sdpOf(ack);
    if (!this.#isAcknowledged) {
      this.#isAcknowledged = true;
      this.#remoteAnswer = answer;
      this.#acknowledged.resolve();
      return;
    }
    if (!this.#awaitsReanswer) return;
    this.#awaitsReanswer = false;
    this.#whenAttached((handlers) => handlers.reanswered?.(answer));
  }

  #receiveNotify(request: SrfRequest, response: SrfResponse): void {
    if (!/^refer\b/i.test(request.get("event") ?? "")) {
      // RFC 6665 §4.4: a subscription that nobody here made.
      response.send(489, reasonPhrase(489), { headers: { "Allow-Events": "refer" } });
      return;
    }
    response.send(200, reasonPhrase(200), {});
    const fragment = parseSipFragment(request.body ?? "");
    const isLast = isSubscriptionOver(request.get("subscription-state") ?? "");
    const notice = { status: fragment?.status ?? null, reason: fragment?.reason ?? "", isLast };
    this.#whenAttached((handlers) => handlers.referNotice?.(notice));
  }

  #receiveRefer(request: SrfRequest, response: SrfResponse): void {
    this.#whenAttached(({ referred }) => {
      if (referred === undefined) {
        this.#refuseMethod(response);
        return;
      }
      const isFirst = !this.#hasBeenReferred;
      this.#hasBeenReferred = true;
      const isOver = (): boolean => this.#isOver;
      referred(createPeerRefer({ dialog: this.#dialog, request, response, isFirst, isOver }));
    });
  }

  /** RFC 3261 §21.4.6: known, and not allowed in this dialog, whose Allow says the same. */
  #refuseMethod(response: SrfResponse): void {
    response.send(405, reasonPhrase(405), { headers: { Allow: this.#allow } });
  }

  get #allow(): string {
    return this.#handlers?.referred === undefined ? ALLOWED_METHODS : ALLOWED_METHODS_WITH_REFER;
  }

  #receiveInfo(request: SrfRequest, response: SrfResponse): void {
    const body = request.body ?? "";
    if (body !== "" && !isDigitBody(request.get("content-type") ?? "")) {
      // RFC 6086 §4.2.2: what is in it is not for us, and the sender may as well know.
      response.send(415, reasonPhrase(415), {
        headers: { Accept: "application/dtmf-relay, application/dtmf" },
      });
      return;
    }
    // An INFO without a body asks whether the dialog is there.
    response.send(200, reasonPhrase(200), {});
    const key = parseInfoDigit(body);
    if (key !== null) this.#whenAttached((handlers) => handlers.digit?.(key.digit, key.durationMs));
  }

  #reoffer(request: SrfRequest, response: SrfResponse): void {
    this.#whenAttached((handlers) => {
      this.#answerReoffer(handlers, sdpOf(request), response).catch(() => {
        // What failed is the call's to report; the peer gets an answer either way.
        if (!response.finalResponseSent) response.send(500, reasonPhrase(500), {});
      });
    });
  }

  /** RFC 3264 §8: every offer is answered by the call or refused by it, never from memory. */
  async #answerReoffer(
    handlers: DialogHandlers,
    offer: string | null,
    response: SrfResponse,
  ): Promise<void> {
    const outcome = await handlers.reoffer(offer);
    if ("refuse" in outcome) {
      const { status, phrase, headers } = refusalFor(outcome.refuse);
      response.send(status, phrase, { headers });
      return;
    }
    if (offer === null) this.#awaitsReanswer = true;
    const headers = { "Content-Type": "application/sdp", Allow: this.#allow };
    response.send(200, reasonPhrase(200), { headers, body: outcome.answer });
  }

  #whenAttached(run: (handlers: DialogHandlers) => void): void {
    if (this.#handlers === null) this.#waiting.push(run);
    else run(this.#handlers);
  }
}
