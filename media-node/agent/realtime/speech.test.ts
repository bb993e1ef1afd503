import { describe, expect, test } from "vitest";
import { PlayoutQueue } from "../../media/playout-queue.ts";
import { AgentSpeech, type SpokenItem } from "./speech.ts";

const FIRST = { itemId: "item_1", contentIndex: 0 };
const SECOND = { itemId: "item_2", contentIndex: 0 };
const codes = (ms: number) => Buffer.alloc(ms * 8, 0xff);

/** Speech over a playout queue of 30 s at 8 kHz, as a media session has it. */
function speaking() {
  const queue = new PlayoutQueue(30 * 8_000);
  const cuts: string[] = [];
  let refused = 0;
  let mostMs = 0;
  const output = {
    audio(pcm: Int16Array) {
      if (!queue.push(pcm)) refused += 1;
      mostMs = Math.max(mostMs, queue.queuedSamples / 8);
    },
    mark: (name: string) => queue.mark(name),
    clear() {
      for (const { name, playedSamples } of queue.clear()) {
        speech.marked(name, "cleared", playedSamples / 8);
      }
    },
    cut: ({ itemId }: SpokenItem, heardMs: number) => void cuts.push(`${itemId} ${heardMs}`),
  };
  const speech = new AgentSpeech(output, "speech ");
  let played = 0;
  return {
    speech,
    cuts,
    refused: () => refused,
    mostMs: () => mostMs,
    playedMs: () => played / 8,
    /** So many milliseconds leave. */
    play(ms: number): void {
      const frame = new Int16Array(160);
      for (let at = 0; at < ms; at += 20) {
        played += queue.read(frame);
        for (let mark = queue.takeReachedMark(); mark !== null; mark = queue.takeReachedMark()) {
          speech.marked(mark.name, "played", mark.playedSamples / 8);
        }
      }
    },
  };
}

describe("an interruption tells of each item what has left of it, to the frame", () => {
  test("in the middle of a section, and of what had not begun nothing", () => {
    const { speech, cuts, play } = speaking();
    for (let i = 0; i < 23; i++) speech.add(FIRST, codes(100));
    speech.complete("item_1");
    speech.add(SECOND, codes(500));
    play(1_740);
    speech.interrupt();
    expect(cuts).toEqual(["item_1 1740", "item_2 0"]);
  });

  test("across items, of which the first has been heard", () => {
    const { speech, cuts, play } = speaking();
    speech.add(FIRST, codes(330));
    speech.complete("item_1");
    speech.add(SECOND, codes(5_000));
    play(400);
    speech.interrupt();
    expect(cuts).toEqual(["item_2 70"]);
  });

  test("when all that came has left and more is to come, and none when nothing is", () => {
    const { speech, cuts, play } = speaking();
    speech.add(FIRST, codes(330));
    play(1_000);
    speech.interrupt();
    speech.interrupt();
    expect(cuts).toEqual(["item_1 330"]);
    speech.add(SECOND, codes(100));
    speech.complete("item_2");
    play(1_000);
    speech.interrupt();
    expect(cuts).toEqual(["item_1 330"]);
  });

  test("of a speech that is longer than the call can queue", () => {
    const { speech, cuts, play } = speaking();
    for (let i = 0; i < 90; i++) speech.add(FIRST, codes(1_000));
    play(61_520);
    speech.interrupt();
    expect(cuts).toEqual(["item_1 61520"]);
  });
});

test("a speech of 90 s that came at once is heard whole, and never more than 11 s are queued", () => {
  const { speech, play, playedMs, refused, mostMs } = speaking();
  expect(speech.add(FIRST, codes(90_000))).toBe(true);
  speech.complete("item_1");
  play(89_000);
  expect(playedMs()).toBe(89_000);
  play(2_000);
  expect(playedMs()).toBe(90_000);
  expect(refused()).toBe(0);
  expect(mostMs()).toBeLessThanOrEqual(11_000);
});

test("what is longer than five minutes is refused", () => {
  const { speech } = speaking();
  expect(speech.add(FIRST, codes(290_000))).toBe(true);
  expect(speech.add(FIRST, codes(60_000))).toBe(false);
});

test("an interruption whose marks come back later tells what was heard when they do", () => {
  const cuts: string[] = [];
  const marks: string[] = [];
  const output = {
    audio() {},
    mark: (name: string) => void marks.push(name),
    clear() {},
    cut: ({ itemId }: SpokenItem, heardMs: number) => void cuts.push(`${itemId} ${heardMs}`),
  };
  const speech = new AgentSpeech(output, "speech ");
  speech.add(FIRST, codes(1_500));
  speech.complete("item_1");
  speech.add(SECOND, codes(500));
  speech.interrupt();
  expect(cuts).toEqual([]);
  const heardMs = [1_000, 120, 0];
  for (const [i, name] of marks.entries()) {
    expect(speech.marked(name, "cleared", heardMs[i] ?? 0)).toBe(true);
  }
  expect(cuts).toEqual(["item_1 1120", "item_2 0"]);
});

test("marks of others change nothing", () => {
  const { speech, cuts, play } = speaking();
  speech.add(FIRST, codes(2_000));
  play(500);
  expect(speech.marked("another", "cleared", 1_000)).toBe(true);
  speech.interrupt();
  expect(cuts).toEqual(["item_1 500"]);
});

test("nothing is handed over on hold, and nothing of it is lost", () => {
  const { speech, play, playedMs } = speaking();
  speech.held(true);
  speech.add(FIRST, codes(400));
  play(400);
  expect(playedMs()).toBe(0);
  speech.held(false);
  play(400);
  expect(playedMs()).toBe(400);
});

describe("what waits until it has been heard", () => {
  test("happens with the last sample, at once when nothing is said, and on hold", () => {
    const { speech, play } = speaking();
    let happened = 0;
    const action = () => {
      happened += 1;
    };
    speech.whenHeard(action);
    expect(happened).toBe(1);
    speech.add(FIRST, codes(1_500));
    speech.whenHeard(action);
    play(1_480);
    expect(happened).toBe(1);
    play(20);
    expect(happened).toBe(2);
    speech.add(FIRST, codes(1_500));
    speech.whenHeard(action);
    speech.held(true);
    expect(happened).toBe(3);
  });

  test("happens when the caller breaks in", () => {
    const { speech } = speaking();
    let happened = 0;
    speech.add(FIRST, codes(15_000));
    speech.whenHeard(() => {
      happened += 1;
    });
    expect(happened).toBe(0);
    speech.interrupt();
    expect(happened).toBe(1);
  });
});
