import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Trunkline } from "../../sdk/trunkline.ts";
import { createTerminal } from "../terminal.ts";
import { UsageError } from "../user-error.ts";
import { readProfiles, resolveConnection, writeProfiles } from "./connection.ts";
import { curlOf } from "./curl.ts";
import { tailEvents } from "./events.ts";
import { type ApiVerb, runApiVerb } from "./session.ts";
import { tableOf } from "./table.ts";

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "trunkline-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function run(verb: ApiVerb, options: { json?: boolean; curl?: boolean } = {}) {
  const folder = newFolder();
  const out = { stdout: "", stderr: "" };
  const terminal = createTerminal(
    { write: (text) => (out.stdout += text) },
    { write: (text) => (out.stderr += text) },
    true,
  );
  const environment = {
    apiUrl: "http://127.0.0.1:1",
    apiKey: "tk_live_secret",
    configFolder: folder,
  };
  const status = await runApiVerb(
    verb,
    { json: false, curl: false, state: folder, ...options },
    { terminal, environment, signal: new AbortController().signal },
  );
  return { status, ...out };
}

/** A verb whose one request is answered so. */
function answered(status: number, code: string): ApiVerb {
  return async () => {
    const problem = { status, code, detail: "Why.", hint: "do that", request_id: "req_1" };
    const fetch = async () =>
      Response.json(problem, { status, headers: { "request-id": "req_1" } });
    await new Trunkline({ baseUrl: "http://127.0.0.1:1", fetch, maxRetries: 0 }).get("/v1/calls");
    return undefined;
  };
}

test.each([
  [401, 3],
  [403, 3],
  [404, 4],
  [408, 6],
  [409, 1],
  [422, 1],
  [500, 1],
])(
  "an answer of %i ends the command with %i, data on stdout and prose on stderr",
  async (status, exit) => {
    const people = await run(answered(status, "a_code"));
    expect(people).toMatchObject({ status: exit, stdout: "" });
    expect(people.stderr).toBe(`Why. (${status} a_code)\nTry: do that\nRequest req_1\n`);
    const programs = await run(answered(status, "a_code"), { json: true });
    expect(JSON.parse(programs.stderr)).toMatchObject({ error: { status, code: "a_code" } });
  },
);

test("--curl prints the request and sends nothing; no secret is in it", async () => {
  const { status, stdout } = await run(
    async ({ api }) => {
      const credentials = { username: "u", password: "it's secret" };
      const body = { phone_number: "+1", label: "a'b", inbound_trunk_config: { credentials } };
      await api.post("/v1/convai/phone-numbers", { body: body as never });
      return undefined;
    },
    { curl: true },
  );
  expect(status).toBe(0);
  expect(stdout).toContain(`curl -X POST http://127.0.0.1:1/v1/convai/phone-numbers`);
  expect(stdout).toContain(`-H "xi-api-key: $TRUNKLINE_API_KEY"`);
  expect(stdout).toContain(`"label":"a'\\''b"`);
  expect(stdout).toContain(`"password":"'"$TRUNKLINE_SECRET"'"`);
  expect(stdout).not.toMatch(/tk_live_secret|it's secret/);
});

test("an operator's token and a text with line breaks stay what they are for a shell", async () => {
  const request = new Request("http://127.0.0.1:1/a?b=c d", {
    method: "POST",
    headers: { authorization: "Bearer secret", "content-type": "text/csv" },
    body: "a\nb",
  });
  const line = await curlOf(request);
  expect(line).toContain(`"authorization: Bearer $TRUNKLINE_OPERATOR_TOKEN"`);
  expect(line).toContain("--data-raw 'a\nb'");
  expect(line).not.toContain("secret");
});

test("what the command names wins over the environment, that over profiles; a key may come with any of them", async () => {
  const configFolder = newFolder();
  const state = newFolder();
  writeProfiles(configFolder, {
    default: { apiUrl: "http://default", apiKey: "k1" },
    other: { apiUrl: "http://other", apiKey: "k2" },
  });
  const keyFile = join(configFolder, "key");
  writeFileSync(keyFile, "k3\n");
  const environment = { configFolder };
  expect(await resolveConnection({ state }, environment)).toEqual({
    baseUrl: "http://default",
    apiKey: "k1",
  });
  expect(await resolveConnection({ state, profile: "other", keyFile }, environment)).toEqual({
    baseUrl: "http://other",
    apiKey: "k3",
  });
  expect(
    await resolveConnection(
      { state },
      { ...environment, apiUrl: "http://env/", apiKey: "k4", profile: "other" },
    ),
  ).toEqual({ baseUrl: "http://env", apiKey: "k4" });
  await expect(resolveConnection({ state, profile: "none" }, environment)).rejects.toThrow(
    /no profile none/,
  );
  await expect(resolveConnection({ state }, { configFolder: state })).rejects.toThrow(
    /No API is named/,
  );
});

test("a file of profiles that others can read is refused, and none of ours is", () => {
  const folder = newFolder();
  writeProfiles(folder, { a: { apiUrl: "http://a", apiKey: "k" } });
  expect(readProfiles(folder)).toHaveProperty("a");
  chmodSync(join(folder, "profiles.json"), 0o644);
  expect(() => readProfiles(folder)).toThrow(/chmod 600/);
});

test("a table has columns, and steers no terminal", () => {
  expect(
    tableOf([
      ["A", "B"],
      ["long", "\u001b[31mx"],
      ["s", "y"],
    ]),
  ).toEqual(["A     B", "long   [31mx", "s     y"]);
});

test("a command line that asks for nothing ends with 2 and one sentence, an object with --json", async () => {
  const verb: ApiVerb = () => Promise.reject(new UsageError("Name a number."));
  await expect(run(verb)).rejects.toMatchObject({ message: "Name a number.", exitStatus: 2 });
  const programs = await run(verb, { json: true });
  expect(programs).toMatchObject({ status: 2, stdout: "" });
  expect(JSON.parse(programs.stderr)).toEqual({
    error: { code: "usage", detail: "Name a number." },
  });
});

test("events that come while their list is followed are told once, from the cursor of the page before", async () => {
  const asked: (string | null)[] = [];
  const event = (name: string) => ({
    ...{ event_id: name, type: "call.ended", conversation_id: null, sequence: 1 },
    created_at: "2026-11-22T00:00:00.000Z",
  });
  const pages = [
    { data: [event("evt_1")], has_more: true, next_cursor: "a" },
    { data: [event("evt_2")], has_more: false, next_cursor: "b" },
  ];
  const over = new AbortController();
  const lines: string[] = [];
  const fetch = async (request: Request) => {
    asked.push(new URL(request.url).searchParams.get("cursor"));
    if (pages.length === 1) over.abort();
    return Response.json(pages.shift());
  };
  const api = new Trunkline({ baseUrl: "http://127.0.0.1:1", fetch, maxRetries: 0 });
  const printLine = (_value: unknown, text: string) => void lines.push(text.split(" ")[1] ?? "");
  await tailEvents({ api, printLine, signal: over.signal }, {});
  expect([asked, lines]).toEqual([
    [null, "a"],
    ["evt_1", "evt_2"],
  ]);
});
