import { beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import {
  problemSchema,
  vendorErrorSchema,
  vendorValidationErrorSchema,
} from "../../schema/contracts/errors.ts";
import { conversationIdOf, type IdKind, newId } from "../../schema/values/ids.ts";
import { requiredScope } from "../auth/route-scopes.ts";
import { bindings, request } from "../hub/test-fixture.ts";
import { AGENTS, NUMBERS, newClient, type TestClient } from "./test-client.ts";
import { BODIES, bodyFor, makeThings } from "./test-requests.ts";

/** What every operation of the document owes its clients, whatever it is about. */

vi.setConfig({ testTimeout: 30_000 });

const operationSchema = z.looseObject({
  operationId: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string() })).optional(),
  requestBody: z.looseObject({ content: z.record(z.string(), z.unknown()) }).optional(),
  responses: z.record(z.string(), z.unknown()),
});
const METHODS = ["get", "post", "put", "patch", "delete"] as const;
type Method = (typeof METHODS)[number];

interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly takesJson: boolean;
  readonly isIdempotent: boolean;
  readonly isOperators: boolean;
  /** Of the answers that it says it gives. */
  readonly statuses: readonly string[];
}

let operations: Operation[] = [];
let methodsOf = new Map<string, Set<string>>();

beforeAll(async () => {
  const document = await (await request("GET", "/openapi.json")).json<{
    paths: Record<string, Partial<Record<Method, unknown>>>;
  }>();
  methodsOf = new Map(
    Object.entries(document.paths).map(([path, item]) => [path, new Set(Object.keys(item))]),
  );
  operations = Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      if (item[method] === undefined) return [];
      const operation = operationSchema.parse(item[method]);
      // Public ones owe nothing of this.
      if (operation.security?.length === 0) return [];
      return {
        id: operation.operationId,
        method: method.toUpperCase(),
        path,
        takesJson: operation.requestBody?.content["application/json"] !== undefined,
        isIdempotent: operation.parameters?.some(({ name }) => name === "idempotency-key") ?? false,
        isOperators: operation.security?.some((one) => "operatorToken" in one) ?? false,
        statuses: Object.keys(operation.responses),
      };
    }),
  );
  expect(operations.length).toBeGreaterThan(50);
});

/** Idempotent operations that need a node, a file or something that has happened: beside their own routes. */
const IDEMPOTENT_ELSEWHERE = [
  ...["dialCallKeys", "hangUpCall", "transferCall", "testTrunk", "placeTestCall", "outboundCall"],
  ...["importPhoneNumbers", "submitBatchCallTable", "retryBatchCall", "replayWebhookDelivery"],
];

const keyed = () => operations.filter(({ isOperators }) => !isOperators);

const KIND_OF_PARAMETER: Readonly<Record<string, IdKind>> = {
  agent_id: "agent",
  api_key_id: "apiKey",
  batch_id: "batchCall",
  call_id: "call",
  node_id: "node",
  phone_number_id: "phoneNumber",
  range_id: "addressRange",
  webhook_delivery_id: "delivery",
  webhook_endpoint_id: "webhookEndpoint",
  webhook_id: "webhookEndpoint",
  workspace_id: "workspace",
};

/** The path with identifiers that are well-formed, and of nothing unless `known` has them. */
function filled(path: string, known: Readonly<Record<string, string>> = {}): string {
  return path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => {
    if (known[name] !== undefined) return known[name];
    if (name === "conversation_id") return conversationIdOf(newId("call"));
    const kind = KIND_OF_PARAMETER[name];
    return kind === undefined ? "some" : newId(kind);
  });
}

const isVendors = (path: string) => /^\/v1\/(convai|workspace)\//.test(path);

async function expectError(answer: Response, path: string): Promise<void> {
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
async function each<T>(all: readonly T[], check: (one: T) => Promise<void>): Promise<void> {
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

function send(key: string, operation: Operation, path: string, body?: string) {
  const type = body === undefined ? {} : { "content-type": "application/json" };
  const headers = operation.isOperators
    ? { authorization: `Bearer ${key}`, ...type }
    : { "xi-api-key": key, ...type };
  return request(
    operation.method,
    path,
    body === undefined ? { headers } : { headers, text: body },
  );
}

const keyFor = (client: TestClient, operation: Operation) =>
  operation.isOperators ? bindings.TEST_OPERATOR_TOKEN : client.key;

describe("every operation", () => {
  test("with a JSON body has one here that passes", () => {
    const without = keyed().filter(({ id, takesJson }) => takesJson && !(id in BODIES));
    expect(without.map(({ id }) => id)).toEqual([]);
    const strays = Object.keys(BODIES).filter((id) => !keyed().some((one) => one.id === id));
    expect(strays).toEqual([]);
  });

  test("has a scope", () => {
    const without = keyed().filter(({ method, path }) => requiredScope(method, path) === null);
    expect(without).toEqual([]);
  });

  test("without a key is 401", async () => {
    await each(operations, async ({ method, path }) => {
      const answer = await request(method, filled(path));
      expect(answer.status).toBe(401);
      await expectError(answer, path);
    });
  });

  test("with a key that lacks its scope is 403 and names it", async () => {
    const client = await newClient();
    const narrow = async (scope: string) => {
      const made = await client.call("POST", "/v1/api-keys", { name: "Narrow", scopes: [scope] });
      return (await made.json<{ api_key: string }>()).api_key;
    };
    const [usage, audit] = [await narrow("usage:read"), await narrow("audit:read")];
    await each(keyed(), async (operation) => {
      const { method, path } = operation;
      const scope = requiredScope(method, path);
      if (scope === "any") return;
      const answer = await send(scope === "usage:read" ? audit : usage, operation, filled(path));
      expect(answer.status).toBe(403);
      expect(await answer.clone().text()).toContain(scope);
      await expectError(answer, path);
    });
  });

  test("under a method that its path does not have is 405 and names those that it has", async () => {
    const client = await newClient();
    await each([...methodsOf], async ([path, offered]) => {
      const method = ["put", "patch", "delete", "post"].find((one) => !offered.has(one));
      const operation = operations.find((one) => one.path === path);
      if (method === undefined || operation === undefined) return;
      const other = { ...operation, method: method.toUpperCase() };
      const answer = await send(keyFor(client, operation), other, filled(path));
      expect(answer.status).toBe(405);
      for (const one of offered) expect(answer.headers.get("allow")).toContain(one.toUpperCase());
      await expectError(answer, path);
    });
  });

  test("with a body that is no JSON is 400, and with one of another form 422", async () => {
    const client = await newClient();
    await each(
      operations.filter(({ takesJson }) => takesJson),
      async (operation) => {
        const key = keyFor(client, operation);
        const malformed = await send(key, operation, filled(operation.path), '{"a":');
        expect(malformed.status).toBe(400);
        await expectError(malformed, operation.path);
        const other = await send(key, operation, filled(operation.path), '"text"');
        expect(other.status).toBe(422);
        await expectError(other, operation.path);
      },
    );
  });

  test("with a body that is too large is 413", async () => {
    const client = await newClient();
    const body = JSON.stringify({ text: "x".repeat(1_048_576) });
    const larger = /batch/;
    await each(
      operations.filter(({ path, takesJson }) => takesJson && !larger.test(path)),
      async (operation) => {
        const answer = await send(
          keyFor(client, operation),
          operation,
          filled(operation.path),
          body,
        );
        expect(answer.status).toBe(413);
        await expectError(answer, operation.path);
      },
    );
  });
});

describe("an operation", () => {
  test("takes the body that stands here for it", async () => {
    const client = await newClient();
    const known = await makeThings(client);
    const asked = keyed().filter(({ id }) => id in BODIES && !IDEMPOTENT_ELSEWHERE.includes(id));
    await each(asked, async (operation) => {
      const text = bodyFor(operation.id, known);
      const answer = await send(client.key, operation, filled(operation.path, known), text);
      // Two may meet at the same row: that is 409.
      expect([400, 415, 422], await answer.clone().text()).not.toContain(answer.status);
    });
  });

  test("on what another workspace has is 404, as on what is not there", async () => {
    const [client, other] = await Promise.all([newClient(), newClient()]);
    const known = await makeThings(other);
    const withIds = keyed().filter(
      ({ id, path, takesJson }) =>
        path.includes("_id}") &&
        !path.includes("{name}") &&
        (!takesJson || BODIES[id] !== undefined),
    );
    expect(withIds.length).toBeGreaterThan(30);
    // What a key may not do at all, nobody asks for: nodes:admin is of operators' workspaces.
    const asked = withIds.filter(({ id }) => id !== "drainNode");
    await each(asked, async (operation) => {
      const { path } = operation;
      const answer = await send(
        client.key,
        operation,
        filled(path, known),
        bodyFor(operation.id, known),
      );
      expect(answer.status).toBe(404);
      await expectError(answer, path);
    });
    const untouched = await other.ok("GET", `${NUMBERS}/${known["phone_number_id"]}`);
    expect(untouched).toMatchObject({ label: "Reception" });
    expect(await other.ok("GET", `${AGENTS}/${known["agent_id"]}`)).toMatchObject({
      name: "Agent",
    });
  });

  test("that makes something makes it once for a key, and refuses the key with another body", async () => {
    const idempotent = keyed().filter(({ isIdempotent }) => isIdempotent);
    expect(idempotent.map(({ id }) => id)).toEqual(expect.arrayContaining(IDEMPOTENT_ELSEWHERE));
    const made = idempotent.filter(({ id }) => !IDEMPOTENT_ELSEWHERE.includes(id));
    expect(made.length).toBeGreaterThanOrEqual(9);
    const client = await newClient();
    const known = await makeThings(client);
    await each(made, async (operation) => {
      const path = filled(operation.path, known);
      const headers = {
        "xi-api-key": client.key,
        "idempotency-key": crypto.randomUUID(),
        "content-type": "application/json",
      };
      const text = bodyFor(operation.id, known) ?? "";
      const first = await request("POST", path, { headers, text });
      expect(first.ok, await first.clone().text()).toBe(true);
      const again = await request("POST", path, { headers, text });
      expect([again.status, await again.text()]).toEqual([first.status, await first.text()]);
      expect(again.headers.get("idempotent-replayed")).toBe("true");
      const conflict = await request("POST", path, { headers, text: `${text} ` });
      expect(conflict.status).toBe(422);
      await expectError(conflict, operation.path);
    });
  });

  test("that changes or deletes is 412 with a stale tag, and leaves what can be read as it is", async () => {
    const changing = keyed().filter(({ method }) => ["PATCH", "PUT", "DELETE"].includes(method));
    expect(changing.length).toBeGreaterThanOrEqual(18);
    const client = await newClient();
    const known = await makeThings(client);
    await each(changing, async (operation) => {
      const path = filled(operation.path, known);
      const isRead = methodsOf.get(operation.path)?.has("get") === true;
      const before = isRead ? await client.call("GET", path) : null;
      const text = bodyFor(operation.id, known);
      const type = text === undefined ? {} : { "content-type": "application/json" };
      const headers = { "xi-api-key": client.key, "if-match": '"stale"', ...type };
      const more = text === undefined ? {} : { text };
      const refused = await request(operation.method, path, { headers, ...more });
      expect(refused.status).toBe(412);
      expect(refused.headers.get("etag")).toBe(before?.headers.get("etag") ?? null);
      await expectError(refused, operation.path);
      if (before === null) return;
      expect(await (await client.call("GET", path)).text()).toBe(await before.text());
    });
  });

  test("that says so gives its answer a tag, and whoever has it is answered 304 without a body", async () => {
    const tagged = keyed().filter(({ statuses }) => statuses.includes("304"));
    const client = await newClient();
    const known = await makeThings(client);
    const unchanged = new Set<string>();
    await each(tagged, async ({ id, path: template }) => {
      const path = filled(template, known);
      const first = await client.call("GET", path);
      if (first.status !== 200) return;
      const etag = first.headers.get("etag") ?? "";
      expect(etag).toMatch(/^"[0-9a-f]+"$/);
      const headers = { "xi-api-key": client.key, "if-none-match": etag };
      const again = await request("GET", path, { headers });
      if (again.status !== 304) return;
      unchanged.add(id);
      expect([await again.text(), again.headers.get("etag")]).toEqual(["", etag]);
    });
    expect(unchanged.size).toBeGreaterThan(15);
  });
});
