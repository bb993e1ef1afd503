import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

export interface LoadOptions {
  readonly callsPerSecond: number;
  readonly calls: number;
  /** From ACK to BYE; null leaves the calls up. */
  readonly holdMs: number | null;
  /** After the last INVITE; what has not ended by then has failed. */
  readonly drainMs: number;
}

export interface LoadResult {
  readonly offered: number;
  readonly completed: number;
  /** By what happened: a status that is not 200, a request nobody expected, a call that never ended. */
  readonly failures: Readonly<Record<string, number>>;
  readonly setupP50Ms: number;
  readonly setupP99Ms: number;
  readonly setupMaxMs: number;
  /** From the first INVITE to the last; longer than planned when the generator is the limit. */
  readonly sendingMs: number;
  readonly totalMs: number;
}

interface Call {
  readonly key: string;
  readonly connection: Connection;
  readonly startedAtMs: number;
  state: "inviting" | "up" | "ending" | "over";
  to: string;
  target: string;
}

interface Connection {
  readonly socket: Socket;
  /** What this tick has to say: one write for all of it. */
  outgoing: string;
  unread: string;
}

const TICK_MS = 2;
const OFFER =
  "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 30000 RTP/AVP 0 8 101\r\n" +
  "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n";
const INVITE_TAIL =
  "Max-Forwards: 70\r\nTo: <sip:+15005550100@127.0.0.1>\r\nContact: <sip:load@127.0.0.1:5060;transport=tcp>\r\n" +
  "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS\r\nSupported: timer\r\n" +
  'P-Asserted-Identity: "Load" <sip:+15005550199@127.0.0.1>\r\nUser-Agent: load\r\n' +
  `Content-Type: application/sdp\r\nContent-Length: ${OFFER.length}\r\n\r\n${OFFER}`;

/** INVITE, 200, ACK, BYE, 200 at a steady rate, over few connections, as a carrier's proxy does it. */
export class CallLoad {
  readonly #connections: Connection[] = [];
  readonly #calls = new Map<string, Call>();
  #endings: { readonly call: Call; readonly atMs: number }[] = [];
  #failures: Record<string, number> = {};
  #setupMs: number[] = [];
  #holdMs: number | null = null;
  #completed = 0;
  #sequence = 0;

  add(socket: Socket): void {
    const connection: Connection = { socket, outgoing: "", unread: "" };
    socket.setNoDelay(true);
    socket.setEncoding("latin1");
    socket.on("error", () => this.#fail("connection_error"));
    socket.on("data", (chunk: string) => this.#read(connection, chunk));
    this.#connections.push(connection);
  }

  async run(options: LoadOptions): Promise<LoadResult> {
    this.#failures = {};
    this.#setupMs = [];
    this.#completed = 0;
    this.#holdMs = options.holdMs;
    const startedAtMs = performance.now();
    let sent = 0;
    while (sent < options.calls) {
      const nowMs = performance.now();
      const due = Math.ceil(((nowMs - startedAtMs) / 1_000) * options.callsPerSecond);
      for (; sent < Math.min(due, options.calls); sent += 1) this.#invite(nowMs);
      this.#tick(nowMs);
      await delay(TICK_MS);
    }
    const sendingMs = performance.now() - startedAtMs;
    await this.#drain(options.drainMs, () => this.#isSettled(options.holdMs === null));
    return this.#result(options.calls, sendingMs, performance.now() - startedAtMs);
  }

  /** Ends what is up. */
  async release(): Promise<LoadResult> {
    this.#completed = 0;
    const startedAtMs = performance.now();
    const up = [...this.#calls.values()].filter(({ state }) => state === "up");
    for (const call of up) this.#bye(call);
    await this.#drain(10_000, () => this.#isSettled(false));
    const tookMs = performance.now() - startedAtMs;
    return this.#result(up.length, tookMs, tookMs);
  }

  #isSettled(leavesUp: boolean): boolean {
    for (const { state } of this.#calls.values()) {
      if (!leavesUp || state !== "up") return false;
    }
    return true;
  }

  async #drain(limitMs: number, isDone: () => boolean): Promise<void> {
    const endsAtMs = performance.now() + limitMs;
    while (!isDone() && performance.now() < endsAtMs) {
      this.#tick(performance.now());
      await delay(TICK_MS);
    }
    for (const call of this.#calls.values()) {
      if (this.#holdMs === null && call.state === "up") continue;
      this.#fail(`never_ended_${call.state}`);
      this.#calls.delete(call.key);
    }
  }

  #result(offered: number, sendingMs: number, totalMs: number): LoadResult {
    const sorted = this.#setupMs.toSorted((a, b) => a - b);
    const quantile = (part: number): number => {
      return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
    };
    return {
      offered,
      completed: this.#completed,
      failures: { ...this.#failures },
      setupP50Ms: quantile(0.5),
      setupP99Ms: quantile(0.99),
      setupMaxMs: sorted.at(-1) ?? 0,
      sendingMs,
      totalMs,
    };
  }

  #fail(what: string): void {
    this.#failures[what] = (this.#failures[what] ?? 0) + 1;
  }

  #tick(nowMs: number): void {
    let due = 0;
    for (const { call, atMs } of this.#endings) {
      if (atMs > nowMs) break;
      due += 1;
      if (call.state === "up") this.#bye(call);
    }
    if (due > 0) this.#endings = this.#endings.slice(due);
    for (const connection of this.#connections) this.#flush(connection);
  }

  #flush(connection: Connection): void {
    if (connection.outgoing === "") return;
    connection.socket.write(connection.outgoing, "latin1");
    connection.outgoing = "";
  }

  #invite(nowMs: number): void {
    this.#sequence += 1;
    const key = `load${this.#sequence}`;
    const connection = this.#connections[this.#sequence % this.#connections.length];
    if (connection === undefined) throw new Error("no connection");
    this.#calls.set(key, {
      key,
      connection,
      startedAtMs: nowMs,
      state: "inviting",
      to: "",
      target: "",
    });
    connection.outgoing +=
      `INVITE sip:+15005550100@127.0.0.1;transport=tcp SIP/2.0\r\n` +
      `Via: SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bKi${key};rport\r\n` +
      `From: "Load" <sip:+15005550199@127.0.0.1>;tag=f${key}\r\n` +
      `Call-ID: ${key}@load.test\r\nCSeq: 1 INVITE\r\n${INVITE_TAIL}`;
  }

  #inDialog(call: Call, method: string, cseq: number): void {
    call.connection.outgoing +=
      `${method} ${call.target} SIP/2.0\r\n` +
      `Via: SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bK${method}${call.key};rport\r\n` +
      `Max-Forwards: 70\r\nFrom: "Load" <sip:+15005550199@127.0.0.1>;tag=f${call.key}\r\n` +
      `To: ${call.to}\r\nCall-ID: ${call.key}@load.test\r\nCSeq: ${cseq} ${method}\r\nContent-Length: 0\r\n\r\n`;
  }

  #bye(call: Call): void {
    call.state = "ending";
    this.#inDialog(call, "BYE", 2);
  }

  #read(connection: Connection, chunk: string): void {
    const text = connection.unread + chunk;
    let start = 0;
    for (;;) {
      while (text.startsWith("\r\n", start)) start += 2;
      const headEnd = text.indexOf("\r\n\r\n", start);
      if (headEnd === -1) break;
      // The node writes Content-Length last.
      const length = Number.parseInt(text.slice(text.lastIndexOf(": ", headEnd) + 2, headEnd), 10);
      const end = headEnd + 4 + length;
      if (text.length < end) break;
      this.#receive(connection, text.slice(start, headEnd));
      start = end;
    }
    connection.unread = start === 0 ? text : text.slice(start);
    this.#flush(connection);
  }

  #receive(connection: Connection, head: string): void {
    if (!head.startsWith("SIP/2.0 ")) {
      this.#fail(`unexpected_${head.slice(0, head.indexOf(" "))}`);
      return;
    }
    const status = head.slice(8, 11);
    if (status.startsWith("1")) return;
    const callId = value(head, "Call-ID");
    const call = this.#calls.get(callId.slice(0, callId.indexOf("@")));
    const isInvite = head.includes("\r\nCSeq: 1 INVITE");
    if (call === undefined || call.connection !== connection) {
      this.#fail("response_to_no_call");
      return;
    }
    if (status !== "200") {
      this.#fail(`${isInvite ? "INVITE" : "BYE"}_${status}`);
      this.#calls.delete(call.key);
    } else if (isInvite) {
      this.#answered(call, head);
    } else {
      call.state = "over";
      this.#completed += 1;
      this.#calls.delete(call.key);
    }
  }

  #answered(call: Call, head: string): void {
    if (call.state !== "inviting") {
      // RFC 3261 §13.2.2.4: every repeated 2xx is acknowledged again; the call goes on.
      this.#inDialog(call, "ACK", 1);
      return;
    }
    const nowMs = performance.now();
    this.#setupMs.push(nowMs - call.startedAtMs);
    const contact = value(head, "Contact");
    call.to = value(head, "To");
    call.target = contact.slice(contact.indexOf("<") + 1, contact.indexOf(">"));
    call.state = "up";
    this.#inDialog(call, "ACK", 1);
    if (this.#holdMs === null) this.#completed += 1;
    else this.#endings.push({ call, atMs: nowMs + this.#holdMs });
  }
}

function value(head: string, name: string): string {
  const start = head.indexOf(`\r\n${name}: `) + name.length + 4;
  const end = head.indexOf("\r\n", start);
  return head.slice(start, end === -1 ? undefined : end);
}
