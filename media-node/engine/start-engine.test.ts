import { expect, onTestFinished, test } from "vitest";
import { deadline } from "../../tests/support/deadline.ts";
import { ScriptedApp } from "./scripted-app.ts";
import { ScriptedPeer } from "./scripted-peer.ts";
import { startEngine } from "./start-engine.ts";
import { establish, requestLines, TEST_SECRET, testConfig } from "./test-engine.ts";

test("the engine runs in its own thread, carries a call, reports it and ends it when closed", async () => {
  const engine = await startEngine(testConfig());
  onTestFinished(() => engine[Symbol.asyncDispose]());
  const startLines: string[] = [];
  const seen = Promise.withResolvers<void>();
  engine.onEvent((event) => {
    if (event.kind !== "message") return;
    startLines.push(`${event.direction} ${event.startLine.split(" ", 1)[0]}`);
    if (event.startLine.startsWith("ACK")) seen.resolve();
  });
  const app = await ScriptedApp.ready(engine.controlPort, TEST_SECRET, ["invite"]);
  const peer = await ScriptedPeer.connect(engine.listeners[0]?.port ?? 0);
  await establish(peer, app);
  await deadline(seen.promise, 5_000, "no event for the ACK");
  expect(startLines).toEqual(["in INVITE", "out SIP/2.0", "out SIP/2.0", "in ACK"]);
  const closed = Promise.withResolvers<void>();
  engine[Symbol.asyncDispose]().then(closed.resolve, closed.reject);
  await peer.next("BYE");
  await deadline(closed.promise, 3_000, "the engine did not close");
  await app.closed;
});

test("a port that is taken is a fault with the system's code", async () => {
  const first = await startEngine(testConfig());
  onTestFinished(() => first[Symbol.asyncDispose]());
  const port = first.listeners[0]?.port ?? 0;
  const listeners = [{ transport: "tcp", bindAddress: "127.0.0.1", port } as const];
  await expect(startEngine(testConfig({ listeners }))).rejects.toMatchObject({
    code: "EADDRINUSE",
  });
});

test("messages of a call are events while it is watched, and those of no other call", async () => {
  const engine = await startEngine(testConfig({ messageEvents: "watched_calls" }));
  onTestFinished(() => engine[Symbol.asyncDispose]());
  const seen: string[] = [];
  const end = Promise.withResolvers<void>();
  engine.onEvent((event) => {
    if (event.kind !== "message") return;
    seen.push(`${event.sipCallId} ${event.startLine.split(" ", 1)[0]}`);
    if (event.sipCallId === "last") end.resolve();
  });
  const unwatch = ["twice", "twice", "once", "last"].map((callId) => engine.watchCall(callId));
  for (const index of [0, 2]) unwatch[index]?.();
  const app = await ScriptedApp.ready(engine.controlPort, TEST_SECRET, ["invite"]);
  const peer = await ScriptedPeer.connect(engine.listeners[0]?.port ?? 0);
  for (const callId of ["never", "once", "twice", "last"]) {
    peer.send(requestLines("INVITE", { "Call-ID": callId }));
    await app.sip("INVITE");
  }
  await deadline(end.promise, 5_000, "no event of the watched call");
  expect(seen.slice(0, 3)).toEqual(["twice INVITE", "twice SIP/2.0", "last INVITE"]);
});

test("a question that the engine's end overtakes, and one after it, are answered that it is gone", async () => {
  const engine = await startEngine(testConfig());
  const ended = engine[Symbol.asyncDispose]();
  // The thread answers while it lives, else its end does.
  const overtaken = Promise.all([engine.counts(), engine.reloadCertificates()]);
  await ended;
  const late = await Promise.all([engine.counts(), engine.reloadCertificates()]);
  expect(late).toEqual([null, { kind: "refused", detail: "closed" }]);
  const [counts, reload] = await deadline(overtaken, 1_000, "no answer");
  expect(counts === null || counts.dialogs === 0).toBe(true);
  expect(reload.kind).toBe("refused");
});
