import type { TestCallMessage } from "../../schema/contracts/test-calls.ts";
import { codeWords } from "./words.ts";

/** How far a call from the browser is. */
export type PhoneState =
  | { readonly at: "ready" }
  /** The browser asks whether it may use the microphone. */
  | { readonly at: "asking" }
  | { readonly at: "connecting" }
  | { readonly at: "ringing" }
  | { readonly at: "talking"; readonly sinceMs: number; readonly isHeld: boolean }
  | {
      readonly at: "ended";
      readonly reason: string;
      /** The number has let it ring: the history has the call. */
      readonly hasRung: boolean;
    };

export type PhoneEvent =
  | { readonly kind: "called" }
  | { readonly kind: "allowed" }
  /** Nothing was placed: what went wrong is told beside. */
  | { readonly kind: "failed" }
  | { readonly kind: "told"; readonly message: TestCallMessage; readonly atMs: number }
  | { readonly kind: "closed" };

/** What is told after the end, or out of order, changes nothing. */
export function phoneAfter(state: PhoneState, event: PhoneEvent): PhoneState {
  switch (event.kind) {
    case "called":
      return state.at === "ready" || state.at === "ended" ? { at: "asking" } : state;
    case "allowed":
      return state.at === "asking" ? { at: "connecting" } : state;
    case "failed":
      return { at: "ready" };
    case "closed":
      return isUp(state) ? endedWith(state, "link_lost") : state;
    case "told":
      return isUp(state) ? afterMessage(state, event.message, event.atMs) : state;
    default:
      return event satisfies never;
  }
}

function afterMessage(state: PhoneState, message: TestCallMessage, atMs: number): PhoneState {
  switch (message.type) {
    case "connecting":
    case "digits_sent":
      return state;
    case "ringing":
      return state.at === "connecting" ? { at: "ringing" } : state;
    case "answered":
      return state.at === "talking" ? state : { at: "talking", sinceMs: atMs, isHeld: false };
    case "held":
    case "resumed":
      return state.at === "talking" ? { ...state, isHeld: message.type === "held" } : state;
    case "ended":
      return endedWith(state, message.reason);
    default:
      return message satisfies never;
  }
}

/** From when the microphone is ours to the end. */
export function isUp({ at }: PhoneState): boolean {
  return at === "connecting" || at === "ringing" || at === "talking";
}

function endedWith({ at }: PhoneState, reason: string): PhoneState {
  return { at: "ended", reason, hasRung: at === "ringing" || at === "talking" };
}

/** For a status that is read out: without what changes by the second. */
export function stateWords(state: PhoneState): string {
  switch (state.at) {
    case "ready":
      return "Nothing is called yet.";
    case "asking":
      return "Waiting for the microphone: answer your browser's question.";
    case "connecting":
      return "Connecting…";
    case "ringing":
      return "Ringing…";
    case "talking":
      return state.isHeld ? "On hold: nobody hears you." : "Talking.";
    case "ended":
      return `Ended. ${endWords(state.reason)}`;
    default:
      return state satisfies never;
  }
}

/** Of the calling leg, as the one who has called sees it. */
const ENDS: Readonly<Record<string, string>> = {
  agent_hung_up: "You hung up.",
  agent_lost: "The link of this page was lost.",
  browser_gone: "You hung up.",
  busy: "It was busy: a limit of the agent or the workspace is reached.",
  callee_hung_up: "The agent hung up.",
  callee_unknown: "The number was refused as unknown. Is an agent assigned to it?",
  carrier_media_refused: "Nothing could be agreed on for the audio.",
  carrier_refused: "The call was refused.",
  carrier_tls_failed:
    "The node's certificate could not be proved, and the number wants encryption.",
  carrier_unavailable: "No calls are taken at the moment.",
  carrier_unreachable: "The node does not reach its own address.",
  link_lost: "The link of this page was lost.",
  max_duration: "Ten minutes are over.",
  media_timeout: "No audio came any more.",
  no_answer: "It rang, and nobody answered.",
  node_busy: "The node has as many test calls as it carries.",
  node_lost: "The node could not place the call.",
  not_joined: "The node did not come in time.",
  time_over: "Ten minutes are over.",
};

function endWords(reason: string): string {
  return ENDS[reason] ?? `${codeWords(reason)}.`;
}

/** Why the microphone cannot be had, by the name of the browser's own error. */
export function microphoneWords(name: string): string {
  switch (name) {
    case "NotAllowedError":
      return "The browser does not let this page use the microphone. Allow it in the address bar, and call again.";
    case "NotFoundError":
      return "There is no microphone.";
    case "NotReadableError":
      return "Another program has the microphone.";
    default:
      return "The browser gives no microphone to this page. It does so over HTTPS, and on this machine.";
  }
}
