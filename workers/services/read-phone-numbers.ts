import type { PhoneNumberPageQuery, PhoneNumberView } from "../../schema/contracts/phone-number.ts";
import type { AppDeps } from "../app-type.ts";
import type { Principal } from "../auth/api-key.ts";
import type { RowPage } from "../db/client.ts";
import {
  findPhoneNumber,
  findPhoneNumbers,
  type PhoneNumberRecord,
  sortedValue,
} from "../db/phone-numbers.ts";
import { notFound, type Outcome, succeed } from "../errors/refusal.ts";
import { pageOf, readCursor, writeCursor } from "./cursor.ts";
import { phoneNumberView } from "./phone-number-view.ts";

type ReadDeps = Pick<AppDeps, "db">;

/** libSQL refuses an answer over 10 MB: the whole list is read in steps. */
const STEP_ROWS = 1_000;

export async function readPhoneNumber(
  deps: ReadDeps,
  principal: Principal,
  id: string,
): Promise<Outcome<PhoneNumberView>> {
  const record = await findPhoneNumber(deps.db, principal.workspaceId, id);
  if (record === null) return notFound("There is no such phone number.");
  return succeed(phoneNumberView(record));
}

/** The vendor's first list: all numbers in one array. */
export async function listPhoneNumbers(
  deps: ReadDeps,
  principal: Principal,
  filter: {
    readonly provider?: string | undefined;
    readonly agent_id?: string | undefined;
    readonly branch_id?: string | undefined;
  },
): Promise<PhoneNumberView[]> {
  if (isForeign(filter.provider)) return [];
  const views: PhoneNumberView[] = [];
  let after: readonly [string, string] | null = null;
  for (;;) {
    const found: RowPage<PhoneNumberRecord> = await findPhoneNumbers(
      deps.db,
      {
        workspaceId: principal.workspaceId,
        agentId: filter.agent_id,
        branchId: filter.branch_id,
      },
      { sortBy: "id", direction: "asc", after, limit: STEP_ROWS },
    );
    views.push(...found.rows.map(phoneNumberView));
    const last = found.rows.at(-1);
    if (last === undefined || found.isLast) return views;
    after = [last.number.id, last.number.id];
  }
}

export interface PhoneNumberPageView {
  readonly phone_numbers: PhoneNumberView[];
  readonly next_cursor: string | null;
  readonly has_more: boolean;
}

export async function pagePhoneNumbers(
  deps: ReadDeps,
  principal: Principal,
  query: PhoneNumberPageQuery,
): Promise<Outcome<PhoneNumberPageView>> {
  const { cursor, page_size: size, ...filters } = query;
  const position = readCursor(cursor, filters);
  if (!position.ok) return position;
  if (isForeign(query.provider)) {
    return succeed({ phone_numbers: [], next_cursor: null, has_more: false });
  }
  const sortBy = query.sort_by ?? "id";
  const rows = await findPhoneNumbers(
    deps.db,
    {
      workspaceId: principal.workspaceId,
      agentId: query.agent_id,
      branchId: query.branch_id,
      label: query.label,
      phoneNumber: query.phone_number,
      supportsOutbound: query.supports_outbound,
      search: query.search,
    },
    {
      sortBy,
      direction: query.sort_direction,
      after: position.value,
      limit: size + 1,
    },
  );
  const { last, page } = pageOf(rows, size);
  return succeed({
    phone_numbers: page.map(phoneNumberView),
    next_cursor:
      last === null ? null : writeCursor([sortedValue(last, sortBy), last.number.id], filters),
    has_more: last !== null,
  });
}

/** Numbers of other providers do not exist here. */
function isForeign(provider: string | undefined): boolean {
  return provider !== undefined && provider !== "sip_trunk";
}
