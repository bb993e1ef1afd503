import { createHash } from "node:crypto";
import { createSocket } from "node:dgram";
import { isIP } from "node:net";
import type { CallLogger } from "./call/ports.ts";
import type { EngineEvent } from "./engine/engine-config.ts";
import { encodeHep } from "./protocol/hep/packet.ts";

/** Where SIP messages are copied to. */
export interface HepSettings {
  /** An IP address: nothing is looked up. */
  readonly address: string;
  readonly port: number;
  /** 0 to 1: of the calls, each with all its messages or none. */
  readonly sampleRatio: number;
}

type SipMessageEvent = Extract<EngineEvent, { kind: "message" }>;

export interface HepExporter extends AsyncDisposable {
  /** Never throws and never waits: what cannot be sent is lost. */
  seen(message: SipMessageEvent): void;
}

/** Datagrams that the socket has not taken yet: beyond them nothing more is offered. */
const MAX_UNSENT = 500;
/** Failures and losses are logged this often. */
const LOG_EVERY_MS = 60_000;
/** Collectors tell nodes apart by their name; this number they want as well. */
const AGENT_ID = 1;

interface HepDeps {
  readonly logger: CallLogger;
  readonly nodeName: string;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
}

/** Copies SIP messages to a collector over UDP, as they were redacted for the log. */
export function startHepExporter(
  { address, port, sampleRatio }: HepSettings,
  { logger, nodeName, nowMs }: HepDeps,
): HepExporter {
  const socket = createSocket(isIP(address) === 6 ? "udp6" : "udp4").unref();
  let unsent = 0;
  let lost = 0;
  let loggedAtMs = Number.NEGATIVE_INFINITY;
  let isClosed = false;
  const lose = (detail: string): void => {
    lost += 1;
    if (nowMs() - loggedAtMs < LOG_EVERY_MS) return;
    loggedAtMs = nowMs();
    logger.warn("hep_messages_lost", { lost, detail });
  };
  socket.on("error", (error) => lose(error.message));
  return {
    seen(event) {
      // A repeated one has been copied when it went by.
      if (isClosed || event.isRepeated || !isSampled(event.sipCallId, sampleRatio)) return;
      const local = { address: event.localAddress, port: event.localPort };
      const remote = { address: event.remoteAddress, port: event.remotePort };
      const isInbound = event.direction === "in";
      const packet = encodeHep({
        source: isInbound ? remote : local,
        destination: isInbound ? local : remote,
        transport: event.transport,
        atMs: event.atMs,
        text: event.text,
        correlationId: event.sipCallId,
        agentId: AGENT_ID,
        nodeName,
      });
      if (packet === null) lose("a message without two addresses");
      else if (unsent >= MAX_UNSENT) lose("the socket takes no more");
      else {
        unsent += 1;
        socket.send(packet, port, address, (error) => {
          unsent -= 1;
          if (error !== null) lose(error.message);
        });
      }
    },
    [Symbol.asyncDispose]() {
      isClosed = true;
      return new Promise((resolve) => socket.close(() => resolve()));
    },
  };
}

/** The same for all messages of a call, at every node that sees one. */
function isSampled(sipCallId: string, ratio: number): boolean {
  if (ratio >= 1) return true;
  const digest = createHash("sha256").update(sipCallId).digest();
  return digest.readUInt32BE(0) / 2 ** 32 < ratio;
}
