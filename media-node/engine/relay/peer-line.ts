import type { EngineClock, EngineTimer } from "../clock.ts";
import type { RelayPeer } from "../engine-config.ts";
import type { RelayHead } from "./relay-frames.ts";
import { connectLink, type LinkHandlers, RelayLink } from "./relay-link.ts";

/** `unreachable` also when the peer has said nothing in time; `busy`: too many wait for its word already. */
export type RelayVerdict = "taken" | "unknown" | "unreachable" | "busy";

/** A peer that has not said by then that it has a request is as good as gone: the caller waits meanwhile. */
const VERDICT_MS = 2_000;
/** Requests that wait for one peer's word. */
const MAX_WAITING = 256;

interface Waiting {
  readonly head: Extract<RelayHead, { kind: "request" }>;
  readonly sip: Uint8Array;
  readonly settle: (verdict: RelayVerdict) => void;
  readonly timeout: EngineTimer;
}

export interface PeerLineDeps {
  readonly self: string;
  readonly clock: EngineClock;
  readonly maxMessageBytes: number;
  /** Answers to peers of ours. */
  readonly onResponse: (flow: string, sip: Uint8Array) => void;
}

/** The way to one other node: connected when it is needed, given up when it does not answer, tried anew with the next request. */
export class PeerLine {
  readonly peer: RelayPeer;
  readonly #deps: PeerLineDeps;
  readonly #waiting = new Map<number, Waiting>();
  #link: RelayLink | null = null;
  #isConnecting = false;
  #lastId = 0;
  #isClosed = false;

  constructor(peer: RelayPeer, deps: PeerLineDeps) {
    this.peer = peer;
    this.#deps = deps;
  }

  /** Settles once, and soon: when the peer has said whose the request is, or cannot. */
  send(
    request: Omit<Waiting["head"], "kind" | "id">,
    sip: Uint8Array,
    settle: (verdict: RelayVerdict) => void,
  ): void {
    if (this.#waiting.size >= MAX_WAITING || this.#isClosed) {
      settle(this.#isClosed ? "unreachable" : "busy");
      return;
    }
    this.#lastId += 1;
    const id = this.#lastId;
    const timeout = this.#deps.clock.after(VERDICT_MS, () => {
      this.#settle(id, "unreachable");
      // Only a new connection finds out whether anybody is there.
      this.#link?.close();
    });
    const head = { kind: "request", id, ...request } as const;
    this.#waiting.set(id, { head, sip, settle, timeout });
    if (this.#link === null) this.#connect();
    else this.#link.send(head, sip);
  }

  close(): void {
    this.#isClosed = true;
    this.#link?.close();
    this.#giveUp();
  }

  #connect(): void {
    if (this.#isConnecting) return;
    this.#isConnecting = true;
    const { maxMessageBytes, self } = this.#deps;
    connectLink(self, this.peer).then(
      (socket) => {
        this.#isConnecting = false;
        const link = new RelayLink(this.peer.nodeId, socket, maxMessageBytes, this.#handlers());
        if (this.#isClosed) {
          link.close();
          return;
        }
        this.#link = link;
        for (const { head, sip } of this.#waiting.values()) link.send(head, sip);
      },
      () => {
        this.#isConnecting = false;
        this.#giveUp();
      },
    );
  }

  #handlers(): LinkHandlers {
    return {
      frame: (link, { head, sip }) => {
        if (head.kind === "verdict") this.#settle(head.id, head.isTaken ? "taken" : "unknown");
        else if (head.kind === "response") this.#deps.onResponse(head.flow, sip);
        else link.close();
      },
      closed: (link) => {
        if (this.#link !== link) return;
        this.#link = null;
        this.#giveUp();
      },
    };
  }

  #settle(id: number, verdict: RelayVerdict): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    waiting.timeout.cancel();
    waiting.settle(verdict);
  }

  #giveUp(): void {
    for (const id of [...this.#waiting.keys()]) this.#settle(id, "unreachable");
  }
}
