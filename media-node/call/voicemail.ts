import {
  reachedVoicemail,
  type VoicemailReport,
  type VoicemailRoute,
} from "../../schema/contracts/agent-voicemail.ts";
import { recordableVariables } from "../../schema/contracts/client-data.ts";
import type { AnsweredParts } from "./call.ts";
import type { Talk } from "./media-ports.ts";
import { expandTemplate } from "./outbound/template.ts";

/** What a call that we placed does about a machine that answers: it is recorded, and by the agent's settings the call ends. */
export function answerScreening({
  agentSettings,
  ending,
  recorder,
}: Pick<AnsweredParts, "agentSettings" | "ending" | "recorder">): Pick<
  Talk,
  "voicemail" | "screened"
> {
  const isOurs = recorder.call.direction === "outbound";
  const { voicemail } = agentSettings;
  return {
    voicemail: isOurs && voicemail !== null ? withMessage(voicemail, recorder) : null,
    screened(report) {
      recorder.screened(report);
      if (isEnd(report)) ending.end("voicemail_detected", `${report.verdict}, ${report.cause}`);
    },
  };
}

function isEnd(report: VoicemailReport): boolean {
  // Nobody keeps a message that is left to an announcement.
  const isAnnouncement = report.cause === "network_announcement";
  if (report.action === "hang_up") return isAnnouncement || reachedVoicemail(report);
  return report.action === "leave_message" && isAnnouncement;
}

function withMessage(route: VoicemailRoute, recorder: AnsweredParts["recorder"]): VoicemailRoute {
  if (route.message === null) return route;
  const message = expandTemplate(route.message, recordableVariables(recorder.variables()));
  if (message === null) recorder.warn("The voicemail message has a variable that is not set.");
  return { ...route, message };
}
