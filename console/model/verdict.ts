import type { ConversationView } from "../../schema/contracts/conversation.ts";
import type { Ladder } from "./ladder.ts";
import { codeWords, waitWords } from "./words.ts";

/** The questions that everybody asks of a call first, answered in plain words. */

export interface Answer {
  readonly question: string;
  readonly state: "good" | "bad" | "unknown";
  readonly words: string;
}

/** `ladder` is null while it is read, and where no messages were kept. */
export function verdictOf(call: ConversationView, ladder: Ladder | null): readonly Answer[] {
  return [
    inviteAnswer(call, ladder),
    statusAnswer(call, ladder),
    mediaAnswer(call),
    endAnswer(call),
  ];
}

function inviteAnswer(call: ConversationView, ladder: Ladder | null): Answer {
  const question = "Was there an INVITE?";
  const isInbound = call.metadata.phone_call.direction === "inbound";
  const invites = ladder?.rungs.filter(
    ({ method, status }) => method === "INVITE" && status === null,
  );
  if (invites === undefined) {
    const words = isInbound
      ? "Yes: the call reached us. Its messages are not kept, or not here yet."
      : "The messages of this call are not kept, or not here yet.";
    return { question, state: isInbound ? "good" : "unknown", words };
  }
  const [first] = invites;
  if (first === undefined) {
    return { question, state: "bad", words: "No. The call ended before one was sent." };
  }
  const peer = ladder?.lanes[first.lane]?.host ?? "the other side";
  const way = first.direction === "in" ? `Yes, from ${peer}` : `Yes, we sent one to ${peer}`;
  const again = invites.reduce((sum, { repeats }) => sum + repeats, 0);
  return {
    question,
    state: "good",
    words: again === 0 ? `${way}.` : `${way}, sent ${again + 1} times: answers were lost or late.`,
  };
}

function statusAnswer(call: ConversationView, ladder: Ladder | null): Answer {
  const question = "Which answer did it get?";
  const final = ladder?.rungs.findLast(
    ({ method, status }) =>
      method === "INVITE" && status !== null && status >= 200 && !isChallenge(status),
  );
  const accepted = call.metadata.accepted_time_unix_secs;
  if (accepted !== null) {
    // The API's times are whole seconds, the messages' are not.
    const invite = ladder?.rungs.find(({ method }) => method === "INVITE");
    const waited =
      invite === undefined || final === undefined
        ? accepted - call.metadata.start_time_unix_secs
        : final.offsetSecs - invite.offsetSecs;
    return { question, state: "good", words: `200 OK after ${waitWords(waited)}.` };
  }
  const status = call.end?.sip_status ?? final?.status ?? null;
  if (call.end === null) return { question, state: "unknown", words: "None yet: it rings." };
  if (status === null) return { question, state: "bad", words: "It was never answered." };
  return { question, state: "bad", words: `${final?.label ?? status}: it was never answered.` };
}

function isChallenge(status: number): boolean {
  return status === 401 || status === 407;
}

function mediaAnswer(call: ConversationView): Answer {
  const question = "Did media flow?";
  const { quality } = call;
  if (call.metadata.accepted_time_unix_secs === null) {
    return {
      question,
      state: call.end === null ? "unknown" : "bad",
      words: "No: nobody answered.",
    };
  }
  if (quality === null) {
    const words =
      call.end === null ? "The call lasts: it is known at its end." : "It is not known.";
    return { question, state: "unknown", words };
  }
  const [heard, sent] = [quality.receive.packets > 0, quality.send.packets > 0];
  const how = `${quality.codec}, ${quality.srtp_suite === null ? "not encrypted" : "encrypted"}`;
  if (heard && sent) {
    const mos = quality.receive.mos?.avg;
    const score = mos === undefined ? "" : ` Estimated quality ${mos.toFixed(1)} of 5.`;
    return { question, state: "good", words: `Yes, both ways (${how}).${score}` };
  }
  if (heard) return { question, state: "bad", words: `Only towards the agent (${how}).` };
  if (sent) {
    const words = `Only towards the phone (${how}): nothing came from there. Look for a firewall that drops UDP.`;
    return { question, state: "bad", words };
  }
  return { question, state: "bad", words: "No: no packet came and none was sent." };
}

/** Of `blame`: in whose hands it is. */
const BLAME: Readonly<Record<string, string>> = {
  caller: "It lies with the caller.",
  customer: "It lies with your settings or your carrier's account.",
  agent: "It lies with the agent.",
  carrier: "It lies with the carrier.",
  platform: "It lies with us.",
  unknown: "Whose side it is cannot be told from here.",
};

function endAnswer(call: ConversationView): Answer {
  const question = "Who ended it, and why?";
  const { end } = call;
  if (end === null) return { question, state: "unknown", words: "The call lasts." };
  const isFine = end.blame === "none";
  const reason = call.metadata.termination_reason || `${codeWords(end.code)}.`;
  return {
    question,
    state: isFine ? "good" : "bad",
    words: isFine ? reason : `${reason} ${BLAME[end.blame] ?? ""}`.trim(),
  };
}
