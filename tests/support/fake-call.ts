import type { AudioFolder } from "../../media-node/bridge/audio-folder.ts";
import { type CallMediaDeps, createMediaPorts } from "../../media-node/bridge/call-media.ts";
import type {
  AgentCall,
  AgentConnection,
  AgentConnector,
  AgentTarget,
} from "../../media-node/call/agent-ports.ts";
import type { CallEndCode } from "../../media-node/call/call-ends.ts";
import { AgentUnavailable } from "../../media-node/call/faults.ts";
import type { CallMediaEvents, MediaPorts } from "../../media-node/call/media-ports.ts";
import type { Dialer, OutboundCall } from "../../media-node/call/outbound/outbound-ports.ts";
import type {
  CallDeps,
  LoggedCall,
  Permit,
  PermitQuery,
  PreCallAnswer,
  PreCallQuestion,
  RefusedInvite,
  RouteDecision,
} from "../../media-node/call/ports.ts";
import { createCallRegistry } from "../../media-node/call/registry.ts";
import { NO_TRACES } from "../../media-node/call/trace-ports.ts";
import type { CallEvent } from "../../schema/contracts/call-record.ts";
import { NO_CLIENT_DATA } from "../../schema/contracts/client-data.ts";
import type { AgentRoute, InboundRoute } from "../../schema/contracts/routing.ts";
import { type CallId, makeId } from "../../schema/values/ids.ts";
import { Secret } from "../../schema/values/secret.ts";
import { FakeMedia } from "./fake-media.ts";
import { FakeAgent, type Journal } from "./fake-parties.ts";
import { createVirtualClock } from "./virtual-clock.ts";

/** A node of fakes of media-node/call/ports.ts: everything that a call does, without a socket, in virtual time. */

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
    voicemail: null,
    fallback: null,
    audioFiles: {},
    recording: null,
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
  /** How calls reach their media: as they are, unless a test puts a channel between. */
  static reachMedia: (ports: MediaPorts, node: FakeNode) => MediaPorts = (ports) => ports;
  readonly journal: Journal = [];
  readonly clock = createVirtualClock();
  readonly calls = createCallRegistry();
  readonly node = { id: id("node"), region: "test" };
  readonly permits = {
    acquire: (query: PermitQuery, callId: CallId, signal: AbortSignal) =>
      this.acquirePermit(query, callId, signal),
  };
  /** The real bridge, between media and an agent that are not. */
  readonly #mediaPorts = createMediaPorts({
    audioFiles: { read: (sha256) => this.readAudio(sha256) },
    openSession: () => this.openMedia(),
    clock: this.clock,
    agents: {
      connect: (target, call, signal) => {
        this.journal.push("agent.connect");
        return this.startAgent(target, call, signal);
      },
    },
  });
  /** What the last call's media tell it. */
  mediaEvents: CallMediaEvents | null = null;
  #reachedMedia: MediaPorts | null = null;
  readonly media: CallDeps["media"] = {
    open: (call, events) => {
      this.mediaEvents = events;
      this.#reachedMedia ??= FakeNode.reachMedia(this.#mediaPorts, this);
      return this.#reachedMedia.open(call, events);
    },
  };
  readonly routes = { lookup: () => this.decide() };
  readonly callers: CallDeps["callers"] = {
    authenticate: (pending, invite) => this.authenticate(pending, invite),
  };
  readonly agents = {
    target: async (): Promise<AgentTarget> => ({ protocol: "builtin" }),
  };
  /** Every file is there and holds a second of silence. */
  readAudio: AudioFolder["read"] = async () => ({
    pcm: new Int16Array(8_000),
    sampleRateHz: 8_000,
  });
  readonly audioFiles: CallDeps["audioFiles"] = {
    ensure: async (_agentId, sha256) => void this.journal.push(`ensure ${sha256}`),
    prefetch() {},
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
  readonly traces = NO_TRACES;
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
  openMedia: CallMediaDeps["openSession"] = async () => ({
    session: this.session,
    address: "203.0.113.5",
    rtpPort: 10_000,
  });
  connectAgent: AgentConnector["connect"] = async () => this.agent;
  /** Every permit is given; how many have not come back. */
  permitsOut = 0;
  acquirePermit: CallDeps["permits"]["acquire"] = async () => this.givePermit();
  askWebhook: (question: PreCallQuestion, signal: AbortSignal) => Promise<PreCallAnswer> =
    async () => ({ kind: "data", data: NO_CLIENT_DATA });
  saveRecord: (event: CallEvent) => Promise<void> = async () => {};

  dial: Dialer["invite"] = async () => ({ kind: "failed", cause: "unreachable", detail: "test" });
  /** As the real connector: it connects meanwhile, and the agent is ready only after it was told of the call. */
  async startAgent(...asked: Parameters<AgentConnector["connect"]>): Promise<AgentConnection> {
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
  readonly neverReady: AgentConnector["connect"] = (_target, _call, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(new AgentUnavailable("the call ended first")));
    });

  get record(): Extract<CallEvent, { kind: "call_ended" }>["call"] | null {
    const last = this.events.at(-1);
    return last?.kind === "call_ended" ? last.call : null;
  }
}
