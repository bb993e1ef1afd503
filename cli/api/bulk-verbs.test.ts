import { Command } from "commander";
import { expect, test } from "vitest";
import { testFolder } from "../../tests/support/test-folder.ts";
import { EXIT } from "../exit-status.ts";
import { createTerminal } from "../terminal.ts";
import { addNumberVerbs } from "./numbers.ts";
import { runApiVerb } from "./session.ts";
import { addTrunkVerbs } from "./trunks.ts";
import { createAddVerb } from "./verbs.ts";

interface Sent {
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
}

/** Runs a command line against an API that answers so; what was sent, printed, and the status. */
async function run(args: readonly string[], answer: (sent: Sent) => Response) {
  const folder = testFolder();
  const out = { stdout: "", stderr: "" };
  const sent: Sent[] = [];
  let status: number | null = null;
  const plain = globalThis.fetch;
  const terminal = createTerminal(
    { write: (text) => (out.stdout += text) },
    { write: (text) => (out.stderr += text) },
    true,
  );
  const program = new Command().exitOverride();
  const add = createAddVerb(async (verb, options) => {
    const environment = { apiUrl: "http://127.0.0.1:1", apiKey: "key", configFolder: folder.path };
    const signal = new AbortController().signal;
    status = await runApiVerb(
      verb,
      { ...options, state: folder.path },
      { terminal, environment, signal },
    );
  });
  addNumberVerbs(program, add);
  addTrunkVerbs(program, add);
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const one = { url: request.url, headers: request.headers, body: await request.text() };
    sent.push(one);
    return answer(one);
  };
  try {
    await program.parseAsync(["node", "trunkline", ...args]);
  } finally {
    globalThis.fetch = plain;
  }
  return { status, sent, ...out };
}

function lines(...values: readonly object[]): Response {
  const text = values.map((value) => `${JSON.stringify(value)}\n`).join("");
  return new Response(text, { headers: { "content-type": "application/x-ndjson" } });
}

const START = { type: "start", trunk_test_id: "tst_1", region: "local", node_id: "node_1" };
const FAILED = {
  ...{ type: "stage", stage: "tcp", status: "failed", duration_ms: 3000, detail: "No answer." },
  failure: { code: "timed_out", side: "customer_firewall", hint: "Allow 5061/tcp.", allow: null },
  ...{ facts: {}, warning: null },
};

test.each([
  ["passed", null, EXIT.ok],
  ["failed", "tcp", EXIT.checkFailed],
  ["incomplete", null, EXIT.error],
])(
  "trunks test that has %s tells every stage, and its status says so",
  async (verdict, stage, status) => {
    const end = { type: "end", verdict, failed_stage: stage };
    const answer = () => lines(START, FAILED, end);
    const people = await run(["trunks", "test", "phnum_1", "--invite", "+15005550199"], answer);
    expect(people.status).toBe(status);
    expect(people.stdout).toContain("No answer.\n  whose side: customer_firewall. Allow 5061/tcp.");
    const [sent] = people.sent;
    expect(JSON.parse(sent?.body ?? "")).toEqual({
      phone_number_id: "phnum_1",
      invite: { to: "+15005550199" },
    });
    // With a key it would be told when it is whole.
    expect([sent?.headers.get("accept"), sent?.headers.get("idempotency-key")]).toEqual([
      "application/x-ndjson",
      null,
    ]);
    const programs = await run(["trunks", "test", "phnum_1", "--json"], answer);
    const told = programs.stdout.trim().split("\n");
    expect(told.map((line) => JSON.parse(line))).toEqual([START, FAILED, end]);
  },
);

test("trunks test --curl prints the request and sends nothing", async () => {
  const { status, stdout, sent } = await run(["trunks", "test", "phnum_1", "--curl"], () =>
    lines(),
  );
  expect([status, sent]).toEqual([0, []]);
  expect(stdout).toContain("curl -X POST http://127.0.0.1:1/v1/trunk-tests");
  expect(stdout).toContain(`{"phone_number_id":"phnum_1"}`);
});

const TABLE = [
  "phone_number;label;outbound_trunk_config.address;inbound_trunk_config.allowed_addresses",
  '+4930123456;Berlin;sip.example.com;["192.0.2.7"]',
  "100;;;",
].join("\r\n");

test("numbers import of a table sends a row each, under a key that the same file has again", async () => {
  const { file } = testFolder();
  const table = file("numbers.csv", TABLE);
  const answer = () =>
    lines(
      { index: 0, status: "imported", phone_number_id: "phnum_1", replayed: true },
      { index: 1, status: "failed", problem: { detail: "No.", errors: [] } },
    );
  const first = await run(["numbers", "import", table], answer);
  const again = await run(["numbers", "import", table, "--json"], answer);
  expect(
    first.sent[0]?.body
      .split("\n")
      .slice(0, 2)
      .map((line) => JSON.parse(line)),
  ).toEqual([
    {
      ...{ provider: "sip_trunk", phone_number: "+4930123456", label: "Berlin" },
      outbound_trunk_config: { address: "sip.example.com" },
      inbound_trunk_config: { allowed_addresses: ["192.0.2.7"] },
    },
    { provider: "sip_trunk", phone_number: "100", label: "100" },
  ]);
  const keys = [first, again].map(({ sent }) => sent[0]?.headers.get("idempotency-key"));
  expect(keys[0]).toMatch(/^[0-9a-f]{32}-0$/);
  expect(keys[1]).toBe(keys[0]);
  expect(first.sent[0]?.headers.get("content-type")).toBe("application/x-ndjson");
  expect(first.status).toBe(EXIT.error);
  expect(first.stdout).toBe("+4930123456 phnum_1\n100 FAILED No.\n");
  expect(first.stderr).toContain("1 of 2 numbers are imported, 1 of them before.");
});

test("numbers import of many goes in parts, each with a key of its own and rows counted through", async () => {
  const { file } = testFolder();
  const rows = Array.from({ length: 2_001 }, (_, at) => JSON.stringify({ phone_number: `${at}` }));
  const many = file("numbers.ndjson", rows.join("\n"));
  const done = { index: 0, status: "imported", phone_number_id: "phnum_1", replayed: true };
  const { sent, stdout } = await run(["numbers", "import", many, "--key", "move"], () =>
    lines(done),
  );
  expect(sent.map(({ headers }) => headers.get("idempotency-key"))).toEqual([
    "move-0",
    "move-2000",
  ]);
  expect(stdout).toBe("0 phnum_1\n2000 phnum_1\n");
});

test("numbers import --curl shows no password of the file", async () => {
  const { file } = testFolder();
  const credentials = { username: "u", password: "correct-horse" };
  const row = { phone_number: "+1", inbound_trunk_config: { credentials } };
  const rows = file("numbers.ndjson", `${JSON.stringify(row)}\n${JSON.stringify(row)}\n`);
  const { stdout, sent } = await run(["numbers", "import", rows, "--curl"], () => lines());
  expect(sent).toEqual([]);
  expect(stdout).toContain("/v1/phone-numbers/import");
  expect(stdout).not.toContain("correct-horse");
});
