import { elevenlabsViewOf } from "../../schema/contracts/agent-elevenlabs.ts";
import { type SignedUrlQuery, signedUrlSchema } from "../../schema/contracts/signed-url.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import { findAgent } from "../db/agents.ts";
import { notFound, type Outcome, type Refusal, refuse, succeed } from "../errors/refusal.ts";
import { ServiceUnavailable } from "../errors/trunkline-error.ts";
import { secretOwner } from "../secrets/secrets.ts";
import { checkOutboundUrl } from "../webhooks/outbound-policy.ts";
import { readStart } from "../webhooks/read-start.ts";

type UrlDeps = Pick<AppDeps, "config" | "db" | "secrets">;

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 65_536;

/**
 * A signed URL is the platform's where the agent runs: it is asked with the agent's own key, and what it answers is
 * given on. Agents that are reached in another way have none, since only nodes talk to them.
 * @throws ServiceUnavailable when the platform does not answer
 */
export async function readSignedUrl(
  deps: UrlDeps,
  { workspaceId }: Principal,
  query: SignedUrlQuery,
): Promise<Outcome<{ signed_url: string }>> {
  const agent = await findAgent(deps.db, workspaceId, query.agent_id);
  if (agent === null) return notFound("There is no such agent.");
  const { connectionAuthToken: sealed, connectionProtocol, connectionUrl } = agent;
  if (connectionProtocol !== "elevenlabs" || connectionUrl === null) {
    return unavailable(
      "signed_url_not_supported",
      "Only an agent whose `connection` has the protocol `elevenlabs` has signed URLs; calls reach this one through its number.",
    );
  }
  if (sealed === null) {
    return unavailable(
      "api_key_missing",
      "The agent's `connection` has no `api_key`, without which its platform signs nothing.",
    );
  }
  const owner = secretOwner.agentAuthToken(workspaceId, agent.id);
  const url = signingUrl(connectionUrl, query);
  // What was stored under another policy is judged by this one.
  const checked = checkOutboundUrl(url.href, "https:", deps.config.outboundPolicy);
  if (!checked.ok)
    return unavailable("signed_url_refused", `The platform's URL ${checked.detail}.`);
  const answer = await ask(checked.url, await deps.secrets.unseal(sealed, owner));
  if (answer === null || answer.status >= 500 || answer.status === 429) {
    throw new ServiceUnavailable(`the platform signed nothing: ${answer?.status ?? "silence"}`, 1);
  }
  const read = signedUrlSchema.safeParse(parse(answer.text));
  const signed = read.success && answer.status === 200 ? read.data.signed_url : "";
  // Never less secure than the platform itself.
  const isPlain = checked.url.protocol === "http:" && URL.parse(signed)?.protocol === "ws:";
  if (URL.parse(signed)?.protocol !== "wss:" && !isPlain) {
    return unavailable(
      "signed_url_refused",
      `The agent's platform has signed nothing: it answered ${answer.status}. See that \`api_key\` and \`agent_id\` of the \`connection\` are right.`,
    );
  }
  return succeed({ signed_url: signed });
}

function unavailable(code: Refusal["code"], detail: string): Outcome<never> {
  return refuse({ status: 400, code, detail });
}

function signingUrl(connectionUrl: string, query: SignedUrlQuery): URL {
  const url = new URL(connectionUrl);
  url.protocol = url.protocol === "wss:" ? "https:" : "http:";
  url.pathname += "/get-signed-url";
  url.search = "";
  url.searchParams.set("agent_id", elevenlabsViewOf(connectionUrl).agent_id);
  if (query.include_conversation_id) url.searchParams.set("include_conversation_id", "true");
  if (query.debug_events_request) url.searchParams.set("debug_events_request", "true");
  if (query.branch_id !== undefined) url.searchParams.set("branch_id", query.branch_id);
  if (query.environment !== undefined) url.searchParams.set("environment", query.environment);
  return url;
}

/** A redirect is not followed: the key goes to no other host. */
async function ask(url: URL, apiKey: string): Promise<{ status: number; text: string } | null> {
  try {
    const response = await fetch(url, {
      headers: { "xi-api-key": apiKey, accept: "application/json" },
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.status, text: (await readStart(response, MAX_ANSWER_BYTES)) ?? "" };
  } catch {
    return null; // Unreachable, or too late: the client is told to try again.
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // No JSON is no answer.
  }
}
