import { reset } from "cloudflare:test";
import { afterAll } from "vitest";

/**
 * Ends what a file's tests leave running: hubs that watch their regions, endpoints that try again.
 * Hundreds of them would keep the database busy, and the test run from ever being at rest.
 */
afterAll(reset);
