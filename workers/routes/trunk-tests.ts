import { createRoute } from "@hono/zod-openapi";
import type { TypedResponse } from "hono";
import { accepts } from "hono/accepts";
import {
  type TrunkTestLine,
  trunkTestLineSchema,
  trunkTestRequestSchema,
  trunkTestViewSchema,
} from "../../schema/contracts/trunk-test.ts";
import type { App, AppDeps } from "../app-type.ts";
import { succeed, unwrap } from "../errors/refusal.ts";
import { askHub, regionHub } from "../hub/objects.ts";
import type { TrunkTestRun } from "../hub/trunk-tests.ts";
import {
  finishTrunkTest,
  linesOf,
  startTrunkTest,
  trunkTestLines,
} from "../services/test-trunk.ts";
import { answerOnce, createdOnce, idempotencyRequest } from "./idempotency.ts";
import { ownBodyErrors, ownKeyErrors, ownNotFoundError, ownProblem } from "./responses.ts";

const NDJSON = "application/x-ndjson";
const JSON_TYPE = "application/json";

const created = createdOnce(trunkTestViewSchema, "What stands between us and the trunk.");

const create = createRoute({
  method: "post",
  path: "/v1/trunk-tests",
  operationId: "testTrunk",
  tags: ["trunk tests"],
  request: {
    ...idempotencyRequest,
    body: { required: true, content: { [JSON_TYPE]: { schema: trunkTestRequestSchema } } },
  },
  responses: {
    200: {
      ...created,
      description:
        "Each stage as it ends, one JSON object a line; one object of all with `Accept: application/json`.",
      content: { ...created.content, [NDJSON]: { schema: trunkTestLineSchema } },
    },
    ...ownKeyErrors,
    ...ownBodyErrors,
    ...ownNotFoundError,
    409: ownProblem("A request with the same `Idempotency-Key` is being worked on."),
    429: ownProblem("Too many tests at once; `Retry-After` says when to try again."),
  },
});

export function registerTrunkTestRoutes(app: App, deps: AppDeps): void {
  app.openapi(create, async (c) => {
    const principal = c.get("principal");
    const { "idempotency-key": key } = c.req.valid("header");
    const request = c.req.valid("json");
    const start = () =>
      startTrunkTest(deps, principal, request, (region, question) =>
        askHub<TrunkTestRun>(regionHub(c.env, deps.config.residency, region).testTrunk(question)),
      );
    const isJson =
      accepts(c, {
        header: "Accept",
        supports: [NDJSON, JSON_TYPE],
        default: NDJSON,
      }) === JSON_TYPE;
    const stream = (lines: Lines) => {
      const headers = { "content-type": NDJSON, "cache-control": "no-store" };
      const answer = c.body(ndjson(lines), 200, headers);
      // To the router every type that ends in `json` is one value; `ndjson` writes lines of this one.
      return answer as unknown as TypedResponse<TrunkTestLine, 200, "json">;
    };
    if (key === undefined && !isJson) return stream(trunkTestLines(unwrap(await start())));
    const view = await answerOnce(deps, c, key, trunkTestViewSchema, async (keep) => {
      const started = await start();
      return started.ok ? succeed(await finishTrunkTest(deps, started.value, keep)) : started;
    });
    // What is kept for a key is told when it is whole.
    return isJson ? c.json(view, 200) : stream(linesOf(view));
  });
}

type Lines = Iterable<TrunkTestLine> | AsyncIterable<TrunkTestLine>;

/** One object a line, each sent as it comes. */
function ndjson(lines: Lines): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const send = async (): Promise<void> => {
    for await (const line of lines) await writer.write(encoder.encode(`${JSON.stringify(line)}\n`));
    await writer.close();
  };
  // Whoever asked has gone away, or the test has failed: what was told stands without its last line.
  send().catch((cause: unknown) => writer.abort(cause).catch(() => undefined));
  return readable;
}
