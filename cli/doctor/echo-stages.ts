import type { EchoFinding } from "../../schema/contracts/echo-report.ts";
import type { DoctorFailure } from "./doctor-faults.ts";
import type { EchoCheck } from "./echo-check.ts";

/** What a check of the echo comes to, for one stage of the doctor. */
export type EchoVerdict =
  | { readonly status: "ok"; readonly detail: string; readonly warning: string | null }
  | { readonly status: "skipped"; readonly detail: string; readonly warning: null }
  | {
      readonly status: "failed";
      readonly detail: string;
      readonly warning: string | null;
      readonly code: "echo_refused" | "echo_not_heard" | "audio_not_received";
    }
  | {
      readonly status: "failed";
      readonly detail: string;
      readonly warning: string | null;
      /** As the node judges it. */
      readonly finding: EchoFinding;
    };

/** Statuses of an endpoint that has no echo to call, or none to spare: nobody's fault. */
const WITHOUT_ECHO: Readonly<Record<number, string>> = {
  403: "The endpoint has no echo to call.",
  404: "The endpoint has no echo to call.",
  486: "The endpoint has no place for an echo call now: try again in a minute.",
};

/** Whether audio went both ways. */
export function judgeEcho({ call, report, whyNoReport }: EchoCheck): EchoVerdict {
  if (call.status !== 200) {
    const none = WITHOUT_ECHO[call.status ?? 0];
    if (none !== undefined) return { status: "skipped", detail: none, warning: null };
    const detail = `The call was not answered: ${call.status ?? ""} ${call.reason}.`;
    return { status: "failed", code: "echo_refused", detail, warning: null };
  }
  const counts = `${call.sent} packets left and ${call.received} came`;
  const fault = report?.findings.find(({ severity }) => severity === "fault");
  if (fault !== undefined) {
    return { status: "failed", detail: fault.detail, warning: whyNoReport, finding: fault };
  }
  if (call.received === 0) {
    const detail = `${counts}: one-way audio, towards the endpoint only.`;
    return { status: "failed", code: "audio_not_received", detail, warning: whyNoReport };
  }
  if (call.echo_ok !== true) {
    const detail = `${counts}, and what was played did not come back.`;
    return { status: "failed", code: "echo_not_heard", detail, warning: whyNoReport };
  }
  const keys = call.srtp === null ? "RTP in clear" : `SRTP ${call.srtp}`;
  const trip = call.round_trip_ms === null ? "" : `, ${call.round_trip_ms} ms there and back`;
  const loss = `${call.lost} lost`;
  const detail = `Audio passes both ways: ${counts}, ${loss}${trip} (${keys}, ${call.codec}).`;
  return { status: "ok", detail, warning: whyNoReport };
}

/** Whether somebody on the way changes messages. */
export function judgeRewriting({ rewritten }: EchoCheck): {
  readonly detail: string;
  readonly status: "ok" | "failed" | "skipped";
} {
  if (rewritten === null) return { status: "skipped", detail: "There is nothing to compare." };
  if (rewritten.length === 0) {
    return { status: "ok", detail: "The INVITE arrives as it was sent, its SDP too." };
  }
  const detail = `Something on the way has changed ${rewritten.join(", ")}: a SIP ALG.`;
  return { status: "failed", detail };
}

/** The node's finding as the doctor's own. */
export function failureOf({ code, side, hint }: EchoFinding): DoctorFailure {
  return { code, side, hint, allow: null };
}
