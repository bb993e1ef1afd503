import type { CallEndCode } from "./call-ends.ts";

/** A failure with a row of `CALL_ENDS`: adapters throw it, the call ends for the reason it names. */
export abstract class CallFault extends Error {
  abstract readonly code: CallEndCode;
}

/** The agent could not be reached, refused, or did not accept in time. */
export class AgentUnavailable extends CallFault {
  readonly code = "agent_unavailable";
}

/** The pre-call webhook said no, or said nothing usable where its failure rejects the call. */
export class PreCallRefused extends CallFault {
  readonly code: "precall_rejected" | "precall_failed";

  constructor(code: PreCallRefused["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** The SIP side of a call is gone: cancelled, never acknowledged, or lost with the engine. */
export class SipFault extends CallFault {
  readonly code: "cancelled" | "ack_timeout" | "signalling_lost";

  constructor(code: SipFault["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
