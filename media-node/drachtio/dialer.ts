import { randomUUID } from "node:crypto";
import type {
  Dialer,
  InviteFailure,
  InviteOutcome,
  OutboundCall,
  SentInvite,
} from "../call/outbound/outbound-ports.ts";
import { isHeaderValue, isToken } from "../protocol/sip/syntax.ts";
import type { SrfConnection } from "./connect.ts";
import { SrfBackedDialog } from "./dialog.ts";
import { dialogHeaders, forPeer } from "./dialog-terms.ts";
import { headersOf, sdpOf, sourceOf, wireCallId } from "./message-text.ts";
import type { SrfDialog, SrfRefusal, SrfRequest, SrfResponse } from "./srf-types.ts";

/** Keeps what a call answers challenges with at the engine, which does that by itself; null forgets it. */
export type SetAccount = (
  name: string,
  account: { readonly username: string; readonly password: string } | null,
) => void;

/** A peer that answers a CANCEL with nothing keeps nobody waiting for longer than this. */
const CANCEL_LIMIT_MS = 5_000;
const ENDED_AT_ONCE = { cause: 487, text: "Cancelled" };
/** Of the engine: names the account, and says why a response is nobody's. Neither is ever on the wire. */
const ACCOUNT_HEADER = "X-Trunkline-Account";
const FAILURE_HEADER = "X-Failure";
const MAX_REASON_CHARS = 128;

export function createDialer(connection: SrfConnection, setAccount: SetAccount): Dialer {
  return {
    async invite(call) {
      const { account } = call;
      if (account === undefined) return dial(connection, call, null);
      const name = randomUUID();
      setAccount(name, { username: account.username, password: account.password.reveal() });
      const forget = (): void => setAccount(name, null);
      let outcome: InviteOutcome | null = null;
      try {
        outcome = await dial(connection, call, { name, forget });
        return outcome;
      } finally {
        // A call that came of it keeps the account for its re-INVITEs and its BYE.
        if (outcome?.kind !== "answered") forget();
      }
    },
  };
}

async function dial(
  connection: SrfConnection,
  call: OutboundCall,
  account: { readonly name: string; readonly forget: () => void } | null,
): Promise<InviteOutcome> {
  const headers = outgoingHeaders(call);
  if (account !== null) headers[ACCOUNT_HEADER] = account.name;
  if (call.signal.aborted) return { kind: "cancelled" };
  const outcome = Promise.withResolvers<InviteOutcome>();
  let sent: SrfRequest | null = null;
  let limit: NodeJS.Timeout | null = null;

  const cancel = (): void => {
    limit ??= setTimeout(() => outcome.resolve({ kind: "cancelled" }), CANCEL_LIMIT_MS);
    // The INVITE's own final response says how it ended; the CANCEL's outcome adds nothing.
    sent?.cancel(() => undefined);
  };
  const answered = (dialog: SrfDialog): void => {
    const adapter = new SrfBackedDialog(dialog, connection, account?.forget);
    if (call.signal.aborted) {
      outcome.resolve(adapter.bye(ENDED_AT_ONCE).then(() => ({ kind: "cancelled" })));
      return;
    }
    const { res } = dialog;
    const sdp = sdpOf(res) ?? "";
    outcome.resolve({
      kind: "answered",
      dialog: adapter,
      sdp,
      status: res.status,
      headers: headersOf(res),
      address: res.source_address,
    });
  };
  const forget = connection.onLost((error) => {
    outcome.resolve({ kind: "failed", cause: "engine_lost", detail: error.message });
  });
  call.signal.addEventListener("abort", cancel);
  connection.srf.createUAC(
    call.requestUri,
    {
      headers,
      localSdp: call.sdp,
      ...(call.nextHop === undefined ? {} : { proxy: call.nextHop }),
    },
    {
      cbRequest: (_error, request) => {
        sent = request ?? null;
        if (sent !== null) {
          const { transport, address } = sourceOf(sent);
          call.onSent?.({ sipCallId: callIdOf(sent), transport, address });
        }
        if (call.signal.aborted) cancel();
      },
      cbProvisional: (response) =>
        call.onProvisional?.({
          status: response.status,
          reason: phraseOf(response),
          sdp: sdpOf(response),
          address: response.source_address,
        }),
    },
    (error, dialog) => {
      if (dialog !== undefined) answered(dialog);
      else if (call.signal.aborted) outcome.resolve({ kind: "cancelled" });
      else outcome.resolve(refusedBy(error, sent));
    },
  );
  try {
    return await outcome.promise;
  } finally {
    forget();
    call.signal.removeEventListener("abort", cancel);
    if (limit !== null) clearTimeout(limit);
  }
}

function refusedBy(error: unknown, sent: SrfRequest | null): InviteOutcome {
  const response = isRefusal(error) ? error.res : null;
  if (response === null || sent === null) {
    // The engine would not send it: no transport, no such URI.
    const detail = error instanceof Error ? error.message : String(error);
    const isTransport = /transport not available/.test(detail);
    return { kind: "failed", cause: isTransport ? "transport_unavailable" : "engine_lost", detail };
  }
  // What no peer has sent comes from no address; a peer that writes the header itself does.
  const cause = response.source_address === "" ? response.get(FAILURE_HEADER) : undefined;
  if (cause !== undefined) return { kind: "failed", cause: failureOf(cause), detail: cause };
  return {
    kind: "refused",
    status: response.status,
    reason: phraseOf(response),
    retryAfter: response.get("retry-after") ?? null,
    sent: sentInvite(sent, response),
  };
}

const NOT_FOUND: ReadonlySet<string> = new Set(["ENOTFOUND", "ENODATA", "ESERVFAIL", "ETIMEOUT"]);
/** Codes of Node and OpenSSL for a handshake or a certificate, and the engine's own. */
const TLS_CODE =
  /^(?:tls_|ERR_TLS|ERR_SSL|EPROTO|CERT_|DEPTH_|SELF_SIGNED|UNABLE_|HOSTNAME_|INVALID_)/;

function failureOf(cause: string): InviteFailure {
  if (cause === "timeout") return "silent";
  if (cause === "address_refused") return cause;
  if (NOT_FOUND.has(cause)) return "not_found";
  return TLS_CODE.test(cause) ? "tls_failed" : "unreachable";
}

/** The engine may have sent more INVITEs than it was asked for: the CSeq of the response is the last one's. */
function sentInvite(sent: SrfRequest, response: SrfResponse): SentInvite {
  const cseq = Number.parseInt(response.get("cseq") ?? sent.get("cseq") ?? "1", 10);
  return { sipCallId: callIdOf(sent), from: sent.get("from") ?? "", cseq };
}

function callIdOf(message: SrfRequest): string {
  return wireCallId(message.get("call-id") ?? "");
}

function phraseOf({ reason }: SrfResponse): string {
  return reason.slice(0, MAX_REASON_CHARS);
}

function isRefusal(error: unknown): error is SrfRefusal {
  return error instanceof Error && "status" in error && "res" in error;
}

/** The package writes headers as they are, so nothing that would break out of its line may reach it. */
function outgoingHeaders(call: OutboundCall): Record<string, string> {
  const { from, to, contactUser, after } = call;
  const headers: Record<string, string> = {
    ...forPeer(call.headers),
    ...dialogHeaders(call),
    from,
    to,
  };
  if (after !== undefined) {
    headers["from"] = after.from;
    headers["call-id"] = after.sipCallId;
    headers["cseq"] = `${after.cseq + 1} INVITE`;
  }
  if (contactUser !== undefined) {
    const uri = call.nextHop ?? call.requestUri;
    const named = /;transport=([a-z]+)/i.exec(uri)?.[1]?.toLowerCase();
    const transport = named ?? (/^sips:/i.test(uri) ? "tls" : "tcp");
    // The engine puts its advertised host and port in the place of `localhost`.
    headers["contact"] = `<sip:${contactUser}@localhost;transport=${transport}>`;
  }
  for (const [name, value] of Object.entries(headers)) {
    if (!isToken(name)) throw new RangeError("a header name is not a token");
    if (!isHeaderValue(value)) throw new RangeError(`the value of ${name} holds a line break`);
  }
  for (const uri of [call.requestUri, call.nextHop ?? ""]) {
    if (/[\s<>"|]/.test(uri)) throw new RangeError("a URI holds white space or quotes");
  }
  return headers;
}
