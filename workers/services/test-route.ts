import type {
  RouteAnswer,
  RouteQuestion,
  RouteTestRequest,
  RouteTestView,
} from "../../schema/contracts/route-test.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import type { RouteTestOutcome } from "../hub/route-tests.ts";
import { NoNodeAnswers } from "./no-node-answers.ts";

/**
 * Asks a node what would become of an INVITE to one of the workspace's numbers.
 * @throws NoNodeAnswers
 */
export async function testRoute(
  deps: Pick<AppDeps, "config">,
  principal: Principal,
  request: RouteTestRequest,
  ask: (question: RouteQuestion) => Promise<RouteTestOutcome>,
): Promise<RouteTestView> {
  const { answer, failure } = await ask(questionOf(deps.config.sipDomain, principal, request));
  if (answer === null) throw new NoNodeAnswers(`route test in ${principal.region}: ${failure}`);
  return viewOf(answer);
}

function questionOf(
  sipDomain: string,
  { hostLabel, workspaceId }: Principal,
  request: RouteTestRequest,
): RouteQuestion {
  const { phone_number: number = "", request_uri: uri } = request;
  return {
    workspaceId,
    sourceAddress: request.source_address,
    transport: request.transport,
    tlsIdentities: request.tls_identities.map((name) => name.toLowerCase()),
    requestHost: uri?.host ?? `${hostLabel}.${sipDomain}`,
    requestUser: uri?.user ?? number,
    toUser: uri?.user ?? number,
    fromUser: request.from,
    headers: request.headers,
    sdp: request.sdp ?? null,
  };
}

function viewOf(answer: RouteAnswer): RouteTestView {
  const { agent, media, number } = answer;
  return {
    accepted: answer.code === null,
    code: answer.code,
    sip_status: answer.sipStatus,
    phone_number_id: number?.id ?? null,
    phone_number: number?.phoneNumber ?? null,
    matched_by: answer.matchedBy,
    inbound_trunk_id: answer.trunkId,
    agent_id: agent?.id ?? null,
    agent_name: agent?.name ?? null,
    media: media === null ? null : { codec: media.codec, srtp_suite: media.srtpSuite },
    dynamic_variables: answer.dynamicVariables,
    rules: answer.rules,
  };
}
