import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const SCRIPT = fileURLToPath(new URL("read-pcap.py", import.meta.url));
const packetSchema = z.object({
  atMicros: z.number(),
  from: z.string(),
  to: z.string(),
  payload: z.string().transform((hex) => Buffer.from(hex, "hex").toString()),
});

/** Packets of a capture file as Python's struct module reads the published format, every length and checksum checked. */
export function readPcap(bytes: Uint8Array): z.infer<typeof packetSchema>[] {
  const json = execFileSync("python3", [SCRIPT], { input: bytes, maxBuffer: 64 * 1024 * 1024 });
  return z.array(packetSchema).parse(JSON.parse(json.toString()));
}
