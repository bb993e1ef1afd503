import { afterAll, beforeAll, expect, test } from "vitest";
import type { PreCallWebhookRoute } from "../schema/contracts/routing.ts";
import { idHex } from "../schema/values/ids.ts";
import { connectCallers } from "../tests/support/callers.ts";
import { deadline, eventually } from "../tests/support/deadline.ts";
import { accept, type OtlpReceiver, startOtlpReceiver } from "../tests/support/otlp-receiver.ts";
import { OutboundPlane } from "../tests/support/outbound-plane.ts";
import { json, type PreCallServer, startPreCallServer } from "../tests/support/pre-call-server.ts";
import { agentRow, newWorkspaceId, numberRow, trunkRow } from "../tests/support/routing-rows.ts";
import { type ScriptedAgent, startScriptedAgent } from "../tests/support/scripted-agent.ts";
import { parseMediaNodeConfig } from "./config.ts";
import { type MediaNode, startMediaNode } from "./node.ts";

/** Traces of calls through a whole node, as a collector gets them. */

const NUMBER = "+15005550171";
const DECLINED = "+15005550172";
const CALLER = "+4930555666";
const COLLECTOR_TOKEN = "collector-token-31";
const AGENT_TOKEN = "agent-token-32";

let plane: OutboundPlane;
let node: MediaNode;
let collector: OtlpReceiver;
let webhook: PreCallServer;
let agent: ScriptedAgent;

beforeAll(async () => {
  [plane, collector, webhook, agent] = await Promise.all([
    OutboundPlane.start(),
    startOtlpReceiver(),
    startPreCallServer(),
    startScriptedAgent(),
  ]);
  const workspaceId = newWorkspaceId();
  const trunk = trunkRow(workspaceId);
  plane.plane.put(trunk.kind, trunk.entityId, trunk.value);
  const native = { protocol: "native", url: `${agent.url}/?key=${AGENT_TOKEN}`, headers: null };
  for (const [number, onFailure, connection] of [
    [NUMBER, "continue", native],
    [DECLINED, "reject", { protocol: "builtin" }],
  ] as const) {
    const preCallWebhook: PreCallWebhookRoute = {
      url: `${webhook.url}?key=${AGENT_TOKEN}`,
      headers: null,
      timeoutMs: 2_000,
      onFailure,
      overrides: { conversationConfig: [], customLlmExtraBody: false },
    };
    const row = agentRow(workspaceId, {
      connection: connection as never,
      preCallWebhook,
    });
    const numbered = numberRow(number, { workspaceId, trunk, agent: row });
    for (const one of [row, numbered]) plane.plane.put(one.kind, one.entityId, one.value);
  }
  node = await startMediaNode(
    parseMediaNodeConfig({
      ...plane.environment,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: `x-token=${COLLECTOR_TOKEN}`,
      OTEL_BSP_SCHEDULE_DELAY: "50",
    }),
  );
  await deadline(node.ready, 10_000, "ready");
});

afterAll(async () => {
  await node.stop({ code: "node_shutdown" });
  for (const one of [plane, collector, webhook, agent]) await one[Symbol.asyncDispose]();
});

/** Answers for the agent of the next call: what it was told by. */
async function ready() {
  const session = await agent.accepted();
  session.say({ type: "ready" });
  return session.request.headers["traceparent"];
}

/** The conversation that the webhook was asked about last, and what it was asked with. */
function asked() {
  const last = webhook.asked.at(-1);
  const { conversation_id: conversationId } = JSON.parse(last?.body ?? "{}");
  return { traceId: idHex(conversationId), traceparent: last?.request.headers["traceparent"] };
}

/** The spans of a call by name, once its root has come. */
async function traceOf(traceId: string) {
  const whole = await eventually(
    () => {
      const spans = collector.spansOf(traceId);
      return spans.some(({ name }) => name === "call") ? spans : null;
    },
    5_000,
    "the trace did not arrive",
  );
  const byName = new Map(whole.map((span) => [span.name, span]));
  expect(byName.size).toBe(whole.length);
  return byName;
}

test("an inbound call is one trace of its conversation's identifier, and webhook and agent have their place in it", async () => {
  await using callers = await connectCallers(node.bound.sipPort);
  const told = ready();
  const call = await callers.call(NUMBER, { from: CALLER });
  expect(call.status).toBe(200);
  const { traceId, traceparent } = asked();
  await call.hangUp();
  const spans = await traceOf(traceId);
  const root = spans.get("call");
  expect([...spans.keys()].sort()).toEqual([
    "agent.connect",
    "call",
    "media",
    "permit",
    "pre_call",
    "sip.invite",
  ]);
  for (const [name, span] of spans) {
    expect(span.parentSpanId ?? "").toBe(name === "call" ? "" : root?.spanId);
    expect(span.status.code).toBe(0);
    expect(span.endTimeUnixNano).toBeGreaterThanOrEqual(span.startTimeUnixNano);
  }
  expect(traceparent).toBe(`00-${traceId}-${spans.get("pre_call")?.spanId}-01`);
  expect(await told).toBe(`00-${traceId}-${spans.get("agent.connect")?.spanId}-01`);
  expect(root?.attributes).toMatchObject({
    "trunkline.direction": "inbound",
    "trunkline.end.code": "caller_hung_up",
    "trunkline.end.blame": "none",
    "trunkline.answered": true,
    "sip.call_id": call.callId,
    "sip.transport": "tcp",
    "sip.response.status_code": 200,
  });
  expect(spans.get("media")?.attributes).toMatchObject({
    "rtp.codec": "PCMU",
    "rtp.srtp_suite": "none",
  });
  expect(spans.get("agent.connect")?.attributes).toEqual({ "trunkline.agent.protocol": "native" });
  expect(collector.resources[0]).toMatchObject({
    "service.name": "trunkline-media-node",
    "trunkline.region": expect.any(String),
  });
});

test("a call that the webhook declines has failed in its trace, with the code of its end", async () => {
  webhook.answer = (response) => json(response, { reject: true });
  await using callers = await connectCallers(node.bound.sipPort);
  const call = await callers.call(DECLINED, { from: CALLER });
  expect(call.status).toBe(603);
  const spans = await traceOf(asked().traceId);
  webhook.answer = (response) => json(response, {});
  expect(spans.get("call")).toMatchObject({
    status: { code: 2, message: "precall_rejected" },
    attributes: { "trunkline.answered": false, "sip.response.status_code": 603 },
  });
  expect(spans.get("pre_call")?.attributes).toEqual({ "trunkline.outcome": "rejected" });
  expect(spans.get("agent.connect")?.status).toEqual({ code: 2, message: "agent_unavailable" });
});

test("an outbound call that nobody takes is a trace with the INVITE that was tried", async () => {
  const make = await plane.number({ address: "127.0.0.1:9" });
  const order = await plane.give(make());
  const record = await plane.record(order);
  const spans = await traceOf(idHex(order.callId));
  expect(spans.get("call")).toMatchObject({
    kind: 3,
    status: { code: 2, message: record.end.code },
    attributes: { "trunkline.direction": "outbound", "trunkline.trunk.id": expect.any(String) },
  });
  expect(spans.get("sip.invite")?.parentSpanId).toBe(spans.get("call")?.spanId);
});

test("an INVITE for a number that is nobody's leaves no trace", async () => {
  const before = collector.bodies.length;
  await using callers = await connectCallers(node.bound.sipPort);
  expect((await callers.call("+15005559999")).status).toBe(403);
  const told = ready();
  const call = await callers.call(NUMBER, { from: CALLER });
  await call.hangUp();
  await told;
  await traceOf(asked().traceId);
  const ids = collector.bodies.slice(before).flatMap((body) => body.match(/"traceId":"\w+"/g));
  expect(new Set(ids)).toEqual(new Set([`"traceId":"${asked().traceId}"`]));
});

test("no number, no URL and no secret is in what the collector gets", async () => {
  expect(collector.requests[0]?.path).toBe("/v1/traces");
  expect(collector.requests[0]?.headers["x-token"]).toBe(COLLECTOR_TOKEN);
  const all = collector.bodies.join("\n");
  expect(all).toContain("sip.invite");
  for (const hidden of [NUMBER, DECLINED, CALLER, COLLECTOR_TOKEN, AGENT_TOKEN, agent.url]) {
    expect(all).not.toContain(hidden.replace("+", ""));
  }
});

test("a collector that never answers delays neither a call nor the node's end", async () => {
  collector.answer = () => undefined;
  const before = collector.bodies.length;
  await using callers = await connectCallers(node.bound.sipPort);
  for (let calls = 0; calls < 2; calls += 1) {
    const told = ready();
    const call = await callers.call(NUMBER, { from: CALLER });
    expect(call.status).toBe(200);
    await told;
    await call.hangUp();
  }
  await eventually(() => collector.bodies.length > before || null, 5_000, "nothing was exported");
  const stoppedAtMs = performance.now();
  await node.stop({ code: "node_shutdown" });
  expect(performance.now() - stoppedAtMs).toBeLessThan(4_000);
  collector.answer = accept;
});
