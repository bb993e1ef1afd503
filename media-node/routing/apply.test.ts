import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { routingRowText } from "../../schema/contracts/routing.ts";
import { importedNumber } from "../../tests/support/routing-rows.ts";
import { applyChanges, applyPage, buildTable, checkLoss } from "./apply.ts";
import { RoutingTable } from "./table.ts";

const NO_ROWS = "0".repeat(64);

function changesOf(rows: readonly { kind: string; entityId: string; value: unknown }[], first = 1) {
  return rows.map((row, index) => ({ ...row, version: first + index }));
}

/** The table hash written down a second time: XOR of SHA-256 over the rows, with whole numbers. */
function hashOf(rows: readonly { kind: string; entityId: string; value: unknown }[]): string {
  let sum = 0n;
  for (const { kind, entityId, value } of rows) {
    const digest = createHash("sha256")
      .update(routingRowText(kind, entityId, value))
      .digest("hex");
    sum ^= BigInt(`0x${digest}`);
  }
  return sum.toString(16).padStart(64, "0");
}

describe("changes", () => {
  const { rows } = importedNumber("+15005550100");

  it("are applied as one step, with the hash of their rows", () => {
    const table = new RoutingTable(1, 0);
    const outcome = applyChanges(table, {
      epoch: 1,
      since: 0,
      version: 9,
      changes: changesOf(rows),
    });
    expect(outcome).toEqual({ ok: true, changed: true });
    expect(table).toMatchObject({ version: 9, size: 3, hash: hashOf(rows) });
  });

  it("leave the table as it was when one row breaks its schema", () => {
    const table = new RoutingTable(1, 0);
    const broken = { kind: "agent", entityId: rows[0]?.entityId ?? "", value: { name: 1 } };
    const outcome = applyChanges(table, {
      epoch: 1,
      since: 0,
      version: 4,
      changes: changesOf([...rows, broken]),
    });
    expect(outcome).toMatchObject({ ok: false, code: "row_invalid" });
    expect(table).toMatchObject({ version: 0, size: 0, hash: NO_ROWS });
  });

  it("of a kind that is not known are kept, hashed and removed like any other", () => {
    const table = new RoutingTable(1, 0);
    const unknown = { kind: "teleporter", entityId: "x1", value: { power: 9 } };
    applyChanges(table, { epoch: 1, since: 0, version: 1, changes: changesOf([unknown]) });
    expect(table).toMatchObject({ size: 1, hash: hashOf([unknown]) });
    const removal = [{ ...unknown, value: null, version: 2 }];
    applyChanges(table, { epoch: 1, since: 1, version: 2, changes: removal });
    expect(table).toMatchObject({ size: 0, hash: NO_ROWS, version: 2 });
  });

  it("that replace and remove rows leave the hash of what is left", () => {
    const table = new RoutingTable(1, 0);
    const [agent, trunk, number] = rows;
    const renamed = { ...agent!, value: { ...(agent!.value as object), name: "Renamed" } };
    const changes = changesOf([...rows, renamed, { ...number!, value: null }]);
    applyChanges(table, { epoch: 1, since: 0, version: 5, changes });
    expect(table.hash).toBe(hashOf([trunk!, renamed]));
    expect(table.numbersExactly("+15005550100")).toEqual([]);
  });

  it("that overlap what the table has are skipped up to its version", () => {
    const table = new RoutingTable(1, 0);
    const changes = changesOf(rows);
    applyChanges(table, { epoch: 1, since: 0, version: 2, changes: changes.slice(0, 2) });
    expect(applyChanges(table, { epoch: 1, since: 0, version: 3, changes })).toMatchObject({
      changed: true,
    });
    expect(table).toMatchObject({ version: 3, hash: hashOf(rows) });
    expect(applyChanges(table, { epoch: 1, since: 0, version: 3, changes })).toEqual({
      ok: true,
      changed: false,
    });
  });

  it.each([
    ["of another epoch", { epoch: 2, since: 0, version: 1, changes: [] }, "epoch_differs"],
    ["after a gap", { epoch: 1, since: 5, version: 6, changes: [] }, "gap"],
    [
      "out of order",
      { epoch: 1, since: 0, version: 3, changes: changesOf(rows).reverse() },
      "versions_not_ascending",
    ],
    [
      "beyond the announced version",
      { epoch: 1, since: 0, version: 1, changes: changesOf(rows) },
      "versions_not_ascending",
    ],
  ])("%s are refused", (_, update, code) => {
    const table = new RoutingTable(1, 0);
    expect(applyChanges(table, update)).toMatchObject({ ok: false, code });
    expect(table.version).toBe(0);
  });

  it("whose value names another entity are refused, and the detail repeats no value", () => {
    const [agent] = rows;
    const secretive = { kind: "agent", entityId: agent?.entityId ?? "", value: { id: "hunter2" } };
    const table = new RoutingTable(1, 0);
    const outcome = applyChanges(table, {
      epoch: 1,
      since: 0,
      version: 1,
      changes: changesOf([secretive]),
    });
    expect(outcome).toMatchObject({ ok: false, code: "row_invalid" });
    expect(JSON.stringify(outcome)).not.toContain("hunter2");
  });
});

describe("rows that nest too deep to be walked", () => {
  let deep: unknown = 1;
  for (let level = 0; level < 50_000; level++) deep = [deep];

  it.each(["agent", "teleporter"])("are refused before the table is touched: %s", (kind) => {
    const { rows } = importedNumber("+15005550100");
    const table = new RoutingTable(1, 0);
    const changes = changesOf([...rows, { kind, entityId: "x1", value: { deep } }]);
    expect(applyChanges(table, { epoch: 1, since: 0, version: 4, changes })).toMatchObject({
      ok: false,
      code: "row_invalid",
    });
    expect(table).toMatchObject({ version: 0, size: 0, hash: NO_ROWS });
  });
});

describe("a page", () => {
  const rows = Array.from(
    { length: 200 },
    (_, index) => importedNumber(`+1500555${1000 + index}`, { country: "US" }).rows,
  ).flat();
  const update = { epoch: 1, since: 0, version: rows.length, changes: changesOf(rows) };

  it("leaves the thread to others between its slices, and is one step all the same", async () => {
    const table = new RoutingTable(1, 0);
    const sizes = new Set<number>();
    let turns = 0;
    let isApplied = false;
    const applying = applyPage(table, update).finally(() => {
      isApplied = true;
    });
    while (!isApplied) {
      sizes.add(table.size);
      turns += 1;
      await nextTurn();
    }
    expect(await applying).toEqual({ ok: true, changed: true });
    // 600 rows and 200 numbers, 50 at a time.
    expect(turns).toBeGreaterThanOrEqual(15);
    expect([...sizes].filter((size) => size !== rows.length)).toEqual([0]);
    expect(table.hash).toBe(hashOf(rows));
    expect(table.numbersNormalised("5005551007")).toHaveLength(1);
  });

  it("and a hint that overtakes it end at the same table", async () => {
    const table = new RoutingTable(1, 0);
    const applying = applyPage(table, update);
    const renamed = { ...rows[0]!, value: { ...(rows[0]!.value as object), name: "Renamed" } };
    const hinted = { epoch: 1, since: 0, version: 3, changes: changesOf(rows.slice(0, 3)) };
    expect(applyChanges(table, hinted)).toEqual({ ok: true, changed: true });
    expect(await applying).toEqual({ ok: true, changed: true });
    expect(table).toMatchObject({ version: rows.length, hash: hashOf(rows) });
    const late = { epoch: 1, since: 0, version: 3, changes: changesOf([renamed]) };
    expect(await applyPage(table, late)).toEqual({ ok: true, changed: false });
    expect(table.hash).toBe(hashOf(rows));
  });
});

describe("a snapshot", () => {
  const opaque = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      kind: "opaque",
      entityId: `row-${index}`,
      value: { index },
    }));

  async function tableWith(count: number): Promise<RoutingTable> {
    const built = await buildTable({ epoch: 1, version: 1, rows: count }, opaque(count));
    if (!built.ok) throw new Error(built.detail);
    return built.table;
  }

  it("with fewer rows than it announces is refused", async () => {
    const built = await buildTable({ epoch: 1, version: 1, rows: 3 }, opaque(2));
    expect(built).toMatchObject({ ok: false, code: "row_count_differs" });
  });

  it.each([
    ["999 rows may be replaced by none", 999, 0, 0, true],
    ["1000 rows may lose 200", 1000, 800, 0, true],
    ["1000 rows may not lose 201", 1000, 799, 0, false],
    ["1000 rows may lose 201 when one is announced", 1000, 799, 1, true],
    ["1000 rows may not become none", 1000, 0, 0, false],
    ["1000 rows may become none when all are announced", 1000, 0, 1000, true],
  ])("%s", async (_, before, after, expectedRemovals, isTaken) => {
    const outcome = await checkLoss(
      await tableWith(before),
      await tableWith(after),
      expectedRemovals,
      new Set(),
    );
    expect(outcome.ok).toBe(isTaken);
    if (!outcome.ok) expect(outcome.code).toBe("too_many_rows_lost");
  });

  it("is not blamed for rows that a change removed by name", async () => {
    const removed = new Set(opaque(500).map((row) => `${row.kind}\n${row.entityId}`));
    const current = await tableWith(1000);
    const candidate = await buildTable(
      { epoch: 1, version: 2, rows: 500 },
      opaque(1000).slice(500),
    );
    if (!candidate.ok) throw new Error(candidate.detail);
    expect(await checkLoss(current, candidate.table, 0, removed)).toMatchObject({ ok: true });
    expect(await checkLoss(current, candidate.table, 0, new Set())).toMatchObject({ ok: false });
  });

  it("is compared with a large table in slices", async () => {
    const table = await tableWith(12_000);
    let turns = 0;
    let isOver = false;
    const comparing = checkLoss(table, table, 0, new Set()).finally(() => {
      isOver = true;
    });
    while (!isOver) {
      turns += 1;
      await nextTurn();
    }
    expect(await comparing).toEqual({ ok: true, changed: true });
    expect(turns).toBeGreaterThanOrEqual(3);
  });
});
