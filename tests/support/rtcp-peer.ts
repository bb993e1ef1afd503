import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import {
  createReceivedReport,
  parseCompoundReport,
} from "../../media-node/protocol/rtcp/parse-reports.ts";
import { writeCompoundReport } from "../../media-node/protocol/rtcp/reports.ts";
import { isRtcp, writeRtpHeader } from "../../media-node/protocol/rtp/packet.ts";
import type { SrtpSuite } from "../../media-node/protocol/sdp/media-plan.ts";
import { createSrtpContext, protectRtp } from "../../media-node/protocol/srtp/context.ts";
import { protectRtcp, unprotectRtcp } from "../../media-node/protocol/srtp/srtcp.ts";

/** What the line of a peer is like. */
export interface LineManners {
  /** Every so many-th packet of the peer's never leaves; 0: all do. */
  readonly loseEvery: number;
  /** What the peer says of what it hears, of 256. */
  readonly claimedLoss: number;
  /** A report's answer leaves later than it says. */
  readonly delayMs: number;
}

export interface PeerKeys {
  readonly suite: SrtpSuite;
  readonly send: Uint8Array;
  readonly receive: Uint8Array;
}

/** What a report of the node's said of the peer. */
interface HeardReport {
  readonly fractionLost: number;
  readonly packetsLost: number;
  /** By LSR and DLSR; null when it named no report of the peer's. */
  readonly roundTripMs: number | null;
}

/** A peer that reports: it sends RTP with losses, answers every report of the node's, and keeps what those say. */
export interface RtcpPeer extends AsyncDisposable {
  readonly rtpPort: number;
  /** The RTP port when both share it. */
  readonly rtcpPort: number;
  readonly reports: readonly HeardReport[];
  /** RTCP that came and could not be read. */
  readonly unreadable: number;
  readonly hasHeardBye: boolean;
  talk(rtpPort: number, rtcpPort: number, keys: PeerKeys | null): void;
}

const FRAME_MS = 20;
const SSRC = 0x0123_4567;
/** In the middle of an NTP time a second is this much. */
const NTP_SECOND = 65_536;

export async function openRtcpPeer(manners: LineManners, isMuxed: boolean): Promise<RtcpPeer> {
  const rtp = await bound();
  return new ReportingPeer(manners, rtp, isMuxed ? rtp : await bound());
}

async function bound(): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

class ReportingPeer implements RtcpPeer {
  readonly rtpPort: number;
  readonly rtcpPort: number;
  readonly reports: HeardReport[] = [];
  unreadable = 0;
  hasHeardBye = false;
  readonly #manners: LineManners;
  readonly #rtp: Socket;
  readonly #rtcp: Socket;
  readonly #timer: NodeJS.Timeout;
  readonly #pending = new Set<NodeJS.Timeout>();
  readonly #received = createReceivedReport();
  readonly #startedAtMs = performance.now();
  #talking: { rtpPort: number; rtcpPort: number; keys: PeerKeys | null } | null = null;
  #send: ReturnType<typeof createSrtpContext> | null = null;
  #receive: ReturnType<typeof createSrtpContext> | null = null;
  #frames = 0;
  #lastReportMs = 0;

  constructor(manners: LineManners, rtp: Socket, rtcp: Socket) {
    this.#manners = manners;
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.rtpPort = rtp.address().port;
    this.rtcpPort = rtcp.address().port;
    rtcp.on("message", (packet, from) => this.#take(packet, from));
    this.#timer = setInterval(() => this.#sendDue(), FRAME_MS);
  }

  talk(rtpPort: number, rtcpPort: number, keys: PeerKeys | null): void {
    this.#talking = { rtpPort, rtcpPort, keys };
    this.#send = keys && createSrtpContext(keys.suite, keys.send);
    this.#receive = keys && createSrtpContext(keys.suite, keys.receive);
  }

  /** A timer that comes late owes the frames of that time. */
  #sendDue(): void {
    const dueFrames = Math.floor((performance.now() - this.#startedAtMs) / FRAME_MS);
    for (; this.#frames < dueFrames; this.#frames += 1) this.#sendFrame(this.#frames);
  }

  #sendFrame(frame: number): void {
    const { loseEvery } = this.#manners;
    if (this.#talking === null || (loseEvery > 0 && frame % loseEvery === 0)) return;
    const packet = Buffer.alloc(12 + 160 + 20, 0xff);
    writeRtpHeader(packet, false, 0, frame & 0xffff, frame * 160, SSRC);
    const length = this.#send === null ? 172 : protectRtp(this.#send, packet, 172);
    this.#rtp.send(packet, 0, length, this.#talking.rtpPort, "127.0.0.1");
  }

  #take(packet: Buffer, { port }: RemoteInfo): void {
    if (!isRtcp(packet, packet.length) || this.#talking === null) return;
    const length =
      this.#receive === null ? packet.length : unprotectRtcp(this.#receive, packet, packet.length);
    const report = this.#received;
    if (length < 0 || parseCompoundReport(packet, length, SSRC, -1, report) < 0) {
      this.unreadable += 1;
      return;
    }
    const arrivedMs = performance.now();
    if (report.byeCount > 0) this.hasHeardBye = true;
    if (report.hasBlock) {
      const { delaySinceLastSr, fractionLost, lastSr, packetsLost } = report;
      const roundTripMs =
        lastSr === 0
          ? null
          : arrivedMs - this.#lastReportMs - (delaySinceLastSr * 1_000) / NTP_SECOND;
      this.reports.push({ fractionLost, packetsLost, roundTripMs });
    }
    if (!report.hasSenderReport) return;
    const { senderNtpMiddle, ssrc } = report;
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      const heldMs = performance.now() - arrivedMs - this.#manners.delayMs;
      this.#answer(ssrc, senderNtpMiddle, Math.max(0, heldMs), port);
    }, this.#manners.delayMs);
    this.#pending.add(timer);
  }

  #answer(ssrc: number, lastSr: number, heldMs: number, port: number): void {
    const packet = Buffer.alloc(200);
    const plainBytes = writeCompoundReport(
      packet,
      SSRC,
      "rtcp-peer",
      { wallClockMs: Date.now(), rtpTimestamp: 0, packetCount: this.#frames, octetCount: 0 },
      {
        ssrc,
        fractionLost: this.#manners.claimedLoss,
        packetsLost: this.#manners.claimedLoss === 0 ? 0 : 7,
        extendedHighestSequence: 0,
        jitterTicks: 24,
        lastSr,
        delaySinceLastSr: Math.round((heldMs * NTP_SECOND) / 1_000),
      },
      false,
    );
    const length = this.#send === null ? plainBytes : protectRtcp(this.#send, packet, plainBytes);
    this.#lastReportMs = performance.now();
    this.#rtcp.send(packet, 0, length, port, "127.0.0.1");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    for (const timer of this.#pending) clearTimeout(timer);
    const sockets = new Set([this.#rtp, this.#rtcp]);
    await Promise.all(
      [...sockets].map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))),
    );
  }
}
