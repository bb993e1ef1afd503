import { describe, expect, test, vi } from "vitest";
import { newId } from "../../schema/values/ids.ts";
import { libsqlSettings } from "../deps.ts";
import { parseWorkerConfig } from "../env.ts";
import { bindings } from "../hub/test-fixture.ts";
import type { LibsqlSettings } from "./client.ts";
import { openCommitConnection } from "./commit-group.ts";
import { GroupWriter } from "./group-writer.ts";
import { createPipeline } from "./pipeline.ts";
import { namedRows } from "./wire.ts";
import {
  guard,
  guardChangedOne,
  type SqlValue,
  type Statement,
  type WriteUnit,
} from "./write-unit.ts";

const settings = libsqlSettings(bindings, parseWorkerConfig(bindings));

/** What a test does to the requests of its writer; `attempt` counts from 1. */
type Fault = (send: () => Promise<Response>, attempt: number, body: string) => Promise<Response>;

function newWriter(fault: Fault = (send) => send()) {
  const sent: string[] = [];
  const events: string[] = [];
  const faulty: LibsqlSettings = {
    ...settings,
    fetch: async (url, init) => {
      const { body = "" } = init;
      sent.push(body);
      return fault(() => settings.fetch(url, init), sent.length, body);
    },
  };
  const writer = new GroupWriter({
    connection: openCommitConnection(faulty),
    clock: () => Date.now(),
    pause: () => Promise.resolve(),
    log: (event) => events.push(event),
  });
  return { writer, sent, events };
}

function unit(...statements: Statement[]): WriteUnit {
  return { writeId: newId("write"), priority: "normal", statements };
}

/** A row in a table that nothing else of these tests writes to. */
function insertToken(sha256: string, region = "writer-test"): Statement {
  return {
    sql: `INSERT INTO join_tokens (sha256, region, created_at_ms, expires_at_ms)
          VALUES (?, ?, 1, 1) RETURNING sha256`,
    args: [sha256, region],
  };
}

async function query(sql: string, ...args: SqlValue[]): Promise<Record<string, unknown>[]> {
  return namedRows(await createPipeline(settings, 2_000).query(sql, args));
}

async function tokensOf(region: string): Promise<unknown[]> {
  const rows = await query("SELECT sha256 FROM join_tokens WHERE region = ? ORDER BY 1", region);
  return rows.map((row) => row["sha256"]);
}

const newName = () => `w${crypto.randomUUID()}`;
const isCommit = (body: string) => body.includes("BEGIN IMMEDIATE");

describe("group commit", () => {
  test("units that wait together are one transaction, and each gets its own rows", async () => {
    const { sent, writer } = newWriter();
    const names = Array.from({ length: 50 }, newName);
    const outcomes = await Promise.all(names.map((name) => writer.write(unit(insertToken(name)))));
    expect(outcomes).toEqual(names.map((name) => ({ ok: true, rows: [[{ sha256: name }]] })));
    // The first goes while the others arrive: they are the second group.
    expect(sent.filter(isCommit).length).toBeLessThanOrEqual(2);
  });

  test("of 200 units in one group, one that breaks a constraint reaches only its caller", async () => {
    const { writer } = newWriter();
    const region = newName();
    const taken = newName();
    await writer.write(unit(insertToken(taken, region)));
    const names = Array.from({ length: 199 }, newName);
    // The first goes alone while the others arrive: what is looked at is one group of 200.
    const first = writer.write(unit(insertToken(newName())));
    const [bad, ...good] = await Promise.all([
      writer.write(unit(insertToken(newName(), "never"), insertToken(taken, region))),
      ...names.map((name) => writer.write(unit(insertToken(name, region)))),
    ]);
    expect((await first).ok).toBe(true);
    expect(bad).toEqual({
      ok: false,
      code: "constraint_violated",
      detail: expect.stringContaining("join_tokens.sha256"),
    });
    expect(good.map((outcome) => outcome.ok)).toEqual(names.map(() => true));
    expect(await tokensOf(region)).toEqual([taken, ...names].sort());
    expect(await tokensOf("never")).toEqual([]);
  });

  test("several bad units anywhere in a group are each told, and all others are applied", async () => {
    const { writer } = newWriter();
    const region = newName();
    const wrong: Statement = { sql: "INSERT INTO no_such_table VALUES (1)", args: [] };
    const units = Array.from({ length: 40 }, (_, index) => {
      if (index % 13 === 0) return unit(guard("never", "1 = 0", []));
      if (index % 7 === 0) return unit(wrong);
      return unit(insertToken(newName(), region));
    });
    const outcomes = await Promise.all(units.map((one) => writer.write(one)));
    const codes = outcomes.map((outcome) => (outcome.ok ? "ok" : outcome.code));
    const expected = units.map((_, index) =>
      index % 13 === 0 ? "guard_failed" : index % 7 === 0 ? "fault" : "ok",
    );
    expect(codes).toEqual(expected);
    expect(await tokensOf(region)).toHaveLength(expected.filter((code) => code === "ok").length);
  });

  test("a unit that libSQL cannot read is a fault of its caller's only", async () => {
    const { sent, writer } = newWriter();
    const region = newName();
    const bad = newName();
    const names = [newName(), bad, newName(), newName()];
    // JSON may hold half of a surrogate pair; UTF-8 cannot.
    const text = (name: string) => (name === bad ? `${name}\ud800` : name);
    const outcomes = await Promise.all(
      names.map((name) => writer.write(unit(insertToken(text(name), region)))),
    );
    expect(outcomes.map((outcome) => (outcome.ok ? "ok" : outcome.code))).toEqual(
      names.map((name) => (name === bad ? "fault" : "ok")),
    );
    expect(await tokensOf(region)).toEqual(names.filter((name) => name !== bad).sort());
    expect(sent.length).toBeLessThan(12);
  });

  test("a full queue answers unavailable and applies nothing of the unit", async () => {
    const { writer } = newWriter();
    const region = newName();
    const outcomes = await Promise.all(
      Array.from({ length: 2_202 }, () => writer.write(unit(insertToken(newName(), region)))),
    );
    const refused = outcomes.filter((outcome) => !outcome.ok);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toEqual({ ok: false, code: "unavailable", retryAfterSecs: 2 });
    expect(await tokensOf(region)).toHaveLength(outcomes.length - refused.length);
  });
});

describe("guards", () => {
  test("a guard that does not hold names itself, and nothing of its unit is applied", async () => {
    const { writer } = newWriter();
    const region = newName();
    const outcome = await writer.write(
      unit(insertToken(newName(), region), guard("is_never", "? = 2", [1])),
    );
    expect(outcome).toEqual({ ok: false, code: "guard_failed", guard: "is_never" });
    expect(await tokensOf(region)).toEqual([]);
  });

  test("a guard sees what statements before it did, and leaves no row behind", async () => {
    const { writer } = newWriter();
    const name = newName();
    const used: Statement = {
      sql: "UPDATE join_tokens SET used_by_node_id = 'n' WHERE sha256 = ? AND used_by_node_id IS NULL",
      args: [name],
    };
    await writer.write(unit(insertToken(name)));
    const [first, second] = await Promise.all([
      writer.write(unit(used, guardChangedOne("token_unused"))),
      writer.write(unit(used, guardChangedOne("token_unused"))),
    ]);
    expect(first.ok).toBe(true);
    expect(second).toEqual({ ok: false, code: "guard_failed", guard: "token_unused" });
    expect(await query("SELECT * FROM write_guards")).toEqual([]);
  });
});

describe("lost answers", () => {
  test("a commit whose answer was lost is applied once and reported applied", async () => {
    const region = newName();
    let lost = 0;
    const { sent, writer } = newWriter(async (send, _attempt, body) => {
      const response = await send();
      if (!isCommit(body) || lost > 0) return response;
      lost += 1;
      throw new DOMException("timed out", "TimeoutError");
    });
    const outcome = await writer.write(unit(insertToken(newName(), region)));
    expect(lost).toBe(1);
    expect(outcome).toEqual({ ok: true, rows: [[]] });
    expect(await tokensOf(region)).toHaveLength(1);
    expect(sent.filter(isCommit)).toHaveLength(1);
  });

  test("a commit that never arrived is tried again", async () => {
    const region = newName();
    let lost = 0;
    const { writer } = newWriter((send, _attempt, body) => {
      if (!isCommit(body) || lost > 0) return send();
      lost += 1;
      return Promise.reject(new TypeError("connection lost"));
    });
    const name = newName();
    const outcome = await writer.write(unit(insertToken(name, region)));
    expect(outcome).toEqual({ ok: true, rows: [[{ sha256: name }]] });
    expect(await tokensOf(region)).toEqual([name]);
  });

  test("a commit that is applied after it was read back as missing is not applied again", async () => {
    const region = newName();
    let late: (() => Promise<Response>) | null = null;
    const { writer } = newWriter(async (send, _attempt, body) => {
      if (isCommit(body) && late === null) {
        late = send;
        throw new DOMException("timed out", "TimeoutError");
      }
      // The first transaction ends between the read back and the second try.
      if (isCommit(body)) await late?.();
      return send();
    });
    const outcome = await writer.write(unit(insertToken(newName(), region)));
    expect(outcome).toEqual({ ok: true, rows: [[]] });
    expect(await tokensOf(region)).toHaveLength(1);
  });

  test("the same unit written twice by its caller is applied once", async () => {
    const { writer } = newWriter();
    const region = newName();
    const one = unit(insertToken(newName(), region));
    const outcomes = await Promise.all([writer.write(one), writer.write(one)]);
    expect(outcomes.map((outcome) => outcome.ok)).toEqual([true, true]);
    expect(await tokensOf(region)).toHaveLength(1);
  });

  test("a database that does not answer is unavailable, and the writer works once it is back", async () => {
    let isDown = true;
    const { writer } = newWriter((send) =>
      isDown ? Promise.reject(new TypeError("refused")) : send(),
    );
    const down = await writer.write(unit(insertToken(newName())));
    isDown = false;
    const up = await writer.write(unit(insertToken(newName())));
    expect(down).toEqual({ ok: false, code: "unavailable", retryAfterSecs: 2 });
    expect(up.ok).toBe(true);
  });
});

describe("fence", () => {
  test("a writer that another has followed never commits again", async () => {
    const older = newWriter();
    const newer = newWriter();
    const region = newName();
    expect((await older.writer.write(unit(insertToken(newName())))).ok).toBe(true);
    expect((await newer.writer.write(unit(insertToken(newName())))).ok).toBe(true);
    const fenced = await older.writer.write(unit(insertToken(newName(), region)));
    expect(fenced).toMatchObject({ ok: false, code: "unavailable" });
    expect(await tokensOf(region)).toEqual([]);
    expect(older.events).toEqual(["writer_fenced"]);
    expect((await newer.writer.write(unit(insertToken(newName())))).ok).toBe(true);
  });

  test("a fence that was asked for in vain and comes late does not fence its own writer", async () => {
    let late: (() => Promise<Response>) | undefined;
    const { events, writer } = newWriter((send, attempt) => {
      if (attempt > 1) return send();
      late = send;
      return Promise.reject(new TypeError("lost"));
    });
    const region = newName();
    const [first, second] = [newName(), newName()];
    expect((await writer.write(unit(insertToken(first, region)))).ok).toBe(true);
    await late?.();
    expect((await writer.write(unit(insertToken(second, region)))).ok).toBe(true);
    expect(await tokensOf(region)).toEqual([first, second].sort());
    expect(events).not.toContain("writer_fenced");
  });

  test("a writer whose clock is behind the fence that stands is the next one all the same", async () => {
    const ahead = Date.now() + 3_600_000;
    await query("UPDATE writer_fence SET fence = ?", ahead);
    const { writer } = newWriter();
    expect((await writer.write(unit(insertToken(newName())))).ok).toBe(true);
    const [row] = await query("SELECT fence FROM writer_fence");
    expect(Number(row?.["fence"])).toBeGreaterThan(ahead);
  });

  test("a database whose fence went back, as after a restore, is taken over and written to", async () => {
    const { events, writer } = newWriter();
    await writer.write(unit(insertToken(newName())));
    await query("UPDATE writer_fence SET fence = 7");
    const outcome = await writer.write(unit(insertToken(newName())));
    expect(outcome.ok).toBe(true);
    expect(events).toEqual(["fence_went_back"]);
  });
});

describe("old write ids", () => {
  test("those of more than 24 hours are forgotten, newer ones are kept", async () => {
    const { writer } = newWriter();
    const [old, recent] = [newId("write"), newId("write")];
    const hoursAgo = (hours: number) => Date.now() - hours * 3_600_000;
    const insert = "INSERT INTO writes (write_id, committed_at_ms) VALUES (?, ?)";
    await query(insert, old, hoursAgo(25));
    await query(insert, recent, hoursAgo(23));
    await writer.write(unit(insertToken(newName())));
    await vi.waitFor(async () => {
      const left = await query("SELECT write_id FROM writes WHERE write_id IN (?, ?)", old, recent);
      expect(left).toEqual([{ write_id: recent }]);
    });
  });
});
