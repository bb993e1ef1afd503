/**
 * A process that nobody attacks, beside one that is: what it waits for the processor, everybody waits. It counts the
 * ticks of 20 ms that it came too late for, and tells the count when asked.
 */
export interface BystanderReport {
  readonly ticksMissed: number;
}

const TICK_MS = 20;

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

process.on("message", () => {
  const report: BystanderReport = { ticksMissed };
  process.send?.(report);
});
process.on("disconnect", () => process.exit(0));
