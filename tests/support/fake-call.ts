import type { CallEndCode } from "../../media-node/call/call-ends.ts";
import type { DigitSequence } from "../../media-node/call/digit-input.ts";
import { AgentUnavailable } from "../../media-node/call/faults.ts";
import type { Dialer, OutboundCall } from "../../media-node/call/outbound/outbound-ports.ts";
import type {
  AgentCall,
  AgentConnection,
  AgentSink,
  CallDeps,
  Clock,
  Dialog,
  DialogHandlers,
  DialogTerms,
  DigestDemand,
  ExtraHeaders,
  InboundInvite,
  LoggedCall,
  Permit,
  PermitQuery,
  PreCallAnswer,
  PreCallQuestion,
  ReferRequest,
  ReferResponse,
  RefusedInvite,
  RouteDecision,
  RouteQuery,
  SipReason,
} from "../../media-node/call/ports.ts";
import { createCallRegistry } from "../../media-node/call/registry.ts";
import type { TransferUpdate } from "../../media-node/call/transfer/transfers.ts";
import type { CallEvent } from "../../schema/contracts/call-record.ts";
import { NO_CLIENT_DATA } from "../../schema/contracts/client-data.ts";
import type { AgentRoute, InboundRoute } from "../../schema/contracts/routing.ts";
import { type CallId, makeId } from "../../schema/values/ids.ts";
import { Secret } from "../../schema/values/secret.ts";
import { FakeMedia } from "./fake-media.ts";

/** Fakes of media-node/call/ports.ts: everything that a call does, without a socket, in virtual time. */

interface VirtualClock extends Clock {
  /** Fires what is due, in order, letting promises settle before and after each. */
  advance(ms: number): Promise<void>;
  readonly pendingTimers: number;
}

function createVirtualClock(startAtMs = 1_750_000_000_000): VirtualClock {
  let elapsedMs = 0;
  const timers = new Set<{ readonly dueMs: number; readonly fire: () => void }>();
  return {
    nowMs: () => startAtMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    after(delayMs, fire) {
      const timer = { dueMs: elapsedMs + delayMs, fire };
      timers.add(timer);
      return { [Symbol.dispose]: () => timers.delete(timer) };
    },
    get pendingTimers() {
      return timers.size;
    },
    async advance(ms) {
      const untilMs = elapsedMs + ms;
      for (;;) {
        await settle();
        const [next] = [...timers]
          .filter((timer) => timer.dueMs <= untilMs)
          .sort((a, b) => a.dueMs - b.dueMs);
        if (next === undefined) break;
        timers.delete(next);
        elapsedMs = next.dueMs;
        next.fire();
      }
      elapsedMs = untilMs;
      await settle();
    },
  };
}

/** Lets every promise that can settle without I/O settle. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Numbers what happens, across all fakes of one call, in order. */
type Journal = string[];

class FakeAgent implements AgentConnection {
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

  transferring({ id, state, sipStatus, reason }: TransferUpdate): void {
    this.told.push(`transfer ${id} ${state} ${sipStatus} ${reason}`);
  }

  markReached(name: string, outcome: string): void {
    this.told.push(`mark ${name} ${outcome}`);
  }

  farEndChanged(party: string): void {
    this.told.push(`far end ${party}`);
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

  ringing(): void {
    this.#journal.push("ringing");
  }

  async challenge(demand: DigestDemand): Promise<void> {
    this.#journal.push(`challenge ${demand.status}`);
    this.demands.push(demand);
  }

  async reject(code: CallEndCode): Promise<void> {
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

const random = (bytes: number) => new Uint8Array(bytes).fill(7);
const id = <K extends Parameters<typeof makeId>[0]>(kind: K) =>
  makeId(kind, 1_750_000_000_000, random(10));

export const ROUTE: InboundRoute = {
  workspaceId: id("workspace"),
  phoneNumberId: id("phoneNumber"),
  phoneNumber: "+15005550100",
  inboundTrunkId: id("inboundTrunk"),
  callsPerSecond: null,
  workspaceConcurrency: null,
  agent: {
    id: id("agent"),
    workspaceId: id("workspace"),
    name: "Reception",
    connection: { protocol: "builtin" },
    maxDurationSecs: 600,
    digitInput: null,
    transferDestinations: ["+4930123400*", "sip:desk@pbx.example.com"],
    preCallWebhook: null,
    limits: { concurrency: null, daily: null },
    queue: null,
    silenceTimeoutSecs: null,
  },
  attributesToHeaders: {},
  media: { encryption: "allowed", codecs: ["PCMU", "PCMA"] },
  transfers: {
    destinations: ["+4930123400*", "sip:desk@pbx.example.com"],
    phoneHost: null,
    trunk: null,
    callerNumber: "+15005550100",
  },
  allowRefer: false,
  remoteDomains: [],
  matchedBy: "exact",
};

/** One call's surroundings; change what a test is about. */
export class FakeNode implements CallDeps {
  readonly journal: Journal = [];
  readonly clock = createVirtualClock();
  readonly calls = createCallRegistry();
  readonly node = { id: id("node"), region: "test" };
  readonly permits = {
    acquire: (query: PermitQuery, callId: CallId, signal: AbortSignal) =>
      this.acquirePermit(query, callId, signal),
  };
  readonly media = { open: () => this.openMedia() };
  readonly routes = { lookup: () => this.decide() };
  readonly callers: CallDeps["callers"] = {
    authenticate: (pending, invite) => this.authenticate(pending, invite),
  };
  readonly agents = {
    connect: (
      route: InboundRoute,
      call: AgentCall | Promise<AgentCall>,
      signal: AbortSignal,
    ): Promise<AgentConnection> => {
      this.journal.push("agent.connect");
      return this.startAgent(route, call, signal);
    },
  };
  readonly preCall = {
    ask: (_agent: AgentRoute, question: PreCallQuestion, signal: AbortSignal) => {
      this.journal.push("webhook.ask");
      this.questions.push(question);
      return this.askWebhook(question, signal);
    },
  };
  readonly records = {
    save: async (event: CallEvent) => {
      this.journal.push(event.kind);
      await this.saveRecord(event);
      this.events.push(event);
    },
  };
  readonly messageLogs = {
    open: ({ callId }: LoggedCall) => {
      this.logged.push(`open ${callId}`);
      return { [Symbol.dispose]: () => void this.logged.push(`close ${callId}`) };
    },
    follow: (callId: string, sipCallId: string, tag = "any") =>
      void this.logged.push(`${callId} ${sipCallId} ${tag}`),
  };
  readonly rejections = { note: (refused: RefusedInvite) => void this.refused.push(refused) };
  readonly logger = {
    info: (event: string, fields: Record<string, unknown>) => this.log(event, fields),
    warn: (event: string, fields: Record<string, unknown>) => this.log(event, fields),
    error: (event: string, fields: Record<string, unknown>) => this.log(event, fields),
  };
  readonly metrics = {
    callStarted: () => this.counted.push("started"),
    callEnded: (_direction: string, code: CallEndCode) => this.counted.push(`ended ${code}`),
    callSetUp: () => this.counted.push("set up"),
    callRefused: (code: CallEndCode) => this.counted.push(`refused ${code}`),
    preCallAsked: (outcome: string) => this.counted.push(`webhook ${outcome}`),
  };
  readonly dialer: Dialer = { invite: (call: OutboundCall) => this.dial(call) };
  readonly ourHost = "203.0.113.5";
  openTrunkSecret: CallDeps["openTrunkSecret"] = async () => new Secret("password");
  readonly random = random;
  readonly newCallId = () => id("call");

  readonly logged: string[] = [];
  readonly refused: RefusedInvite[] = [];
  readonly events: CallEvent[] = [];
  readonly logs: { readonly event: string; readonly fields: Record<string, unknown> }[] = [];
  readonly counted: string[] = [];
  /** What agents were told at their start. */
  readonly agentCalls: AgentCall[] = [];
  readonly questions: PreCallQuestion[] = [];
  readonly session = new FakeMedia(this.journal);
  readonly agent = new FakeAgent(this.journal);

  admission: () => CallEndCode | null = () => null;
  decide: () => RouteDecision = () => ({ kind: "accept", route: ROUTE });
  authenticate: CallDeps["callers"]["authenticate"] = async ({ refusal }) => refusal;
  openMedia: CallDeps["media"]["open"] = async () => ({
    session: this.session,
    address: "203.0.113.5",
    rtpPort: 10_000,
  });
  connectAgent: CallDeps["agents"]["connect"] = async () => this.agent;
  /** Every permit is given; how many have not come back. */
  permitsOut = 0;
  acquirePermit: CallDeps["permits"]["acquire"] = async () => this.givePermit();
  askWebhook: (question: PreCallQuestion, signal: AbortSignal) => Promise<PreCallAnswer> =
    async () => ({ kind: "data", data: NO_CLIENT_DATA });
  saveRecord: (event: CallEvent) => Promise<void> = async () => {};

  dial: Dialer["invite"] = async () => ({ kind: "failed", cause: "unreachable", detail: "test" });
  /** As the real connector: it connects meanwhile, and the agent is ready only after it was told of the call. */
  async startAgent(...asked: Parameters<CallDeps["agents"]["connect"]>): Promise<AgentConnection> {
    const connected = this.connectAgent(...asked);
    const told = Promise.resolve(asked[1]).then((call) => this.agentCalls.push(call));
    const [connection] = await Promise.all([connected, told]);
    return connection;
  }

  givePermit(): Permit {
    this.permitsOut += 1;
    return {
      kind: "granted",
      [Symbol.asyncDispose]: async () => {
        this.permitsOut -= 1;
      },
    };
  }

  log(event: string, fields: Record<string, unknown>): void {
    this.logs.push({ event, fields });
  }

  /** An agent that is never ready, as the connector treats it: it gives up with the call. */
  readonly neverReady: CallDeps["agents"]["connect"] = (_route, _call, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(new AgentUnavailable("the call ended first")));
    });

  get record(): Extract<CallEvent, { kind: "call_ended" }>["call"] | null {
    const last = this.events.at(-1);
    return last?.kind === "call_ended" ? last.call : null;
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
