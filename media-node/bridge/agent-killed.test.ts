import { describe, expect, test, vi } from "vitest";
import { startAgentProcess } from "../../tests/support/agent-process.ts";
import { longestDeadAirMs, msUntilTone } from "../../tests/support/dead-air.ts";
import { eventually } from "../../tests/support/deadline.ts";
import { freePort } from "../../tests/support/free-port.ts";
import { realMediaCall } from "../../tests/support/real-media-call.ts";

/** An agent that is a process of its own, killed in mid-call: what the caller hears, in RTP. */

vi.setConfig({ testTimeout: 30_000 });

const SAMPLES_PER_MS = 8;
const FIRST_HZ = 500;
const SECOND_HZ = 900;
/** The first note of the comfort tone. */
const COMFORT_HZ = 294;

async function killedCall() {
  const port = await freePort();
  const first = await startAgentProcess(port, FIRST_HZ);
  const target = { protocol: "native", url: `ws://127.0.0.1:${port}/`, headers: {} } as const;
  const call = await realMediaCall({ target });
  await call.answered();
  const heardMs = () => call.peer.heard().length / SAMPLES_PER_MS;
  const hearsUntil = (ms: number) =>
    eventually(() => heardMs() >= ms || null, ms + 5_000, `${ms} ms of audio`);
  await hearsUntil(1_000);
  return { port, first, call, heardMs, hearsUntil };
}

describe("an agent's process that is killed in mid-call", () => {
  test("leaves a comfort tone within 100 ms; it is heard again within 1 s of its return, and is told that it has come back", async () => {
    const { port, first, call, heardMs, hearsUntil } = await killedCall();
    await using _call = call;
    await hearsUntil(3_000);
    await first.kill();
    const killedAtMs = heardMs();
    await hearsUntil(killedAtMs + 1_000);
    await using second = await startAgentProcess(port, SECOND_HZ);
    const backAtMs = heardMs();
    await hearsUntil(backAtMs + 2_000);

    const pcm = call.peer.heard();
    const from = (ms: number) => pcm.subarray(ms * SAMPLES_PER_MS);
    expect(msUntilTone(from(killedAtMs), COMFORT_HZ)).toBeLessThanOrEqual(100);
    expect(msUntilTone(from(backAtMs), SECOND_HZ)).toBeLessThanOrEqual(1_000);
    expect(longestDeadAirMs(from(500))).toBeLessThanOrEqual(200);
    const start = await second.hears("start");
    expect(start).toMatchObject({ resumed: { count: 1, last_mark: null } });
    expect(await second.hears("answered")).toEqual({ type: "answered" });
    // The tone ends with the agent's return.
    expect(msUntilTone(from(backAtMs + 1_200), COMFORT_HZ)).toBeNull();
    expect(call.node.record).toBeNull();
  });

  test("and never comes back ends the call as agent_lost after 5 s without dead air", async () => {
    const { first, call, heardMs } = await killedCall();
    await using _call = call;
    await first.kill();
    const killedAtMs = heardMs();
    await call.handled;
    expect(heardMs() - killedAtMs).toBeGreaterThan(4_500);
    expect(heardMs() - killedAtMs).toBeLessThan(6_500);
    expect(longestDeadAirMs(call.peer.heard().subarray(500 * SAMPLES_PER_MS))).toBeLessThanOrEqual(
      200,
    );
    expect(call.node.record?.end.code).toBe("agent_lost");
  });
});
