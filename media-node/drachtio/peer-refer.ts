import type { PeerRefer } from "../call/transfer/peer-refer.ts";
import { reasonPhrase } from "../protocol/sip/reason-phrases.ts";
import { writeSipFragment } from "../protocol/sip/sipfrag.ts";
import { headersOf } from "./message-text.ts";
import { warningOf } from "./refusal.ts";
import type { SrfDialog, SrfRequest, SrfResponse } from "./srf-types.ts";

/** Longer than any target is let ring. */
const EXPIRES_S = 180;

interface ReferParts {
  readonly dialog: SrfDialog;
  readonly request: SrfRequest;
  readonly response: SrfResponse;
  /** Of this dialog. */
  readonly isFirst: boolean;
  readonly isOver: () => boolean;
}

/** A REFER and its subscription as the call domain knows them (RFC 3515 §2.4). */
export function createPeerRefer({
  dialog,
  request,
  response,
  isFirst,
  isOver,
}: ReferParts): PeerRefer {
  const headers = headersOf(request);
  const cseq = Number.parseInt(request.get("cseq") ?? "", 10);
  // RFC 3515 §2.4.6: NOTIFYs of a second REFER in the dialog say which it was.
  const event = isFirst ? "refer" : `refer;id=${cseq}`;
  let isSubscribed = true;
  /** A NOTIFY leaves when the one before it has been answered, or else a datagram could overtake another. */
  let sending: Promise<void> = Promise.resolve();

  // Deviates from RFC 3515 §2.4.4 (the subscription lasts until it is told to be over): it ends with the peer's BYE, after which
  // the package has no dialog to send in.
  function send(status: number, reason: string, isLast: boolean): Promise<void> {
    if (!isSubscribed || isOver()) return Promise.resolve();
    if (isLast) isSubscribed = false;
    return new Promise((resolve) => {
      dialog.request(
        {
          method: "NOTIFY",
          headers: {
            Event: event,
            "Subscription-State": isLast
              ? "terminated;reason=noresource"
              : `active;expires=${EXPIRES_S}`,
            "Content-Type": "message/sipfrag;version=2.0",
          },
          body: writeSipFragment(status, reason),
        },
        (_error, answer) => {
          // RFC 6665 §4.2.2: whoever refuses a NOTIFY wants no other.
          if (answer === undefined || answer.status >= 300) isSubscribed = false;
          resolve();
        },
      );
    });
  }

  return {
    referTo: headers["refer-to"] ?? [],
    referredBy: headers["referred-by"]?.[0] ?? null,
    refuse({ status, text }) {
      response.send(status, reasonPhrase(status), { headers: { Warning: warningOf(text) } });
    },
    accept() {
      response.send(202, reasonPhrase(202), {});
    },
    notify(status, reason, isLast) {
      sending = sending.then(() => send(status, reason, isLast));
    },
  };
}
