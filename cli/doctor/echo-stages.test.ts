import { expect, test } from "vitest";
import { failedCall } from "../call/report.ts";
import type { EchoCheck } from "./echo-check.ts";
import { judgeEcho, judgeRewriting } from "./echo-stages.ts";

const UP = { ok: true, status: 200, heard_agent: true, echo_ok: true, sent: 200, received: 198 };

function check(call: Partial<EchoCheck["call"]>, more: Partial<EchoCheck> = {}): EchoCheck {
  const base = { ...failedCall(null, "nobody was reached", []), codec: "PCMU" };
  return { call: { ...base, ...call }, report: null, whyNoReport: null, rewritten: [], ...more };
}

test.each([
  [{ ...UP, srtp: "AES_CM_128_HMAC_SHA1_80" }, "ok", /200 packets left and 198 came.*SRTP AES/],
  [{ ...UP, srtp: null }, "ok", /RTP in clear/],
  [{ status: 486 }, "skipped", /try again in a minute/],
  [{ status: 404 }, "skipped", /no echo to call/],
] as const)("%o is %s, and says why", (call, status, words) => {
  const verdict = judgeEcho(check(call));
  expect(verdict.status).toBe(status);
  expect(verdict.detail).toMatch(words);
});

test.each([
  [{ status: 500, reason: "Server Internal Error" }, "echo_refused"],
  [{ status: null }, "echo_refused"],
  [{ ...UP, echo_ok: false }, "echo_not_heard"],
  [{ ...UP, echo_ok: false, received: 0 }, "audio_not_received"],
] as const)("%o fails as %s", (call, code) => {
  expect(judgeEcho(check(call))).toMatchObject({ status: "failed", code });
});

test("what was changed on the way is named; without a report nothing is said of it", () => {
  const rewritten = ["Contact (10.0.0.5:5061 became 192.0.2.10:5061)"];
  expect(judgeRewriting(check(UP, { rewritten }))).toEqual({
    status: "failed",
    detail: `Something on the way has changed ${rewritten[0]}: a SIP ALG.`,
  });
  expect(judgeRewriting(check(UP)).status).toBe("ok");
  expect(judgeRewriting(check(UP, { rewritten: null })).status).toBe("skipped");
});
