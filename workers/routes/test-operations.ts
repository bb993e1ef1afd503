import { expect } from "vitest";
import { z } from "zod";
import {
  problemSchema,
  vendorErrorSchema,
  vendorValidationErrorSchema,
} from "../../schema/contracts/errors.ts";
import { conversationIdOf, type IdKind, newId } from "../../schema/values/ids.ts";
import { bindings, request } from "../hub/test-fixture.ts";
import type { TestClient } from "./test-client.ts";
import type { Things } from "./test-requests.ts";

/** The operations of the document, and how tests ask them all. */

const operationSchema = z.looseObject({
  operationId: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string() })).optional(),
  requestBody: z.looseObject({ content: z.record(z.string(), z.unknown()) }).optional(),
  responses: z.record(z.string(), z.unknown()),
});
const METHODS = ["get", "post", "put", "patch", "delete"] as const;
type Method = (typeof METHODS)[number];

export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly takesJson: boolean;
  readonly isIdempotent: boolean;
  readonly isOperators: boolean;
  /** Names of its query. */
  readonly query: readonly string[];
  /** Of the answers that it says it gives. */
  readonly statuses: readonly string[];
}

export interface Operations {
  /** Public ones owe nothing of what these do. */
  readonly all: readonly Operation[];
  /** In lower case, by path. */
  readonly methodsOf: ReadonlyMap<string, ReadonlySet<string>>;
}

export async function readOperations(): Promise<Operations> {
  const document = await (await request("GET", "/openapi.json")).json<{
    paths: Record<string, Partial<Record<Method, unknown>>>;
  }>();
  const methodsOf = new Map(
    Object.entries(document.paths).map(([path, item]) => [path, new Set(Object.keys(item))]),
  );
  const all = Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      if (item[method] === undefined) return [];
      const operation = operationSchema.parse(item[method]);
      if (operation.security?.length === 0) return [];
      const { parameters = [] } = operation;
      return {
        id: operation.operationId,
        method: method.toUpperCase(),
        path,
        takesJson: operation.requestBody?.content["application/json"] !== undefined,
        isIdempotent: parameters.some(({ name }) => name === "idempotency-key"),
        isOperators: operation.security?.some((one) => "operatorToken" in one) ?? false,
        query: parameters.filter((one) => one.in === "query").map(({ name }) => name),
        statuses: Object.keys(operation.responses),
      };
    }),
  );
  expect(all.length).toBeGreaterThan(50);
  return { all, methodsOf };
}

const KIND_OF_PARAMETER: Readonly<Record<string, IdKind>> = {
  agent_id: "agent",
  api_key_id: "apiKey",
  batch_id: "batchCall",
  call_id: "call",
  event_id: "event",
  node_id: "node",
  phone_number_id: "phoneNumber",
  range_id: "addressRange",
  webhook_delivery_id: "delivery",
  webhook_endpoint_id: "webhookEndpoint",
  webhook_id: "webhookEndpoint",
  workspace_id: "workspace",
};

/** The path with identifiers that are well-formed, and of nothing unless `known` has them. */
export function filled(path: string, known: Readonly<Record<string, string>> = {}): string {
  return path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => {
    if (known[name] !== undefined) return known[name];
    if (name === "conversation_id") return conversationIdOf(newId("call"));
    const kind = KIND_OF_PARAMETER[name];
    return kind === undefined ? "some" : newId(kind);
  });
}

const isVendors = (path: string) => /^\/v1\/(convai|workspace)\//.test(path);

export async function expectError(answer: Response, path: string): Promise<void> {
  const body = await answer.json();
  if (isVendors(path)) {
    const schema = answer.status === 422 ? vendorValidationErrorSchema : vendorErrorSchema;
    expect(schema.safeParse(body).success, `${path}: ${JSON.stringify(body)}`).toBe(true);
    return;
  }
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(problemSchema.parse(body)).toMatchObject({
    status: answer.status,
    request_id: answer.headers.get("request-id"),
  });
}

/** Runs `check` over all, some at a time, and tells every one that does not hold. */
export async function each<T>(all: readonly T[], check: (one: T) => Promise<void>): Promise<void> {
  const failures: string[] = [];
  const queue = [...all];
  const work = async () => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
      const current = one;
      await check(current).catch((error: unknown) => {
        failures.push(`${JSON.stringify(current)}: ${String(error).slice(0, 300)}`);
      });
    }
  };
  await Promise.all(Array.from({ length: 6 }, work));
  expect(failures).toEqual([]);
}

/** Statuses that operations have answered with. */
const seen = new Map<string, Set<string>>();

/** What operations of these say that they may answer, and have not, as `operation status`. */
export function unseen(operations: readonly Operation[]): string[] {
  return operations.flatMap(({ id, statuses }) =>
    statuses.filter((status) => seen.get(id)?.has(status) !== true).map((one) => `${id} ${one}`),
  );
}

/** Asks, and remembers what was answered. */
export async function ask(
  { id, method }: Operation,
  path: string,
  init: Parameters<typeof request>[2] = {},
): Promise<Response> {
  const answer = await request(method, path, init);
  seen.set(id, (seen.get(id) ?? new Set()).add(String(answer.status)));
  return answer;
}

export function send(key: string, operation: Operation, path: string, body?: string) {
  const type = body === undefined ? {} : { "content-type": "application/json" };
  const headers = operation.isOperators
    ? { authorization: `Bearer ${key}`, ...type }
    : { "xi-api-key": key, ...type };
  return ask(operation, path, body === undefined ? { headers } : { headers, text: body });
}

export const keyFor = (client: TestClient, operation: Operation) =>
  operation.isOperators ? bindings.TEST_OPERATOR_TOKEN : client.key;

/** A body that is declared as `type`, to what is there when `known` has it. */
export function sendAs(
  client: TestClient,
  operation: Operation,
  type = "application/json",
  text = "",
  known: Things = {},
) {
  const key = keyFor(client, operation);
  const credential: Record<string, string> = operation.isOperators
    ? { authorization: `Bearer ${key}` }
    : { "xi-api-key": key };
  const headers = { ...credential, "content-type": type };
  return ask(operation, filled(operation.path, known), { headers, text });
}
