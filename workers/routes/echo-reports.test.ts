import { expect, test } from "vitest";
import { type EchoReport, echoReportSchema } from "../../schema/contracts/echo-report.ts";
import { problemSchema } from "../../schema/contracts/errors.ts";
import { newNode, newRegion, request } from "../hub/test-fixture.ts";

const TOKEN = "q0Z9xXn4wq3m2yLJ7uT1Ag";

const REPORT: EchoReport = {
  region: "eu",
  node_id: "node_01",
  started_at: "2026-11-20T10:00:00.000Z",
  duration_ms: 4_200,
  ended_by: "caller_hung_up",
  signalling: {
    transport: "tls",
    observed: { address: "192.0.2.10", port: 40_000 },
    invite: { via: "10.0.0.5:5061", contact: "10.0.0.5:5061", content_length: 0, sdp: null },
  },
  media: null,
  verdict: "failed",
  findings: [],
};

test("a node's report is read by its token, without a key; by no other, and not before it is there", async () => {
  const node = await newNode(newRegion());
  const read = (token: string) => request("GET", `/v1/network/echo-reports/${token}`);
  const early = await read(TOKEN);
  expect(early.status).toBe(404);
  expect(early.headers.get("cache-control")).toBe("no-store");
  expect(problemSchema.parse(await early.json()).code).toBe("echo_report_not_found");

  const body = { token: TOKEN, report: REPORT };
  expect((await request("POST", "/v1/nodes/echo-reports", { body })).status).toBe(401);
  const kept = await request("POST", "/v1/nodes/echo-reports", { body, bearer: node.credential });
  expect(kept.status).toBe(204);

  const found = await read(TOKEN);
  expect(found.status).toBe(200);
  expect(echoReportSchema.parse(await found.json())).toEqual(REPORT);
  expect((await read(`${TOKEN.slice(0, -1)}B`)).status).toBe(404);
  expect((await read("%27%20OR%201=1")).status).toBe(404);
});

test("a token is written once: who learns of it cannot put another report in its place", async () => {
  const node = await newNode(newRegion());
  const token = "R3p1aceMePleaseIfYouCa";
  for (const ended of ["caller_hung_up", "max_duration"]) {
    const body = { token, report: { ...REPORT, ended_by: ended } };
    await request("POST", "/v1/nodes/echo-reports", { body, bearer: node.credential });
  }
  const found = await request("GET", `/v1/network/echo-reports/${token}`);
  expect(echoReportSchema.parse(await found.json()).ended_by).toBe("caller_hung_up");
});
