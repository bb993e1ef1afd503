import type { VoicemailNews } from "../call/agent-ports.ts";

/** For models, which have no message of their own for it: who took the call, and what is wanted. Null: a person, or nobody knows. */
export function voicemailText({ report, isHeldBack, message }: VoicemailNews): string | null {
  const { verdict, cause } = report;
  if (verdict !== "machine" && verdict !== "machine_beep") return null;
  if (cause === "network_announcement")
    return "An announcement of the telephone network took the call, not a person.";
  const sentences = ["An answering machine took the call, not a person."];
  if (message !== null) sentences.push(`Leave this message, and nothing else: ${message}`);
  if (isHeldBack) sentences.push("What you say is held back until it records.");
  return sentences.join(" ");
}
