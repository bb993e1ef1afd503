import { globSync, readFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { idHex, newId } from "../../schema/values/ids.ts";
import { eventually } from "../../tests/support/deadline.ts";
import { type OtlpReceiver, startOtlpReceiver } from "../../tests/support/otlp-receiver.ts";
import { startTraces, type TraceSettings } from "./traces.ts";

async function collecting(changes: Partial<TraceSettings> = {}) {
  const collector = await startOtlpReceiver();
  onTestFinished(() => collector[Symbol.asyncDispose]());
  const counted = { sent: 0, failed: 0, dropped: 0 };
  const settings: TraceSettings = {
    url: `${collector.url}/v1/traces`,
    headers: new Map(),
    sampleRatio: 1,
    serviceName: "test",
    scheduleMs: 20,
    exportLimitMs: 500,
    ...changes,
  };
  const traces = await startTraces(settings, depsOf(counted));
  return { collector, counted, traces };
}

const depsOf = (counted: Record<"sent" | "failed" | "dropped", number>) => ({
  version: "1",
  node: { id: "node_1", region: "eu" },
  spansExported(result: "sent" | "failed" | "dropped", spans: number) {
    counted[result] += spans;
  },
});

const callOf = (callId = newId("call")) => ({
  callId,
  direction: "inbound" as const,
  startedAtMs: Date.now(),
  sipCallId: `${"x".repeat(2_000)}@peer`,
  transport: "tls" as const,
  workspaceId: "wksp_1",
  phoneNumberId: "phnum_1",
  agentId: "agent_1",
  trunkId: "itrk_1",
});

const allOf = (collector: OtlpReceiver, ids: readonly ReturnType<typeof callOf>[]) =>
  ids.flatMap(({ callId }) => collector.spansOf(idHex(callId)));

test("what ends a trace ends what is open in it, once, and a peer's text is cut", async () => {
  const { collector, counted, traces } = await collecting();
  const call = callOf();
  const trace = traces.start(call);
  const span = trace.span("media");
  trace.end("media_timeout");
  trace.end("caller_hung_up");
  span.end("media_lost");
  expect(trace.span("transfer").traceparent).toBeNull();
  await traces.stop(2_000);
  const spans = collector.spansOf(idHex(call.callId));
  expect(spans.map(({ name, status }) => [name, status.message])).toEqual([
    ["media", undefined],
    ["call", "media_timeout"],
  ]);
  expect(String(spans[1]?.attributes["sip.call_id"])).toHaveLength(256);
  expect(counted).toEqual({ sent: 2, failed: 0, dropped: 0 });
});

test("beyond what may wait spans are dropped and counted, and the node's end waits no longer than it says", async () => {
  const { collector, counted, traces } = await collecting({ exportLimitMs: 60_000 });
  collector.answer = () => undefined;
  for (let calls = 0; calls < 2_500; calls += 1) traces.start(callOf()).end("caller_hung_up");
  await eventually(() => collector.bodies.length > 0 || null, 5_000, "nothing was sent");
  expect(counted).toEqual({ sent: 0, failed: 0, dropped: 452 });
  const stoppedAtMs = performance.now();
  await traces.stop(100);
  expect(performance.now() - stoppedAtMs).toBeLessThan(1_000);
});

test("a collector that nobody listens for, or that refuses, costs the spans and nothing else", async () => {
  const { collector, counted, traces } = await collecting();
  collector.answer = (response) => void response.writeHead(400).end();
  traces.start(callOf()).end("caller_hung_up");
  await eventually(() => counted.failed === 1 || null, 5_000, "the refusal was not counted");
  await collector[Symbol.asyncDispose]();
  traces.start(callOf()).end("caller_hung_up");
  await eventually(() => counted.failed === 2 || null, 5_000, "the loss was not counted");
  await traces.stop(1_000);
});

test("of the calls the sampled share is sent whole; the others say in their place that they are not", async () => {
  const { collector, traces } = await collecting({ sampleRatio: 0.5 });
  const calls = Array.from({ length: 100 }, () => callOf());
  const flags = calls.map((call) => {
    const trace = traces.start(call);
    const { traceparent } = trace.span("pre_call");
    trace.end("caller_hung_up");
    return traceparent?.slice(-2);
  });
  await traces.stop(2_000);
  const sampled = flags.filter((flag) => flag === "01").length;
  expect(sampled).toBeGreaterThan(20);
  expect(sampled).toBeLessThan(80);
  expect(flags.filter((flag) => flag === "00")).toHaveLength(100 - sampled);
  expect(allOf(collector, calls)).toHaveLength(sampled * 2);
});

test("without a collector a call has no place in a trace", async () => {
  const traces = await startTraces(null, depsOf({ sent: 0, failed: 0, dropped: 0 }));
  const trace = traces.start(callOf());
  expect(trace.span("media").traceparent).toBeNull();
  trace.end("caller_hung_up");
  await traces.stop(0);
});

test("the SDK is imported by one file, and that file by nobody but by import()", () => {
  const importers = (what: RegExp) =>
    globSync("{media-node,schema,cli}/**/*.ts")
      .filter((path) => !path.endsWith(".test.ts"))
      .flatMap((path) => (readFileSync(path, "utf8").match(what) ?? []).map(() => path));
  expect(new Set(importers(/from "@opentelemetry\/[\w-]+"/g))).toEqual(
    new Set(["media-node/telemetry/otlp-traces.ts"]),
  );
  expect(importers(/import\("\.\/otlp-traces\.ts"\)/g)).toEqual(["media-node/telemetry/traces.ts"]);
  expect(importers(/from "[^"]*otlp-traces\.ts"/g)).toEqual([]);
});
