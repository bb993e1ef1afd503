import { EXIT } from "../exit-status.ts";
import type { Terminal } from "../terminal.ts";
import type { Rung } from "./ladder.ts";

/** What a call was like: the object that `--json` prints. */
export interface CallReport {
  readonly ok: boolean;
  /** Final SIP status of the INVITE; null when none came. */
  readonly status: number | null;
  readonly reason: string;
  /** From INVITE to 200. */
  readonly setup_ms: number | null;
  readonly heard_agent: boolean;
  /** Null: it was not asked for. */
  readonly echo_ok: boolean | null;
  readonly round_trip_ms: number | null;
  /** RTP packets. */
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
  readonly codec: string | null;
  /** RFC 4568 suite; null: plain RTP. */
  readonly srtp: string | null;
  readonly ladder: readonly Rung[];
}

/** A call without media: refused, cancelled, or never sent. */
export function failedCall(
  status: number | null,
  reason: string,
  ladder: readonly Rung[],
): CallReport {
  return {
    ok: false,
    status,
    reason,
    setup_ms: null,
    heard_agent: false,
    echo_ok: null,
    round_trip_ms: null,
    sent: 0,
    received: 0,
    lost: 0,
    codec: null,
    srtp: null,
    ladder,
  };
}

/** 5 says that the call was up and its audio was not what was asked for. */
export function exitStatusOf(report: CallReport, wasAudioWrong: boolean): number {
  if (report.ok) return EXIT.ok;
  return wasAudioWrong ? EXIT.checkFailed : EXIT.error;
}

export function printReport(report: CallReport, isJson: boolean, terminal: Terminal): void {
  if (isJson) terminal.data(JSON.stringify(report));
  if (report.codec !== null) {
    const row = (name: string, text: string): void => {
      terminal.say(`  ${terminal.paint("dim", name.padEnd(11))} ${text}`);
    };
    row("media", `${report.codec}, ${report.srtp ?? "RTP in clear"}`);
    row("agent", report.heard_agent ? "heard" : "not heard");
    if (report.echo_ok !== null) {
      const trip = report.round_trip_ms === null ? "" : `, round trip ${report.round_trip_ms} ms`;
      row("echo", report.echo_ok ? `came back${trip}` : "did not come back");
    }
    const total = report.received + report.lost;
    const share = total === 0 ? 0 : (100 * report.lost) / total;
    row("packets", `${report.sent} sent, ${report.received} received, ${share.toFixed(1)} % lost`);
  }
  const status = report.status === null ? "" : `${report.status} `;
  const verdict = report.ok ? terminal.paint("green", "OK") : terminal.paint("red", "FAILED");
  terminal.say(`${verdict}  ${status}${report.reason}`);
}
