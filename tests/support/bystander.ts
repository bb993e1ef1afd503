import { createServer } from "node:net";

/**
 * A process that nobody attacks, beside one that is: what it waits for the processor, everybody waits. It echoes what
 * comes over TCP and counts the ticks of 20 ms that it came too late for. Tells its port, and the count when asked.
 */
export interface BystanderReport {
  readonly port?: number;
  readonly ticksMissed?: number;
}

const TICK_MS = 20;

function tell(report: BystanderReport): void {
  process.send?.(report);
}

let dueAt = performance.now();
let ticksMissed = 0;
function tick(): void {
  const now = performance.now();
  // A timer may fire a little before its time.
  const late = Math.max(0, Math.floor((now - dueAt) / TICK_MS));
  ticksMissed += late;
  dueAt += (late + 1) * TICK_MS;
  setTimeout(tick, Math.max(0, dueAt - now));
}
tick();

const server = createServer((socket) => {
  socket.setNoDelay(true);
  socket.on("error", () => undefined);
  socket.pipe(socket);
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  tell({ port: typeof address === "object" && address !== null ? address.port : 0 });
});
process.on("message", () => tell({ ticksMissed }));
process.on("disconnect", () => process.exit(0));
