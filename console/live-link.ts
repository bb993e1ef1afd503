import type { CallView } from "../schema/contracts/call-control.ts";
import type { LiveCallsMessage } from "../schema/contracts/live-calls.ts";
import { LIVE_LOOK } from "../schema/values/live-calls-look.ts";

/**
 * The live calls as they are pushed. What comes between two frames is shown in one; a link that is lost, or that does not
 * answer, is made again, after a pause that grows.
 */

const LOOK_MS = 30_000;
/** A look is answered within this time, or the link is dead though it is open. */
const ANSWER_MS = 10_000;
const PAUSES_MS = [1_000, 2_000, 4_000, 8_000, 15_000] as const;

export interface LiveState {
  /** `lost`: it was up, or could not be made; another is tried. */
  readonly link: "connecting" | "live" | "lost";
  /** Newest first; kept as they were while the link is lost. */
  readonly calls: readonly CallView[];
  readonly hasMore: boolean;
}

export class LiveLink {
  readonly #url: string;
  readonly #listeners = new Set<() => void>();
  readonly #calls = new Map<string, CallView>();
  #state: LiveState = { link: "connecting", calls: [], hasMore: false };
  #socket: WebSocket | null = null;
  #failures = 0;
  #hasMore = false;
  #isStopped = true;
  #frame = 0;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #look: ReturnType<typeof setInterval> | undefined;
  #answer: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  readonly state = (): LiveState => this.#state;

  /** Up while somebody listens. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#isStopped) {
      this.#isStopped = false;
      this.#open();
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stop();
    };
  };

  #open(): void {
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.onmessage = (event) => this.#heard(event.data);
    socket.onclose = () => this.#lost(socket);
    // Until the snapshot is here.
    this.#await();
  }

  #heard(data: unknown): void {
    if (typeof data !== "string") return;
    // Our own server's message: its contract is what the type names.
    const message = JSON.parse(data) as LiveCallsMessage;
    switch (message.type) {
      case "snapshot":
        clearTimeout(this.#answer);
        this.#failures = 0;
        this.#calls.clear();
        this.#hasMore = message.has_more;
        this.#take(message.calls);
        if (this.#look === undefined) this.#look = setInterval(() => this.#ask(), LOOK_MS);
        break;
      case "calls":
        this.#take(message.calls);
        break;
      default:
        // Of a later version.
        message satisfies never;
    }
    this.#showSoon();
  }

  #take(calls: readonly CallView[]): void {
    for (const call of calls) {
      if (call.status === "ended") this.#calls.delete(call.call_id);
      else this.#calls.set(call.call_id, call);
    }
  }

  #ask(): void {
    this.#socket?.send(LIVE_LOOK);
    this.#await();
  }

  #await(): void {
    clearTimeout(this.#answer);
    const socket = this.#socket;
    this.#answer = setTimeout(() => {
      if (socket === null) return;
      // Its close may never come.
      socket.onclose = null;
      socket.close();
      this.#lost(socket);
    }, ANSWER_MS);
  }

  #lost(socket: WebSocket): void {
    if (socket !== this.#socket || this.#isStopped) return;
    this.#socket = null;
    this.#clear();
    this.#set({ ...this.#state, link: "lost" });
    const pause = PAUSES_MS[Math.min(this.#failures, PAUSES_MS.length - 1)] ?? 0;
    this.#failures += 1;
    // Not all consoles at once.
    this.#pause = setTimeout(() => this.#open(), pause * (0.75 + Math.random() / 2));
  }

  #stop(): void {
    this.#isStopped = true;
    this.#clear();
    clearTimeout(this.#pause);
    this.#socket?.close();
    this.#socket = null;
    this.#state = { ...this.#state, link: "connecting" };
  }

  #clear(): void {
    clearInterval(this.#look);
    this.#look = undefined;
    clearTimeout(this.#answer);
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  #showSoon(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      const calls = [...this.#calls.values()].toSorted(newestFirst);
      this.#set({ link: "live", calls, hasMore: this.#hasMore });
    });
  }

  #set(state: LiveState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

/** Those of one moment in one order as well, so that none trade places. */
function newestFirst(a: CallView, b: CallView): number {
  if (a.started_at !== b.started_at) return a.started_at < b.started_at ? 1 : -1;
  return a.call_id < b.call_id ? 1 : -1;
}
