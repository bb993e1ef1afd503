import { describe, expect, test } from "vitest";
import { vendorValidationErrorSchema } from "../../schema/contracts/errors.ts";
import type { TestClient } from "./test-client.ts";
import { enableOverrides, ordersOf, placed, post, setUp } from "./test-orders.ts";

const FIELD = "conversation_initiation_client_data";

type Body = Awaited<ReturnType<typeof setUp>>["body"];

/** Why the data is refused, field by field; nothing was ordered for it. */
async function refusal(client: TestClient, body: Body, data: unknown) {
  const response = await post(client, { ...body, [FIELD]: data });
  expect(response.status).toBe(422);
  const { detail } = vendorValidationErrorSchema.parse(await response.json());
  expect(await ordersOf(client)).toEqual([]);
  return detail.map(({ loc, msg, type }) => {
    const [, field, ...path] = loc;
    expect(field).toBe(FIELD);
    return { at: path.join("."), msg, type };
  });
}

const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });
const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`v${index}`, index]));

describe("the data of a conversation", () => {
  test.each<[string, object, string, string]>([
    [
      "a variable that is an object",
      { dynamic_variables: { a: { b: 1 } } },
      "dynamic_variables.a",
      "is neither text nor a number nor a truth value.",
    ],
    [
      "a variable that is a list",
      { dynamic_variables: { a: [] } },
      "dynamic_variables.a",
      "is neither text nor a number nor a truth value.",
    ],
    [
      "a text that is too long",
      { dynamic_variables: { a: "x".repeat(16_385) } },
      "dynamic_variables.a",
      "Too big: expected string to have <=16384 characters.",
    ],
    [
      "a name with braces",
      { dynamic_variables: { "{{a}}": 1 } },
      "dynamic_variables.{{a}}",
      "is not the name of a variable.",
    ],
    [
      "a name that is too long",
      { dynamic_variables: { ["n".repeat(129)]: 1 } },
      `dynamic_variables.${"n".repeat(129)}`,
      "is not the name of a variable.",
    ],
    [
      "too many variables",
      { dynamic_variables: many(257) },
      "dynamic_variables",
      "are more than 256.",
    ],
    [
      "an override that is no object",
      { conversation_config_override: "x" },
      "conversation_config_override",
      "Invalid input: expected record, received string.",
    ],
    [
      "an override that nests too deep",
      { conversation_config_override: nested(34) },
      "conversation_config_override",
      "nests more than 32 deep.",
    ],
    [
      "an extra body that nests too deep",
      { custom_llm_extra_body: nested(34) },
      "custom_llm_extra_body",
      "nests more than 32 deep.",
    ],
    [
      "a user id that is too long",
      { user_id: "u".repeat(257) },
      "user_id",
      "Too big: expected string to have <=256 characters.",
    ],
    [
      "a branch that is no text",
      { branch_id: 7 },
      "branch_id",
      "Invalid input: expected string, received number.",
    ],
    [
      "another type",
      { type: "x" },
      "type",
      'Invalid input: expected "conversation_initiation_client_data".',
    ],
    [
      "more than may be sent",
      { custom_llm_extra_body: { a: "x".repeat(262_144) } },
      "",
      "is more than 262144 characters.",
    ],
    [
      "more than may be sent, in a field that nobody knows",
      { later: "x".repeat(262_144) },
      "",
      "is more than 262144 characters.",
    ],
  ])("with %s is 422, says where and why, and orders nothing", async (_what, data, at, msg) => {
    const { body, client } = await setUp(null);
    expect(await refusal(client, body, data)).toMatchObject([{ at, msg }]);
  });

  test("at its bounds reaches the node as it is", async () => {
    const { agentId, body, client, node } = await setUp();
    await enableOverrides(client, agentId, { custom_llm_extra_body: true });
    const variables = { ...many(255), text: "x".repeat(16_384) };
    const extra = { deep: nested(31), wide: "é\u{1f600}".repeat(50_000) };
    const data = {
      dynamic_variables: variables,
      custom_llm_extra_body: extra,
      user_id: "u".repeat(256),
    };
    await placed(await post(client, { ...body, [FIELD]: data }));
    expect(node?.orders).toMatchObject([
      { clientData: { dynamicVariables: variables, customLlmExtraBody: extra } },
    ]);
  });

  test("sets no variable of the system", async () => {
    const { body, client, node } = await setUp();
    const variables = { system__caller_id: "+1", name: "Ada" };
    await placed(await post(client, { ...body, [FIELD]: { dynamic_variables: variables } }));
    expect(node?.orders[0]?.clientData.dynamicVariables).toEqual({ name: "Ada" });
  });
});

describe("an override", () => {
  test("that the agent does not enable is 422 before any phone rings, and the hint enables it", async () => {
    const { agentId, body, client, node } = await setUp();
    await enableOverrides(client, agentId, {
      conversation_config_override: { agent: { first_message: true, language: false }, tts: true },
    });
    const data = {
      conversation_config_override: {
        agent: { first_message: "Hi", language: "de", "prompt.llm": "x" },
        tts: { voice_id: "v" },
        turn: [],
      },
      custom_llm_extra_body: { temperature: 0 },
    };
    const response = await post(client, { ...body, [FIELD]: data });
    expect(response.status).toBe(422);
    const { detail } = await response.json<{ detail: Record<string, unknown>[] }>();
    const override = [FIELD, "conversation_config_override"];
    const expected = [
      [...override, "agent", "language"],
      [...override, "agent", "prompt.llm"],
      [...override, "turn"],
      [FIELD, "custom_llm_extra_body"],
    ];
    expect(detail.map(({ loc, type }) => [loc, type])).toEqual(
      expected.map((path) => [["body", ...path], "override_not_enabled"]),
    );
    expect(node?.orders).toEqual([]);
    expect(await ordersOf(client)).toEqual([]);

    const [{ hint } = {}] = detail;
    await client.ok("PATCH", `/v1/convai/agents/${agentId}`, JSON.parse(String(hint)));
    const alone = { conversation_config_override: { agent: { language: "de" } } };
    await placed(await post(client, { ...body, [FIELD]: alone }));
    expect(node?.orders).toMatchObject([
      { clientData: { conversationConfigOverride: { agent: { language: "de" } } } },
    ]);
  });

  test("that is null says nothing: it needs no leave, and no agent hears of it", async () => {
    const { body, client, node } = await setUp();
    const override = { agent: { language: null, prompt: { llm: null } }, tts: null };
    const data = { conversation_config_override: override, custom_llm_extra_body: {} };
    await placed(await post(client, { ...body, [FIELD]: data }));
    expect(node?.orders[0]?.clientData.conversationConfigOverride).toEqual({
      agent: { prompt: {} },
    });
  });

  test("of where the conversation starts needs leave of its own, and something that is there", async () => {
    const { agentId, body, client } = await setUp();
    const start = { starting_workflow_node_id: "n", procedure_ids: ["p"] };
    const types = async (data: object) =>
      (await refusal(client, body, data)).map(({ at, type }) => [at, type]);
    expect(await types(start)).toEqual([
      ["starting_workflow_node_id", "override_not_enabled"],
      ["procedure_ids", "override_not_enabled"],
    ]);
    expect(await types({ procedure_ids: [] })).toEqual([["procedure_ids", "override_not_enabled"]]);
    await enableOverrides(client, agentId, {
      enable_starting_workflow_node_id_from_client: true,
      enable_procedure_ids_from_client: true,
    });
    expect(await types(start)).toEqual([
      ["starting_workflow_node_id", "unknown_id"],
      ["procedure_ids", "unknown_id"],
    ]);
    const none = { starting_workflow_node_id: null, procedure_ids: [] };
    await placed(await post(client, { ...body, [FIELD]: none }));
  });
});
