import { describe, expect, test } from "vitest";
import {
  attemptsAllowed,
  CLOSED_CIRCUIT,
  chooseDeliveries,
  circuitAfterFailure,
  nextAttemptAtMs,
} from "./delivery-schedule.ts";
import { checkOutboundUrl } from "./outbound-policy.ts";
import { signWebhook } from "./sign-webhook.ts";

test("the signature is an HMAC-SHA-256 over time and body, as openssl computes it", async () => {
  expect(await signWebhook("wsec_test", 1_790_000_000, '{"type":"post_call_transcription"}')).toBe(
    "t=1790000000,v0=caee9e3ccc40c356cc33e6249ab26842328c39b6008172964ffa3353482b777c",
  );
});

describe("schedule", () => {
  test("ten attempts are made, with pauses that grow, within 10 % of their length", () => {
    const pauses = Array.from({ length: 11 }, (_, attempts) => [
      nextAttemptAtMs(attempts, 0, 0, null),
      nextAttemptAtMs(attempts, 0, 0.5, null),
    ]);
    expect(pauses.map(([, middle]) => middle)).toEqual([
      0,
      5_000,
      300_000,
      1_800_000,
      7_200_000,
      18_000_000,
      36_000_000,
      50_400_000,
      72_000_000,
      86_400_000,
      null,
    ]);
    expect(pauses[1]?.[0]).toBe(4_500);
  });

  test("Retry-After prolongs a pause, never shortens it, and a day is the most", () => {
    expect(nextAttemptAtMs(1, 0, 0.5, 60)).toBe(60_000);
    expect(nextAttemptAtMs(2, 0, 0.5, 60)).toBe(300_000);
    expect(nextAttemptAtMs(1, 0, 0.5, 999_999)).toBe(86_400_000);
  });

  const row = (conversationId: string, sequence: number, attempts: number, dueAtMs: number) => ({
    id: `${conversationId}${sequence}`,
    conversationId,
    sequence,
    attempts,
    dueAtMs,
  });

  test("an event waits for the one before it in its conversation, until that has failed three times", () => {
    const two = [row("a", 2, 0, 0), row("a", 1, 2, 500), row("b", 1, 0, 0)];
    expect(chooseDeliveries(two, 100)).toEqual({ due: [row("b", 1, 0, 0)], nextDueAtMs: 500 });
    const failed = [row("a", 1, 3, 500), row("a", 2, 0, 0)];
    expect(chooseDeliveries(failed, 100).due).toEqual([row("a", 2, 0, 0)]);
  });

  test("five failures in a row open the circuit, and one probe is let through after the pause", () => {
    let circuit = CLOSED_CIRCUIT;
    for (let failure = 1; failure <= 4; failure += 1) circuit = circuitAfterFailure(circuit, 0);
    expect(attemptsAllowed(circuit, 0)).toBe(Number.POSITIVE_INFINITY);
    circuit = circuitAfterFailure(circuit, 0);
    expect([attemptsAllowed(circuit, 29_999), attemptsAllowed(circuit, 30_000)]).toEqual([0, 1]);
    circuit = circuitAfterFailure(circuit, 30_000);
    expect([attemptsAllowed(circuit, 89_999), attemptsAllowed(circuit, 90_000)]).toEqual([0, 1]);
  });
});

describe("outbound policy", () => {
  const code = (url: string, policy: "public" | "loopback" = "public") => {
    const result = checkOutboundUrl(url, "https:", policy);
    return result.ok ? "ok" : result.code;
  };

  test.each([
    ["https://hooks.example.com/x", "ok"],
    ["https://8.8.8.8/x", "ok"],
    ["https://[2606:4700::1111]/x", "ok"],
    ["hooks.example.com", "not_a_url"],
    ["http://hooks.example.com/x", "scheme_not_allowed"],
    ["ftp://hooks.example.com/x", "scheme_not_allowed"],
    ["https://user:pass@hooks.example.com/", "credentials_in_url"],
    ["https://localhost/", "host_not_allowed"],
    ["https://LOCALHOST./", "host_not_allowed"],
    ["https://db.internal/", "host_not_allowed"],
    ["https://intranet/", "host_not_allowed"],
    ["https://127.0.0.1/", "host_not_allowed"],
    ["https://2130706433/", "host_not_allowed"],
    ["https://0x7f.1/", "host_not_allowed"],
    ["https://10.1.2.3/", "host_not_allowed"],
    ["https://100.64.0.1/", "host_not_allowed"],
    ["https://169.254.169.254/latest", "host_not_allowed"],
    ["https://0.0.0.0/", "host_not_allowed"],
    ["https://224.0.0.1/", "host_not_allowed"],
    ["https://[::1]/", "host_not_allowed"],
    ["https://[fe80::1]/", "host_not_allowed"],
    ["https://[fd00::1]/", "host_not_allowed"],
    ["https://[::ffff:10.0.0.1]/", "host_not_allowed"],
    ["https://[64:ff9b::a00:1]/", "host_not_allowed"],
    ["https://[::7f00:1]/", "host_not_allowed"],
    ["https://[4000::1]/", "host_not_allowed"],
    ["https://[2002:7f00:1::]/", "host_not_allowed"],
    ["https://localhost../", "host_not_allowed"],
    ["https://db.internal../", "host_not_allowed"],
    ["https://127.0.0.1./", "host_not_allowed"],
  ])("%s is %s in public", (url, expected) => {
    expect(code(url)).toBe(expected);
  });

  test("the loopback policy adds this machine and nothing else", () => {
    const urls = ["http://127.0.0.1:9000/x", "http://localhost/x", "http://[::1]:1/x"];
    expect(urls.map((url) => code(url, "loopback"))).toEqual(["ok", "ok", "ok"]);
    expect(code("http://10.0.0.1/x", "loopback")).toBe("scheme_not_allowed");
    expect(code("https://10.0.0.1/x", "loopback")).toBe("host_not_allowed");
    expect(code("http://hooks.example.com/x", "loopback")).toBe("scheme_not_allowed");
  });
});
