import type { CallMedia, CallMediaEvents, LegReport, MediaCall } from "../call/media-ports.ts";
import type { Clock } from "../call/ports.ts";
import type { CallMessage, CallNews } from "./messages.ts";
import { RemoteCallMedia } from "./remote-call.ts";
import { Requests } from "./requests.ts";

/** The main process's side of one media process: what it has of it, and what it waits for. */

/** An end of the call does not wait for its statistics. */
const STOP_LIMIT_MS = 500;
/** Longer than an agent's closing handshake may take. */
const DONE_LIMIT_MS = 2_000;

type OpenedLeg = Extract<CallNews, { kind: "opened" }>["opened"];
/** `lost`: the process is gone; `failed`: it could not open ports for a reason that is not their number. */
type OpenAnswer =
  | { readonly kind: "opened"; readonly leg: NonNullable<OpenedLeg> }
  | { readonly kind: "full" | "lost" }
  | { readonly kind: "failed"; readonly detail: string };

/** What a call's proxies need of the process. */
export interface RemoteProcess {
  readonly isLost: boolean;
  post(message: CallMessage): void;
  openLeg(call: number): Promise<OpenAnswer>;
  stop(call: number, leg: number): Promise<LegReport | null>;
  announce(call: number, sha256: string): Promise<boolean>;
  /** Resolves with the answer, or without it at the limit; null: only with the end of the process. */
  ask(message: (request: number) => CallMessage, limitMs?: number | null): Promise<void>;
}

export interface RemoteMedia {
  /** Calls that it has or is about to have. */
  readonly calls: number;
  open(
    call: MediaCall,
    events: CallMediaEvents,
  ): Promise<
    { readonly kind: "opened"; readonly media: CallMedia } | { readonly kind: "full" | "lost" }
  >;
  receive(news: CallNews): void;
  /** The process is gone: every call is told, and everything that was asked is answered. */
  lose(detail: string): void;
}

interface RemoteMediaDeps {
  readonly post: (message: CallMessage) => void;
  readonly clock: Clock;
}

export function createRemoteMedia({ post, clock }: RemoteMediaDeps): RemoteMedia {
  const calls = new Map<number, RemoteCallMedia>();
  const opens = new Requests<OpenAnswer>();
  const stops = new Requests<LegReport | null>();
  const announcements = new Requests<boolean>();
  const dones = new Requests<void>();
  let isLost = false;
  let nextCall = 0;
  let nextRequest = 0;
  let opening = 0;

  function newRequest(): number {
    nextRequest += 1;
    return nextRequest;
  }

  function askToOpen(message: (request: number) => CallMessage): Promise<OpenAnswer> {
    if (isLost) return Promise.resolve({ kind: "lost" });
    const request = newRequest();
    // Without a limit: a process that does not answer is ended by its watchdog.
    const answer = opens.wait(request, null, { kind: "lost" });
    post(message(request));
    return answer;
  }

  const remote: RemoteProcess = {
    get isLost() {
      return isLost;
    },
    post(message) {
      if (!isLost) post(message);
    },
    openLeg: (call) => askToOpen((request) => ({ kind: "open_leg", call, request })),
    stop(call, leg) {
      if (isLost) return Promise.resolve(null);
      const request = newRequest();
      const answer = stops.wait(request, { ms: STOP_LIMIT_MS, clock }, null);
      post({ kind: "stop", call, request, leg });
      return answer;
    },
    announce(call, sha256) {
      if (isLost) return Promise.resolve(false);
      const request = newRequest();
      const answer = announcements.wait(request, { ms: DONE_LIMIT_MS, clock }, false);
      post({ kind: "announce", call, request, sha256 });
      return answer;
    },
    ask(message, limitMs = DONE_LIMIT_MS) {
      if (isLost) return Promise.resolve();
      const request = newRequest();
      const limit = limitMs === null ? null : { ms: limitMs, clock };
      const answer = dones.wait(request, limit, undefined);
      post(message(request));
      return answer;
    },
  };

  return {
    get calls() {
      return calls.size + opening;
    },
    async open(settings, events) {
      nextCall += 1;
      const call = nextCall;
      opening += 1;
      const answer = await askToOpen((request) => ({
        kind: "open",
        call,
        request,
        settings,
      })).finally(() => {
        opening -= 1;
      });
      switch (answer.kind) {
        case "opened": {
          const media = new RemoteCallMedia(call, answer.leg, events, remote, () =>
            calls.delete(call),
          );
          // It may have gone with the same message that brought the answer.
          if (isLost) return { kind: "lost" };
          calls.set(call, media);
          return { kind: "opened", media };
        }
        case "full":
        case "lost":
          return { kind: answer.kind };
        case "failed":
          throw new Error(answer.detail);
        default:
          return answer satisfies never;
      }
    },
    receive(news) {
      switch (news.kind) {
        case "opened": {
          const { opened, request } = news;
          const answer: OpenAnswer =
            opened === null ? { kind: "full" } : { kind: "opened", leg: opened };
          opens.answer(request, answer);
          return;
        }
        case "open_failed":
          opens.answer(news.request, { kind: "failed", detail: news.detail });
          return;
        case "stopped":
          stops.answer(news.request, news.report);
          return;
        case "announced":
          announcements.answer(news.request, news.isPlaying);
          return;
        case "done":
          // For a call that it does not have any more, every request is answered like this.
          if (dones.answer(news.request, undefined) || stops.answer(news.request, null)) return;
          if (announcements.answer(news.request, false)) return;
          opens.answer(news.request, { kind: "lost" });
          return;
        default:
          calls.get(news.call)?.receive(news);
      }
    },
    lose(detail) {
      if (isLost) return;
      isLost = true;
      for (const media of [...calls.values()]) media.lose(detail);
      opens.answerAll({ kind: "lost" });
      stops.answerAll(null);
      announcements.answerAll(false);
      dones.answerAll(undefined);
    },
  };
}
