import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { OFFER, requestLines } from "../../media-node/engine/test-engine.ts";
import { createMutator, type Mutator } from "./fuzz-mutations.ts";
import { startHostileNode } from "./hostile-node.ts";

export interface FuzzOptions {
  readonly messages: number;
  readonly seed: number;
  /** How often the heap is measured; 0 when nobody runs with --expose-gc. */
  readonly samples: number;
}

export interface FuzzReport {
  readonly seed: number;
  readonly messages: number;
  readonly read: number;
  readonly malformed: number;
  readonly answered: number;
  readonly problems: readonly string[];
  readonly canary: {
    readonly sung: number;
    readonly worstOwnMs: number;
    readonly worstWallMs: number;
    /** Songs that took longer than the budget by the clock on the wall. */
    readonly lateByWall: number;
  };
  /** Live heap after all timers have run out, in order. */
  readonly heapBytes: readonly number[];
  /** Least squares over the later three quarters of the samples; null without samples. */
  readonly heapSlopeBytesPerMessage: number | null;
}

const CORPORA = ["rfc4475", "rfc5118"].map((name) => `../shared/corpora/${name}`);
const PER_ROUND = 25;
const CONNECTIONS_PER_ROUND = 8;
/** Virtual time per round: an answer waits 64 rounds for its ACK. */
const ROUND_MS = 500;
const CANARY_BUDGET_MS = 50;
const KEPT_ANSWERS = 8;

/** Mutated messages against the whole signalling path, the same again from the same seed. */
export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { messages, seed, samples } = options;
  const mutator = createMutator(seed);
  const seeds = seedMessages();
  await using node = await startHostileNode({ answers: true });
  const answers: string[] = [];
  const heapBytes: number[] = [];
  const canary = { sung: 0, worstOwnMs: 0, worstWallMs: 0, lateByWall: 0 };
  const sampleEvery = samples === 0 ? Number.POSITIVE_INFINITY : Math.ceil(messages / samples);
  let nextSample = sampleEvery;
  for (let sent = 0; sent < messages; ) {
    const sockets = await openSockets(node.port, answers);
    for (let count = 0; count < PER_ROUND && sent < messages; count += 1) {
      const socket = mutator.pick(sockets);
      write(socket, nextMessage(mutator, seeds, answers), mutator);
      sent += 1;
    }
    const song = await node.sing();
    canary.sung += 1;
    canary.worstOwnMs = Math.max(canary.worstOwnMs, song.ownMs);
    canary.worstWallMs = Math.max(canary.worstWallMs, song.wallMs);
    if (song.wallMs > CANARY_BUDGET_MS) canary.lateByWall += 1;
    // The first song comes after every request of the round, the second after the answers to them: calls come up.
    await node.sing();
    await Promise.all(sockets.map(closed));
    node.clock.advance(ROUND_MS);
    if (sent >= nextSample) {
      nextSample += sampleEvery;
      await node.settle();
      heapBytes.push(liveHeap());
    }
  }
  await node.settle();
  const { read, answered } = node.counts;
  const malformed = node.malformed();
  return {
    seed,
    messages,
    read,
    malformed,
    answered,
    problems: [...node.problems],
    canary,
    heapBytes,
    heapSlopeBytesPerMessage: slope(heapBytes, sampleEvery),
  };
}

interface Seeds {
  readonly usual: readonly string[];
  /** Empty where the corpora are not at hand. */
  readonly corpora: readonly string[];
}

function pickSeed(mutator: Mutator, { usual, corpora }: Seeds): string {
  const text = mutator.pick(corpora.length > 0 && mutator.chance(0.5) ? corpora : usual);
  // Another call each time; the corpora keep their names, so that some messages meet.
  return text.replace(/(?<=^Call-ID: )call\d+/m, () => `call${mutator.below(1e9)}`);
}

/** A whole message, an answer to what the node said, or either of them broken. */
function nextMessage(mutator: Mutator, seeds: Seeds, answers: readonly string[]): Buffer {
  const followsUp = answers.length > 0 && mutator.chance(0.3);
  const text = followsUp ? inDialog(mutator, mutator.pick(answers)) : pickSeed(mutator, seeds);
  const fresh = text.replaceAll("z9hG4bK", () => `z9hG4bK${mutator.below(1e9)}`);
  // A part stays whole, so that calls come up for the broken ones to hit.
  return mutator.chance(0.2) ? Buffer.from(fresh, "latin1") : mutator.mutate(fresh);
}

/** A request that fits the dialog which a 200 of the node has made. */
function inDialog(mutator: Mutator, answer: string): string {
  const line = (name: string): string => {
    return new RegExp(`^${name}: (.*)$`, "m").exec(answer)?.[1]?.trim() ?? "";
  };
  const method = mutator.pick(["ACK", "ACK", "BYE", "INVITE", "UPDATE", "INFO", "PRACK", "CANCEL"]);
  const first = Number.parseInt(line("CSeq"), 10) || 1;
  const cseq = method === "ACK" || method === "CANCEL" ? first : first + 1 + mutator.below(5);
  const target = /<([^>\s]+)>/.exec(line("Contact"))?.[1] ?? "sip:node.test";
  const body = method === "INVITE" || method === "UPDATE" ? OFFER : "";
  const lines = requestLines(
    method,
    {
      From: line("From"),
      To: line("To"),
      "Call-ID": line("Call-ID"),
      CSeq: `${cseq} ${method}`,
      "Content-Type": "application/sdp",
    },
    target,
  );
  return withBody(lines, body);
}

function withBody(lines: readonly string[], body: string): string {
  return `${[...lines, `Content-Length: ${body.length}`].join("\r\n")}\r\n\r\n${body}`;
}

/** The torture messages where they are at hand, and one of each request that a carrier sends. */
function seedMessages(): Seeds {
  const methods = "INVITE INVITE INVITE OPTIONS REGISTER BYE CANCEL ACK INFO REFER SUBSCRIBE";
  const requests = methods.split(" ").map((method) => {
    return withBody(requestLines(method, { "Content-Type": "application/sdp" }), OFFER);
  });
  const invite = requestLines("INVITE", {
    "Record-Route": "<sip:proxy.test;lr>, <sip:edge.test;transport=tcp;lr>",
    Supported: "100rel, timer",
    "P-Asserted-Identity": '"Caller" <sip:+15005550199@peer.test>',
    "Content-Type": "application/sdp",
  });
  const response = `SIP/2.0 200 OK\r\n${requestLines("INVITE").slice(1).join("\r\n")}`;
  const corpora = CORPORA.filter((folder) => existsSync(folder)).flatMap((folder) => {
    const files = readdirSync(folder).filter((file) => file.endsWith(".dat"));
    return files.map((file) => readFileSync(`${folder}/${file}`, "latin1"));
  });
  return { usual: [...requests, withBody(invite, OFFER), `${response}\r\n\r\n`], corpora };
}

async function openSockets(port: number, answers: string[]): Promise<Socket[]> {
  const sockets = Array.from({ length: CONNECTIONS_PER_ROUND }, () => {
    const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: false });
    socket.setEncoding("latin1");
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: string) => {
      for (const text of chunk.split(/(?=SIP\/2\.0 )/)) {
        if (!text.startsWith("SIP/2.0 200") || !/^CSeq: \d+ INVITE/m.test(text)) continue;
        answers.push(text);
        if (answers.length > KEPT_ANSWERS) answers.shift();
      }
    });
    return socket;
  });
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  return sockets;
}

/** One message over one segment or over two. */
function write(socket: Socket, message: Buffer, mutator: Mutator): void {
  if (socket.destroyed) return;
  const cut = mutator.chance(0.2) ? mutator.below(message.length) : message.length;
  socket.write(message.subarray(0, cut));
  if (cut < message.length) socket.write(message.subarray(cut));
}

/** The node closes its side after ours, when it has read everything. */
async function closed(socket: Socket): Promise<void> {
  if (socket.closed) return;
  const closing = once(socket, "close");
  socket.end();
  await closing;
}

function liveHeap(): number {
  if (globalThis.gc === undefined) throw new Error("heap samples need node --expose-gc");
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function slope(samples: readonly number[], messagesPerSample: number): number | null {
  const later = samples.slice(Math.ceil(samples.length / 4));
  if (later.length < 3) return null;
  const meanX = (later.length - 1) / 2;
  const meanY = later.reduce((sum, value) => sum + value, 0) / later.length;
  let covariance = 0;
  let variance = 0;
  for (const [x, y] of later.entries()) {
    covariance += (x - meanX) * (y - meanY);
    variance += (x - meanX) ** 2;
  }
  return covariance / variance / messagesPerSample;
}
