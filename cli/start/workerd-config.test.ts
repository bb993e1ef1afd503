import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createControlPlaneService } from "./control-plane.ts";
import { startGuard } from "./guard.ts";
import { PACKAGE_ROOT } from "./packages.ts";
import { openStateDirectory } from "./state-directory.ts";
import { createSupervisor } from "./supervisor.ts";
import { readWorkerRuntime, sourceDigest } from "./worker-bundle.ts";
import { DURABLE_OBJECTS, writeWorkerdConfig } from "./workerd-config.ts";

const SETTINGS = {
  runtime: { compatibilityDate: "2026-08-04", compatibilityFlags: [] },
  apiPort: 0,
  databasePort: 1,
  residency: "embedded",
  sipDomain: "sip.localhost",
  outbound: "loopback",
  consoleFolder: "/tmp",
} as const;

/** Tells its bindings, and keeps a count in an object with SQL. */
const WORKER = `
  import { DurableObject } from "cloudflare:workers";
  class Counter extends DurableObject {
    next() {
      this.ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS n (n INTEGER)");
      this.ctx.storage.sql.exec("INSERT INTO n VALUES (1)");
      return this.ctx.storage.sql.exec("SELECT count(*) AS n FROM n").one().n;
    }
  }
  export class DatabaseWriter extends Counter {}
  export class RegionHub extends Counter {}
  export class WebhookEndpoint extends Counter {}
  export default { async fetch(request, env) {
    const objects = env.DATABASE_WRITER;
    return Response.json({
      count: await objects.get(objects.idFromName("x")).next(),
      secret: env.MASTER_KEY,
      domain: env.SIP_DOMAIN,
      policy: env.OUTBOUND_POLICY,
      hasLibsql: typeof env.LIBSQL.fetch === "function",
    });
  } };`;

test("workerd runs the generated configuration: objects on disk, secrets from its environment only", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline "wörkerd" '));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const state = openStateDirectory(join(folder, "state"));
  const bundlePath = join(state.workerFolder, "worker-test.js");
  writeFileSync(bundlePath, WORKER);
  const controlPlane = createControlPlaneService(state, {
    ...SETTINGS,
    bundlePath,
    secrets: () => ({
      LIBSQL_AUTH_TOKEN: "secret of libSQL",
      MASTER_KEY: "secret of MASTER_KEY",
      MASTER_KEYS_HELD: "secret of held keys",
      SNAPSHOT_SIGNING_KEY: "secret of signing",
      FEED_SIGNING_KEY: "secret of the feed",
      OPERATOR_TOKEN_SHA256: "secret of the operator",
    }),
  });
  using guard = startGuard(join(folder, "guardian.log"));
  const back = Promise.withResolvers<void>();
  const supervisor = createSupervisor({
    logsFolder: state.logsFolder,
    guard,
    onChildren: () => {},
    report: (event) => event.kind === "back" && back.resolve(),
  });
  try {
    await supervisor.run(controlPlane.service, controlPlane.next);
    const port = controlPlane.port();
    const ask = async (): Promise<unknown> => (await fetch(`http://127.0.0.1:${port}/`)).json();
    const answer = {
      secret: "secret of MASTER_KEY",
      domain: "sip.localhost",
      policy: "loopback",
      hasLibsql: true,
    };
    expect(await ask()).toEqual({ count: 1, ...answer });
    expect(readFileSync(join(state.workerFolder, "config.capnp"), "utf8")).not.toContain(
      "secret of",
    );

    process.kill(supervisor.children()[0]?.pid ?? 0, "SIGKILL");
    await back.promise;
    expect(controlPlane.port()).toBe(port);
    expect(await ask()).toEqual({ count: 2, ...answer });
  } finally {
    await supervisor.stop();
  }
});

const PRODUCTION = {
  runtime: SETTINGS.runtime,
  residency: "eu",
  sipDomain: "sip.example.com",
  outbound: "public",
  bundle: "w.js",
  objectsFolder: "/var/lib/trunkline",
  consoleFolder: "/usr/share/trunkline/console",
  listen: { address: "127.0.0.1:8787", tls: null, isBehindProxy: false },
  databaseUrl: new URL("https://db.example.com"),
  secretNames: ["MASTER_KEY"],
  vars: {},
} as const;

test("production allows no private address, and quotes cannot leave a literal", () => {
  const text = writeWorkerdConfig({ ...PRODUCTION, objectsFolder: '/tmp/a"b\\c\nd' });
  expect(text).toContain('network = (allow = ["public"], ');
  expect(text).toContain('disk = (path = "/tmp/a\\"b\\\\c\\x0ad", writable = true)');
});

test("a database by https is reached as all that is public, one by http wherever it is", () => {
  expect(writeWorkerdConfig(PRODUCTION)).not.toContain("external");
  const text = writeWorkerdConfig({ ...PRODUCTION, databaseUrl: new URL("http://10.0.0.7:8080") });
  expect(text).toContain('external = (address = "10.0.0.7:8080", http = ())');
  expect(text).toContain('(name = "LIBSQL_URL", text = "http://10.0.0.7:8080")');
});

test("the key of the certificate is named and not copied, and a proxy is believed only when there is one", () => {
  const tls = { keyFile: "../tls/key.pem", certificateFile: "../tls/cert.pem" };
  const listen = { address: "0.0.0.0:443", tls, isBehindProxy: false };
  const text = writeWorkerdConfig({ ...PRODUCTION, listen });
  expect(text).toContain('privateKey = embed "../tls/key.pem"');
  expect(text).not.toContain("X-Forwarded-Proto");
  const proxied = { ...PRODUCTION.listen, isBehindProxy: true };
  expect(writeWorkerdConfig({ ...PRODUCTION, listen: proxied })).toContain(
    'http = (forwardedProtoHeader = "X-Forwarded-Proto")',
  );
});

test("the embedded Worker has the objects and the runtime that wrangler.toml declares", () => {
  const toml = readFileSync(join(PACKAGE_ROOT, "wrangler.toml"), "utf8");
  const declared = [...toml.matchAll(/^name = "(\w+)"\nclass_name = "(\w+)"/gm)];
  expect(Object.fromEntries(declared.map(([, name, className]) => [name, className]))).toEqual(
    DURABLE_OBJECTS,
  );
  expect(readWorkerRuntime(toml).compatibilityDate).toMatch(/^20\d\d-\d\d-\d\d$/);
  expect(
    readWorkerRuntime('compatibility_date = "2026-01-02"\ncompatibility_flags = ["a", "b"]'),
  ).toEqual({ compatibilityDate: "2026-01-02", compatibilityFlags: ["a", "b"] });
});

test("a bundle is made anew when a source changes, and only then", () => {
  const root = mkdtempSync(join(tmpdir(), "trunkline-sources-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const folder of ["workers", "schema/values"])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, "package-lock.json"), "{}");
  writeFileSync(join(root, "workers/index.ts"), "1");
  const first = sourceDigest(root);
  writeFileSync(join(root, "workers/index.test.ts"), "tests are not in it");
  expect(sourceDigest(root)).toBe(first);
  writeFileSync(join(root, "schema/values/e164.ts"), "2");
  const second = sourceDigest(root);
  expect(second).not.toBe(first);
  writeFileSync(join(root, "package-lock.json"), '{"a":1}');
  expect(sourceDigest(root)).not.toBe(second);
});
