import type { z } from "zod";
import type { importResultSchema } from "../../schema/contracts/number-import.ts";
import { IMPORT_KEPT_MS } from "../../schema/contracts/number-import.ts";
import { createPhoneNumberSchema } from "../../schema/contracts/phone-number.ts";
import { parseE164 } from "../../schema/values/e164.ts";
import { splitSipAddress } from "../../schema/values/sip-address.ts";
import type { AppDeps } from "../app-type.ts";
import { type Principal, sha256Hex } from "../auth/api-key.ts";
import {
  findAgentIds,
  findMadeRows,
  guardAgentsExist,
  insertNumbers,
  keepMadeRows,
  type MadeBefore,
  type MadeRow,
  NOTHING_MADE,
  type RowRange,
} from "../db/number-imports.ts";
import { findRivalsByKey, guardRivalsByKey, type Rival } from "../db/rivals.ts";
import { appendRoutingChanges } from "../db/routing-changes.ts";
import type { Statement } from "../db/write-unit.ts";
import { problemBody } from "../errors/problem.ts";
import type { Refusal, RefusedField } from "../errors/refusal.ts";
import { findBrokenText } from "../errors/request-guards.ts";
import { ServiceUnavailable } from "../errors/trunkline-error.ts";
import { refusedFields } from "../errors/validation.ts";
import { withRegionKeysKept } from "../secrets/secrets.ts";
import { isObject, memberOf } from "./agent-settings.ts";
import { commitUnit } from "./commit-unit.ts";
import type { NdjsonLine } from "./ndjson-lines.ts";
import { ambiguity } from "./overlap.ts";
import { type PlannedNumber, planNumber, unknownAgent } from "./plan-number.ts";
import { routingRevision } from "./routing-entries.ts";

type RowsDeps = Pick<AppDeps, "db" | "writer" | "secrets" | "clock">;

export type ImportResult = z.infer<typeof importResultSchema>;

/** One import, as all of its parts know it. */
export interface ImportRun {
  readonly principal: Principal;
  /** Undefined: what is made is made again when the file is sent again. */
  readonly key: string | undefined;
  readonly splitsAddresses: boolean;
  readonly requestId: string;
  /** Of this API, for the addresses of its problems. */
  readonly origin: string;
}

export interface ImportRow {
  readonly index: number;
  readonly line: NdjsonLine;
}

const MAX_RACES = 5;
/** Rows between which others of the isolate are let in. */
const ROWS_AT_ONCE = 25;
export const IMPORT_PATH = "/v1/phone-numbers/import";

/**
 * Makes what can be made of these rows in one unit, and says of each what became of it: a wrong one takes none of its
 * neighbours with it. Rows that the key has made before are answered as made.
 * @throws ServiceUnavailable, and what a database throws that does not answer: then none of them is made
 */
export async function importRows(
  deps: RowsDeps,
  run: ImportRun,
  rows: readonly ImportRow[],
): Promise<readonly ImportResult[]> {
  const [first, last] = [rows[0]?.index ?? 0, rows.at(-1)?.index ?? 0];
  const hashes = run.key === undefined ? [] : await Promise.all(rows.map(hashOf));
  const keeping = { ...deps, secrets: withRegionKeysKept(deps.secrets) };
  const planned = new Map<number, PlannedNumber | Refusal>();
  for (let race = 1; race <= MAX_RACES; race += 1) {
    const before = await madeBefore(deps, run, { first, last });
    const part = new RowsPart(run, before, hashes);
    for (const [place, row] of rows.entries()) {
      if (place % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) await others();
      if (part.answerMade(row, place)) continue;
      const plan =
        planned.get(row.index) ?? (await planRow(keeping, run, row, part.nowMs ?? deps.clock()));
      planned.set(row.index, plan);
      part.add(row, place, plan);
    }
    await part.dropUnknownAgents(deps);
    const forms = part.forms();
    const rivals = await findRivalsByKey(deps.db, run.principal.region, forms);
    part.dropAmbiguous(rivals.byKey);
    const unchanged = guardRivalsByKey(run.principal.region, forms, rivals.fingerprint);
    const committed = await part.commit(deps, { first, last }, unchanged);
    if (committed) return part.results();
  }
  throw new ServiceUnavailable(`rows ${first} to ${last} of an import raced ${MAX_RACES} times`, 1);
}

/** Lets what else the isolate has to do be done. */
function others(): Promise<void> {
  return new Promise((resume) => setTimeout(resume, 0));
}

async function hashOf({ line }: ImportRow): Promise<string> {
  return line.kind === "text" ? await sha256Hex(line.bytes) : line.kind;
}

function madeBefore(deps: RowsDeps, { key, principal }: ImportRun, range: RowRange) {
  if (key === undefined) return NOTHING_MADE;
  const { workspaceId } = principal;
  return findMadeRows(deps.db, { workspaceId, key }, range, deps.clock());
}

async function planRow(
  deps: RowsDeps,
  run: ImportRun,
  { line }: ImportRow,
  nowMs: number,
): Promise<PlannedNumber | Refusal> {
  if (line.kind === "too_long") {
    return refusal(413, "row_too_large", "The line is longer than 65536 bytes.");
  }
  if (line.kind === "not_utf8") return refusal(400, "not_utf8", "The line is not UTF-8.");
  let json: unknown;
  try {
    json = JSON.parse(line.text);
  } catch {
    return refusal(400, "malformed_json", "The line is not JSON.");
  }
  const broken = /\\u[dD][89a-fA-F]/.test(line.text) ? findBrokenText(json, []) : null;
  if (broken !== null) {
    const detail = "This text holds half of a surrogate pair, which is no character.";
    return invalid([{ pointer: broken, code: "not_unicode", detail }]);
  }
  const row = run.splitsAddresses ? withSplitAddress(json) : json;
  const parsed = createPhoneNumberSchema.safeParse(row);
  if (!parsed.success) return invalid(refusedFields(parsed.error, row));
  const plan = await planNumber(deps, run.principal, parsed.data, nowMs);
  return plan.ok ? plan.value : invalid(plan.errors);
}

/** Port and transport that stand in the address go to their own members, where those say nothing. */
function withSplitAddress(row: unknown): unknown {
  const config = memberOf(row, "outbound_trunk_config");
  const address = memberOf(config, "address");
  const split = typeof address === "string" ? splitSipAddress(address) : null;
  if (split === null || !isObject(row) || !isObject(config)) return row;
  const { port, transport } = split;
  return {
    ...row,
    outbound_trunk_config: {
      ...(port === null ? {} : { port }),
      ...(transport === null ? {} : { transport }),
      ...config,
      address: split.address,
    },
  };
}

function refusal(status: Refusal["status"], code: Refusal["code"], detail: string): Refusal {
  return { status, code, detail };
}

function invalid(errors: readonly RefusedField[]): Refusal {
  return { ...refusal(422, "validation_failed", "The row is not valid."), errors };
}

interface PlannedRow {
  readonly index: number;
  readonly place: number;
  readonly plan: PlannedNumber;
}

/** Rows on their way to one unit. */
class RowsPart {
  readonly #run: ImportRun;
  readonly #before: MadeBefore;
  readonly #hashes: readonly string[];
  readonly #results = new Map<number, ImportResult>();
  #planned: PlannedRow[] = [];

  constructor(run: ImportRun, before: MadeBefore, hashes: readonly string[]) {
    this.#run = run;
    this.#before = before;
    this.#hashes = hashes;
  }

  /** Of the rows that are planned already; undefined before the first. */
  get nowMs(): number | undefined {
    return this.#planned[0]?.plan.number.createdAtMs;
  }

  /** Whether the key has made the row, or another row in its place. */
  answerMade({ index }: ImportRow, place: number): boolean {
    const made = this.#before.made.get(index);
    if (made === undefined) return false;
    const [, sha256, id] = made;
    if (sha256 === this.#hashes[place]) {
      this.#tell({ index, status: "imported", phone_number_id: id, replayed: true });
    } else {
      const detail = "The Idempotency-Key has made a number of another line at this place.";
      const field = { location: "header", pointer: "/idempotency-key" } as const;
      const errors = [{ ...field, code: "idempotency_key_reused", detail }];
      this.#fail(index, { status: 422, code: "idempotency_key_reused", detail, errors });
    }
    return true;
  }

  add({ index }: ImportRow, place: number, plan: PlannedNumber | Refusal): void {
    if ("status" in plan) this.#fail(index, plan);
    else this.#planned.push({ index, place, plan });
  }

  async dropUnknownAgents(deps: Pick<AppDeps, "db">): Promise<void> {
    const known = await findAgentIds(deps.db, this.#run.principal.workspaceId, this.#agentIds());
    this.#keep(({ number: { agentId } }) =>
      agentId === null || known.has(agentId) ? null : invalid([unknownAgent()]),
    );
  }

  /** Every form by which a number of the part may be dialled. */
  forms(): readonly string[] {
    return [...new Set(this.#planned.flatMap(({ plan }) => plan.forms))];
  }

  /** Numbers that a call could confuse with one that is there, or with one of a line above. */
  dropAmbiguous(rivals: ReadonlyMap<string, readonly Rival[]>): void {
    const { workspaceId } = this.#run.principal;
    const taken = new Map<string, readonly Rival[]>(rivals);
    this.#keep(({ forms, inboundTrunk, number }) => {
      const mine = forms.flatMap((form) => taken.get(form) ?? []);
      const refused = ambiguity(workspaceId, inboundTrunk, mine);
      if (refused !== null) return refused;
      const rival = { phoneNumberId: number.id, workspaceId, callers: inboundTrunk };
      for (const form of forms) taken.set(form, [...(taken.get(form) ?? []), rival]);
      return null;
    });
  }

  /** False when something has changed since it was read; then nothing is made. */
  async commit(deps: RowsDeps, range: RowRange, unchanged: Statement): Promise<boolean> {
    if (this.#planned.length === 0) return true;
    const { key, principal } = this.#run;
    const { region, workspaceId } = principal;
    const plans = this.#planned.map(({ plan }) => plan);
    const agentIds = this.#agentIds();
    const nowMs = deps.clock();
    const made = this.#planned.map(
      ({ index, place, plan }): MadeRow => [index, this.#hashes[place] ?? "", plan.number.id],
    );
    const committed = await commitUnit(
      deps.writer,
      [
        unchanged,
        ...(agentIds.length === 0 ? [] : [guardAgentsExist(workspaceId, agentIds)]),
        ...insertNumbers(plans),
        ...(key === undefined
          ? []
          : keepMadeRows({ workspaceId, key }, range, {
              before: this.#before,
              made,
              nowMs,
              expiresAtMs: nowMs + IMPORT_KEPT_MS,
            })),
        ...appendRoutingChanges(
          region,
          plans.flatMap(({ entries }) => entries),
          nowMs,
        ),
      ],
      "bulk",
    );
    if (!committed.ok) return false;
    const revision = await routingRevision(deps, region, committed.rows);
    for (const { index, plan } of this.#planned) {
      this.#tell({
        index,
        status: "imported",
        phone_number_id: plan.number.id,
        e164: parseE164(plan.number.canonicalIdentifier),
        replayed: false,
        routing_revision: revision,
      });
    }
    return true;
  }

  /** In the order of the rows. */
  results(): readonly ImportResult[] {
    return [...this.#results.values()].sort((a, b) => a.index - b.index);
  }

  #agentIds(): readonly string[] {
    return [...new Set(this.#planned.flatMap(({ plan }) => plan.number.agentId ?? []))];
  }

  #keep(refusalOf: (plan: PlannedNumber) => Refusal | null): void {
    this.#planned = this.#planned.filter(({ index, plan }) => {
      const refused = refusalOf(plan);
      if (refused !== null) this.#fail(index, refused);
      return refused === null;
    });
  }

  #fail(index: number, refused: Refusal): void {
    const problem = problemBody(refused, this.#run.origin, IMPORT_PATH, this.#run.requestId);
    this.#tell({ index, status: "failed", problem });
  }

  #tell(result: ImportResult): void {
    this.#results.set(result.index, result);
  }
}
