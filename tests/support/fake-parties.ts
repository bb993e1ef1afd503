import type {
  AgentActionOutcome,
  AgentConnection,
  AgentSink,
  DigitSequence,
  VoicemailNews,
} from "../../media-node/call/agent-ports.ts";
import type { CallEndCode } from "../../media-node/call/call-ends.ts";
import type {
  Dialog,
  DialogHandlers,
  DialogTerms,
  DigestDemand,
  ExtraHeaders,
  InboundInvite,
  ReferRequest,
  ReferResponse,
  RouteQuery,
  SipReason,
} from "../../media-node/call/ports.ts";
import type { TransferUpdate } from "../../media-node/call/transfer/transfers.ts";

/** Fakes of those whom a call talks to, of media-node/call/ports.ts: the agent, the INVITE and its dialog. */

/** Numbers what happens, across all fakes of one call, in order. */
export type Journal = string[];

export class FakeAgent implements AgentConnection {
  readonly told: string[] = [];
  readonly heard: Int16Array[] = [];
  sink: AgentSink | null = null;
  disposed = 0;
  readonly #journal: Journal;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  attach(sink: AgentSink): void {
    this.sink = sink;
  }

  ringing(): void {
    this.told.push("ringing");
  }

  answered(): void {
    this.#journal.push("agent.answered");
    this.told.push("answered");
  }

  audio(frame: Int16Array): void {
    this.heard.push(frame.slice());
  }

  digit(digit: string, durationMs: number): void {
    this.told.push(`digit ${digit} ${durationMs}`);
  }

  digitsCollected({ digits, endedBy }: DigitSequence): void {
    this.told.push(`digits ${digits} by ${endedBy}`);
  }

  digitsSent(digits: string, outcome: string): void {
    this.told.push(`${outcome} ${digits}`);
  }

  acted(outcome: AgentActionOutcome): void {
    this.told.push(`acted ${JSON.stringify(outcome)}`);
  }

  transferring({ id, state, sipStatus, reason }: TransferUpdate): void {
    this.told.push(`transfer ${id} ${state} ${sipStatus} ${reason}`);
  }

  markReached(name: string, outcome: string): void {
    this.told.push(`mark ${name} ${outcome}`);
  }

  farEndChanged(party: string): void {
    this.told.push(`far end ${party}`);
  }

  voicemail({ isHeldBack, message, report }: VoicemailNews): void {
    const held = isHeldBack ? " held back" : "";
    const text = message === null ? "" : ` "${message}"`;
    this.told.push(`voicemail ${report.verdict} ${report.cause}${held}${text}`);
  }

  held(isHeld: boolean): void {
    this.told.push(isHeld ? "held" : "resumed");
  }

  playoutFull(): void {
    this.told.push("playout full");
  }

  ended(code: CallEndCode): void {
    this.told.push(`ended ${code}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#journal.push("agent.dispose");
    this.disposed += 1;
  }
}

export class FakeDialog implements Dialog {
  readonly sipCallId = "call@peer";
  readonly byes: SipReason[] = [];
  readonly byeHeaders: ExtraHeaders[] = [];
  remoteAnswer: string | null = null;
  handlers: DialogHandlers | null = null;
  readonly #journal: Journal;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  attach(handlers: DialogHandlers): void {
    this.handlers = handlers;
  }

  readonly refers: ReferRequest[] = [];
  /** Null: a REFER is not answered. */
  referAnswer: ReferResponse | null = { status: 202, reason: "Accepted" };

  refer(request: ReferRequest, answered: (response: ReferResponse) => void): void {
    this.refers.push(request);
    if (this.referAnswer !== null) answered(this.referAnswer);
  }

  async bye(reason: SipReason, headers: ExtraHeaders = {}): Promise<void> {
    this.#journal.push("bye");
    this.byeHeaders.push(headers);
    this.byes.push(reason);
  }
}

export const QUERY: RouteQuery = {
  sourceAddress: "192.0.2.10",
  sourcePort: 40_000,
  transport: "tls",
  tlsIdentities: [],
  requestHost: "acme.sip.example.com",
  requestUser: "+15005550100",
  toUser: "+15005550100",
  fromUser: "+4930123456",
};

export class FakeInvite implements InboundInvite {
  query: RouteQuery = QUERY;
  readonly sipCallId = "call@peer";
  requestUri = "sip:+15005550100@acme.sip.example.com";
  headers: Record<string, readonly string[]> = {};
  credentials: readonly string[] = [];
  offer: string | null;
  readonly cancelling = new AbortController();
  readonly answers: string[] = [];
  readonly answerHeaders: ExtraHeaders[] = [];
  readonly answerTerms: DialogTerms[] = [];
  /** Of the 180 and of a refusal. */
  readonly otherTerms: DialogTerms[] = [];
  readonly rejections: CallEndCode[] = [];
  readonly demands: DigestDemand[] = [];
  readonly dialog: FakeDialog;
  /** What `answer` does: by default the ACK comes at once. */
  onAnswer: () => Promise<void> = async () => {};
  readonly #journal: Journal;

  constructor(journal: Journal, offer: string | null) {
    this.#journal = journal;
    this.offer = offer;
    this.dialog = new FakeDialog(journal);
  }

  get cancelled(): AbortSignal {
    return this.cancelling.signal;
  }

  cancel(): void {
    this.cancelling.abort();
  }

  ringing(terms: DialogTerms = {}): void {
    this.#journal.push("ringing");
    this.otherTerms.push(terms);
  }

  async challenge(demand: DigestDemand): Promise<void> {
    this.#journal.push(`challenge ${demand.status}`);
    this.demands.push(demand);
  }

  async reject(code: CallEndCode, terms: DialogTerms = {}): Promise<void> {
    this.otherTerms.push(terms);
    this.#journal.push(`reject ${code}`);
    this.rejections.push(code);
  }

  async answer(sdp: string, headers: ExtraHeaders = {}, terms: DialogTerms = {}): Promise<Dialog> {
    this.#journal.push("answer");
    this.answerTerms.push(terms);
    this.answerHeaders.push(headers);
    this.answers.push(sdp);
    await this.onAnswer();
    return this.dialog;
  }
}

/** An offer as a carrier writes it; lines can be replaced. */
export function offerSdp(changes: { version?: number; direction?: string; lines?: string[] } = {}) {
  const { version = 1, direction = "sendrecv" } = changes;
  const lines = changes.lines ?? [
    "m=audio 4000 RTP/AVP 0 8 101",
    "a=rtpmap:101 telephone-event/8000",
  ];
  return [
    "v=0",
    `o=- 4711 ${version} IN IP4 192.0.2.10`,
    "s=-",
    "c=IN IP4 192.0.2.10",
    "t=0 0",
    ...lines,
    `a=${direction}`,
    "",
  ].join("\r\n");
}
