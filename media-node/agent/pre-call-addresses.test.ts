import { afterAll, beforeAll, expect, test } from "vitest";
import { issueCertificate, makeTestCa } from "../../tests/support/certificates.ts";
import { ask, resolvesTo } from "../../tests/support/pre-call-question.ts";
import { type PreCallServer, startPreCallServer } from "../../tests/support/pre-call-server.ts";

let server: PreCallServer;
beforeAll(async () => {
  server = await startPreCallServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test("nothing that listens is a failure", async () => {
  const gone = await startPreCallServer();
  await gone[Symbol.asyncDispose]();
  expect(await ask(gone.url)).toEqual({
    kind: "failed",
    code: "unreachable",
    detail: "ECONNREFUSED",
  });
});

test.each([
  ["https://169.254.169.254/latest/meta-data", "address_refused"],
  ["https://10.0.0.1/", "address_refused"],
  ["https://[::ffff:169.254.169.254]/", "address_refused"],
  ["https://[fd00:ec2::254]/", "address_refused"],
  ["https://0x7f000001/", "address_refused"],
  ["https://127.0.0.1/", "address_refused"],
  ["http://127.0.0.1/", "url_refused"],
  ["http://crm.example.com/", "url_refused"],
  ["https://user:password@crm.example.com/", "url_refused"],
  ["ftp://crm.example.com/", "url_refused"],
  ["crm", "url_refused"],
])("%s is %s", async (url, code) => {
  expect(await ask(url, { allowLoopback: false })).toMatchObject({ kind: "failed", code });
});

test("plain HTTP to another machine is refused even in development", async () => {
  expect(await ask("http://crm.example.com/")).toMatchObject({ code: "url_refused" });
  expect(await ask("http://169.254.169.254/")).toMatchObject({ code: "url_refused" });
});

test.each([
  ["a name of the metadata service", [["169.254.169.254"]]],
  ["a name with one private address among public ones", [["93.184.215.14", "10.0.0.1"]]],
  ["a name of this machine", [["127.0.0.1"]]],
  ["a name of this machine in IPv6", [["::1"]]],
])("%s is never connected to", async (_, answers) => {
  const url = `https://crm.example.com:${server.port}/`;
  const resolve = resolvesTo(...answers);
  expect(await ask(url, { allowLoopback: false, resolve })).toMatchObject({
    kind: "failed",
    code: "address_refused",
  });
  expect(server.asked).toHaveLength(0);
});

test("a name that changes its address between two calls is judged at each connection", async () => {
  const ca = await makeTestCa();
  const certificate = await issueCertificate(ca, { dnsNames: ["crm.example.com"] });
  const { certificatePem: cert, keyPem: key } = certificate;
  await using secure = await startPreCallServer({ cert, key });
  const resolve = resolvesTo(["127.0.0.1"], ["169.254.169.254"]);
  const surroundings = { resolve, ca: ca.certificatePem };
  const url = `https://crm.example.com:${secure.port}/`;
  expect((await ask(url, surroundings)).kind).toBe("data");
  expect(await ask(url, surroundings)).toMatchObject({ code: "address_refused" });
  expect(secure.asked).toHaveLength(1);
});
