import type { Dialog, SipHeaders } from "../call/ports.ts";
import { isHeaderValue, isToken } from "../protocol/sip/syntax.ts";
import type { SrfConnection } from "./connect.ts";
import { SrfBackedDialog } from "./dialog.ts";
import { headersOf, sdpOf } from "./message-text.ts";
import type { SrfDialog, SrfRefusal, SrfRequest } from "./srf-types.ts";

interface OutboundCall {
  /** `sip:` or `sips:` URI, with the configured host: only the next hop is resolved. */
  readonly requestUri: string;
  /** Where to send it instead of the Request-URI's host: a `sip:` URI, `;transport=` included. */
  readonly nextHop?: string;
  /** Values of From and To, such as `"Name" <sip:user@host>`; the engine adds the tag. */
  readonly from: string;
  readonly to: string;
  /** User part of Contact; absent: one that the engine makes. */
  readonly contactUser?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Our offer. */
  readonly sdp: string;
  /** Aborting cancels the call, before or after it rings; an answer that crosses it is ended. */
  readonly signal: AbortSignal;
  readonly onProvisional?: (status: number) => void;
}

export type InviteOutcome =
  | {
      readonly kind: "answered";
      readonly dialog: Dialog;
      /** The peer's answer; empty when its 200 had none. */
      readonly sdp: string;
      readonly status: number;
      readonly headers: SipHeaders;
    }
  /** `status` 503 and 408 may be the engine's own: nobody reached, nobody answered. */
  | { readonly kind: "refused"; readonly status: number; readonly reason: string }
  | { readonly kind: "cancelled" };

export interface Dialer {
  /** Throws RangeError for a header that could not stand in a message; every other failure is an outcome. */
  invite(call: OutboundCall): Promise<InviteOutcome>;
}

/** A peer that answers a CANCEL with nothing keeps nobody waiting for longer than this. */
const CANCEL_LIMIT_MS = 5_000;
const ENDED_AT_ONCE = { cause: 487, text: "Cancelled" };

export function createDialer(connection: SrfConnection): Dialer {
  return { invite: (call) => dial(connection, call) };
}

async function dial(connection: SrfConnection, call: OutboundCall): Promise<InviteOutcome> {
  const headers = outgoingHeaders(call);
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
    const adapter = new SrfBackedDialog(dialog, connection);
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
    });
  };
  const forget = connection.onLost((error) => {
    outcome.resolve({ kind: "refused", status: 503, reason: error.message });
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
        if (call.signal.aborted) cancel();
      },
      cbProvisional: (response) => call.onProvisional?.(response.status),
    },
    (error, dialog) => {
      if (dialog !== undefined) answered(dialog);
      else if (call.signal.aborted) outcome.resolve({ kind: "cancelled" });
      else outcome.resolve(refusedBy(error));
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

function refusedBy(error: unknown): InviteOutcome {
  if (isRefusal(error)) return { kind: "refused", status: error.status, reason: error.reason };
  // The engine would not send it: no transport, no such URI.
  return { kind: "refused", status: 503, reason: String(error) };
}

function isRefusal(error: unknown): error is SrfRefusal {
  return error instanceof Error && "status" in error && typeof error.status === "number";
}

/** The package writes headers as they are, so nothing that would break out of its line may reach it. */
function outgoingHeaders(call: OutboundCall): Record<string, string> {
  const { from, to, contactUser } = call;
  const headers: Record<string, string> = { ...call.headers, from, to };
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
