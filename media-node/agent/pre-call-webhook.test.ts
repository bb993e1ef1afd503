import type { lookup as dnsLookup } from "node:dns";
import type { ServerResponse } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { NO_CLIENT_DATA } from "../../schema/contracts/client-data.ts";
import { UnsealError } from "../../schema/sealing/sealing.ts";
import {
  type IssuedCertificate,
  issueCertificate,
  makeTestCa,
  type TestCa,
} from "../../tests/support/certificates.ts";
import { eventually } from "../../tests/support/deadline.ts";
import { ROUTE } from "../../tests/support/fake-call.ts";
import {
  agentAsking,
  ask,
  never,
  QUESTION,
  resolvesTo,
  TOKEN,
} from "../../tests/support/pre-call-question.ts";
import {
  json,
  type PreCallServer,
  startPreCallServer,
} from "../../tests/support/pre-call-server.ts";
import { createAddressPolicy } from "./address-policy.ts";
import { createPreCallWebhook } from "./pre-call-webhook.ts";

let server: PreCallServer;
beforeAll(async () => {
  server = await startPreCallServer();
});
afterEach(() => {
  server.asked.length = 0;
});
afterAll(() => server[Symbol.asyncDispose]());

function answering(write: (response: ServerResponse) => void): string {
  server.answer = write;
  return server.url;
}

describe("the question", () => {
  test("is one POST of JSON with the call's facts and the webhook's headers", async () => {
    const url = answering((response) => json(response, {}));
    expect(await ask(`${url}?tenant=7`)).toEqual({ kind: "data", data: NO_CLIENT_DATA });
    expect(server.asked).toHaveLength(1);
    const [{ request, body }] = server.asked as [PreCallServer["asked"][number]];
    expect([request.method, request.url]).toEqual(["POST", "/pre-call?tenant=7"]);
    expect(request.headers).toMatchObject({
      "content-type": "application/json",
      accept: "application/json",
      authorization: TOKEN,
    });
    expect(JSON.parse(body)).toEqual({
      caller_id: "+4930123456",
      agent_id: ROUTE.agent.id,
      called_number: "+15005550100",
      call_sid: "pbx-1",
      conversation_id: QUESTION.conversationId,
      call_id: "call@peer",
      sip_headers: { "x-customer": "42" },
    });
  });

  test("goes over TLS to a host whose certificate is trusted and names it, and to no other", async () => {
    const ca = await makeTestCa();
    const good = await issueCertificate(ca, { dnsNames: ["crm.example.com"] });
    const other = await issueCertificate(ca, { dnsNames: ["other.example.com"] });
    const resolve = resolvesTo(["127.0.0.1"]);
    const outcome = (certificate: IssuedCertificate, trusted: TestCa) =>
      askOverTls(certificate, trusted, resolve);
    expect(await outcome(good, ca)).toEqual({ kind: "data", data: NO_CLIENT_DATA });
    expect(await outcome(other, ca)).toMatchObject({
      kind: "failed",
      code: "unreachable",
      detail: "ERR_TLS_CERT_ALTNAME_INVALID",
    });
    expect(await outcome(good, await makeTestCa())).toMatchObject({
      kind: "failed",
      code: "unreachable",
    });
  });

  async function askOverTls(
    { certificatePem: cert, keyPem: key }: IssuedCertificate,
    { certificatePem: ca }: TestCa,
    resolve: typeof dnsLookup,
  ) {
    await using secure = await startPreCallServer({ cert, key });
    return await ask(`https://crm.example.com:${secure.port}/`, { resolve, ca });
  }
});

describe("the answer", () => {
  test("gives variables, overrides that are enabled and identifiers; null says nothing", async () => {
    const url = answering((response) =>
      json(response, {
        type: "conversation_initiation_client_data",
        dynamic_variables: { name: "Ada", visits: 3, is_vip: true, gone: null },
        conversation_config_override: { agent: { first_message: "Hi" }, tts: { voice: { id: 1 } } },
        custom_llm_extra_body: {},
        user_id: "u-1",
        branch_id: null,
        environment: "staging",
        later_fields: [1],
      }),
    );
    expect(await ask(url)).toEqual({
      kind: "data",
      data: {
        dynamicVariables: { name: "Ada", visits: 3, is_vip: true },
        conversationConfigOverride: {
          agent: { first_message: "Hi" },
          tts: { voice: { id: 1 } },
        },
        customLlmExtraBody: {},
        userId: "u-1",
        branchId: null,
        environment: "staging",
      },
    });
  });

  test("sets no variable of the system", async () => {
    const variables = { system__caller_id: "+1", system__x: "y", System__x: "mine" };
    const url = answering((response) => json(response, { dynamic_variables: variables }));
    expect(await ask(url)).toMatchObject({ data: { dynamicVariables: { System__x: "mine" } } });
    const answer = await ask(url);
    expect(JSON.stringify(answer)).not.toContain("system__");
  });

  test("can reject the call, with a reason", async () => {
    const url = answering((response) => json(response, { reject: true, reason: "blocked" }));
    expect(await ask(url)).toEqual({ kind: "rejected", detail: "blocked" });
    server.answer = (response) => json(response, { reject: false });
    expect((await ask(url)).kind).toBe("data");
  });

  const big = "x".repeat(270_000);
  const raw = (body: string | Buffer, head: Record<string, string> = {}) => {
    return (response: ServerResponse) =>
      void response.writeHead(200, { "content-type": "application/json", ...head }).end(body);
  };
  const deep = `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`;

  test.each<[string, (response: ServerResponse) => void, string, string]>([
    ["a 500", (r) => void r.writeHead(500).end(), "bad_status", "status 500"],
    ["a 204", (r) => void r.writeHead(204).end(), "bad_status", "status 204"],
    ["a 403", (r) => void r.writeHead(403).end(), "bad_status", "status 403"],
    [
      "a redirect",
      (r) => void r.writeHead(307, { location: server.url }).end(),
      "redirected",
      "status 307",
    ],
    [
      "another content type",
      (r) => void r.writeHead(200, { "content-type": "text/html" }).end("{}"),
      "not_json",
      "the answer does not say that it is JSON",
    ],
    ["no content type", (r) => void r.writeHead(200).end("{}"), "not_json", "does not say"],
    ["compression", raw("{}", { "content-encoding": "gzip" }), "not_json", "is compressed"],
    ["half of JSON", raw('{"dynamic_variables": {'), "not_json", "is not JSON"],
    ["nothing", raw(""), "not_json", "is not JSON"],
    ["half a character", raw('{"user_id": "\\ud83d"}'), "not_json", "is not JSON"],
    ["a list", raw("[]"), "malformed", "the answer: "],
    ["another type", raw('{"type":"x"}'), "malformed", "type: "],
    ["a variable that is a list", raw('{"dynamic_variables":{"a":[]}}'), "malformed", "dynamic_"],
    ["a name with braces", raw('{"dynamic_variables":{"{{a}}":"b"}}'), "malformed", "dynamic_"],
    [
      "257 variables",
      raw(
        JSON.stringify({
          dynamic_variables: Object.fromEntries(Array.from({ length: 257 }, (_, i) => [i, i])),
        }),
      ),
      "malformed",
      "are more than 256",
    ],
    ["endless nesting", raw(`{"custom_llm_extra_body":${deep}}`), "malformed", "32 deep"],
    [
      "an override that is not enabled",
      raw('{"conversation_config_override":{"agent":{"language":"de"}}}'),
      "override_not_enabled",
      "conversation_config_override.agent.language",
    ],
    [
      "an override whose name holds a dot",
      raw('{"conversation_config_override":{"agent.first_message":"x"}}'),
      "override_not_enabled",
      "conversation_config_override.agent.first_message",
    ],
    [
      "an extra body that is not enabled",
      raw('{"custom_llm_extra_body":{"a":1}}'),
      "override_not_enabled",
      "custom_llm_extra_body",
    ],
    ["more than 256 KiB", raw(`{"user_id":"${big}"}`), "too_large", "262144 bytes"],
    [
      "an end in mid-sentence",
      (r) => {
        r.writeHead(200, { "content-type": "application/json", "content-length": "100" });
        r.write("{");
        r.socket?.destroySoon();
      },
      "unreachable",
      "ECONNRESET",
    ],
  ])("that is %s is a failure", async (_, write, code, detail) => {
    const answer = await ask(answering(write));
    expect(answer).toMatchObject({ kind: "failed", code });
    expect(answer.kind === "failed" && answer.detail).toContain(detail);
    expect(server.asked).toHaveLength(1);
    await eventually(() => server.connections === 0 || null, 2_000, "a connection was left");
  });

  test("that never ends is cut off at the limit, long before the deadline", async () => {
    const url = answering((response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const more = () => {
        if (!response.destroyed && response.write("x".repeat(65_536))) setImmediate(more);
        else response.once("drain", more);
      };
      more();
    });
    const answer = await ask(url, { webhook: { timeoutMs: 10_000 } });
    expect(answer).toMatchObject({ kind: "failed", code: "too_large" });
  });
});

describe("the deadline", () => {
  test.each<[string, (response: ServerResponse) => void]>([
    ["no answer", () => undefined],
    [
      "an answer without an end",
      (response) => {
        response.writeHead(200, { "content-type": "application/json" });
        response.write("{");
      },
    ],
  ])("ends %s, and leaves no connection", async (_, write) => {
    const url = answering(write);
    const startedAt = performance.now();
    expect(await ask(url, { webhook: { timeoutMs: 500 } })).toEqual({
      kind: "failed",
      code: "timeout",
      detail: "no answer within 500 ms",
    });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    await eventually(() => server.connections === 0 || null, 2_000, "a connection was left");
  });

  test("covers the name look-up, which cannot be interrupted", async () => {
    const resolve = (() => undefined) as unknown as typeof dnsLookup; // never calls back
    const answer = await ask("https://crm.example.com/", { resolve, webhook: { timeoutMs: 500 } });
    expect(answer).toMatchObject({ kind: "failed", code: "timeout" });
  });

  test("is not waited for when the call ends first, and the connection is closed", async () => {
    const cancelling = new AbortController();
    const url = answering(() => cancelling.abort());
    const answer = await ask(url, { signal: cancelling.signal, webhook: { timeoutMs: 10_000 } });
    expect(answer).toMatchObject({ kind: "failed", code: "aborted" });
    await eventually(() => server.connections === 0 || null, 2_000, "a connection was left");
  });
});

test("headers that do not open are a fault of the node, and nothing is asked", async () => {
  const webhook = createPreCallWebhook({
    addressPolicy: createAddressPolicy({ allowLoopback: true }),
    allowPlainLoopback: true,
    unsealHeaders: () => Promise.reject(new UnsealError("the node does not hold the key")),
    ca: null,
  });
  const answer = await webhook.ask(agentAsking(server.url), QUESTION, never);
  expect(answer).toMatchObject({ kind: "failed", code: "fault" });
  expect(server.asked).toHaveLength(0);
});

test("no failure says more than a sentence, whatever the names in the answer", async () => {
  const url = answering((response) =>
    json(response, { conversation_config_override: { ["n".repeat(100_000)]: 1 } }),
  );
  const answer = await ask(url);
  expect(answer).toMatchObject({ kind: "failed", code: "override_not_enabled" });
  expect(JSON.stringify(answer).length).toBeLessThan(400);
});

test("no failure says a header's value or the URL's query", async () => {
  const details: string[] = [];
  for (const url of ["https://10.0.0.1/?key=s3cret", `${server.url}?key=s3cret`, "x?key=s3cret"]) {
    server.answer = (response) => response.writeHead(500).end(TOKEN);
    details.push(JSON.stringify(await ask(url)));
  }
  expect(details.join()).not.toMatch(/s3cret|t0ken/);
});
