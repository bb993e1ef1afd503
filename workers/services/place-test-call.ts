import {
  TEST_CALL_MAX_SECS,
  type TestCallRequest,
  type TestCallView,
} from "../../schema/contracts/test-calls.ts";
import { toBase64Url } from "../../schema/sealing/sealing.ts";
import { conversationIdOf, type Id, newId, parseId } from "../../schema/values/ids.ts";
import { TEST_CALL_RATE_HZ } from "../../schema/values/test-call-audio.ts";
import type { AppDeps } from "../app-type.ts";
import { type Principal, sha256Hex } from "../auth/api-key.ts";
import { findAgent, findNumbersOfAgent } from "../db/agents.ts";
import { findPhoneNumber, type PhoneNumberRow } from "../db/phone-numbers.ts";
import { notFound, type Outcome, type Refusal, refuse, succeed } from "../errors/refusal.ts";
import { TrunklineError } from "../errors/trunkline-error.ts";
import type { TestCallOrder, TestCallStart } from "../hub/test-calls.ts";
import { commitUnit } from "./commit-unit.ts";
import type { KeepAnswer } from "./create-once.ts";
import { NoNodeAnswers } from "./no-node-answers.ts";

const TICKET_BYTES = 32;

const TOO_MANY: Refusal = {
  status: 429,
  code: "too_many_test_calls",
  detail: "An API key has one test call at a time, a workspace five and a region twenty.",
  hint: "End the one that goes on.",
  headers: { "retry-after": "5" },
};

/** The nodes of the region are ready, and older than test calls. */
class TestCallNotSupported extends TrunklineError {
  readonly code = "test_call_not_supported";
  readonly publicMessage = "No media node of the region can place test calls yet.";
  readonly hint = "The operator has to bring the nodes of the region to a newer version.";
  readonly retryAfterSecs = 300;
}

/** How a call is begun, apart from what is looked up here. */
export interface TestCallWays {
  /** Makes a place where its audio is joined: for this workspace, and for whoever has what this is the digest of. */
  open(testCallId: string, workspaceId: string, ticketSha256: string): Promise<void>;
  start(region: string, order: TestCallOrder): Promise<TestCallStart>;
}

/**
 * Has a node of the number's region call itself.
 * @throws NoNodeAnswers, TestCallNotSupported
 */
export async function placeTestCall(
  deps: Pick<AppDeps, "db" | "writer">,
  principal: Principal,
  request: TestCallRequest,
  ways: TestCallWays,
  keep: KeepAnswer,
): Promise<Outcome<TestCallView>> {
  const found = await numberOf(deps, principal, request);
  if (!found.ok) return found;
  const number = found.value;
  const phoneNumberId = parseId("phoneNumber", number.id);
  if (phoneNumberId === null) throw new TypeError("not a phone number's identifier");
  const testCallId = newId("testCall");
  const callId = newId("call");
  const ticket = toBase64Url(crypto.getRandomValues(new Uint8Array(TICKET_BYTES)));
  const { workspaceId, apiKeyId } = principal;
  await ways.open(testCallId, workspaceId, await sha256Hex(ticket));
  const { caller } = request;
  const question = { callId, workspaceId, phoneNumberId, caller, ticket };
  const started = await ways.start(number.region, { testCallId, apiKeyId, question });
  if (started.kind === "refused") return refusalOf(started.failure, number.region);
  const view: TestCallView = {
    test_call_id: testCallId,
    call_id: callId,
    conversation_id: conversationIdOf(callId),
    phone_number_id: number.id,
    phone_number: number.calledIdentifier,
    region: number.region,
    node_id: started.nodeId,
    audio_path: audioPathOf(testCallId),
    audio: { encoding: "pcm_s16le", sample_rate_hz: TEST_CALL_RATE_HZ },
    max_duration_secs: TEST_CALL_MAX_SECS,
  };
  const kept = await keep(view, null);
  if (kept.length > 0) await commitUnit(deps.writer, kept);
  return succeed(view);
}

function audioPathOf(testCallId: Id<"testCall">): string {
  return `/v1/test-calls/${testCallId}/audio`;
}

function refusalOf(
  failure: Extract<TestCallStart, { kind: "refused" }>["failure"],
  region: string,
): Outcome<never> {
  switch (failure) {
    case "one_at_a_time":
    case "too_many":
      return refuse(TOO_MANY);
    case "not_supported":
      throw new TestCallNotSupported(`test call in ${region}`);
    case "no_node":
      throw new NoNodeAnswers(`test call in ${region}`);
    default:
      return failure satisfies never;
  }
}

async function numberOf(
  deps: Pick<AppDeps, "db">,
  { workspaceId }: Principal,
  { agent_id: agentId, phone_number_id: numberId }: TestCallRequest,
): Promise<Outcome<PhoneNumberRow>> {
  if (agentId === undefined) {
    const record = await findPhoneNumber(deps.db, workspaceId, numberId ?? "");
    if (record === null) return notFound("There is no such phone number.");
    return takesCalls(record.number)
      ? succeed(record.number)
      : refuse({
          status: 409,
          code: "number_takes_no_calls",
          detail: "The number is not set up for calls that come in.",
          hint: "Give it an `inbound_trunk_config`.",
        });
  }
  const agent = await findAgent(deps.db, workspaceId, agentId);
  if (agent === null) return notFound("There is no such agent.");
  const numbers = await findNumbersOfAgent(deps.db, workspaceId, agentId);
  const number = numbers.find(takesCalls);
  return number === undefined
    ? refuse({
        status: 409,
        code: "agent_without_number",
        detail:
          "No phone number that takes calls is assigned to the agent, so that none can be called.",
        hint: "Assign a number to the agent.",
      })
    : succeed(number);
}

function takesCalls({ inboundTrunkId, supportsInbound }: PhoneNumberRow): boolean {
  return supportsInbound && inboundTrunkId !== null;
}
