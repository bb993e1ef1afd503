import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type RawData, WebSocket } from "ws";
import { nodeSrtpEngine } from "../../../media-node/media/srtp-engine.ts";
import { decodeG711, encodeG711, G711_CODECS } from "../../../media-node/protocol/audio/g711.ts";

/**
 * The loop as it is written first: a node:dgram socket for each call, node:crypto for each packet, the ws package, frames as
 * they come. Without jitter buffer, pacing or RTCP. It is what the product is measured against.
 */

export interface ToPlain {
  readonly agentPort: number;
  /** Keys in hex. */
  readonly calls: readonly { localPort: number; send: string; receive: string }[];
}
export type FromPlain = { readonly kind: "up" } | { readonly kind: "ready" };

const HEADER_BYTES = 12;
const ROOM_BYTES = 1_500;

const say = (message: FromPlain): void => void process.send?.(message);

async function serve(
  agentPort: number,
  call: { localPort: number; send: string; receive: string },
): Promise<void> {
  const receive = nodeSrtpEngine.open("AES_CM_128_HMAC_SHA1_80", Buffer.from(call.receive, "hex"));
  const send = nodeSrtpEngine.open("AES_CM_128_HMAC_SHA1_80", Buffer.from(call.send, "hex"));
  const socket = createSocket("udp4");
  socket.bind(call.localPort, "127.0.0.1");
  await once(socket, "listening");
  const agent = new WebSocket(`ws://127.0.0.1:${agentPort}/`, ["trunkline.agent.v1"]);
  await once(agent, "open");
  let remotePort = 0;
  let sequence = 0;
  let timestamp = 0;
  socket.on("message", (packet, source) => {
    remotePort = source.port;
    const length = receive.unprotectRtp(packet, packet.length);
    if (length <= HEADER_BYTES) return;
    const pcm = new Int16Array(length - HEADER_BYTES);
    decodeG711(G711_CODECS.PCMU, packet, HEADER_BYTES, pcm.length, pcm);
    agent.send(pcm);
  });
  agent.on("message", (message: RawData) => {
    if (!Buffer.isBuffer(message) || remotePort === 0) return;
    const pcm = new Int16Array(message.length / 2);
    for (let i = 0; i < pcm.length; i += 1) pcm[i] = message.readInt16LE(2 * i);
    const packet = Buffer.alloc(ROOM_BYTES);
    packet.writeUInt16BE(0x8000, 0);
    packet.writeUInt16BE(sequence & 0xffff, 2);
    packet.writeUInt32BE(timestamp >>> 0, 4);
    packet.writeUInt32BE(call.localPort, 8);
    sequence += 1;
    timestamp += pcm.length;
    encodeG711(G711_CODECS.PCMU, pcm, pcm.length, packet, HEADER_BYTES);
    const length = send.protectRtp(packet, HEADER_BYTES + pcm.length);
    socket.send(packet, 0, length, remotePort, "127.0.0.1");
  });
}

process.on("disconnect", () => process.exit(0));
process.once("message", async (message) => {
  // The benchmark is the only one that speaks to it.
  const { agentPort, calls } = message as ToPlain;
  for (const call of calls) await serve(agentPort, call);
  say({ kind: "ready" });
});
say({ kind: "up" });
