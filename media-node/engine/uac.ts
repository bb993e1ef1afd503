import { randomUUID } from "node:crypto";
import { headerList, type SipMessage, type SipRequest } from "../protocol/sip/message.ts";
import { findParam, SipSyntaxError } from "../protocol/sip/syntax.ts";
import { parseSipUri } from "../protocol/sip/uri.ts";
import { type ComposedRequest, composeRequest } from "./app-requests.ts";
import type { SipConnection, SipTransport } from "./connection.ts";
import type { ControlClient } from "./control-client.ts";
import type { SipControlRequest } from "./control-server.ts";
import { controlDialogId } from "./dialog.ts";
import type { DialogSender } from "./dialog-sender.ts";
import type { DigestClient } from "./digest-client.ts";
import { contactFor, type EngineCore, wireMeta } from "./engine-core.ts";
import { type CheckedResponse, makeFailure, makeResponse } from "./message-parts.ts";
import { OutboundInvite } from "./outbound-invite.ts";
import type { OutboundRoute, RouteHop } from "./outbound-route.ts";
import { type NextHop, nextHopOf } from "./resolver.ts";
import { retryAfterMs } from "./retry-after.ts";
import { MIN_SE_S, offerHeaders } from "./session-terms.ts";
import { ConnectFault } from "./tcp-transport.ts";
import { trunkNamesOf } from "./trunk-names.ts";

/** RFC 3261 §8.1, §13.2: requests that an application sends outside any dialog, and their CANCEL. */
export class Uac {
  readonly #core: EngineCore;
  readonly #dialogSender: DialogSender;
  readonly #invites = new Map<string, OutboundInvite>();

  constructor(core: EngineCore, dialogSender: DialogSender) {
    this.#core = core;
    this.#dialogSender = dialogSender;
  }

  /** Answers OK with the request exactly as it goes out, before anything that the network says about it. */
  async send(client: ControlClient, control: SipControlRequest, asked: SipRequest): Promise<void> {
    const nextHop = nextHopFor(control.nextHop, asked, this.#core.transport);
    if (typeof nextHop === "string") {
      client.reply(control.messageId, "NOK", [nextHop]);
      return;
    }
    const route = this.#core.transport.route(nextHop);
    // The Via and Contact of a request name the transport that it really takes, so the connection comes first.
    let hop: RouteHop | null = null;
    let cause = "";
    try {
      hop = await route.next();
    } catch (error) {
      cause = error instanceof ConnectFault ? error.code : "connect_failed";
    }
    if (!client.isOpen) return;
    const composed = this.#compose(asked, nextHop, hop?.connection ?? null);
    if (typeof composed === "string") {
      client.reply(control.messageId, "NOK", [composed]);
      return;
    }
    const transactionId = randomUUID();
    if (hop === null) {
      this.#unreachable(client, control.messageId, { transactionId, nextHop, composed, cause });
      return;
    }
    const digest = this.#core.accounts.clientFor(asked);
    const attempt = { client, asked, nextHop, route, hop, composed, transactionId, digest };
    this.#start(attempt, (request) => {
      const meta = wireMeta(this.#core.clock, attempt.hop.connection);
      client.replyRequestSent(control.messageId, meta, transactionId, request);
    });
  }

  /** RFC 3261 §9.1: held until a provisional response; the control side hears of the INVITE's 487 only. */
  cancel(client: ControlClient, control: SipControlRequest, asked: SipRequest): void {
    const invite = this.#invites.get(control.transactionId);
    if (invite === undefined || invite.client !== client || !invite.isPending) {
      const reason = `unable to cancel unknown transaction id: ${control.transactionId}`;
      client.reply(control.messageId, "NOK", [reason]);
      return;
    }
    const reasons = asked.headers.filter(({ name }) => name === "Reason" || name === "X-Reason");
    const cancel = invite.makeCancel(reasons);
    const meta = wireMeta(this.#core.clock, invite.connection);
    client.replyRequestSent(control.messageId, meta, randomUUID(), cancel);
    invite.cancel(cancel);
  }

  clientGone(client: ControlClient): void {
    for (const invite of this.#invites.values()) {
      if (invite.client === client && invite.isPending) invite.cancel(invite.makeCancel([]));
    }
  }

  #compose(
    asked: SipRequest,
    nextHop: NextHop,
    connection: SipConnection | null,
  ): ComposedRequest | string {
    const { config, tags, transport } = this.#core;
    const local = connection ?? { transport: namedTransport(nextHop), localPort: 0 };
    const composed = composeRequest(asked, {
      hostPort: transport.sentBy(local),
      transport: local.transport,
      newTag: (callId) => tags.mint(callId),
      contact: (user) => contactFor(transport, local, user, asked.startLine.requestUri),
    });
    if (typeof composed === "string" || asked.startLine.method !== "INVITE") return composed;
    // RFC 4028 §7.1: who refreshes is left to the callee.
    const { sessionExpiresS } = config;
    const offer =
      sessionExpiresS === undefined
        ? null
        : {
            intervalS: Math.max(sessionExpiresS, MIN_SE_S),
            minSeS: config.minSeS ?? MIN_SE_S,
          };
    const { request } = composed;
    const headers = [...request.headers, ...offerHeaders(request, offer)];
    return { ...composed, request: { ...request, headers } };
  }

  #unreachable(
    client: ControlClient,
    messageId: string,
    failed: {
      readonly transactionId: string;
      readonly nextHop: NextHop;
      readonly composed: ComposedRequest;
      readonly cause: string;
    },
  ): void {
    const { transactionId, nextHop, composed, cause } = failed;
    const { clock } = this.#core;
    const meta = {
      transport: namedTransport(nextHop),
      address: nextHop.host,
      port: nextHop.port ?? 0,
      atMs: clock.nowMs(),
    };
    client.replyRequestSent(messageId, meta, transactionId, composed.request);
    const dialogId = dialogIdOf(composed);
    client.madeUp(meta, { transactionId, dialogId }, makeFailure(composed.request, 503, cause));
  }

  #start(attempt: Attempt, sent: (request: SipRequest) => void): void {
    const { client, hop, route, composed, transactionId } = attempt;
    const { connection } = hop;
    const { sender, clock, callIds } = this.#core;
    const branch = sender.newBranch();
    const request = sender.addVia(composed.request, connection, branch);
    sent(request);
    const reconnect = (): Promise<SipConnection> => route.reconnect(hop);
    if (request.startLine.method === "INVITE") {
      const invite = new OutboundInvite(this.#core, this.#dialogSender, {
        client,
        connection,
        request,
        branch,
        composed,
        transactionId,
        digest: attempt.digest,
        trunkNames: trunkNamesOf(attempt.asked),
        onOver: () => {
          this.#invites.delete(transactionId);
          callIds.release(composed.callId);
        },
        moveOn: (abandoned, restMs) => {
          const isWanted = (): boolean => abandoned.mayMoveOn;
          // What a challenge has made of it is what the next target gets: its CSeq does not go back.
          const latest = { ...attempt.composed, request: abandoned.sent };
          const left = { ...attempt, composed: latest };
          return this.#moveOn(left, restMs, isWanted, () => abandoned.abandon());
        },
      });
      callIds.take(composed.callId);
      this.#invites.set(transactionId, invite);
      invite.start(reconnect);
      return;
    }
    const ids = { transactionId, dialogId: "" };
    const tell = (message: SipMessage): void =>
      client.sip(wireMeta(clock, connection), ids, message);
    const madeUp = (status: number): void =>
      client.madeUp(wireMeta(clock, connection), ids, makeResponse(request, status));
    const moveOn = (restMs: number | null, otherwise: () => void): void => {
      const moving = this.#moveOn(attempt, restMs, () => client.isOpen, null);
      sender.track(moving.then((hasMoved) => (hasMoved ? undefined : otherwise())));
    };
    sender.send({
      request,
      branch,
      connection,
      reconnect,
      onResponse: ({ status, message }: CheckedResponse) => {
        if (status === 503) moveOn(retryAfterMs(message), () => tell(message));
        else if (status > 100) tell(message);
      },
      onFailure: (cause) => {
        if (cause === "timeout") madeUp(408);
        else moveOn(null, () => madeUp(503));
      },
    });
  }

  /**
   * RFC 3263 §4.3: the same request to the next target, as a new transaction. Call-ID, tag and CSeq stay, and so does
   * what the control side calls it. False when no target is left or it is not wanted any more.
   */
  async #moveOn(
    attempt: Attempt,
    restMs: number | null,
    isWanted: () => boolean,
    abandon: (() => void) | null,
  ): Promise<boolean> {
    const { route, asked, nextHop } = attempt;
    route.failed(attempt.hop, restMs);
    let hop: RouteHop;
    try {
      hop = await route.next();
    } catch {
      return false;
    }
    if (!isWanted()) {
      route.giveBack(hop);
      return false;
    }
    const same = withIdentityOf(attempt.composed.request, asked);
    const composed = this.#compose(same, nextHop, hop.connection);
    if (typeof composed === "string") return false;
    abandon?.();
    this.#start({ ...attempt, hop, composed }, () => undefined);
    return true;
  }
}

/** A request of the control side on its way to one of its targets. */
interface Attempt {
  readonly client: ControlClient;
  readonly asked: SipRequest;
  readonly nextHop: NextHop;
  readonly route: OutboundRoute;
  readonly hop: RouteHop;
  readonly composed: ComposedRequest;
  readonly transactionId: string;
  readonly digest: DigestClient | null;
}

const IDENTITY_HEADERS: ReadonlySet<string> = new Set(["From", "To", "Call-ID", "CSeq"]);

/** What the application asked for, as the request that has been sent already. */
function withIdentityOf(sent: SipRequest, asked: SipRequest): SipRequest {
  const identity = sent.headers.filter(({ name }) => IDENTITY_HEADERS.has(name));
  const others = asked.headers.filter(({ name }) => !IDENTITY_HEADERS.has(name));
  return { ...asked, headers: [...identity, ...others] };
}

/** For what is told of a request that found no connection. */
function namedTransport({ transport }: NextHop): SipTransport {
  return transport === "auto" ? "tcp" : transport;
}

function dialogIdOf(composed: ComposedRequest): string {
  if (composed.request.startLine.method !== "INVITE") return "";
  return controlDialogId(composed.callId, composed.localTag);
}

/** The fifth leader token, else the first Route, else the Request-URI (RFC 3261 §8.1.2). The string is a refusal. */
function nextHopFor(
  token: string,
  asked: SipRequest,
  options: { readonly hasUdp: boolean },
): NextHop | string {
  const route = headerList(asked, "Route")[0]?.replace(/^[^<]*<([^>]*)>.*$/, "$1");
  const text = token !== "" ? token : (route ?? asked.startLine.requestUri);
  const uri = parseSipUri(/^sips?:/i.test(text) ? text : `sip:${text}`);
  if (uri instanceof SipSyntaxError) return `invalid request-uri: ${uri.detail}`;
  const nextHop = nextHopOf(uri, options);
  if (nextHop === "transport_not_supported") return "requested protocol/transport not available";
  // RFC 3261 §19.1.1: of our own word only. A peer's could send us anywhere, in whose name it likes.
  const address = token === "" ? undefined : findParam(uri.params, "maddr");
  return typeof address !== "string" ? nextHop : { ...nextHop, host: address, identity: uri.host };
}
