import { z } from "zod";
import {
  type ClientData,
  clientDataOf,
  initiationDataSchema,
} from "../../schema/contracts/client-data.ts";
import { overridesNotEnabled } from "../../schema/contracts/overrides.ts";
import type { AgentRoute, PreCallWebhookRoute } from "../../schema/contracts/routing.ts";
import { whenAborted } from "../call/ending.ts";
import type {
  PreCallAnswer,
  PreCallFailure,
  PreCallQuestion,
  PreCallWebhook,
} from "../call/ports.ts";
import { ExchangeFailure, exchangeJson } from "./json-exchange.ts";
import { checkTenantUrl, type TenantUrlPolicy } from "./tenant-request.ts";

/** The client of pre-call webhooks: docs/design/pre-call-webhook.md says what is asked and what may be answered. */

const MAX_ANSWER_BYTES = 262_144;
const MAX_DETAIL_CHARS = 256;

interface PreCallWebhookDeps extends TenantUrlPolicy {
  /** The request headers that the agent's settings hold sealed. */
  readonly unsealHeaders: (agent: AgentRoute) => Promise<Readonly<Record<string, string>>>;
  /** PEM of the authorities to trust; null: the system's. */
  readonly ca: string | null;
}

/** What stands between the question and its data; a value, in spite of its journey by throw. */
class Failure extends Error {
  readonly code: PreCallFailure;

  constructor(code: PreCallFailure, detail: string) {
    super(detail);
    this.code = code;
  }
}

const answerSchema = initiationDataSchema.extend({
  /** True: the call is refused. */
  reject: z.boolean().nullish(),
  reason: z.string().max(256).nullish(),
});

export function createPreCallWebhook(deps: PreCallWebhookDeps): PreCallWebhook {
  return {
    async ask(agent, question, signal) {
      const { preCallWebhook: webhook } = agent;
      if (webhook === null) return { kind: "failed", code: "fault", detail: "no webhook is set" };
      const deadline = AbortSignal.timeout(webhook.timeoutMs);
      try {
        const either = AbortSignal.any([signal, deadline]);
        const text = await untilAborted(either, post(agent, webhook, question, either, deps));
        return readAnswer(text, webhook);
      } catch (fault) {
        if (signal.aborted) return failed("aborted", "the call ended first");
        if (deadline.aborted) return failed("timeout", `no answer within ${webhook.timeoutMs} ms`);
        if (fault instanceof Failure || fault instanceof ExchangeFailure) {
          return failed(fault.code, fault.message);
        }
        return failed("fault", fault instanceof Error ? fault.name : "unknown");
      }
    },
  };
}

/** Details may name members of the answer, and those are of any length. */
function failed(code: PreCallFailure, detail: string): PreCallAnswer {
  return { kind: "failed", code, detail: detail.slice(0, MAX_DETAIL_CHARS).toWellFormed() };
}

/** What cannot be interrupted, such as a name look-up, is not waited for. */
async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  const aborted = Promise.withResolvers<never>();
  using _abort = whenAborted(signal, () => aborted.reject(new Failure("aborted", "aborted")));
  return await Promise.race([work, aborted.promise]);
}

/** The body of a 200 that says it is JSON. */
async function post(
  agent: AgentRoute,
  webhook: PreCallWebhookRoute,
  question: PreCallQuestion,
  signal: AbortSignal,
  deps: PreCallWebhookDeps,
): Promise<string> {
  const checked = checkTenantUrl(webhook.url, deps);
  if (!checked.ok) throw new Failure(checked.code, checked.detail);
  const body = Buffer.from(JSON.stringify(bodyOf(agent, question)));
  return await exchangeJson({
    url: checked.url,
    method: "POST",
    headers: {
      ...(question.traceparent === undefined ? {} : { traceparent: question.traceparent }),
      ...(await deps.unsealHeaders(agent)),
      "content-type": "application/json",
      "content-length": body.length,
    },
    body,
    maxAnswerBytes: MAX_ANSWER_BYTES,
    signal,
    lookup: deps.addressPolicy.lookup,
    ca: deps.ca,
  });
}

function bodyOf(agent: AgentRoute, question: PreCallQuestion) {
  return {
    caller_id: question.callerId,
    agent_id: agent.id,
    called_number: question.calledNumber,
    call_sid: question.callSid,
    conversation_id: question.conversationId,
    call_id: question.givenCallId,
    sip_headers: { ...question.sipHeaders },
  };
}

/** @throws Failure */
function readAnswer(text: string, webhook: PreCallWebhookRoute): PreCallAnswer {
  const json = parseJson(text);
  if (json === undefined) throw new Failure("not_json", "the answer is not JSON");
  const parsed = answerSchema.safeParse(json);
  if (!parsed.success) {
    // Paths and rules, never values: they are a customer's data.
    const [issue] = parsed.error.issues;
    const where = issue?.path.join(".") || "the answer";
    throw new Failure("malformed", `${where}: ${issue?.message ?? "malformed"}`);
  }
  const { reject, reason } = parsed.data;
  if (reject === true) return { kind: "rejected", detail: reason ?? "no reason given" };
  const data: ClientData = clientDataOf(parsed.data);
  const [path] = overridesNotEnabled(data, webhook.overrides);
  if (path !== undefined) throw new Failure("override_not_enabled", path.join("."));
  return { kind: "data", data };
}

/** Undefined is what no JSON stands for. */
function parseJson(text: string): unknown {
  try {
    // RFC 8259 §8.2: half of a surrogate pair is no character, and nothing behind this could keep it.
    const check = /\\u[dD][89a-fA-F]/.test(text) ? wellFormed : undefined;
    return JSON.parse(text, check);
  } catch {
    return undefined;
  }
}

function wellFormed(key: string, value: unknown): unknown {
  if (!key.isWellFormed() || (typeof value === "string" && !value.isWellFormed())) {
    throw new SyntaxError("half of a surrogate pair");
  }
  return value;
}
