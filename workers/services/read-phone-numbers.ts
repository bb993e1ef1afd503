import type {
  PhoneNumberPage,
  PhoneNumberPageQuery,
  PhoneNumberView,
} from "../../schema/contracts/phone-number.ts";
import { type JsonText, jsonObject, jsonTexts } from "../../schema/values/json-text.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import type { RowPage } from "../db/client.ts";
import {
  findPhoneNumber,
  findPhoneNumbersById,
  findPhoneNumberVersion,
  findPhoneNumberVersions,
  type PhoneNumberVersion,
} from "../db/phone-numbers.ts";
import { notFound, type Outcome, succeed } from "../errors/refusal.ts";
import { pageOf, readCursor, writeCursor } from "./cursor.ts";

type ReadDeps = Pick<AppDeps, "db" | "numberTexts">;
type NumberText = JsonText<PhoneNumberView>;

const NO_NUMBER = "There is no such phone number.";

/** libSQL refuses an answer over 10 MB: the whole list is read in steps. */
const STEP_ROWS = 1_000;

export async function readPhoneNumber(
  deps: ReadDeps,
  { workspaceId }: Principal,
  id: string,
): Promise<Outcome<NumberText>> {
  const { db, numberTexts } = deps;
  if (numberTexts.has(id)) {
    const version = await findPhoneNumberVersion(db, workspaceId, id);
    if (version === null) return notFound(NO_NUMBER);
    const text = numberTexts.get(version);
    if (text !== null) return succeed(text);
  }
  const record = await findPhoneNumber(db, workspaceId, id);
  return record === null ? notFound(NO_NUMBER) : succeed(numberTexts.render(record));
}

/** In the order of the versions, without those that were deleted since these were read. */
async function textsOf(
  { db, numberTexts }: ReadDeps,
  workspaceId: string,
  versions: readonly PhoneNumberVersion[],
): Promise<NumberText[]> {
  const texts = new Map<string, NumberText>();
  const missing: string[] = [];
  for (const version of versions) {
    const text = numberTexts.get(version);
    if (text === null) missing.push(version.id);
    else texts.set(version.id, text);
  }
  for (const record of await findPhoneNumbersById(db, workspaceId, missing)) {
    texts.set(record.number.id, numberTexts.render(record));
  }
  return versions.flatMap(({ id }) => texts.get(id) ?? []);
}

/** The vendor's first list: all numbers in one array. */
export async function listPhoneNumbers(
  deps: ReadDeps,
  { workspaceId }: Principal,
  filter: {
    readonly provider?: string | undefined;
    readonly agent_id?: string | undefined;
    readonly branch_id?: string | undefined;
  },
): Promise<JsonText<PhoneNumberView[]>> {
  const texts: NumberText[] = [];
  let after: readonly [string, string] | null = null;
  for (let isLast = isForeign(filter.provider); !isLast; ) {
    const found: RowPage<PhoneNumberVersion> = await findPhoneNumberVersions(
      deps.db,
      { workspaceId, agentId: filter.agent_id, branchId: filter.branch_id },
      { sortBy: "id", direction: "asc", after, limit: STEP_ROWS },
    );
    texts.push(...(await textsOf(deps, workspaceId, found.rows)));
    const last = found.rows.at(-1);
    isLast = last === undefined || found.isLast;
    after = last === undefined ? null : [last.id, last.id];
  }
  return jsonTexts(texts);
}

export async function pagePhoneNumbers(
  deps: ReadDeps,
  { workspaceId }: Principal,
  query: PhoneNumberPageQuery,
): Promise<Outcome<JsonText<PhoneNumberPage>>> {
  const { cursor, page_size: size, ...filters } = query;
  const position = readCursor(cursor, filters);
  if (!position.ok) return position;
  if (isForeign(query.provider)) return succeed(pageText([], null));
  const rows = await findPhoneNumberVersions(
    deps.db,
    {
      workspaceId,
      agentId: query.agent_id,
      branchId: query.branch_id,
      label: query.label,
      phoneNumber: query.phone_number,
      supportsOutbound: query.supports_outbound,
      search: query.search,
    },
    {
      sortBy: query.sort_by ?? "id",
      direction: query.sort_direction,
      after: position.value,
      limit: size + 1,
    },
  );
  const { last, page } = pageOf(rows, size);
  const next = last === null ? null : writeCursor([last.sorted, last.id], filters);
  return succeed(pageText(await textsOf(deps, workspaceId, page), next));
}

function pageText(
  texts: readonly NumberText[],
  nextCursor: string | null,
): JsonText<PhoneNumberPage> {
  return jsonObject("phone_numbers", texts, {
    next_cursor: nextCursor,
    has_more: nextCursor !== null,
  });
}

/** Numbers of other providers do not exist here. */
function isForeign(provider: string | undefined): boolean {
  return provider !== undefined && provider !== "sip_trunk";
}
