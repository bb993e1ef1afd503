import type { SessionView } from "../schema/contracts/console-session.ts";
import { CSRF_HEADER } from "../schema/values/csrf-header.ts";
import { ApiProblem, problemOf } from "./model/problem.ts";

/** The one way to the server. Everything that the console shows and does goes through the public API. */

const PATIENCE_MS = 20_000;

export type Query = Readonly<Record<string, string | number | undefined>>;

export interface Send {
  readonly query?: Query;
  /** JSON. */
  readonly body?: unknown;
  /** A table, instead of JSON. */
  readonly csv?: string;
  /** The same for every attempt of one intention: the server does it once. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
  /** What is asked for where it is not JSON. */
  readonly accept?: string;
  /** How long the whole answer may take. */
  readonly patienceMs?: number;
}

/** Only in memory: gone with the page, told anew by the session. */
let csrfToken = "";

type Listener = (problem: ApiProblem | null) => void;
const listeners = new Set<Listener>();

/** Told of every answer (null) and of every failure. */
export function onAnswer(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The JSON of the answer. @throws ApiProblem */
export async function request<T>(method: string, path: string, send: Send = {}): Promise<T> {
  const answer = await ask(method, path, send);
  const text = await answer.text();
  // Our own server's answer: its contracts are what the type names, and its tests hold it to them.
  return (text === "" ? null : JSON.parse(text)) as T;
}

/** Bytes of the answer. @throws ApiProblem */
export async function download(path: string, signal?: AbortSignal): Promise<Blob> {
  return (await ask("GET", path, signal === undefined ? {} : { signal })).blob();
}

/** Each line of an answer of JSON lines as it comes. @throws ApiProblem */
export async function* lines<T>(method: string, path: string, send: Send): AsyncGenerator<T> {
  const answer = await ask(method, path, { ...send, accept: "application/x-ndjson" });
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const read = await reader?.read().catch((cause: unknown) => {
      if (send.signal?.aborted) throw cause;
      const problem = offline(cause);
      tell(problem);
      throw problem;
    });
    const parts = (rest + (read?.value ?? "")).split("\n");
    rest = parts.pop() ?? "";
    // As in `request`: the contract is the type's.
    for (const part of parts) yield JSON.parse(part) as T;
    if (read === undefined || read.done) return;
  }
}

async function ask(method: string, path: string, send: Send): Promise<Response> {
  try {
    const answer = await reach(method, path, send);
    if (!answer.ok) throw problemOf(answer.status, answer.headers, await jsonOf(answer));
    tell(null);
    return answer;
  } catch (error) {
    if (error instanceof ApiProblem) tell(error);
    throw error;
  }
}

async function reach(method: string, path: string, send: Send): Promise<Response> {
  const late = new AbortController();
  // Of the whole answer, not of its head alone: it is never taken back.
  setTimeout(() => late.abort(), send.patienceMs ?? PATIENCE_MS);
  const signal =
    send.signal === undefined ? late.signal : AbortSignal.any([send.signal, late.signal]);
  const body = send.csv ?? (send.body === undefined ? null : JSON.stringify(send.body));
  try {
    return await fetch(urlOf(path, send.query), {
      method,
      body,
      signal,
      credentials: "same-origin",
      headers: {
        accept: send.accept ?? "application/json",
        ...(body === null
          ? {}
          : { "content-type": send.csv === undefined ? "application/json" : "text/csv" }),
        ...(method === "GET" ? {} : { [CSRF_HEADER]: csrfToken }),
        ...(send.idempotencyKey === undefined ? {} : { "idempotency-key": send.idempotencyKey }),
      },
    });
  } catch (cause) {
    if (send.signal?.aborted) throw cause;
    if (late.signal.aborted) {
      const detail = "Nothing was lost: what you typed is still here. Try again.";
      throw new ApiProblem({ kind: "slow", status: 0, code: "timeout", detail }, { cause });
    }
    throw offline(cause);
  }
}

function offline(cause: unknown): ApiProblem {
  const detail = "It may be restarting, or the network is gone. The console goes on trying.";
  return new ApiProblem({ kind: "offline", status: 0, code: "offline", detail }, { cause });
}

function urlOf(path: string, query: Query | undefined): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== "") search.set(name, String(value));
  }
  return search.size === 0 ? path : `${path}?${search}`;
}

async function jsonOf(answer: Response): Promise<unknown> {
  try {
    return await answer.json();
  } catch {
    return undefined; // a proxy's page
  }
}

function tell(problem: ApiProblem | null): void {
  for (const listener of listeners) listener(problem);
}

export async function signIn(apiKey: string): Promise<SessionView> {
  return keep(await request<SessionView>("POST", "/v1/session", { body: { api_key: apiKey } }));
}

/** Null: nobody is signed in. */
export async function currentSession(): Promise<SessionView | null> {
  try {
    const session = await request<SessionView | null>("GET", "/v1/session");
    return session === null ? null : keep(session);
  } catch (error) {
    if (error instanceof ApiProblem && error.kind === "signed_out") return null;
    throw error;
  }
}

export async function signOut(): Promise<void> {
  await request("DELETE", "/v1/session");
}

function keep(session: SessionView): SessionView {
  csrfToken = session.csrf_token;
  return session;
}
