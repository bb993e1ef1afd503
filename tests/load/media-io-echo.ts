import { openMediaIo } from "../../media-node/media/io/open.ts";
import type { MediaIoKind } from "../../media-node/media/media-io.ts";

/** The measured side of the packet benchmark: sends back what comes, on many ports. `<kind> <ports>`. */
export interface EchoReady {
  readonly kind: "ready";
  readonly ports: readonly number[];
}

const [kind, count] = process.argv.slice(2);
// The benchmark is the only caller.
const { io, fallback } = await openMediaIo(kind as MediaIoKind);
if (fallback !== null) throw new Error(fallback);
const ports: number[] = [];
for (let i = 0; i < Number(count); i++) {
  const endpoint = await io.bind("127.0.0.1", 0);
  if (endpoint === null) throw new Error("no port");
  endpoint.receive((packet, length, address, port) => endpoint.send(packet, length, address, port));
  ports.push(endpoint.port);
}
process.on("disconnect", () => process.exit(0));
process.send?.({ kind: "ready", ports } satisfies EchoReady);
