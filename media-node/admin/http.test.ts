import { connect } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { recordedDeps } from "../../tests/support/control-deps.ts";
import { deadline } from "../../tests/support/deadline.ts";
import { type AdminServer, type ReadinessCheck, startAdminServer } from "./http.ts";

let server: AdminServer;
let checks: ReadinessCheck[] = [];
const done: string[] = [];

beforeEach(async () => {
  checks = [{ name: "sip", ok: true, detail: "bound" }];
  done.length = 0;
  server = await startAdminServer(
    { address: "127.0.0.1", port: 0 },
    {
      readiness: () => checks,
      routing: () => ({ epoch: 1, version: 2, rows: 3, hash: "aa" }),
      scrape: async () => ({ contentType: "text/plain", text: "up 1\n" }),
      drain: () => void done.push("drain"),
      acceptSnapshot: () => void done.push("accept"),
      logger: recordedDeps().logger,
    },
  );
});
afterEach(() => server[Symbol.asyncDispose]());

const ask = (path: string, method = "GET") =>
  fetch(`http://127.0.0.1:${server.port}${path}`, { method });

it("is ready with every condition met, and says which one is not", async () => {
  const ready = await ask("/readyz");
  expect(ready.status).toBe(200);
  expect(await ready.json()).toEqual({
    ready: true,
    checks,
    routing: { epoch: 1, version: 2, rows: 3, hash: "aa" },
  });
  checks = [...checks, { name: "routing", ok: false, detail: "no table" }];
  const red = await ask("/readyz");
  expect(red.status).toBe(503);
  expect(await red.json()).toMatchObject({ ready: false, checks });
});

it("is alive without being ready", async () => {
  checks = [{ name: "sip", ok: false, detail: "down" }];
  expect((await ask("/healthz")).status).toBe(200);
});

it("gives the metrics as text", async () => {
  expect(await (await ask("/metrics")).text()).toBe("up 1\n");
});

it("takes commands by POST only", async () => {
  expect((await ask("/drain")).status).toBe(405);
  expect((await ask("/drain", "POST")).status).toBe(202);
  expect((await ask("/routing/accept-snapshot", "POST")).status).toBe(202);
  expect(done).toEqual(["drain", "accept"]);
});

it("takes nothing from a web page", async () => {
  const headers = { origin: "https://example.net" };
  const url = `http://127.0.0.1:${server.port}/drain`;
  expect((await fetch(url, { method: "POST", headers })).status).toBe(403);
  expect(done).toEqual([]);
});

it.each([
  ["GET", "/", 404],
  ["GET", "/metrics/../etc/passwd", 404],
  ["POST", "/metrics", 405],
  ["DELETE", "/healthz", 405],
  ["HEAD", "/healthz", 200],
])("%s %s is answered %i", async (method, path, status) => {
  expect((await ask(path, method)).status).toBe(status);
});

it("survives what is not HTTP", async () => {
  const socket = connect(server.port, "127.0.0.1");
  socket.on("error", () => socket.destroy());
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.write("\x00\x01\x02\r\n\r\n");
  await closed;
  expect((await ask("/healthz")).status).toBe(200);
});

it("connections that say nothing are closed, and are never more than 128", async () => {
  const sockets = Array.from({ length: 140 }, () => connect(server.port, "127.0.0.1"));
  const closed = Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((resolve) => {
          socket.on("error", () => socket.destroy()).once("close", () => resolve());
          socket.resume();
        }),
    ),
  );
  // As many are refused at once as are too many; the others, when they have said nothing for 2 s.
  await deadline(closed, 4_500, "every connection is closed");
  expect((await ask("/healthz")).status).toBe(200);
});
