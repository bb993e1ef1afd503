import type { CallEndCode } from "../call/call-ends.ts";
import { SipFault } from "../call/faults.ts";
import type {
  Dialog,
  DialogTerms,
  DigestDemand,
  ExtraHeaders,
  InboundInvite,
  RouteQuery,
  SipHeaders,
} from "../call/ports.ts";
import { reasonPhrase } from "../protocol/sip/reason-phrases.ts";
import type { SrfConnection } from "./connect.ts";
import { SrfBackedDialog } from "./dialog.ts";
import { dialogHeaders, forPeer, nameHeaders } from "./dialog-terms.ts";
import { routeQueryOf, sdpOf, wireCallId } from "./message-text.ts";
import { type Refusal, refusalFor } from "./refusal.ts";
import type { SrfDialog, SrfRequest, SrfResponse } from "./srf-types.ts";

/** An INVITE that drachtio-srf has been given, as the call domain knows it. */
export class SrfInboundInvite implements InboundInvite {
  readonly query: RouteQuery;
  readonly sipCallId: string;
  readonly requestUri: string;
  readonly headers: SipHeaders;
  readonly credentials: readonly string[];
  readonly offer: string | null;
  readonly #connection: SrfConnection;
  readonly #request: SrfRequest;
  readonly #response: SrfResponse;
  readonly #cancelled = new AbortController();
  readonly #onCancel = (): void => {
    this.#forgetConnection();
    this.#cancelled.abort(new SipFault("cancelled", "the caller cancelled the call"));
  };
  readonly #forgetConnection: () => void;
  readonly #onRejected: (code: CallEndCode) => void;

  /** `all` are the request's headers. `onRejected` is told of each refusal, whether or not a CANCEL was faster. */
  constructor(
    connection: SrfConnection,
    request: SrfRequest,
    response: SrfResponse,
    all: SipHeaders,
    onRejected: (code: CallEndCode) => void,
  ) {
    this.#onRejected = onRejected;
    this.#connection = connection;
    this.#request = request;
    this.#response = response;
    this.query = routeQueryOf(request, all);
    this.sipCallId = wireCallId(all["call-id"]?.[0] ?? "");
    this.requestUri = request.uri;
    this.credentials = credentialsIn(all);
    this.headers = this.credentials.length === 0 ? all : withoutCredentials(all);
    this.offer = sdpOf(request);
    request.on("cancel", this.#onCancel);
    this.#forgetConnection = connection.onLost((error) => {
      this.#cancelled.abort(new SipFault("signalling_lost", error.message, { cause: error }));
    });
  }

  get cancelled(): AbortSignal {
    return this.#cancelled.signal;
  }

  ringing(terms: DialogTerms = {}): void {
    if (this.#isOver) return;
    this.#response.send(180, reasonPhrase(180), { headers: nameHeaders(terms) });
  }

  challenge({ status, challenge }: DigestDemand): Promise<void> {
    // RFC 3261 §22.2, §22.3.
    const name = status === 401 ? "WWW-Authenticate" : "Proxy-Authenticate";
    return this.#refuse({ status, phrase: reasonPhrase(status), headers: { [name]: challenge } });
  }

  async reject(code: CallEndCode, terms: DialogTerms = {}): Promise<void> {
    const { headers, ...refusal } = refusalFor(code);
    await this.#refuse({ ...refusal, headers: { ...headers, ...nameHeaders(terms) } });
    // After the answer: it may close the connection of whoever has collected too many.
    this.#onRejected(code);
  }

  #refuse({ status, phrase, headers }: Refusal): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    this.#forgetConnection();
    return new Promise((resolve) => {
      const forget = this.#connection.onLost(() => resolve());
      // The callback also comes when a CANCEL was faster: the peer has its 487 then.
      this.#response.send(status, phrase, { headers }, () => {
        forget();
        resolve();
      });
    });
  }

  async answer(sdp: string, extra: ExtraHeaders = {}, terms: DialogTerms = {}): Promise<Dialog> {
    this.#throwIfGone();
    const dialog = await this.#accept(sdp, extra, terms);
    this.#forgetConnection();
    // The package keeps the request for as long as the dialog, and with it whoever listens.
    this.#request.removeListener("cancel", this.#onCancel);
    await dialog.acknowledged;
    return dialog;
  }

  #accept(sdp: string, extra: ExtraHeaders, terms: DialogTerms): Promise<SrfBackedDialog> {
    const headers = {
      ...forPeer(extra),
      "Content-Type": "application/sdp",
      ...dialogHeaders(terms),
    };
    // The package keeps `made` for as long as the dialog, so that holds nothing else of this.
    const [connection, request, response] = [this.#connection, this.#request, this.#response];
    return new Promise((resolve, reject) => {
      const forget = connection.onLost((error) => {
        reject(new SipFault("signalling_lost", error.message, { cause: error }));
      });
      const made = (error: unknown, dialog?: SrfDialog): void => {
        forget();
        if (dialog !== undefined) {
          resolve(new SrfBackedDialog(dialog, connection));
          return;
        }
        // The engine has no transaction any more: a CANCEL won the race.
        reject(new SipFault("cancelled", "the call was gone before its answer", { cause: error }));
      };
      connection.srf.createUAS(request, response, { localSdp: sdp, headers }, made);
    });
  }

  get #isOver(): boolean {
    return this.#cancelled.signal.aborted || this.#response.finalResponseSent;
  }

  #throwIfGone(): void {
    const { reason } = this.#cancelled.signal;
    if (reason instanceof SipFault) throw reason;
    if (this.#response.finalResponseSent) throw new Error("the INVITE has been answered already");
  }
}

function credentialsIn(all: SipHeaders): readonly string[] {
  return [...(all["authorization"] ?? []), ...(all["proxy-authorization"] ?? [])];
}

function withoutCredentials(all: SipHeaders): SipHeaders {
  const { authorization, "proxy-authorization": proxy, ...others } = all;
  return Object.assign(Object.create(null), others);
}
