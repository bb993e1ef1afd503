import { describe, expect, test, vi } from "vitest";
import { startAgentProcess } from "../../tests/support/agent-process.ts";
import { longestDeadAirMs, msUntilTone } from "../../tests/support/dead-air.ts";
import { freePort } from "../../tests/support/free-port.ts";
import { realMediaCall } from "../../tests/support/real-media-call.ts";
import { sine } from "../../tests/support/tone-agent.ts";

/** What a caller hears in RTP whose agent is killed and never comes back, or was never there. */

vi.setConfig({ testTimeout: 30_000 });

const AGENT_HZ = 500;
const ANNOUNCEMENT_HZ = 1_000;
const SAMPLES_PER_MS = 8;
const SHA256 = "a".repeat(64);

const announcement = {
  agent: { fallback: { action: "announcement", sha256: SHA256 } },
  prepare(node) {
    node.readAudio = async (sha256) =>
      sha256 === SHA256
        ? { pcm: sine(ANNOUNCEMENT_HZ, 16_000, 24_000), sampleRateHz: 16_000 }
        : null;
  },
} as const satisfies Partial<Parameters<typeof realMediaCall>[0]>;

describe("an agent with an announcement as its fallback", () => {
  test("that is killed and stays away: comfort tone, announcement, BYE, and no dead air in between", async () => {
    const port = await freePort();
    const agent = await startAgentProcess(port, AGENT_HZ);
    const target = { protocol: "native", url: `ws://127.0.0.1:${port}/`, headers: {} } as const;
    await using call = await realMediaCall({ target, ...announcement });
    await call.answered();
    await agent.hears("answered");
    await call.peer.speechAfter(0);
    await agent.kill();
    await call.handled;
    const pcm = call.peer.heard();
    const announcedAtMs = msUntilTone(pcm, ANNOUNCEMENT_HZ) ?? 0;
    expect(announcedAtMs).toBeGreaterThan(4_500);
    // All of it is heard: 1.5 s, and the node waits until it has been.
    const heardMs = pcm.length / SAMPLES_PER_MS;
    expect(heardMs - announcedAtMs).toBeGreaterThan(1_450);
    const firstAtMs = msUntilTone(pcm, AGENT_HZ) ?? 0;
    const untilItsEnd = pcm.subarray(firstAtMs * SAMPLES_PER_MS, -300 * SAMPLES_PER_MS);
    expect(longestDeadAirMs(untilItsEnd)).toBeLessThanOrEqual(200);
    expect(call.node.record?.end.code).toBe("agent_lost");
    expect(call.node.journal).toContain(`ensure ${SHA256}`);
  });

  test("that was never there: the call is answered for the announcement, and ends as agent_unavailable", async () => {
    const target = {
      protocol: "native",
      url: `ws://127.0.0.1:${await freePort()}/`,
      headers: {},
    } as const;
    await using call = await realMediaCall({ target, ...announcement });
    await call.answered();
    await call.handled;
    expect(msUntilTone(call.peer.heard(), ANNOUNCEMENT_HZ)).not.toBeNull();
    expect(call.invite.dialog.byes).toEqual([{ cause: 480, text: expect.any(String) }]);
    expect(call.node.record).toMatchObject({
      answeredAtMs: null,
      end: { code: "agent_unavailable" },
    });
  });
});
