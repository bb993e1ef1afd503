import { headerValue, type SipMessage } from "../protocol/sip/message.ts";
import type { SipTransport } from "./connection.ts";
import type { RelayCount } from "./relay/relay-counts.ts";

/** RFC 3261 and its extensions; anything else counts as `other`, so that no peer makes a label. */
const METHODS: ReadonlySet<string> = new Set(
  "INVITE ACK CANCEL BYE OPTIONS REGISTER PRACK UPDATE INFO REFER NOTIFY SUBSCRIBE MESSAGE PUBLISH".split(
    " ",
  ),
);

const DIRECTIONS = ["in", "out"] as const;
const TRANSPORTS = ["udp", "tcp", "tls"] as const satisfies SipTransport[];
const KINDS = ["request", "1xx", "2xx", "3xx", "4xx", "5xx", "6xx"] as const;
const FLOWS = DIRECTIONS.length * TRANSPORTS.length;

/** Why something was turned away at the door, or counted against its source. */
export type DoorReason =
  | "too_many_connections"
  | "banned_connection"
  | "banned_datagram"
  | "too_fast"
  | "malformed"
  | "refused"
  | "handshake_failed"
  | "message_unfinished"
  | "method_not_allowed";

interface MessageCount {
  readonly direction: "in" | "out";
  readonly transport: SipTransport;
  readonly method: string;
  /** `request`, or the class of the response: `1xx` to `6xx`. */
  readonly kind: string;
  readonly count: number;
}

/** Everything that the engine has counted since its start. */
export interface EngineCounts {
  readonly messages: readonly MessageCount[];
  readonly door: readonly { readonly reason: DoorReason; readonly count: number }[];
  readonly bans: number;
  readonly bannedNow: number;
  readonly connections: number;
  /** Of the chain that is served over TLS, in ms since 1970; null without TLS. */
  readonly certificateNotAfterMs: number | null;
  /** Of now: what a call that is over leaves none of. */
  readonly dialogs: number;
  readonly transactions: number;
  readonly relayed: readonly RelayCount[];
}

/** What is counted where messages come in and go out. */
export type TransportCounts = Omit<EngineCounts, "dialogs" | "transactions" | "relayed">;

/** Counts messages and refusals in the engine's thread, where they are. */
export class SipCounts {
  /** One row of counts for each method. */
  readonly #messages = new Map<string, number[]>();
  readonly #door = new Map<DoorReason, number>();
  #bans = 0;

  message(direction: "in" | "out", transport: SipTransport, message: SipMessage): void {
    const { startLine } = message;
    const method = methodOf(message);
    const kind = startLine.kind === "request" ? 0 : Math.floor(startLine.status / 100);
    const flow = DIRECTIONS.indexOf(direction) * TRANSPORTS.length + TRANSPORTS.indexOf(transport);
    const label = METHODS.has(method) ? method : "other";
    let row = this.#messages.get(label);
    if (row === undefined) {
      row = new Array<number>(FLOWS * KINDS.length).fill(0);
      this.#messages.set(label, row);
    }
    const column = flow * KINDS.length + kind;
    row[column] = (row[column] ?? 0) + 1;
  }

  door(reason: DoorReason): void {
    this.#door.set(reason, (this.#door.get(reason) ?? 0) + 1);
  }

  banned(): void {
    this.#bans += 1;
  }

  read(
    now: Pick<TransportCounts, "bannedNow" | "connections" | "certificateNotAfterMs">,
  ): TransportCounts {
    return {
      messages: [...this.#messages].flatMap(([method, row]) => rowOf(method, row)),
      door: [...this.#door].map(([reason, count]) => ({ reason, count })),
      bans: this.#bans,
      ...now,
    };
  }
}

function methodOf(message: SipMessage): string {
  if (message.startLine.kind === "request") return message.startLine.method;
  const cseq = headerValue(message, "CSeq") ?? "";
  return cseq.slice(cseq.lastIndexOf(" ") + 1);
}

/** What a row has counted, without its zeros. */
function rowOf(method: string, row: readonly number[]): MessageCount[] {
  return DIRECTIONS.flatMap((direction, first) =>
    TRANSPORTS.flatMap((transport, second) =>
      KINDS.flatMap((kind, third) => {
        const count = row[(first * TRANSPORTS.length + second) * KINDS.length + third] ?? 0;
        return count === 0 ? [] : [{ direction, transport, method, kind, count }];
      }),
    ),
  );
}
