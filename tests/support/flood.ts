import { connect, type Socket } from "node:net";

/**
 * A process of its own that holds 150 connections of one source open as badly as it can, and opens another for each
 * that is closed. `node flood.ts SIP_PORT SIPS_PORT SOURCE`; ends when its channel closes, and tells then what it did.
 */
export interface FloodReport {
  readonly opened: number;
  /** Ended by the other side. */
  readonly ended: number;
  /** Most connections that had been open for half a second at one time. */
  readonly mostHeld: number;
}

const CONNECTIONS = 150;
const REOPEN_MS = 200;
const HELD_MS = 500;
const HUGE_HEADER = `OPTIONS sip:a@b SIP/2.0\r\nX-Huge: ${"a".repeat(100_000)}`;
const CRLFS = "\r\n".repeat(8_192);

const [sipPort = 0, sipsPort = 0] = process.argv.slice(2, 4).map(Number);
const source = process.argv[4];
const openSince = new Map<Socket, number>();
let opened = 0;
let ended = 0;
let mostHeld = 0;

/** One kind of malice for each connection. */
const KINDS: readonly ((socket: Socket) => NodeJS.Timeout | null)[] = [
  // A header section that grows by an octet now and then.
  (socket) => {
    socket.write("OPTIONS sip:a@b SIP/2.0\r\nX-Slow: ");
    return setInterval(() => socket.write("x"), 200);
  },
  // A TLS handshake that never begins.
  () => null,
  // Keep-alives as fast as they are taken.
  (socket) => setInterval(() => socket.writableNeedDrain || socket.write(CRLFS), 5),
  // A header that is longer than any message may be.
  (socket) => {
    socket.write(HUGE_HEADER);
    return null;
  },
];

function open(slot: number): void {
  const kind = slot % KINDS.length;
  const port = kind === 1 ? sipsPort : sipPort;
  const socket = connect({ port, host: "127.0.0.1", localAddress: source });
  let beat: NodeJS.Timeout | null = null;
  socket.on("error", () => undefined);
  socket.on("data", () => undefined);
  socket.once("connect", () => {
    opened += 1;
    openSince.set(socket, performance.now());
    beat = KINDS[kind]?.(socket) ?? null;
  });
  socket.once("close", () => {
    if (openSince.delete(socket)) ended += 1;
    if (beat !== null) clearInterval(beat);
    setTimeout(() => open(slot), REOPEN_MS);
  });
}

setInterval(() => {
  const nowMs = performance.now();
  const held = [...openSince.values()].filter((sinceMs) => nowMs - sinceMs > HELD_MS).length;
  mostHeld = Math.max(mostHeld, held);
}, 50);
for (let slot = 0; slot < CONNECTIONS; slot += 1) open(slot);
process.on("message", () => {
  const report: FloodReport = { opened, ended, mostHeld };
  process.send?.(report, () => process.exit(0));
});
process.on("disconnect", () => process.exit(0));
