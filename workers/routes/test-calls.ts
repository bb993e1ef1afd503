import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import { z } from "zod";
import {
  testCallCommandSchema,
  testCallMessageSchema,
  testCallRequestSchema,
  testCallViewSchema,
} from "../../schema/contracts/test-calls.ts";
import type { App, AppDeps, AppEnv } from "../app-type.ts";
import { bearerToken } from "../auth/require-api-key.ts";
import { type Refusal, RequestRefused } from "../errors/refusal.ts";
import { askHub, regionHub, testCallAudio } from "../hub/objects.ts";
import { TEST_CALL_SIDE_HEADER, TEST_CALL_TICKET_HEADER } from "../hub/test-call-audio.ts";
import type { TestCallStart } from "../hub/test-calls.ts";
import { placeTestCall } from "../services/place-test-call.ts";
import { answerOnce, createdOnce, idempotencyRequest } from "./idempotency.ts";
import { ownBodyErrors, ownKeyErrors, ownNotFoundError, ownProblem } from "./responses.ts";

const AUDIO_PATH = "/v1/test-calls/{test_call_id}/audio";
const tags = ["test calls"];

const create = createRoute({
  method: "post",
  path: "/v1/test-calls",
  operationId: "placeTestCall",
  tags,
  request: {
    ...idempotencyRequest,
    body: { required: true, content: { "application/json": { schema: testCallRequestSchema } } },
  },
  responses: {
    200: createdOnce(testCallViewSchema, "A node calls the number as soon as the audio is there."),
    ...ownKeyErrors,
    ...ownBodyErrors,
    ...ownNotFoundError,
    409: ownProblem(
      "The number or the agent cannot be called, or the same key is being worked on.",
    ),
    429: ownProblem("A test call of this key goes on, or too many of others."),
  },
});

export function registerTestCallRoutes(app: App, deps: AppDeps): void {
  const { residency } = deps.config;

  // Made again here: the registry names only what was made since it is there.
  app.openAPIRegistry.register("TestCallMessage", z.union(testCallMessageSchema.options));
  app.openAPIRegistry.register("TestCallCommand", z.union(testCallCommandSchema.options));
  app.openAPIRegistry.registerPath({
    method: "get",
    path: AUDIO_PATH,
    operationId: "joinTestCall",
    tags,
    summary: "The audio of a test call, over a WebSocket",
    description:
      "Binary messages are audio both ways: signed 16-bit samples, little-endian, mono, 16,000 a second, 20 ms or so each. Text messages are a `TestCallMessage` from the server and a `TestCallCommand` to it. It is opened once, within 20 seconds of the order; the call ends with it.",
    request: { params: z.object({ test_call_id: z.string() }) },
    responses: {
      101: { description: "The call begins." },
      409: ownProblem("The audio of this call has been joined already."),
      426: ownProblem("The request asks for no WebSocket."),
      ...ownKeyErrors,
      ...ownNotFoundError,
    },
  });

  app.openapi(create, async (c) => {
    const principal = c.get("principal");
    const { "idempotency-key": key } = c.req.valid("header");
    const request = c.req.valid("json");
    const view = await answerOnce(deps, c, key, testCallViewSchema, (keep) =>
      placeTestCall(
        deps,
        principal,
        request,
        {
          open: (id, workspaceId, ticketSha256) =>
            askHub(testCallAudio(c.env, residency, id).open(workspaceId, ticketSha256)),
          start: (region, order) =>
            askHub<TestCallStart>(regionHub(c.env, residency, region).startTestCall(order)),
        },
        keep,
      ),
    );
    return c.json(view, 200);
  });

  const join = async (
    c: Context<AppEnv>,
    side: "browser" | "node",
    ticket: string,
  ): Promise<Response> => {
    const call = testCallAudio(c.env, residency, c.req.param("test_call_id") ?? "");
    const headers = {
      upgrade: c.req.header("upgrade") ?? "",
      [TEST_CALL_SIDE_HEADER]: side,
      [TEST_CALL_TICKET_HEADER]: ticket,
    };
    const answer = await askHub(call.fetch("https://test-call/", { headers }));
    if (answer.status === 101) return answer;
    const refusals: Readonly<Record<number, Refusal>> = { 409: JOINED, 426: NO_WEBSOCKET };
    throw new RequestRefused(refusals[answer.status] ?? UNKNOWN);
  };

  app.get("/v1/test-calls/:test_call_id/audio", (c) =>
    join(c, "browser", c.get("principal").workspaceId),
  );

  // Whoever brings the ticket is the node that was given it: it is good for this one connection.
  app.get("/v1/nodes/test-calls/:test_call_id/audio", (c) =>
    join(c, "node", bearerToken(c.req.header("authorization")) ?? ""),
  );
}

const UNKNOWN = {
  status: 404,
  code: "not_found",
  detail: "There is no such test call that waits for its audio.",
} as const;

const JOINED = {
  status: 409,
  code: "test_call_joined",
  detail: "The audio of this test call has been joined already.",
  hint: "Place another one.",
} as const;

const NO_WEBSOCKET = {
  status: 426,
  code: "upgrade_required",
  detail: "The audio of a test call comes over a WebSocket.",
  hint: "Ask with Upgrade: websocket.",
  headers: { upgrade: "websocket" },
} as const;
