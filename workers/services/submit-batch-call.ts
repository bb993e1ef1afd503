import type {
  BatchCallView,
  BatchRecipientRequest,
  SubmitBatchCall,
} from "../../schema/contracts/batch-call.ts";
import { clientDataOf, recordableVariables } from "../../schema/contracts/client-data.ts";
import { DEFAULT_RINGING_TIMEOUT_SECS } from "../../schema/contracts/outbound-call.ts";
import { newId } from "../../schema/values/ids.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import { type AgentRow, findAgent, guardAgentExists } from "../db/agents.ts";
import {
  type BatchCallRow,
  deleteBatchCall,
  findBatchCall,
  insertBatchCall,
  showDraft,
} from "../db/batch-calls.ts";
import { insertRecipients, type NewRecipient } from "../db/batch-recipients.ts";
import { guardNumberDials } from "../db/outbound-orders.ts";
import { findPhoneNumber } from "../db/phone-numbers.ts";
import { appendRoutingChange } from "../db/routing-changes.ts";
import { notFound, type Outcome, type RefusedField, refuse, succeed } from "../errors/refusal.ts";
import { ServiceUnavailable } from "../errors/trunkline-error.ts";
import { secretOwner } from "../secrets/secrets.ts";
import { batchCallView } from "./batch-call-view.ts";
import { commitUnit } from "./commit-unit.ts";
import type { KeepAnswer } from "./create-once.ts";
import { refusedOverrides } from "./enabled-overrides.ts";
import { refuseFields } from "./import-phone-number.ts";
import { checkDialable, checkDials, missingRoutes } from "./ordered-call.ts";

type SubmitDeps = Pick<AppDeps, "db" | "writer" | "secrets" | "clock">;

/** Where in the request a recipient's member stands, for whoever has to correct it. */
export type PlaceOf = (index: number, path: string) => string;

/** Of one request; what is behind them is told when they are gone. */
const MAX_REFUSED = 100;
const MAX_AHEAD_MS = 366 * 86_400_000;
/** Of one unit: far below what the database takes, and short enough for others to come between. */
const STORED_ROWS = 1_000;
const STORED_CHARS = 500_000;

/** In the vendor's JSON. */
export const placeInBody: PlaceOf = (index, path) => `/recipients/${index}${path}`;

/**
 * Stores a batch with all of its recipients, or nothing: the recipients go to a draft that nobody sees, which becomes
 * the batch once all of them are there.
 * @throws ServiceUnavailable when the database did not take it
 */
export async function submitBatchCall(
  deps: SubmitDeps,
  principal: Principal,
  input: SubmitBatchCall,
  placeOf: PlaceOf,
  keep: KeepAnswer,
): Promise<Outcome<BatchCallView>> {
  const { apiKeyId, region, workspaceId } = principal;
  const nowMs = deps.clock();
  const wrong = checkSettings(input, nowMs);
  if (wrong.length > 0) return refuseFields(wrong);
  const numberId = input.agent_phone_number_id ?? "";
  const [agent, record] = await Promise.all([
    findAgent(deps.db, workspaceId, input.agent_id),
    findPhoneNumber(deps.db, workspaceId, numberId),
  ]);
  if (agent === null) return notFound("There is no agent of this `agent_id`.");
  if (record === null) return notFound("There is no number of this `agent_phone_number_id`.");
  const { number, outboundTrunk } = record;
  const refused = [...checkDials(record), ...checkRecipients(agent, input.recipients, placeOf)];
  if (outboundTrunk === null || refused.length > 0) return refuseFields(cut(refused));

  const batch: BatchCallRow = {
    id: newId("batchCall"),
    workspaceId,
    region,
    apiKeyId,
    name: input.call_name,
    agentId: agent.id,
    agentName: agent.name,
    phoneNumberId: number.id,
    branchId: input.branch_id ?? null,
    environment: input.environment ?? null,
    status: "draft",
    scheduledAtMs: Math.max(nowMs, (input.scheduled_time_unix ?? 0) * 1_000),
    timezone: input.timezone ?? null,
    ringingTimeoutSecs:
      input.telephony_call_config?.ringing_timeout_secs ?? DEFAULT_RINGING_TIMEOUT_SECS,
    targetConcurrencyLimit: input.target_concurrency_limit ?? null,
    recipients: input.recipients.length,
    retryCount: 0,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
  const view = batchCallView({ ...batch, status: "pending" }, new Map());
  const routes = await missingRoutes(deps, principal, number, outboundTrunk);
  const recipients = await newRecipients(deps, batch, input.recipients);
  try {
    await commitUnit(deps.writer, [insertBatchCall(batch)], "bulk");
    for (const rows of portions(recipients)) {
      await commitUnit(deps.writer, [insertRecipients(batch, rows)], "bulk");
    }
    const shown = await commitUnit(deps.writer, [
      guardAgentExists(workspaceId, agent.id),
      guardNumberDials(workspaceId, number.id),
      ...showDraft(batch),
      ...routes.map((entry) => appendRoutingChange(region, entry, nowMs)),
      ...(await keep(view, null)),
    ]);
    if (shown.ok) return succeed(view);
  } catch (error) {
    // A client that is told 503 tries again: what it does not know of must not call anybody.
    if (!(error instanceof ServiceUnavailable)) {
      await removeDraft(deps, batch);
      throw error;
    }
    if ((await findBatchCall(deps.db, workspaceId, batch.id)) !== null) return succeed(view);
    await removeDraft(deps, batch);
    throw error;
  }
  await removeDraft(deps, batch);
  return refuse({
    status: 409,
    code: "changed_meanwhile",
    detail: "The agent or the number was changed or removed while the batch was stored. Try again.",
  });
}

/** What is left of a batch that was not stored; time removes it where this cannot. */
async function removeDraft(deps: SubmitDeps, { id, workspaceId }: BatchCallRow): Promise<void> {
  await commitUnit(deps.writer, deleteBatchCall(workspaceId, id), "bulk").catch(() => undefined);
}

function checkSettings(input: SubmitBatchCall, nowMs: number): readonly RefusedField[] {
  const refused: RefusedField[] = [];
  if (input.whatsapp_params != null) {
    refused.push({
      pointer: "/whatsapp_params",
      code: "not_supported",
      detail: "Calls go over SIP trunks only. Leave it out.",
    });
  }
  if ((input.agent_phone_number_id ?? "") === "") {
    refused.push({
      pointer: "/agent_phone_number_id",
      code: "missing",
      detail: "Field required: the number that calls.",
    });
  }
  const { scheduled_time_unix: scheduled, timezone } = input;
  if (scheduled != null && (scheduled < 0 || scheduled * 1_000 > nowMs + MAX_AHEAD_MS)) {
    const secs = Math.floor(scheduled / 1_000);
    const isInMs = secs * 1_000 > nowMs - MAX_AHEAD_MS && secs * 1_000 < nowMs + MAX_AHEAD_MS;
    refused.push({
      pointer: "/scheduled_time_unix",
      code: "out_of_range",
      detail: "This is not a time within a year from now, in seconds since 1970 (UTC).",
      hint: String(isInMs ? secs : Math.floor(nowMs / 1_000) + 3_600),
    });
  }
  if (timezone != null && !isTimezone(timezone)) {
    refused.push({
      pointer: "/timezone",
      code: "unknown_timezone",
      detail: "This is no name of the IANA time zone database.",
      hint: "Europe/Berlin",
    });
  }
  return refused;
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Everything that is wrong with the recipients, up to one more than is told. */
function checkRecipients(
  agent: AgentRow,
  recipients: readonly BatchRecipientRequest[],
  placeOf: PlaceOf,
): readonly RefusedField[] {
  const refused: RefusedField[] = [];
  const seen = new Map<string, number>();
  for (const [index, recipient] of recipients.entries()) {
    if (refused.length > MAX_REFUSED) break;
    refused.push(...checkRecipient(agent, recipient, index, placeOf));
    const { id } = recipient;
    const before = id == null ? undefined : seen.get(id);
    if (before !== undefined) {
      refused.push({
        pointer: placeOf(index, "/id"),
        code: "not_unique",
        detail: `The recipient at ${placeOf(before, "")} has the same \`id\`. Leave it out to have one made.`,
      });
    }
    if (id != null) seen.set(id, index);
  }
  return refused;
}

function checkRecipient(
  agent: AgentRow,
  recipient: BatchRecipientRequest,
  index: number,
  placeOf: PlaceOf,
): readonly RefusedField[] {
  const { conversation_initiation_client_data: data, phone_number: phoneNumber } = recipient;
  const pointer = placeOf(index, "/phone_number");
  const wrongNumber =
    phoneNumber == null || phoneNumber === ""
      ? { pointer, code: "missing", detail: "Field required: every recipient is called." }
      : checkDialable(phoneNumber, pointer);
  return [
    ...(wrongNumber === null ? [] : [wrongNumber]),
    ...(recipient.whatsapp_user_id == null
      ? []
      : [
          {
            pointer: placeOf(index, "/whatsapp_user_id"),
            code: "not_supported",
            detail: "Calls go over SIP trunks only. Give a `phone_number`.",
          },
        ]),
    ...(data == null ? [] : refusedOverrides(agent, data)).map((field) => ({
      ...field,
      pointer: placeOf(index, field.pointer),
    })),
  ];
}

function cut(refused: readonly RefusedField[]): readonly RefusedField[] {
  if (refused.length <= MAX_REFUSED) return refused;
  const more = {
    pointer: "",
    code: "more_errors",
    detail: `There are more errors than these ${MAX_REFUSED}. Nothing was stored.`,
  };
  return [...refused.slice(0, MAX_REFUSED), more];
}

/** As they are stored: what only the agent may know is sealed. */
function newRecipients(
  deps: Pick<AppDeps, "secrets">,
  batch: BatchCallRow,
  recipients: readonly BatchRecipientRequest[],
): Promise<readonly NewRecipient[]> {
  return Promise.all(
    recipients.map(async (recipient, position) => {
      const id = recipient.id ?? newId("batchRecipient");
      const data = recipient.conversation_initiation_client_data ?? null;
      const variables = data === null ? {} : clientDataOf(data).dynamicVariables;
      const shown = recordableVariables(variables);
      const hidden = Object.entries(variables).filter(([name]) => !(name in shown));
      const owner = secretOwner.recipientVariables(batch.workspaceId, batch.id, id);
      return {
        position,
        id,
        phoneNumber: recipient.phone_number ?? "",
        clientData: data === null ? null : { ...data, dynamic_variables: { ...shown } },
        secretVariables:
          hidden.length === 0
            ? null
            : await deps.secrets.seal(JSON.stringify(Object.fromEntries(hidden)), owner),
      };
    }),
  );
}

/** In order, each small enough for one unit. */
function* portions(recipients: readonly NewRecipient[]): Generator<readonly NewRecipient[]> {
  let portion: NewRecipient[] = [];
  let chars = 0;
  for (const recipient of recipients) {
    portion.push(recipient);
    chars += JSON.stringify(recipient).length;
    if (portion.length < STORED_ROWS && chars < STORED_CHARS) continue;
    yield portion;
    portion = [];
    chars = 0;
  }
  if (portion.length > 0) yield portion;
}
