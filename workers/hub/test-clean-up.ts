import { reset } from "cloudflare:test";
import { afterAll, beforeAll, expect } from "vitest";
import { forgetSecrets, secretsIn } from "../../tests/support/secrets-used.ts";

/**
 * Ends what a file's tests leave running: hubs that watch their regions, endpoints that try again.
 * Hundreds of them would keep the database busy, and the test run from ever being at rest.
 */
afterAll(reset);

const LEVELS = ["info", "warn", "error"] as const;
let log = "";
// What `log` writes to.
const { console: sink } = globalThis;
const plain = { info: sink.info, warn: sink.warn, error: sink.error };

beforeAll(() => {
  log = "";
  forgetSecrets();
  for (const level of LEVELS) {
    sink[level] = (...line: unknown[]) => {
      log += `${line.map(String).join(" ")}\n`;
      plain[level](...line);
    };
  }
});

/** Whatever its tests are about: no secret that a file uses stands in the log of the Worker and its objects. */
afterAll(() => {
  Object.assign(sink, plain);
  expect(secretsIn(log)).toEqual([]);
});
