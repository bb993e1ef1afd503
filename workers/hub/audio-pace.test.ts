import { expect, test } from "vitest";
import { AudioPace, InFlight } from "./audio-pace.ts";

const FRAME = 640;

test("audio passes at the pace of speech; what comes all at once is dropped beyond the burst, and the pace is not lost", () => {
  const pace = new AudioPace({ bytesPerSecond: 32_000, burstMs: 200 });
  const steady = Array.from({ length: 500 }, (_, at) => pace.admits(FRAME, at * 20));
  expect(steady).not.toContain(false);
  const late = Array.from({ length: 150 }, () => pace.admits(FRAME, 13_000));
  expect(late.filter(Boolean)).toHaveLength(10);
  const after = Array.from({ length: 50 }, (_, at) => pace.admits(FRAME, 13_020 + at * 20));
  expect(after).not.toContain(false);
});

test("who does not say what has come is sent no more than the limit, and who lies is not sent more", () => {
  const flight = new InFlight(50);
  const sent = () => Array.from({ length: 100 }, () => flight.admits()).filter(Boolean).length;
  expect(sent()).toBe(50);
  flight.heard(20);
  flight.heard(5);
  expect(sent()).toBe(20);
  flight.heard(1_000_000);
  expect(sent()).toBe(50);
});
