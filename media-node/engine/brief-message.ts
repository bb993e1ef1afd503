import { emptyBody, type SipHeader, type SipMessage } from "../protocol/sip/message.ts";

/**
 * What the application is told of messages that it only has to notice. drachtio-srf looks at every header of a frame
 * several times, and compares them all for each that it asks for.
 */
interface Kept {
  readonly headers: ReadonlySet<string>;
  readonly hasBody: boolean;
}

/** It finds the dialog by the frame's leader, and the INVITE of a CANCEL by its Call-ID. */
const ACK: Kept = { headers: new Set(["Call-ID", "Content-Type"]), hasBody: true };
/** Of a BYE and a CANCEL the call also wants to know why. */
const ENDING: Kept = { headers: new Set(["Call-ID", "Content-Type", "Reason"]), hasBody: true };
/** What became of its own answer: the dialog is named by the To tag and our Contact. It knows the body. */
const ANSWER: Kept = { headers: new Set(["To", "Contact", "RSeq"]), hasBody: false };
/** For any other answer of its own the status says all. */
const DONE: Kept = { headers: new Set(), hasBody: false };

/** A request of the peer as the application needs it. What is not an ACK, a BYE or a CANCEL stays whole. */
export function inBrief<Message extends SipMessage>(message: Message): Message {
  const { startLine } = message;
  if (startLine.kind !== "request") return message;
  if (startLine.method === "ACK") return cut(message, ACK);
  const isEnding = startLine.method === "BYE" || startLine.method === "CANCEL";
  return isEnding ? cut(message, ENDING) : message;
}

/** The application's own answer to a request of this method, as it is told that it has been sent. */
export function answerInBrief<Message extends SipMessage>(
  message: Message,
  method: string,
): Message {
  const makesDialog = method === "INVITE" || method === "SUBSCRIBE";
  return cut(message, makesDialog ? ANSWER : DONE);
}

function cut<Message extends SipMessage>(message: Message, kept: Kept): Message {
  const headers: SipHeader[] = [];
  for (const header of message.headers) if (kept.headers.has(header.name)) headers.push(header);
  return { ...message, headers, body: kept.hasBody ? message.body : emptyBody() };
}
