import { z } from "zod";
import { UserError } from "../user-error.ts";

/** As much of SQL over HTTP, version 2, as a restore needs. */
export interface SqlClient {
  /** In one transaction. @throws UserError that names what libSQL said */
  run(statements: readonly string[]): Promise<void>;
  /** The first column. */
  rows(sql: string): Promise<readonly string[]>;
}

const errorSchema = z.looseObject({ message: z.string() });
const answerSchema = z.object({
  results: z
    .tuple([
      z.union([
        z.object({ type: z.literal("error"), error: errorSchema }),
        z.object({
          type: z.literal("ok"),
          response: z.object({
            result: z.looseObject({
              rows: z.array(z.array(z.looseObject({ value: z.string().optional() }))).optional(),
              step_errors: z.array(errorSchema.nullable()).optional(),
            }),
          }),
        }),
      ]),
    ])
    .rest(z.unknown()),
});

export function openSqlClient(url: string, authorization: string): SqlClient {
  const ask = async (request: object) => {
    const answer = await fetch(new URL("/v2/pipeline", url), {
      method: "POST",
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify({ requests: [request, { type: "close" }] }),
    });
    if (!answer.ok) throw new UserError(`libSQL answered ${answer.status}.`);
    const [first] = answerSchema.parse(await answer.json()).results;
    if (first.type === "error") throw new UserError(`libSQL refused: ${first.error.message}`);
    return first.response.result;
  };
  return {
    async run(statements) {
      // A dump names tables before it makes those that they refer to. The pragma counts outside of a transaction only.
      const texts = ["PRAGMA foreign_keys = OFF", "BEGIN", ...statements, "COMMIT"];
      const steps = texts.map((sql, at) => ({
        stmt: { sql },
        ...(at === 0 ? {} : { condition: { type: "ok", step: at - 1 } }),
      }));
      const { step_errors: errors = [] } = await ask({ type: "batch", batch: { steps } });
      const failed = errors.find((error) => error !== null);
      if (failed != null) throw new UserError(`libSQL refused a statement: ${failed.message}`);
    },
    async rows(sql) {
      const { rows = [] } = await ask({ type: "execute", stmt: { sql } });
      return rows.map(([first]) => first?.value ?? "");
    },
  };
}
