import { isIP } from "node:net";
import { emptyBody, type SipHeader, type SipRequest } from "../protocol/sip/message.ts";
import { writeReason } from "../protocol/sip/reason.ts";
import { hostForSocket, hostForUri } from "../protocol/sip/uri.ts";
import type { SipConnection } from "./connection.ts";
import type { SipDialog } from "./dialog.ts";
import { credentialsOf, DigestExchange, isChallenge } from "./digest-client.ts";
import { type EngineCore, wireMeta } from "./engine-core.ts";
import type { CheckedResponse } from "./message-parts.ts";
import { type NextHop, nextHopOf } from "./resolver.ts";
import { ConnectFault } from "./tcp-transport.ts";
import { namesToProve } from "./trunk-names.ts";

/** Sends requests inside dialogs, whoever asked for them. */
export class DialogSender {
  readonly #core: EngineCore;

  constructor(core: EngineCore) {
    this.#core = core;
  }

  /**
   * The dialog's live connection, else a new one to its route set or remote target. Rejects with ConnectFault.
   * Deviates from RFC 3261 §18.1.1 (a connection is reused for the destination that it was opened to): a peer behind
   * a NAT or a firewall is reached over the connection that it keeps open, wherever its Contact points.
   */
  async connectionFor(dialog: SipDialog): Promise<SipConnection> {
    if (dialog.connection.transport === "udp") return this.#flowFor(dialog);
    if (dialog.connection.isOpen) return dialog.connection;
    dialog.connection = await this.#connect(dialog);
    return dialog.connection;
  }

  /**
   * RFC 3261 §12.2.1.1: datagrams keep no path open, so the route set or the remote target says where they go.
   * Deviates from it where that leads nowhere, or to an address that is not called: a peer that has written its private
   * address into its Contact is answered where it was last heard.
   */
  async #flowFor(dialog: SipDialog): Promise<SipConnection> {
    try {
      return await this.#connect(dialog);
    } catch (error) {
      if (error instanceof ConnectFault) return dialog.connection;
      throw error;
    }
  }

  async #connect(dialog: SipDialog): Promise<SipConnection> {
    const uri = dialog.nextHopUri();
    const named = uri === null ? null : nextHopOf(uri, this.#core.transport);
    if (named === null || named === "transport_not_supported") {
      throw new ConnectFault("the remote target cannot be reached", "unroutable");
    }
    const nextHop = { ...named, transport: transportFor(dialog, named) };
    const host = hostForUri(nextHop.host);
    const isAddress = isIP(hostForSocket(nextHop.host)) !== 0;
    const names = namesToProve(dialog.trunkNames, dialog.tlsHost, { host, isAddress });
    return this.#core.transport.connect(nextHop, names);
  }

  /** Runs a non-ACK request of this dialog as a transaction; a closed connection costs one more attempt. */
  send(
    dialog: SipDialog,
    connection: SipConnection,
    request: SipRequest,
    branch: string,
    handlers: {
      onResponse: (response: CheckedResponse) => void;
      onFailure: (cause: "timeout" | "transport") => void;
    },
  ): void {
    const exchange = dialog.digest === null ? null : new DigestExchange(dialog.digest);
    const attempt = (sent: SipRequest, sentBranch: string): void => {
      if (sent.startLine.method === "INVITE") dialog.inviteCredentials = credentialsOf(sent);
      this.#core.sender.send({
        request: sent,
        branch: sentBranch,
        connection,
        reconnect: () => this.connectionFor(dialog),
        onFailure: handlers.onFailure,
        onResponse: (response) => {
          const again =
            exchange === null
              ? null
              : this.#authorised(dialog, connection, sent, response, exchange);
          if (again === null) handlers.onResponse(response);
          else attempt(again.request, again.branch);
        },
      });
    };
    attempt(request, branch);
  }

  /** RFC 3261 §22.2: the challenged request once more, with credentials; null when the response is what it is. */
  #authorised(
    dialog: SipDialog,
    connection: SipConnection,
    request: SipRequest,
    { status, message }: CheckedResponse,
    exchange: DigestExchange,
  ): { request: SipRequest; branch: string } | null {
    if (!isChallenge(status) || !connection.isOpen || !dialog.mayAuthorise(connection)) return null;
    if (!exchange.take(message)) return null;
    const { method } = request.startLine;
    const cseq = { name: "CSeq", value: `${dialog.nextCseq(null)} ${method}` };
    const headers = request.headers.flatMap((header) => {
      if (header.name === "Via") return [];
      return [header.name === "CSeq" ? cseq : header];
    });
    const authorised = exchange.authorise({ ...request, headers });
    const branch = this.#core.sender.newBranch();
    return { request: this.#core.sender.addVia(authorised, connection, branch), branch };
  }

  /** RFC 3261 §13.2.2.4: the ACK of a 2xx, outside any transaction; kept, to be sent again for each repeat. */
  sendAck(dialog: SipDialog, request: SipRequest, cseq: number): void {
    dialog.lastAck = { cseq, request };
    this.repeatAck(dialog);
  }

  repeatAck(dialog: SipDialog): void {
    const request = dialog.lastAck?.request;
    if (request === undefined) return;
    const { transport, sender } = this.#core;
    if (dialog.connection.transport !== "udp" && transport.send(dialog.connection, request)) return;
    this.connectionFor(dialog).then(
      (connection) => transport.send(connection, sender.withViaOf(request, connection)),
      // Nobody to acknowledge: the peer's own timer ends the call, or the next request here fails.
      () => undefined,
    );
  }

  makeAck(
    dialog: SipDialog,
    cseq: number,
    headers: readonly SipHeader[],
    body: Uint8Array,
  ): SipRequest {
    const all = [...headers, ...dialog.inviteCredentials];
    const ack = dialog.makeRequest("ACK", cseq, all, body);
    return this.#core.sender.addVia(ack, dialog.connection, this.#core.sender.newBranch());
  }

  /** Tells the control side of a BYE that the peer is not sent, because no answer has reached it. */
  tellEnded(dialog: SipDialog, reasonText: string): void {
    const reason = writeReason({ protocol: "SIP", cause: 200, text: reasonText });
    const headers = [{ name: "Reason", value: reason }];
    const bye = dialog.makeRequest("BYE", dialog.nextCseq(null), headers, emptyBody());
    const { sender, clock } = this.#core;
    const message = dialog.shown(sender.addVia(bye, dialog.connection, sender.newBranch()));
    dialog.client.unsolicited(wireMeta(clock, dialog.connection), dialog.controlId, message);
  }

  /** Ends the dialog by a BYE of the engine's own; the control side is told when it still knows the dialog. */
  end(dialog: SipDialog, reasonText: string, options: { isTold: boolean }): void {
    if (dialog.state === "terminated") return;
    this.#core.dialogs.remove(dialog);
    const { sender, clock } = this.#core;
    const reason = writeReason({ protocol: "SIP", cause: 200, text: reasonText });
    const headers = [{ name: "Reason", value: reason }];
    const bye = dialog.makeRequest("BYE", dialog.nextCseq(null), headers, emptyBody());
    const branch = sender.newBranch();
    const sent = sender.addVia(bye, dialog.connection, branch);
    if (options.isTold) {
      dialog.client.unsolicited(
        wireMeta(clock, dialog.connection),
        dialog.controlId,
        dialog.shown(sent),
      );
    }
    const sending = this.connectionFor(dialog).then(
      (connection) => {
        const request = sender.addVia(bye, connection, branch);
        const handlers = { onResponse: () => undefined, onFailure: () => undefined };
        this.send(dialog, connection, request, branch, handlers);
      },
      // The peer cannot be reached at all: its own timers end its side.
      () => undefined,
    );
    sender.track(sending);
  }
}

/** What began over TLS stays there, whatever its target says: nothing of it goes out in clear. */
function transportFor({ connection }: SipDialog, { transport }: NextHop): NextHop["transport"] {
  if (connection.transport === "tls") return "tls";
  // RFC 3263 §4.1: without a transport, a SIP URI of a peer that speaks UDP means UDP.
  return connection.transport === "udp" && transport === "auto" ? "udp" : transport;
}
