import { describe, expect, test } from "vitest";
import { ConnectionError } from "./problem-error.ts";
import { IDEMPOTENCY_KEY_HEADER, type SendSettings, send } from "./send.ts";

/** Answers in turn; an Error is a connection that broke. */
function scripted(...script: readonly (Response | Error)[]) {
  const bodies: string[] = [];
  const delays: number[] = [];
  const settings: SendSettings = {
    fetch: async (request) => {
      bodies.push(await request.text());
      const next = script[bodies.length - 1];
      if (next === undefined) throw new Error("asked once too often");
      if (next instanceof Error) throw next;
      return next;
    },
    maxRetries: 2,
    timeoutMs: 1_000,
    delay: async (ms) => void delays.push(ms),
    random: () => 0.5,
    now: () => Date.parse("2026-11-22T00:00:00Z"),
  };
  return { settings, bodies, delays };
}

const answer = (status: number, headers: Record<string, string> = {}) =>
  new Response("{}", { status, headers });
const get = () => new Request("http://127.0.0.1/x");
const post = (key?: string) =>
  new Request("http://127.0.0.1/x", {
    method: "POST",
    body: "the body",
    headers: key === undefined ? {} : { [IDEMPOTENCY_KEY_HEADER]: key },
  });

describe("a request is sent again", () => {
  test.each([408, 429, 500, 502, 503, 504])(
    "after %i, at most twice, each time later",
    async (status) => {
      const { settings, delays } = scripted(answer(status), answer(status), answer(status));
      expect((await send(get(), settings)).status).toBe(status);
      expect(delays).toEqual([500, 1_000]);
    },
  );

  test("after a connection that broke, with the same body and key", async () => {
    const { settings, bodies } = scripted(new TypeError("reset"), answer(200));
    expect((await send(post("k"), settings)).status).toBe(200);
    expect(bodies).toEqual(["the body", "the body"]);
  });

  test("not before Retry-After says, in seconds or as a date (RFC 9110 §10.2.3)", async () => {
    const { settings, delays } = scripted(
      answer(503, { "retry-after": "7" }),
      answer(429, { "retry-after": "Sun, 22 Nov 2026 00:00:09 GMT" }),
      answer(200),
    );
    await send(get(), settings);
    expect(delays).toEqual([7_000, 9_000]);
  });

  test("with a delay that is a fifth more or less by chance", async () => {
    for (const [random, ms] of [
      [0, 400],
      [0.999, 599.8],
    ] as const) {
      const { settings, delays } = scripted(answer(500), answer(200));
      await send(get(), { ...settings, random: () => random });
      expect(delays[0]).toBeCloseTo(ms, 5);
    }
  });
});

describe("a request is sent once", () => {
  test("when it is a POST without an Idempotency-Key, whatever goes wrong", async () => {
    const { settings, bodies } = scripted(answer(503));
    expect((await send(post(), settings)).status).toBe(503);
    const broken = scripted(new TypeError("reset"));
    await expect(send(post(), broken.settings)).rejects.toBeInstanceOf(ConnectionError);
    expect([bodies.length, broken.bodies.length]).toEqual([1, 1]);
  });

  test.each([400, 401, 403, 404, 409, 412, 422])("when the answer is %i", async (status) => {
    const { settings, bodies } = scripted(answer(status));
    await send(get(), settings);
    expect(bodies).toHaveLength(1);
  });

  test("when the API asks to wait for longer than a minute", async () => {
    const { settings, bodies } = scripted(answer(503, { "retry-after": "3600" }));
    expect((await send(get(), settings)).status).toBe(503);
    expect(bodies).toHaveLength(1);
  });
});

test("an attempt that takes too long is a timeout, and the caller's own abort is the caller's", async () => {
  const hanging: SendSettings["fetch"] = (request) =>
    new Promise((_, reject) => {
      request.signal.addEventListener("abort", () => reject(request.signal.reason));
    });
  const { settings } = scripted();
  const late = send(get(), { ...settings, fetch: hanging, maxRetries: 0, timeoutMs: 20 });
  await expect(late).rejects.toMatchObject({ name: "ConnectionError", code: "timeout" });
  const stop = new AbortController();
  const stopped = send(new Request("http://127.0.0.1/x", { signal: stop.signal }), {
    ...settings,
    fetch: hanging,
  });
  stop.abort(new Error("mine"));
  await expect(stopped).rejects.toThrow("mine");
});
