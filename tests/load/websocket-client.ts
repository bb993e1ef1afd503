import type {
  AgentSocket,
  AgentSocketKind,
} from "../../media-node/agent/websocket/agent-socket.ts";
import { AGENT_SOCKETS } from "../../media-node/agent/websocket/open.ts";

/** The measured side of the WebSocket benchmark: a frame of audio every 20 ms to each agent, and one from it. `<kind>` */
export type ClientCommand =
  | { readonly kind: "connect"; readonly url: string; readonly connections: number }
  | { readonly kind: "run"; readonly format: AudioFormat; readonly milliseconds: number };

export type FromClient =
  | { readonly kind: "connected" }
  | {
      readonly kind: "result";
      readonly sent: number;
      readonly received: number;
      readonly p50Ms: number;
      readonly p99Ms: number;
    };

/** JSON with 160 octets of G.711 in base64, as Twilio's; or 320 octets of linear samples. */
export type AudioFormat = "json" | "binary";

const FRAME_MS = 20;
const G711 = Buffer.alloc(160, 0x55);
const LINEAR = Buffer.alloc(320, 0x55);
/** For the last frames to come back. */
const DRAIN_MS = 100;

const [kind] = process.argv.slice(2);
// The benchmark is the only caller.
const open = AGENT_SOCKETS[kind as AgentSocketKind];
const sockets: AgentSocket[] = [];
const sentAtMs: number[] = [];
const decoded = Buffer.alloc(160);
let roundTripsMs: number[] = [];

function heard(index: number): void {
  roundTripsMs.push(performance.now() - (sentAtMs[index] ?? 0));
}

async function connect(url: string, index: number): Promise<void> {
  const opened = Promise.withResolvers<void>();
  sockets[index] = open(
    { url: new URL(url), subprotocol: "bench.v1", headers: {}, maxMessageBytes: 1_048_576 },
    {
      opened: () => opened.resolve(),
      text(bytes, start, end) {
        const message = JSON.parse(bytes.toString("utf8", start, end));
        decoded.write(message.media.payload, "base64");
        heard(index);
      },
      binary: () => heard(index),
      pong: () => {},
      closed: (...why) => opened.reject(new Error(why.join(" "))),
    },
  );
  await opened.promise;
}

function send(socket: AgentSocket, format: AudioFormat): void {
  if (format === "binary") socket.sendBinary(LINEAR);
  else socket.sendText(`{"event":"media","media":{"payload":"${G711.toString("base64")}"}}`);
}

async function run(format: AudioFormat, milliseconds: number): Promise<FromClient> {
  roundTripsMs = [];
  let sent = 0;
  const startMs = performance.now();
  const total = Math.floor((sockets.length * milliseconds) / FRAME_MS);
  while (sent < total) {
    const elapsedMs = performance.now() - startMs;
    const due = Math.min(total, Math.floor((sockets.length * elapsedMs) / FRAME_MS));
    for (; sent < due; sent++) {
      const index = sent % sockets.length;
      const socket = sockets[index];
      sentAtMs[index] = performance.now();
      if (socket !== undefined) send(socket, format);
    }
    await pause(1);
  }
  await pause(DRAIN_MS);
  const sorted = roundTripsMs.toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return { kind: "result", sent, received: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99) };
}

async function obey(command: ClientCommand): Promise<FromClient> {
  if (command.kind === "run") return await run(command.format, command.milliseconds);
  for (let i = 0; i < command.connections; i++) await connect(command.url, i);
  return { kind: "connected" };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

process.on("disconnect", () => process.exit(0));
process.on("message", (message) => {
  // The benchmark is the only parent.
  obey(message as ClientCommand).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      process.stderr.write(`${error}\n`);
      process.exit(1);
    },
  );
});
