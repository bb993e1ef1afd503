import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { MediaSession } from "../media/media-session.ts";
import { plan, TestCall } from "../media/test-session.ts";
import { StereoCapture } from "./stereo-capture.ts";

/** A real media session in virtual time, and what is taken down of it. */

const WITHIN_MS = 20;

let call: TestCall;
let session: MediaSession;
let capture: StereoCapture;
let startMs: number;

beforeEach(async () => {
  call = new TestCall();
  session = await call.open();
});
afterEach(() => call[Symbol.asyncDispose]());

/** Media flow first, as they do between the answer and its ACK. */
function record(rateHz: 8_000 | 16_000 = 8_000): void {
  startMs = call.clock.monotonicMs();
  capture = new StereoCapture(rateHz, startMs);
  session.record(capture);
}

/** All of it, in milliseconds in which the channel is loud. */
function loudSpans(channel: 0 | 1): { from: number; to: number }[] {
  const { pages, sampleRateHz } = capture.ring;
  const samples: number[] = [];
  for (;;) {
    const page = capture.takeRest(call.clock.monotonicMs());
    if (page === null) break;
    const audio = pages[page.slot] ?? new Int16Array();
    for (let i = 0; i < page.samples; i++) samples.push(audio[2 * i + channel] ?? 0);
  }
  const spans: { from: number; to: number }[] = [];
  for (const [index, sample] of samples.entries()) {
    const atMs = (index * 1_000) / sampleRateHz;
    if (Math.abs(sample) < 500) continue;
    const last = spans.at(-1);
    if (last !== undefined && atMs - last.to <= 2) last.to = atMs;
    else spans.push({ from: atMs, to: atMs });
  }
  return spans;
}

function sinceStart(): number {
  return call.clock.monotonicMs() - startMs;
}

describe("what is recorded of a call", () => {
  test("left is the caller from the arrival of its RTP on, right the agent from when its RTP left on", () => {
    session.start(plan(), call.sink);
    const peer = call.createPeer();
    call.clock.advance(400);
    record();
    call.clock.advance(1_000);
    const arrivedAt = sinceStart();
    peer.speak(25);
    const arrivedUntil = sinceStart();
    call.clock.advance(300);
    const sentBefore = call.sentRtp().length;
    session.send(new Int16Array(4_000).fill(1_000));
    call.clock.advance(20);
    const leftAt = sinceStart();
    expect(call.sentRtp()).toHaveLength(sentBefore + 1);
    call.clock.advance(900);
    expect(capture.hasOverrun).toBe(false);
    const [agent, ...more] = loudSpans(1);
    expect(more).toEqual([]);
    expect(Math.abs((agent?.from ?? 0) - leftAt)).toBeLessThanOrEqual(WITHIN_MS);
    expect((agent?.to ?? 0) - (agent?.from ?? 0)).toBeCloseTo(500, -1);
    expect(arrivedUntil - arrivedAt).toBe(500);
  });

  test("the caller's channel is where its RTP arrived, whatever the jitter buffer held it for", () => {
    session.start(plan(), call.sink);
    const peer = call.createPeer();
    record();
    call.clock.advance(700);
    const arrivedAt = sinceStart();
    peer.speak(50);
    call.clock.advance(500);
    const [caller] = loudSpans(0);
    expect(Math.abs((caller?.from ?? 0) - arrivedAt)).toBeLessThanOrEqual(WITHIN_MS);
    expect(Math.abs((caller?.to ?? 0) - arrivedAt - 1_000)).toBeLessThanOrEqual(WITHIN_MS + 40);
  });

  test("after half a minute of a network that comes and goes a word is still where its RTP arrived", () => {
    session.start(plan(), call.sink);
    const peer = call.createPeer();
    record();
    const late: Buffer[] = [];
    for (let frame = 0; frame < 200; frame += 1) {
      // Every tenth packet comes with the fifth after it: the buffer grows, and shrinks again later.
      const packet = peer.packet(0xff);
      if (frame % 10 === 0) late.push(packet);
      else peer.send(packet);
      if (frame % 10 === 5) for (const held of late.splice(0)) peer.send(held);
      call.clock.advance(20);
    }
    const arrivedAt = sinceStart();
    peer.speak(25);
    call.clock.advance(600);
    const [caller] = loudSpans(0);
    expect(Math.abs((caller?.from ?? 0) - arrivedAt)).toBeLessThanOrEqual(WITHIN_MS);
  });

  test("a process that stood still keeps both sides on their time line", () => {
    session.start(plan(), call.sink);
    const peer = call.createPeer();
    record();
    for (let frame = 0; frame < 50; frame += 1) {
      peer.send(peer.packet(0xff));
      call.clock.advance(20);
    }
    call.clock.stall(300);
    peer.skip(15);
    for (let frame = 0; frame < 50; frame += 1) {
      peer.send(peer.packet(0xff));
      call.clock.advance(20);
    }
    const arrivedAt = sinceStart();
    session.send(new Int16Array(1_600).fill(1_000));
    peer.speak(10);
    call.clock.advance(600);
    const copy = capture;
    const [caller] = loudSpans(0);
    expect(copy.hasOverrun).toBe(false);
    expect(Math.abs((caller?.from ?? 0) - arrivedAt)).toBeLessThanOrEqual(WITHIN_MS);
  });

  test("wideband is kept at 16 kHz, and a codec that changes on the way goes on at the same rate", () => {
    session.start(plan({ codec: "G722", payloadType: 9 }), call.sink);
    record(16_000);
    call.clock.advance(500);
    session.update(plan());
    session.send(new Int16Array(1_600).fill(3_000));
    call.clock.advance(20);
    const leftAt = sinceStart();
    call.clock.advance(600);
    const spans = loudSpans(1);
    expect(Math.abs((spans[0]?.from ?? 0) - leftAt)).toBeLessThanOrEqual(WITHIN_MS);
    expect((spans.at(-1)?.to ?? 0) - (spans[0]?.from ?? 0)).toBeCloseTo(200, -1);
  });

  test.each([10, 30, 60, 100])("packets of %i ms are recorded from when they leave", (ptimeMs) => {
    session.start(plan({ ptimeMs }), call.sink);
    record();
    call.clock.advance(1_200);
    session.send(new Int16Array(8_000).fill(1_000));
    const sentBefore = call.sentRtp().length;
    while (call.sentRtp().length === sentBefore) call.clock.advance(1);
    const leftAt = sinceStart();
    call.clock.advance(1_500);
    const spans = loudSpans(1);
    expect(spans).toHaveLength(1);
    expect(Math.abs((spans[0]?.from ?? 0) - leftAt)).toBeLessThanOrEqual(WITHIN_MS);
  });

  test("what may not be sent is not recorded, and telephone events are no audio", () => {
    session.start(plan({ direction: "recvonly" }), call.sink);
    record();
    session.send(new Int16Array(800).fill(1_000));
    call.clock.advance(500);
    session.update(plan());
    session.clear();
    session.sendDigits("5", "auto");
    call.clock.advance(500);
    expect(loudSpans(1)).toEqual([]);
  });

  test("whoever takes no pages is told of it, and no frame is written where another is being read", () => {
    session.start(plan(), call.sink);
    record();
    for (let second = 0; second < 3; second += 1) call.clock.advance(1_000);
    const page = capture.takeSettled(call.clock.monotonicMs());
    expect(page).toEqual({ slot: 0, samples: 8_000 });
    session.send(new Int16Array(30 * 8_000).fill(1_000));
    call.clock.advance(12_000);
    expect(capture.takeSettled(call.clock.monotonicMs())).toMatchObject({ slot: 1 });
    expect(capture.hasOverrun).toBe(true);
    expect(capture.ring.pages[0]?.every((sample) => sample === 0)).toBe(true);
  });
});
