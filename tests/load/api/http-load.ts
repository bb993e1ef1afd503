import { connect, type Socket } from "node:net";

/** A request as it goes over the wire, made for the n-th time. */
type RequestMaker = (count: number) => string;

export interface HttpLoad {
  readonly url: URL;
  readonly connections: number;
  /** Until then each connection sends its next request when the one before it is answered. */
  readonly seconds: number;
  /** No more than this many requests in all; absent: as many as there is time for. */
  readonly requests?: number;
  /** Between an answer and the connection's next request; absent: none. */
  readonly pauseMs?: number;
  readonly request: RequestMaker;
}

export interface HttpLoadResult {
  readonly answered: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Of every request, sorted. */
  readonly latenciesMs: readonly number[];
  /** How often each status came; 0 stands for a connection that ended under its request. */
  readonly statuses: Readonly<Record<number, number>>;
}

/** The text of an HTTP/1.1 request. */
export function writeRequest(
  url: URL,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string | null = null,
): string {
  const lines = [`${method} ${path} HTTP/1.1`, `host: ${url.host}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  if (body !== null) {
    lines.push("content-type: application/json", `content-length: ${Buffer.byteLength(body)}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n${body ?? ""}`;
}

/**
 * Requests over kept connections, one at a time on each. Its own few lines of HTTP instead of a client
 * library, whose work for each request would be more than the Worker's.
 */
export async function runHttpLoad(load: HttpLoad): Promise<HttpLoadResult> {
  const latenciesMs: number[] = [];
  const statuses: Record<number, number> = {};
  const beganAtMs = performance.now();
  const endsAtMs = beganAtMs + load.seconds * 1_000;
  let sent = 0;
  const next = (): string | null => {
    if (performance.now() >= endsAtMs || sent >= (load.requests ?? Number.POSITIVE_INFINITY)) {
      return null;
    }
    sent += 1;
    return load.request(sent - 1);
  };
  const answered = (status: number, ms: number): void => {
    statuses[status] = (statuses[status] ?? 0) + 1;
    latenciesMs.push(ms);
  };
  await Promise.all(
    Array.from({ length: load.connections }, () => runConnection(load, next, answered)),
  );
  const tookSecs = (performance.now() - beganAtMs) / 1_000;
  latenciesMs.sort((a, b) => a - b);
  return {
    answered: latenciesMs.length,
    perSecond: latenciesMs.length / tookSecs,
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
    maxMs: latenciesMs.at(-1) ?? 0,
    latenciesMs,
    statuses,
  };
}

/** Of sorted values; 0 of none. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function runConnection(
  { pauseMs, url }: HttpLoad,
  next: () => string | null,
  answered: (status: number, ms: number) => void,
): Promise<void> {
  return new Promise((done) => {
    const socket: Socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    let sentAtMs = 0;
    let isWaiting = false;
    let pending: Buffer[] = [];
    const send = (): void => {
      const request = next();
      isWaiting = request !== null;
      if (request === null) {
        socket.end();
        return;
      }
      sentAtMs = performance.now();
      socket.write(request);
    };
    socket.once("connect", send);
    socket.on("data", (chunk) => {
      pending.push(chunk);
      const status = wholeAnswer(pending);
      if (status === null) return;
      pending = [];
      answered(status, performance.now() - sentAtMs);
      if (pauseMs === undefined) send();
      else setTimeout(send, pauseMs);
    });
    socket.on("error", () => {});
    socket.once("close", () => {
      if (isWaiting) answered(0, performance.now() - sentAtMs);
      done();
    });
  });
}

const HEAD_END = "\r\n\r\n";
const LAST_CHUNK = Buffer.from("0\r\n\r\n");

/**
 * The status of the answer that the pieces are, null while it is not whole. Nothing follows an answer
 * before the next request, and its head is in the first piece.
 */
function wholeAnswer(pieces: readonly Buffer[]): number | null {
  const [first] = pieces;
  if (first === undefined) return null;
  const head = first.toString("latin1", 0, Math.min(first.length, 2_048));
  const headEnd = head.indexOf(HEAD_END);
  if (headEnd === -1) return null;
  const status = Number(head.slice(9, 12));
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined) {
    // Sent in chunks: the one of no bytes is the last.
    const last = Buffer.concat(pieces.slice(-2)).subarray(-LAST_CHUNK.length);
    return last.equals(LAST_CHUNK) ? status : null;
  }
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return bytes >= headEnd + HEAD_END.length + Number(length) ? status : null;
}
