import type {
  CallAction,
  CallActionOutcome,
  CallActionToNode,
  CallActionView,
} from "../../schema/contracts/call-control.ts";
import { parseId } from "../../schema/values/ids.ts";
import type { AppDeps } from "../app-type.ts";
import { type Principal, sha256Hex } from "../auth/api-key.ts";
import { findConversationOfCall } from "../db/conversations.ts";
import type { ProblemCode } from "../errors/catalogue.ts";
import { notFound, type Outcome, type Refusal, refuse, succeed } from "../errors/refusal.ts";
import { TrunklineError } from "../errors/trunkline-error.ts";
import { commitUnit } from "./commit-unit.ts";
import type { KeepAnswer } from "./create-once.ts";

/** The node that has the call is not linked, or has not answered. What was asked may have been done. */
class NodeUnreachable extends TrunklineError {
  readonly code = "node_unreachable";
  readonly publicMessage = "The media node that has the call does not answer at the moment.";
  readonly hint = "Try again: with the same Idempotency-Key nothing is done twice.";
  readonly retryAfterSecs = 2;
}

interface AskedAction {
  readonly callId: string;
  readonly action: CallAction;
  /** Of the request; undefined: every request is an action of its own. */
  readonly key: string | undefined;
  readonly keep: KeepAnswer;
  readonly ask: (
    region: string,
    nodeId: string,
    message: Omit<CallActionToNode, "type">,
  ) => Promise<CallActionOutcome | null>;
}

/**
 * Has the node that has a call do something to it.
 * @throws NodeUnreachable
 */
export async function actOnCall(
  deps: Pick<AppDeps, "db" | "writer">,
  principal: Principal,
  { action, ask, callId, keep, key }: AskedAction,
): Promise<Outcome<CallActionView>> {
  const id = parseId("call", callId);
  const row = id === null ? null : await findConversationOfCall(deps.db, principal.workspaceId, id);
  if (id === null || row === null) return notFound("There is no such call.");
  if (row.endedAtMs !== null) return refuse(REFUSALS.call_ended);
  if (row.nodeId === "") return refuse(REFUSALS.call_not_answered);
  const actionId =
    key === undefined
      ? crypto.randomUUID()
      : await sha256Hex(JSON.stringify([principal.workspaceId, id, action, key]));
  const outcome = await ask(principal.region, row.nodeId, { actionId, callId: id, action });
  if (outcome === null) throw new NodeUnreachable(`${action.kind} on ${row.nodeId}`);
  if (outcome !== "done") return refuse(REFUSALS[outcome]);
  const status = action.kind === "transfer" ? "started" : "done";
  const view = { call_id: id, action: action.kind, status } as const;
  const kept = await keep(view, null);
  if (kept.length > 0) await commitUnit(deps.writer, kept);
  return succeed(view);
}

const conflict = (code: ProblemCode, detail: string): Refusal => ({ status: 409, code, detail });
const destination = (code: ProblemCode, detail: string, hint?: string): Refusal => ({
  status: 422,
  code,
  detail: "The request is not valid.",
  errors: [{ pointer: "/destination", code, detail, ...(hint === undefined ? {} : { hint }) }],
});

const REFUSALS: Readonly<Record<Exclude<CallActionOutcome, "done">, Refusal>> = {
  call_ended: conflict("call_ended", "The call has ended."),
  call_not_answered: conflict("call_not_answered", "The call has not been answered."),
  call_on_hold: conflict("call_on_hold", "The other side holds the call: nobody hears the keys."),
  call_joined: conflict("call_joined", "The call has been transferred: two people talk."),
  transfer_under_way: conflict("transfer_under_way", "Another transfer is under way."),
  no_outbound_trunk: conflict("no_outbound_trunk", "The call's number has no outbound trunk."),
  header_malformed: conflict("header_malformed", "A header cannot be sent."),
  destination_malformed: destination(
    "destination_malformed",
    "It is no phone number and no SIP URI.",
    "+15005550100",
  ),
  destination_not_allowed: destination(
    "destination_not_allowed",
    "It is not one of transfer_destinations of the agent or the number.",
  ),
  sip_uri_by_refer_only: destination(
    "sip_uri_by_refer_only",
    "A SIP URI is reached by the method refer only.",
  ),
};
