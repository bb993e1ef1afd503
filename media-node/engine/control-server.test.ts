import { expect, onTestFinished, test } from "vitest";
import {
  ControlFrameError,
  ControlFrameReader,
  frameText,
  MAX_FRAME_BYTES,
} from "./control-frame.ts";
import { DEFAULT_ENGINE_LIMITS } from "./engine-config.ts";
import { ScriptedApp } from "./scripted-app.ts";
import { requestLines, startTestEngine, TEST_SECRET, type TestEngine } from "./test-engine.ts";

async function start(): Promise<TestEngine> {
  const engine = await startTestEngine();
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return engine;
}

async function connect(engine: TestEngine): Promise<ScriptedApp> {
  const app = await ScriptedApp.connect(engine.engine.controlPort);
  onTestFinished(() => app[Symbol.asyncDispose]());
  return app;
}

test("authenticate answers with the advertised addresses and a version", async () => {
  const app = await connect(await start());
  const answer = await app.ask(`authenticate|${TEST_SECRET}|`);
  expect(answer.tokens.slice(3)).toEqual([
    "OK",
    "tcp/sip.node.test:5060",
    "v0.9.10",
    "tcp/sip.node.test:5060",
  ]);
  expect((await app.ask("ping")).tokens.slice(3)).toEqual(["OK", "pong"]);
});

test.for(["route|invite", "ping", "sip||\r\nOPTIONS sip:127.0.0.1 SIP/2.0\r\n\r\n"])(
  "nothing is done for a client that has not authenticated: %s",
  async (frame) => {
    const engine = await start();
    const app = await connect(engine);
    expect((await app.ask(frame)).tokens.slice(3)).toEqual(["NO", "not authenticated"]);
    await app.closed;
    const peer = await engine.peer();
    peer.send(requestLines("INVITE"));
    await peer.next("SIP/2.0 503");
  },
);

test("a wrong secret is refused and the connection closed", async () => {
  const app = await connect(await start());
  expect((await app.ask("authenticate|wrong|")).tokens.slice(3)).toEqual([
    "NO",
    "incorrect secret",
  ]);
  await app.closed;
});

test("a client that says nothing is closed after 5 s", async () => {
  const engine = await start();
  const app = await connect(engine);
  // The engine has taken the connection when another one, made later, has been answered.
  await engine.app();
  engine.clock.advance(5_000);
  await app.closed;
});

test("proxy is not supported, and a repeated route counts once", async () => {
  const engine = await start();
  const [first, second] = [await engine.app(["invite"]), await engine.app(["invite"])];
  for (let repeats = 0; repeats < 3; repeats += 1) await first.ask("route|invite");
  expect((await first.ask("proxy|x|||||||sip:a")).tokens.slice(3)).toEqual([
    "NOK",
    "not supported",
  ]);
  const peer = await engine.peer();
  for (let calls = 0; calls < 4; calls += 1) {
    peer.send(requestLines("INVITE", { From: `<sip:a@b>;tag=t${calls}` }));
    await peer.next("SIP/2.0 100");
  }
  for (const app of [first, second])
    for (let calls = 0; calls < 2; calls += 1) await app.sip("INVITE");
});

test("a frame of a quarter megabyte arrives whole, in both directions, however it is split", async () => {
  const engine = await startTestEngine({
    limits: { ...DEFAULT_ENGINE_LIMITS, maxMessageBytes: 524_288 },
  });
  onTestFinished(() => engine[Symbol.asyncDispose]());
  const app = await engine.app(["message"]);
  const peer = await engine.peer();
  const body = "0123456789abcdef".repeat(16_384);
  peer.send(requestLines("MESSAGE", { "Content-Type": "text/plain" }), body);
  const message = await app.sip("MESSAGE");
  expect(message.sip?.body).toBe(body);
  await app.respond(message, "200 OK", ["Content-Type: text/plain"], body);
  expect((await peer.next("SIP/2.0 200")).body).toBe(body);
});

test("a frame without a length, or longer than a mebibyte, closes the connection", async () => {
  const engine = await start();
  for (const bytes of ["hello world", "99999999#", `${MAX_FRAME_BYTES + 1}#`]) {
    const app = await connect(engine);
    app.write(bytes);
    await app.closed;
  }
});

test("the frame length counts octets of UTF-8, and single octets may arrive one by one", () => {
  const frames = Buffer.from(frameText("é|ping") + frameText("x|route|invite"));
  expect(frames.toString("latin1").startsWith("7#")).toBe(true);
  const reader = new ControlFrameReader();
  const payloads = [...frames].flatMap((octet) => reader.push(Buffer.from([octet])));
  expect(payloads).toEqual(["é|ping", "x|route|invite"]);
  expect(() => new ControlFrameReader().push(Buffer.from("0#"))).toThrow(ControlFrameError);
});
