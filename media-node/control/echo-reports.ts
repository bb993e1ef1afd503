import {
  ECHO_REPORT_SECS,
  type EchoReport,
  type KeptEchoReport,
} from "../../schema/contracts/echo-report.ts";
import { backoffMs, createAlarm } from "./alarm.ts";
import { type ControlPlaneClient, refusedAnswer } from "./http-client.ts";
import type { ControlDeps } from "./ports.ts";

/** What waits for the control plane; the oldest gives way. */
const MAX_WAITING = 100;
const RETRY = { firstMs: 500, maxMs: 30_000 };
const IDLE_MS = 60_000;
/** The report can never be taken. */
const WRONG_FOR_EVER: ReadonlySet<number> = new Set([400, 404, 413, 422]);

export interface EchoReports extends AsyncDisposable {
  /** Delivers the report as soon as the control plane takes it. Never throws. */
  keep(token: string, report: EchoReport): void;
}

type EchoReportsDeps = Pick<ControlDeps, "clock" | "logger"> & {
  readonly client: ControlPlaneClient;
  /** 0 to 1. */
  readonly random: () => number;
};

/** Reports of echo calls on their way to the control plane: in memory, and lost with the node, as the calls are. */
export function startEchoReports({ client, clock, logger, random }: EchoReportsDeps): EchoReports {
  const waiting: (KeptEchoReport & { readonly atMs: number })[] = [];
  const alarm = createAlarm(clock);
  const pause = createAlarm(clock);
  const stopping = new AbortController();

  async function deliver({ token, report }: KeptEchoReport): Promise<void> {
    const response = await client.send({
      method: "POST",
      path: "/v1/nodes/echo-reports",
      body: { token, report } satisfies KeptEchoReport,
      signal: stopping.signal,
    });
    if (response.status === 204) return;
    const fault = refusedAnswer("an echo report", response);
    if (!WRONG_FOR_EVER.has(response.status)) throw fault;
    logger.warn("echo_report_refused", { error: fault });
  }

  async function run(): Promise<void> {
    let attempt = 0;
    while (!stopping.signal.aborted) {
      const [oldest] = waiting;
      if (oldest === undefined) {
        await alarm.wait(IDLE_MS);
        continue;
      }
      try {
        const isStale = clock.monotonicMs() - oldest.atMs > ECHO_REPORT_SECS * 1_000;
        if (!isStale) await deliver(oldest);
        const at = waiting.indexOf(oldest);
        if (at >= 0) waiting.splice(at, 1);
        attempt = 0;
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (attempt === 0) logger.warn("echo_report_waits", { error });
        attempt += 1;
        await pause.wait(backoffMs(attempt, RETRY, random));
      }
    }
  }

  const running = run();
  return {
    keep(token, report) {
      if (waiting.length >= MAX_WAITING) waiting.shift();
      waiting.push({ token, report, atMs: clock.monotonicMs() });
      alarm.ring();
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      alarm.ring();
      pause.ring();
      await running;
    },
  };
}
