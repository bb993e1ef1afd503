import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, it } from "vitest";
import { issueCertificate, makeTestCa } from "../tests/support/certificates.ts";
import { deadline } from "../tests/support/deadline.ts";
import { FakeControlPlane } from "../tests/support/fake-control-plane.ts";

const START_MS = 15_000;
const STOP_MS = 5_000;

let directory = "";
let plane: FakeControlPlane;
let environment: Record<string, string>;
let children: ChildProcess[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "trunkline-main-"));
  plane = await new FakeControlPlane().start();
  const issued = await issueCertificate(await makeTestCa(), { dnsNames: ["localhost"] });
  await writeFile(join(directory, "tls.crt"), issued.certificatePem);
  await writeFile(join(directory, "tls.key"), issued.keyPem);
  environment = {
    TRUNKLINE_CONTROL_PLANE_URL: plane.url,
    TRUNKLINE_NODE_IDENTITY: JSON.stringify(await plane.identity()),
    TRUNKLINE_STATE_DIR: join(directory, "state"),
    TRUNKLINE_BIND_ADDRESS: "127.0.0.1",
    TRUNKLINE_SIP_PORT: "0",
    TRUNKLINE_SIPS_PORT: "0",
    TRUNKLINE_TLS_CERT_FILE: join(directory, "tls.crt"),
    TRUNKLINE_TLS_KEY_FILE: join(directory, "tls.key"),
    TRUNKLINE_RTP_PORTS: "0-0",
    TRUNKLINE_ADMIN_PORT: "0",
    TRUNKLINE_SIP_DOMAIN: "sip.example.net",
  };
});

afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  children = [];
  await plane.stop();
  await rm(directory, { recursive: true, force: true });
});

interface Started {
  readonly child: ChildProcess;
  readonly output: string[];
  readonly exited: Promise<number | null>;
  /** The first line of stdout that has the event. */
  said(event: string): Promise<Record<string, unknown>>;
}

function run(changes: Readonly<Record<string, string>> = {}): Started {
  const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts")], {
    env: { ...environment, ...changes },
    stdio: ["pipe", "pipe", "pipe"],
  });
  children.push(child);
  const output: string[] = [];
  const waiting = new Map<string, (line: Record<string, unknown>) => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      output.push(line);
      if (!line.startsWith("{")) return;
      const parsed = JSON.parse(line) as Record<string, unknown>; // an object, by its first character
      waiting.get(String(parsed["event"]))?.(parsed);
    });
  }
  const exited = once(child, "exit").then(([code]) => code as number | null);
  return {
    child,
    output,
    exited,
    said: (event) => {
      const said = new Promise<Record<string, unknown>>((resolve) => waiting.set(event, resolve));
      return deadline(said, START_MS, `"${event}" is said, after:\n${output.join("\n")}`);
    },
  };
}

it("says when it is ready and where, and ends with 0 on SIGTERM", async () => {
  const node = run();
  const ready = node.said("node_ready");
  const line = await node.said("ready");
  expect(line).toMatchObject({
    sip: { tcp: expect.any(Number), tls: expect.any(Number), rtp: [0, 0] },
    admin: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
  });
  expect(await ready).toMatchObject({ sipPort: expect.any(Number), adminPort: expect.any(Number) });
  expect((await fetch(`${String(line["admin"])}/readyz`)).status).toBe(200);
  node.child.kill("SIGTERM");
  expect(await deadline(node.exited, STOP_MS, "the end")).toBe(0);
  const secret = JSON.parse(environment["TRUNKLINE_NODE_IDENTITY"] ?? "{}").credential;
  expect(node.output.join("\n")).not.toContain(secret);
}, 30_000);

it("ends with its parent when it is told to", async () => {
  const node = run({ TRUNKLINE_EXIT_WITH_PARENT: "1" });
  await node.said("ready");
  node.child.stdin?.end();
  expect(await deadline(node.exited, STOP_MS, "the end")).toBe(0);
}, 30_000);

it("a configuration that is wrong ends it with 1 and every problem", async () => {
  const node = run({ TRUNKLINE_SIP_PORT: "x", TRUNKLINE_STATE_DIR: "" });
  expect(await deadline(node.exited, START_MS, "the end")).toBe(1);
  const text = node.output.join("\n");
  expect(text).toContain("TRUNKLINE_SIP_PORT");
  expect(text).toContain("TRUNKLINE_STATE_DIR");
}, 30_000);

it("an address that cannot be bound ends it with 1 and one clear line", async () => {
  const node = run({ TRUNKLINE_BIND_ADDRESS: "203.0.113.1" });
  expect(await deadline(node.exited, START_MS, "the end")).toBe(1);
  const lines = node.output.filter((line) => !line.startsWith("{"));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/EADDRNOTAVAIL/);
}, 30_000);
