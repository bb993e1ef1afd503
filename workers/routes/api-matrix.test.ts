import { beforeAll, describe, expect, test, vi } from "vitest";
import { requiredScope } from "../auth/route-scopes.ts";
import { withoutBlock } from "../hub/test-feed.ts";
import { request } from "../hub/test-fixture.ts";
import {
  DELETED_ELSEWHERE,
  ELSEWHERE,
  IDEMPOTENT_ELSEWHERE,
  isRaceOrForm,
  QUERIES,
  READ_ELSEWHERE,
  TYPES,
} from "./test-answers.ts";
import { AGENTS, NUMBERS, newAgent, newClient } from "./test-client.ts";
import {
  ask,
  each,
  expectError,
  filled,
  keyFor,
  type Operation,
  readOperations,
  send,
  sendAs,
  unseen,
} from "./test-operations.ts";
import { BODIES, bodyFor, makeThings } from "./test-requests.ts";

/** What every operation of the document owes its clients, whatever it is about. */

vi.setConfig({ testTimeout: 30_000 });
withoutBlock();

let operations: readonly Operation[] = [];
let methodsOf: ReadonlyMap<string, ReadonlySet<string>> = new Map();

beforeAll(async () => {
  ({ all: operations, methodsOf } = await readOperations());
});

const keyed = () => operations.filter(({ isOperators }) => !isOperators);

describe("every operation", () => {
  test("with a JSON body has one here that passes", () => {
    const without = operations.filter(({ id, takesJson }) => takesJson && !(id in BODIES));
    expect(without.map(({ id }) => id)).toEqual([]);
    const strays = Object.keys(BODIES).filter((id) => !operations.some((one) => one.id === id));
    expect(strays).toEqual([]);
  });

  test("has a scope", () => {
    const without = keyed().filter(({ method, path }) => requiredScope(method, path) === null);
    expect(without).toEqual([]);
  });

  test("without a key is 401", async () => {
    await each(operations, async (operation) => {
      const { path } = operation;
      const answer = await ask(operation, filled(path));
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
      const other = { ...operation, id: "none", method: method.toUpperCase() };
      const answer = await send(keyFor(client, operation), other, filled(path));
      expect(answer.status).toBe(405);
      for (const one of offered) expect(answer.headers.get("allow")).toContain(one.toUpperCase());
      await expectError(answer, path);
    });
  });

  test("with a body that is no JSON is 400, and with one of another form 422", async () => {
    const client = await newClient();
    const asked = operations.filter(({ takesJson }) => takesJson);
    await each(asked, async (operation) => {
      const key = keyFor(client, operation);
      const malformed = await send(key, operation, filled(operation.path), '{"a":');
      expect(malformed.status).toBe(400);
      await expectError(malformed, operation.path);
      const other = await send(key, operation, filled(operation.path), '"text"');
      expect(other.status).toBe(422);
      await expectError(other, operation.path);
    });
  });

  test("with a body that is too large is 413", async () => {
    const client = await newClient();
    const [body, batch] = [1_048_576, 10_485_760].map((size) =>
      JSON.stringify({ text: "x".repeat(size) }),
    );
    await each(
      operations.filter(
        ({ id, statuses }) => statuses.includes("413") && id !== "importPhoneNumbers",
      ),
      async (operation) => {
        const text = /batch/.test(operation.path) ? batch : body;
        const answer = await sendAs(client, operation, TYPES[operation.id], text ?? "");
        expect(answer.status).toBe(413);
        await expectError(answer, operation.path);
      },
    );
  });

  test("with a body that is declared as something else is 415", async () => {
    const client = await newClient();
    // Where bytes are taken, the route says so itself, of what is there.
    const known = { agent_id: await newAgent(client) };
    const asked = operations.filter(({ statuses }) => statuses.includes("415"));
    await each(asked, async (operation) => {
      const answer = await sendAs(client, operation, "image/png", "{}", known);
      expect(answer.status).toBe(415);
      await expectError(answer, operation.path);
    });
  });
});

describe("an operation", () => {
  test("that gives pages is 400 with a cursor of nobody's, and 422 with a page of no size", async () => {
    const client = await newClient();
    const known = await makeThings(client);
    const paged = operations.filter(
      ({ query }) => query.includes("cursor") || query.includes("last_doc"),
    );
    expect(paged.length).toBeGreaterThan(10);
    await each(paged, async (operation) => {
      const path = filled(operation.path, known);
      const key = keyFor(client, operation);
      const isOlder = operation.query.includes("last_doc");
      const [cursor, size] = isOlder ? ["last_doc", "limit"] : ["cursor", "page_size"];
      const foreign = await send(key, operation, `${path}?${cursor}=x`);
      expect([foreign.status, await foreign.clone().text()]).toMatchObject([
        400,
        expect.stringContaining("cursor_invalid"),
      ]);
      await expectError(foreign, operation.path);
      const none = await send(key, operation, `${path}?${size}=0`);
      expect(none.status).toBe(422);
      await expectError(none, operation.path);
    });
  });

  test("takes the body that stands here for it", async () => {
    const client = await newClient();
    const known = await makeThings(client);
    const asked = operations.filter(({ id }) => id in BODIES && !IDEMPOTENT_ELSEWHERE.includes(id));
    await each(asked, async (operation) => {
      const text = bodyFor(operation.id, known);
      const key = keyFor(client, operation);
      const answer = await send(key, operation, filled(operation.path, known), text);
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
    const operators = operations.filter(
      ({ isOperators, path }) => isOperators && path.includes("_id}"),
    );
    await each(operators, async (operation) => {
      const key = keyFor(client, operation);
      const text = bodyFor(operation.id, known);
      const answer = await send(key, operation, filled(operation.path), text);
      expect(answer.status).toBe(404);
      await expectError(answer, operation.path);
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
      const first = await ask(operation, path, { headers, text });
      expect(first.ok, await first.clone().text()).toBe(true);
      const again = await ask(operation, path, { headers, text });
      expect([again.status, await again.text()]).toEqual([first.status, await first.text()]);
      expect(again.headers.get("idempotent-replayed")).toBe("true");
      const conflict = await ask(operation, path, { headers, text: `${text} ` });
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
      const refused = await ask(operation, path, { headers, ...more });
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
    await each(tagged, async (operation) => {
      const path = filled(operation.path, known);
      const first = await send(client.key, operation, path);
      if (first.status !== 200) return;
      const etag = first.headers.get("etag") ?? "";
      expect(etag).toMatch(/^"[0-9a-f]+"$/);
      const head = await request("HEAD", path, { headers: { "xi-api-key": client.key } });
      expect([head.status, head.headers.has("etag"), await head.text()]).toEqual([200, true, ""]);
      const headers = { "xi-api-key": client.key, "if-none-match": etag };
      const again = await ask(operation, path, { headers });
      if (again.status !== 304) return;
      unchanged.add(operation.id);
      expect([await again.text(), again.headers.get("etag")]).toEqual(["", etag]);
    });
    expect(unchanged.size).toBeGreaterThan(15);
  });
});

describe("what is there", () => {
  test("can be read, by the workspace and by the operator", async () => {
    const client = await newClient();
    const known = await makeThings(client);
    const reads = operations.filter(
      ({ id, method }) => method === "GET" && !READ_ELSEWHERE.includes(id),
    );
    await each(reads, async (operation) => {
      const answer = await send(
        keyFor(client, operation),
        operation,
        filled(operation.path, known) + (QUERIES[operation.id] ?? ""),
      );
      expect(answer.status, await answer.clone().text()).toBe(200);
    });
  });

  test("is gone when it was deleted, and deleting it once more is 404", async () => {
    const client = await newClient();
    const known = await makeThings(client);
    const deleting = keyed().filter(
      ({ id, method }) => method === "DELETE" && !DELETED_ELSEWHERE.includes(id),
    );
    // What others are part of goes after them.
    const late = [
      "deleteConversationTag",
      "deleteConversation",
      "deletePhoneNumber",
      "deleteAgent",
    ];
    for (const operation of deleting.toSorted((a, b) => late.indexOf(a.id) - late.indexOf(b.id))) {
      const path = filled(operation.path, known);
      const first = await send(client.key, operation, path);
      expect([200, 204], `${operation.id} ${await first.clone().text()}`).toContain(first.status);
      const again = await send(client.key, operation, path);
      expect([operation.id, again.status]).toEqual([operation.id, 404]);
    }
  });

  test("in another workspace is 404 for whoever names it in a body", async () => {
    const [client, other] = await Promise.all([newClient(), newClient()]);
    const known = await makeThings(other);
    const naming = ["outboundCall", "submitBatchCall", "testTrunk", "replayWebhookDeliveries"];
    const asked = operations.filter(({ id }) => naming.includes(id));
    await each(asked, async (operation) => {
      const text = bodyFor(operation.id, known);
      const answer = await send(client.key, operation, operation.path, text);
      expect(answer.status, await answer.clone().text()).toBe(404);
      await expectError(answer, operation.path);
    });
  });

  test("is not made twice by requests with one key at the same time", async () => {
    const client = await newClient();
    const known = await makeThings(client);
    const made = keyed().filter(
      (one) => one.isIdempotent && !IDEMPOTENT_ELSEWHERE.includes(one.id),
    );
    await each(made, async (operation) => {
      const headers = {
        "xi-api-key": client.key,
        "idempotency-key": crypto.randomUUID(),
        "content-type": "application/json",
      };
      const text = bodyFor(operation.id, known) ?? "";
      const path = filled(operation.path, known);
      const answers = await Promise.all(
        [1, 2, 3].map(() => ask(operation, path, { headers, text })),
      );
      const first = answers.filter(
        (answer) => answer.ok && answer.headers.get("idempotent-replayed") === null,
      );
      expect(first).toHaveLength(1);
      for (const answer of answers.filter(({ ok }) => !ok)) {
        expect(answer.status).toBe(409);
        expect(answer.headers.get("retry-after")).toBe("1");
      }
    });
  });
});

test("an Idempotency-Key that is none is 422, and nothing is made", async () => {
  const client = await newClient();
  const known = await makeThings(client);
  const asked = keyed().filter(({ isIdempotent }) => isIdempotent);
  await each(asked, async (operation) => {
    const type = TYPES[operation.id] ?? "application/json";
    const headers = {
      "xi-api-key": client.key,
      "idempotency-key": '"open',
      "content-type": type,
    };
    const text = bodyFor(operation.id, known) ?? "";
    const answer = await ask(operation, filled(operation.path, known), { headers, text });
    expect(answer.status).toBe(422);
    await expectError(answer, operation.path);
  });
});

describe("what the document says of an operation", () => {
  test("was answered in this file, or stands in the table of what other tests provoke", () => {
    // Faults and quotas are the same for all, and tested apart.
    const isOfAll = (one: string) => / (?:429|500|503)$/.test(one);
    const missing = unseen(operations).filter(
      (one) => !isOfAll(one) && !isRaceOrForm(operations, one),
    );
    expect(missing.filter((one) => !ELSEWHERE.has(one))).toEqual([]);
    expect([...ELSEWHERE].filter((one) => !missing.includes(one))).toEqual([]);
  });
});
