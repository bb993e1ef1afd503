import { headerValue, type SipMessage } from "../protocol/sip/message.ts";
import type { SipTransport } from "./connection.ts";

/** RFC 3261 and its extensions; anything else counts as `other`, so that no peer makes a label. */
const METHODS: ReadonlySet<string> = new Set(
  "INVITE ACK CANCEL BYE OPTIONS REGISTER PRACK UPDATE INFO REFER NOTIFY SUBSCRIBE MESSAGE PUBLISH".split(
    " ",
  ),
);

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
  /** Of now: what a call that is over leaves none of. */
  readonly dialogs: number;
  readonly transactions: number;
}

/** What is counted where messages come in and go out. */
export type TransportCounts = Omit<EngineCounts, "dialogs" | "transactions">;

/** Counts messages and refusals in the engine's thread, where they are. */
export class SipCounts {
  readonly #messages = new Map<string, number>();
  readonly #door = new Map<DoorReason, number>();
  #bans = 0;

  message(direction: "in" | "out", transport: SipTransport, message: SipMessage): void {
    const { startLine } = message;
    let key: string;
    if (startLine.kind === "request") {
      key = `${direction} ${transport} ${methodLabel(startLine.method)} request`;
    } else {
      const cseq = headerValue(message, "CSeq") ?? "";
      const method = cseq.slice(cseq.lastIndexOf(" ") + 1);
      const statusClass = `${Math.floor(startLine.status / 100)}xx`;
      key = `${direction} ${transport} ${methodLabel(method)} ${statusClass}`;
    }
    this.#messages.set(key, (this.#messages.get(key) ?? 0) + 1);
  }

  door(reason: DoorReason): void {
    this.#door.set(reason, (this.#door.get(reason) ?? 0) + 1);
  }

  banned(): void {
    this.#bans += 1;
  }

  read(now: { readonly bannedNow: number; readonly connections: number }): TransportCounts {
    return {
      messages: [...this.#messages].map(([key, count]) => {
        const [direction, transport, method = "", kind = ""] = key.split(" ");
        return {
          direction: direction === "in" ? "in" : "out",
          transport: transport === "tls" || transport === "udp" ? transport : "tcp",
          method,
          kind,
          count,
        };
      }),
      door: [...this.#door].map(([reason, count]) => ({ reason, count })),
      bans: this.#bans,
      ...now,
    };
  }
}

function methodLabel(method: string): string {
  return METHODS.has(method) ? method : "other";
}
