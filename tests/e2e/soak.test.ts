import { expect, it } from "vitest";
import { runSoak } from "../load/soak-run.ts";

/** The short form of `npm run soak`. */
it("calls both ways, whole and broken, leave no port, socket, timer, permit, dialog, transaction or file", async () => {
  const report = await runSoak({ calls: 60, broken: 24, round: 30, seed: 20_261_122 });
  expect(report.problems).toEqual([]);
  const [whole, ...broken] = report.stages;
  expect(whole?.ends).toEqual({ "inbound caller_hung_up": 60, "outbound callee_hung_up": 60 });
  expect(whole?.statuses).toEqual({ 200: 60 });
  expect(whole?.permits).toBe(120);
  // Three frames or more of each call could be heard; some end before the agent has them all.
  expect(report.framesHeard).toBeGreaterThan(60);
  expect(broken.map(({ name }) => name)).toEqual([
    "cancelled",
    "peers that vanish",
    "agents that die",
  ]);
  for (const { name, left } of report.stages) {
    expect(left, name).toEqual({
      calls: 0,
      "permits of the node": 0,
      "permits that the hub counts": 0,
      "RTP port pairs": 0,
      dialogs: 0,
      transactions: 0,
      "SIP connections": 0,
      sockets: 0,
      timers: 0,
      "resources of the event loops": 0,
      "journal files": 0,
      "outbox files": 0,
    });
  }
  expect(report.exitCode).toBe(0);
});
