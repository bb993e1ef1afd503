import { describe, expect, test } from "vitest";
import { batchCallPageSchema, batchCallSchema } from "../../schema/contracts/batch-call.ts";
import { commit, deps, refuseWebhooks, request, sql } from "../hub/test-fixture.ts";
import { prune } from "../services/retention.ts";
import {
  BATCHES,
  batchOf,
  batchWhen,
  isOver,
  numbers,
  setUpBatches,
  submit,
} from "./test-batches.ts";
import { importNumber, newClient, type TestClient } from "./test-client.ts";
import { enableOverrides, rows } from "./test-orders.ts";

refuseWebhooks();

const LATER = Math.ceil(Date.now() / 1_000) + 3_600;
const TABLE = "/v1/batch-calls";

async function setUpLater() {
  const made = await setUpBatches();
  return { ...made, body: { ...made.body, scheduled_time_unix: LATER } };
}

/** A refused submission: the places and codes of what is wrong; nothing is stored. */
async function refusedAt(client: TestClient, body: unknown) {
  const response = await client.call("POST", `${BATCHES}/submit`, body);
  expect(response.status).toBe(422);
  const { detail } = await response.json<{
    detail: { loc: unknown[]; type: string; hint?: string }[];
  }>();
  expect(await batchesOf(client)).toEqual([]);
  return detail.map(({ hint, loc, type }) => [
    loc.slice(1).join("/"),
    type,
    ...(hint === undefined ? [] : [hint]),
  ]);
}

const batchesOf = ({ workspaceId }: TestClient) =>
  rows(`SELECT id FROM batch_calls WHERE workspace_id = '${workspaceId}'`);

function postTable(client: TestClient, query: Record<string, string>, text: string, headers = {}) {
  return request("POST", `${TABLE}?${new URLSearchParams(query)}`, {
    headers: { "xi-api-key": client.key, "content-type": "text/csv", ...headers },
    text,
  });
}

describe("submitting a batch", () => {
  test("10,000 recipients are stored whole, read back in their order, and listed with their batch", async () => {
    const { agentId, body, client, numberId } = await setUpLater();
    const recipients = numbers(10_000).map((phone_number, index) => ({
      phone_number,
      conversation_initiation_client_data: { dynamic_variables: { index, note: "n".repeat(80) } },
    }));
    const answer = await client.ok("POST", `${BATCHES}/submit`, { ...body, recipients });
    expect(batchCallSchema.strict().parse(answer)).toEqual({
      id: expect.stringMatching(/^btcal_/),
      phone_number_id: numberId,
      phone_provider: "sip_trunk",
      whatsapp_params: null,
      name: "Spring",
      agent_id: agentId,
      agent_name: "Ada",
      branch_id: null,
      branch_name: null,
      environment: null,
      created_at_unix: expect.any(Number),
      scheduled_time_unix: LATER,
      timezone: null,
      total_calls_dispatched: 0,
      total_calls_scheduled: 10_000,
      total_calls_finished: 0,
      last_updated_at_unix: expect.any(Number),
      status: "pending",
      retry_count: 0,
      telephony_call_config: { ringing_timeout_secs: 60, twilio_call_recording_enabled: false },
      target_concurrency_limit: null,
    });
    const batch = await batchOf(client, answer.id);
    expect(batch.recipients.map(({ phone_number: number }) => number)).toEqual(numbers(10_000));
    expect(batch.recipients[9_999]).toMatchObject({
      status: "pending",
      conversation_id: null,
      attempts: 0,
      conversation_initiation_client_data: { dynamic_variables: { index: 9_999 } },
    });
    const cancelled = await client.ok("POST", `${BATCHES}/${answer.id}/cancel`);
    expect(cancelled).toMatchObject({ status: "cancelled", total_calls_finished: 10_000 });
    expect((await client.call("DELETE", `${BATCHES}/${answer.id}`)).status).toBe(204);
  }, 20_000);

  test("everything wrong with its recipients is told with its place, and nothing is stored", async () => {
    const { agentId, body, client } = await setUpLater();
    await enableOverrides(client, agentId, {
      conversation_config_override: { agent: { first_message: true } },
    });
    const override = (agent: object) => ({ conversation_config_override: { agent } });
    const recipients = [
      { phone_number: "+15005550100", id: "a" },
      { phone_number: "sip:+15005550101@example.com" },
      {},
      { phone_number: "+15005550103", id: "a" },
      {
        phone_number: "+15005550104",
        conversation_initiation_client_data: override({ first_message: "Hi" }),
      },
      {
        phone_number: "+15005550105",
        conversation_initiation_client_data: override({ language: "de" }),
      },
      { whatsapp_user_id: "w" },
    ];
    expect(await refusedAt(client, { ...body, recipients })).toEqual([
      ["recipients/1/phone_number", "cannot_be_dialled", "+15005550101"],
      ["recipients/2/phone_number", "missing"],
      ["recipients/3/id", "not_unique"],
      [
        "recipients/5/conversation_initiation_client_data/conversation_config_override/agent/language",
        "override_not_enabled",
        expect.stringContaining('"language":true'),
      ],
      ["recipients/6/phone_number", "missing"],
      ["recipients/6/whatsapp_user_id", "not_supported"],
    ]);
  });

  test.each([
    ["no recipient", { recipients: [] }, [["recipients", "too_small"]]],
    [
      "too many",
      { recipients: numbers(10_001).map((phone_number) => ({ phone_number })) },
      [["recipients", "too_big"]],
    ],
    [
      "no number that calls",
      { agent_phone_number_id: null },
      [["agent_phone_number_id", "missing"]],
    ],
    ["another channel", { whatsapp_params: {} }, [["whatsapp_params", "not_supported"]]],
    [
      "a time in milliseconds",
      { scheduled_time_unix: LATER * 1_000 },
      [["scheduled_time_unix", "out_of_range", String(LATER)]],
    ],
    [
      "an unknown zone",
      { timezone: "Mars/Base" },
      [["timezone", "unknown_timezone", "Europe/Berlin"]],
    ],
    [
      "no calls at a time",
      { target_concurrency_limit: 0 },
      [["target_concurrency_limit", "too_small"]],
    ],
    [
      "too short a ringing",
      { telephony_call_config: { ringing_timeout_secs: 0 } },
      [["telephony_call_config/ringing_timeout_secs", "too_small"]],
    ],
  ])("%s is refused with what would pass", async (_name, change, errors) => {
    const { body, client } = await setUpLater();
    expect(await refusedAt(client, { ...body, ...change })).toEqual(errors);
  });

  test("agents and numbers of another workspace are not there, and a number without trunk cannot call", async () => {
    const { body, client } = await setUpLater();
    const other = await setUpLater();
    for (const change of [{ agent_id: other.agentId }, { agent_phone_number_id: other.numberId }]) {
      const response = await client.call("POST", `${BATCHES}/submit`, { ...body, ...change });
      expect(response.status).toBe(404);
    }
    const { id: mute } = await importNumber(client);
    expect(await refusedAt(client, { ...body, agent_phone_number_id: mute })).toEqual([
      ["agent_phone_number_id", "outbound_trunk_missing", expect.stringContaining("address")],
    ]);
  });

  test("a key makes one batch of requests that come at once, and of one that comes again", async () => {
    const { body, client } = await setUpLater();
    const once = (text: unknown) =>
      request("POST", `${BATCHES}/submit`, {
        headers: { "xi-api-key": client.key, "idempotency-key": "spring" },
        body: text,
      });
    const answers = await Promise.all([once(body), once(body), once(body)]);
    const made = answers.filter(({ status }) => status === 200);
    expect(made.length).toBeGreaterThan(0);
    const again = await once(body);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(await again.json()).toEqual(await made[0]?.json());
    expect((await once({ ...body, call_name: "Autumn" })).status).toBe(422);
    expect(await batchesOf(client)).toHaveLength(1);
  });

  test("a draft that was left behind is seen by nobody and removed", async () => {
    const { body, client } = await setUpLater();
    const id = await submit(client, body);
    await commit(
      sql("UPDATE batch_calls SET status = 'draft', created_at_ms = 1 WHERE id = ?", id),
    );
    expect((await client.call("GET", `${BATCHES}/${id}`)).status).toBe(404);
    expect((await client.ok("GET", `${BATCHES}/workspace`)).batch_calls).toEqual([]);
    expect((await client.call("POST", `${BATCHES}/${id}/retry`)).status).toBe(404);
    await prune(deps);
    expect(await batchesOf(client)).toEqual([]);
  });
});

describe("a batch out of a table", () => {
  const TEXT = 'Phone;name;"note of hers"\r\n+15005550100;Ada;"a;b"\r\n+15005550101;;x\r\n';

  test("a column has the numbers, and the others are variables; an empty field sets none", async () => {
    const { body, client } = await setUpLater();
    const { recipients: _none, scheduled_time_unix: _time, ...settings } = body;
    const query = {
      ...settings,
      scheduled_time_unix: String(LATER),
      phone_number_column: "Phone",
      ringing_timeout_secs: "20",
      target_concurrency_limit: "2",
    };
    const response = await postTable(client, query, TEXT.replace("note of hers", "note"));
    const answer = batchCallSchema.strict().parse(await response.json());
    expect(answer).toMatchObject({
      total_calls_scheduled: 2,
      telephony_call_config: { ringing_timeout_secs: 20 },
      target_concurrency_limit: 2,
    });
    const { recipients } = await batchOf(client, answer.id);
    expect(recipients).toMatchObject([
      { phone_number: "+15005550100" },
      { phone_number: "+15005550101" },
    ]);
    expect(recipients.map((one) => one.conversation_initiation_client_data)).toEqual([
      { dynamic_variables: { name: "Ada", note: "a;b" } },
      { dynamic_variables: { note: "x" } },
    ]);
    const keyed = { "idempotency-key": "t" };
    const twice = [
      await postTable(client, query, TEXT.replace("note of hers", "note"), keyed),
      await postTable(
        client,
        { ...query, call_name: "Autumn" },
        TEXT.replace("note of hers", "note"),
        keyed,
      ),
    ];
    expect(twice.map(({ status }) => status)).toEqual([200, 422]);
  });

  test.each([
    [
      "no column of numbers",
      TEXT,
      { pointer: "/rows/1", code: "column_missing", hint: "phone_number_column=Phone" },
    ],
    [
      "a name that is no variable's",
      TEXT.replace("Phone", "phone_number"),
      { pointer: "/rows/1/note of hers", code: "not_a_variable", hint: "note_of_hers" },
    ],
    ["a column twice", "phone_number,a,a\n1,2,3\n", { pointer: "/rows/1/a", code: "not_unique" }],
    [
      "a row that is too short",
      "phone_number,a\n1,2\n3\n",
      { pointer: "/rows/3", code: "wrong_width" },
    ],
    ["nobody", "phone_number,a\n", { pointer: "/rows/2", code: "missing" }],
    [
      "a number that cannot be",
      "phone_number\n1\nsip:2@x\n",
      { pointer: "/rows/3/phone_number", code: "cannot_be_dialled", hint: "2" },
    ],
    [
      "a number that is missing",
      "phone_number,a\n,2\n",
      { pointer: "/rows/2/phone_number", code: "missing" },
    ],
    [
      "a value that is too long",
      `phone_number,a\n1,${"x".repeat(16_385)}\n`,
      { pointer: "/rows/2/a", code: "too_big" },
    ],
    ["an open quote", 'phone_number\n"1\n', { pointer: "/rows/2", code: "malformed_csv" }],
  ])("%s is a problem at its row, and nothing is stored", async (_name, text, error) => {
    const { body, client } = await setUpLater();
    const { agent_id, agent_phone_number_id, call_name } = body;
    const response = await postTable(client, { agent_id, agent_phone_number_id, call_name }, text);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect([response.status, await response.json()]).toMatchObject([422, { errors: [error] }]);
    expect(await batchesOf(client)).toEqual([]);
  });

  test("what is no table is 415, and a JSON body belongs to the vendor's path", async () => {
    const client = await newClient();
    const response = await client.call("POST", `${TABLE}?call_name=a`, {});
    expect([response.status, await response.json()]).toMatchObject([
      415,
      { hint: "content-type: text/csv" },
    ]);
  });
});

describe("reading batches", () => {
  test("the list is newest first, in pages, by agent, and of the workspace only", async () => {
    const { agentId, body, client } = await setUpLater();
    const ids: string[] = [];
    for (let made = 0; made < 3; made += 1) ids.unshift(await submit(client, body));
    const first = batchCallPageSchema
      .strict()
      .parse(await client.ok("GET", `${BATCHES}/workspace?limit=2&agent_id=${agentId}`));
    expect(first.batch_calls.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect(first.has_more).toBe(true);
    const query = new URLSearchParams({
      limit: "2",
      agent_id: agentId,
      last_doc: first.next_doc ?? "",
    });
    const rest = batchCallPageSchema
      .strict()
      .parse(await client.ok("GET", `${BATCHES}/workspace?${query}`));
    expect([rest.batch_calls.map(({ id }) => id), rest.has_more, rest.next_doc]).toEqual([
      ids.slice(2),
      false,
      null,
    ]);
    expect((await client.ok("GET", `${BATCHES}/workspace?agent_id=other`)).batch_calls).toEqual([]);
    const stranger = await newClient();
    expect((await stranger.ok("GET", `${BATCHES}/workspace`)).batch_calls).toEqual([]);
    const paths = [
      ["GET", ""],
      ["DELETE", ""],
      ["POST", "/cancel"],
      ["POST", "/retry"],
      ["GET", "/export"],
    ] as const;
    for (const [method, path] of paths) {
      expect((await stranger.call(method, `${BATCHES}/${ids[0]}${path}`)).status).toBe(404);
    }
  });

  test("a batch that is over is exported as a table that can be read again; before it is 409", async () => {
    const { body, client } = await setUpBatches(({ toNumber }) =>
      toNumber.endsWith("1") ? { kind: "sip", status: 404 } : { kind: "answered" },
    );
    const recipients: object[] = [
      {
        id: "a",
        phone_number: numbers(2)[0],
        conversation_initiation_client_data: { dynamic_variables: { note: 'x, "y"' } },
      },
      {
        id: "b",
        phone_number: numbers(2)[1],
        conversation_initiation_client_data: { dynamic_variables: { constructor: 2 } },
      },
    ];
    const later = await submit(client, { ...body, scheduled_time_unix: LATER });
    const early = await client.call("GET", `${BATCHES}/${later}/export`);
    expect([early.status, await early.json()]).toMatchObject([
      409,
      { detail: { status: "batch_call_not_over" } },
    ]);
    const retried = await client.call("POST", `${BATCHES}/${later}/retry`);
    expect([retried.status, await retried.json()]).toMatchObject([
      409,
      { detail: { status: "batch_call_not_over" } },
    ]);
    const id = await submit(client, { ...body, recipients });
    await batchWhen(client, id, isOver);
    const response = await client.call("GET", `${BATCHES}/${id}/export`);
    expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    const [heading, first, second] = (await response.text()).split("\r\n");
    expect(heading).toBe(
      "recipient_id,phone_number,status,attempts,conversation_id,accepted_time_unix_secs,end_time_unix_secs,call_duration_secs,end_code,termination_reason,note,constructor",
    );
    expect(first).toMatch(
      /^a,\+15005560000,completed,1,conv_\w+,\d+,\d+,12,agent_hung_up,The agent ended\.,"x, ""y""",$/,
    );
    expect(second).toMatch(
      /^b,\+15005560001,failed,1,conv_\w+,,\d+,0,callee_refused,It was refused\.,,2$/,
    );
    const over = await client.call("POST", `${BATCHES}/${id}/cancel`);
    expect([over.status, await over.json()]).toMatchObject([
      409,
      { detail: { status: "batch_call_over" } },
    ]);
  });
});
