import type { CallEndCode } from "../call/call-ends.ts";
import type { InboundInvite, SipTransport } from "../call/ports.ts";
import { tagOf } from "../protocol/sip/name-addr.ts";
import { reasonPhrase } from "../protocol/sip/reason-phrases.ts";
import type { SrfConnection } from "./connect.ts";
import { SrfInboundInvite } from "./inbound-invite.ts";
import { acceptsSdp, headersOf, sdpOf, sourceOf } from "./message-text.ts";
import { ALLOWED_METHODS, refusalFor } from "./refusal.ts";

export interface SipSource {
  readonly address: string;
  readonly port: number;
  readonly transport: SipTransport;
}

export interface SipServerHandlers {
  /** One call per INVITE outside dialogs. A rejection is answered 500 if nothing was answered yet. */
  readonly invite: (invite: InboundInvite) => Promise<void>;
  /** The node's real state, asked for each OPTIONS. */
  readonly options: () => { status: 200 } | { status: 503; retryAfterS: number };
  /** A request that is refused here and never becomes a call. */
  readonly refused: (method: string, code: CallEndCode, source: SipSource) => void;
  /** An INVITE of this source was refused, by the call domain or here. */
  readonly rejected?: (code: CallEndCode, source: SipSource) => void;
}

/** Takes INVITE, OPTIONS and REGISTER from the engine; everything else it refuses itself with 405. */
export function startSipServer(connection: SrfConnection, handlers: SipServerHandlers): void {
  const { srf } = connection;

  srf.use("invite", (request, response) => {
    const headers = headersOf(request);
    if (tagOf(headers["to"]?.[0] ?? "") !== null) {
      // A re-INVITE for a dialog that ended here a moment ago.
      response.send(481, reasonPhrase(481), {});
      return;
    }
    if ((request.body ?? "") !== "" && sdpOf(request) === null) {
      // RFC 3261 §21.4.13: taken for an INVITE without an offer it would get an answer to a question not asked.
      response.send(415, reasonPhrase(415), { headers: { Accept: "application/sdp" } });
      return;
    }
    if (!acceptsSdp(headers)) {
      // RFC 3261 §21.4.7: an answer would be a body that the caller says it cannot read.
      response.send(406, reasonPhrase(406), {});
      return;
    }
    const invite = new SrfInboundInvite(connection, request, response, headers, (code) => {
      handlers.rejected?.(code, sourceOf(request));
    });
    handlers.invite(invite).catch(() => invite.reject("internal_error"));
  });

  srf.use("options", (_request, response) => {
    const state = handlers.options();
    if (state.status === 503) {
      const headers = { "Retry-After": String(state.retryAfterS) };
      response.send(503, reasonPhrase(503), { headers });
      return;
    }
    const headers = { Allow: ALLOWED_METHODS, Accept: "application/sdp" };
    response.send(200, reasonPhrase(200), { headers });
  });

  srf.use("register", (request, response) => {
    const code = "registration_not_supported";
    const { status, phrase, headers } = refusalFor(code);
    response.send(status, phrase, { headers });
    handlers.refused("REGISTER", code, sourceOf(request));
  });
}
