import type {
  TestCallEndToHub,
  TestCallQuestion,
  TestCallToNode,
} from "../../../schema/contracts/test-calls.ts";
import { testCallAudioPath } from "../../../schema/contracts/test-calls.ts";
import type { CallId } from "../../../schema/values/ids.ts";
import { userPart } from "../outbound/outbound-invite.ts";
import type { InboundInvite, RouteQuery, SettledDecision } from "../ports.ts";
import { type OwnListeners, selfTrunks } from "./self-trunk.ts";
import { runTestCall, type TestCallDeps } from "./test-call.ts";

/** Each has two legs and two port pairs: more would take what callers need. */
const MAX_AT_ONCE = 10;
const SECRET_BYTES = 32;
/** RFC 3261 §25.1 `other-response`: no log, record or variable has what stands in Authorization. */
const SCHEME = "Trunkline-Test";
const CREDENTIALS = /^Trunkline-Test token="([\w-]{43})"$/;

/** A call that this node has placed to itself, where it comes in. */
export interface ExpectedCall {
  /** Which it is to have. */
  readonly callId: CallId;
  /** As for a caller whose word needs no proof: the number is the one that was ordered, whoever may call it. */
  route(query: RouteQuery): SettledDecision;
}

/** A number, by what is known of it before it is called. */
export interface TestedNumber {
  readonly number: string;
  readonly encryption: "required" | "allowed" | "disabled";
  route(query: RouteQuery): SettledDecision;
}

interface DeskDeps extends TestCallDeps {
  /** Origin of the API, as the node reaches it. */
  readonly controlPlaneUrl: string;
  /** Null: the engine is down. */
  readonly listeners: () => OwnListeners | null;
  /** Whether a request from there can be one of this node's. */
  readonly isOwnAddress: (address: string) => boolean;
  /** Null: the table has no such number of this workspace, or it takes no calls. */
  readonly find: (question: TestCallQuestion) => TestedNumber | null;
  readonly send: (message: TestCallEndToHub) => void;
}

export interface TestCallDesk {
  onTestCall(message: TestCallToNode): void;
  /** Null: the INVITE is none of those that this node has placed, and is told so by nothing. Each is claimed once. */
  claim(invite: Pick<InboundInvite, "credentials" | "query">): ExpectedCall | null;
}

/** The test calls that the hub orders of this node. The end of its calls ends them. */
export function createTestCallDesk(deps: DeskDeps): TestCallDesk {
  const expected = new Map<string, ExpectedCall & { readonly number: string }>();
  let running = 0;

  async function run({ testCallId, question }: TestCallToNode): Promise<"done" | "failed"> {
    const listeners = deps.listeners();
    const tested = deps.find(question);
    const user = tested === null ? null : userPart(tested.number, "as_given");
    if (listeners === null || tested === null || user === null) return "failed";
    const { callId, workspaceId, caller, ticket } = question;
    const { number, encryption, route } = tested;
    const secret = Buffer.from(deps.random(SECRET_BYTES)).toString("base64url");
    const url = new URL(testCallAudioPath(testCallId), deps.controlPlaneUrl);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    expected.set(secret, { callId, route, number: user });
    try {
      await runTestCall(
        {
          calledId: callId,
          number,
          uri: `sip:${user}@${listeners.domain}`,
          caller,
          trunks: selfTrunks(workspaceId, encryption, listeners),
          headers: { Authorization: `${SCHEME} token="${secret}"` },
          target: {
            protocol: "native",
            url: url.href,
            headers: { authorization: `Bearer ${ticket}` },
          },
        },
        deps,
      );
      return "done";
    } finally {
      expected.delete(secret);
    }
  }

  return {
    onTestCall(message) {
      const { testCallId } = message;
      const over = (outcome: TestCallEndToHub["outcome"]): void =>
        deps.send({ type: "test_call_end", testCallId, outcome });
      if (running >= MAX_AT_ONCE) {
        over("busy");
        return;
      }
      running += 1;
      const isOver = (outcome: "done" | "failed"): void => {
        running -= 1;
        over(outcome);
      };
      run(message).then(isOver, (error: unknown) => {
        deps.logger.error("test_call_failed", { testCallId, error });
        isOver("failed");
      });
    },
    claim({ credentials, query }) {
      if (expected.size === 0 || !deps.isOwnAddress(query.sourceAddress)) return null;
      for (const value of credentials) {
        const secret = CREDENTIALS.exec(value)?.[1] ?? "";
        const call = expected.get(secret);
        if (call === undefined || call.number !== query.requestUser) continue;
        expected.delete(secret);
        return call;
      }
      return null;
    },
  };
}
