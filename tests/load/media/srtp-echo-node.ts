import { openMediaIo } from "../../../media-node/media/io/open.ts";
import type { MediaIoKind } from "../../../media-node/media/media-io.ts";
import { createPacketMemory } from "../../../media-node/media/packet-memory.ts";
import { WasmSrtpEngine } from "../../../media-node/media/wasm-srtp.ts";

/** The measured side of an SRTP echo: what arrives is read, written anew and sent back by the product's own parts. */

export interface ToEcho {
  readonly backEnd: MediaIoKind;
  readonly calls: readonly EchoCall[];
}
interface EchoCall {
  readonly localPort: number;
  /** Master keys and salts, in hex. */
  readonly send: string;
  readonly receive: string;
}
export type FromEcho = { readonly kind: "up" } | { readonly kind: "ready" };

const say = (message: FromEcho): void => void process.send?.(message);

async function echo({ backEnd, calls }: ToEcho): Promise<void> {
  const memory = createPacketMemory();
  const srtp = new WasmSrtpEngine(memory);
  const { io, fallback } = await openMediaIo(backEnd, memory.slots);
  if (fallback !== null) throw new Error(fallback);
  for (const call of calls) {
    const receive = srtp.open("AES_CM_128_HMAC_SHA1_80", Buffer.from(call.receive, "hex"));
    const send = srtp.open("AES_CM_128_HMAC_SHA1_80", Buffer.from(call.send, "hex"));
    const endpoint = await io.bind("127.0.0.1", call.localPort);
    if (endpoint === null) throw new Error(`port ${call.localPort} is taken`);
    endpoint.receive((packet, length, address, port) => {
      const plain = receive.unprotectRtp(packet, length);
      if (plain < 0) return;
      const secure = send.protectRtp(packet, plain);
      if (secure >= 0) endpoint.send(packet, secure, address, port);
    });
  }
  say({ kind: "ready" });
}

process.on("disconnect", () => process.exit(0));
// The benchmark is the only one that speaks to it.
process.once("message", (message) => void echo(message as ToEcho));
say({ kind: "up" });
