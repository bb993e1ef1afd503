import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { expectNoSecret, expectNoSecretIn } from "../support/secret-watch.ts";
import { noteSecretsOf } from "../support/secrets-used.ts";
import { testFolder } from "../support/test-folder.ts";

const PASSWORD = "correct-horse-battery-staple";
const HEADER = "Bearer 0123456789abcdef";
const CREDENTIAL = "node-credential-0123456789";
const MASTER_KEY = "bWFzdGVyLWtleS1vZi1hLXRlc3Q";

test("a secret that tests use is found wherever a system leaves it: log, database, objects; and is not repeated", async () => {
  noteSecretsOf(
    JSON.stringify({
      inbound_trunk_config: { credentials: { username: "pbx", password: PASSWORD } },
      connection: { headers: { "x-agent": HEADER } },
      label: "a label that is no secret",
    }),
  );
  const { path, file } = testFolder();
  mkdirSync(join(path, "logs"));
  mkdirSync(join(path, "database"));
  file(
    "secrets.json",
    JSON.stringify({ masterKey: `m1:${MASTER_KEY}`, nodeIdentity: { credential: CREDENTIAL } }),
  );
  file("logs/media-node.log", '{"event":"ready","label":"a label that is no secret"}\n');
  await expectNoSecretIn(path);

  const places = [
    ["logs/workerd.log", PASSWORD, "password"],
    ["logs/sqld.log", HEADER, "x-agent"],
    ["database/data", CREDENTIAL, "credential"],
    ["objects", MASTER_KEY, "masterKey"],
  ] as const;
  for (const [name, secret, what] of places) {
    const left = file(name, `before ${secret} after`);
    const error: unknown = await expectNoSecretIn(path).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain(`${left} holds in clear: ${what}`);
    expect(String(error)).not.toContain(secret);
    writeFileSync(left, "");
  }
});

test("a key of SRTP in a log is found without being known", () => {
  expect(() =>
    expectNoSecret(
      "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj",
      "a log",
    ),
  ).toThrow("a log holds in clear: an SRTP key");
});
