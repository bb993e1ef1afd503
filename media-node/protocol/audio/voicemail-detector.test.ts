import { describe, expect, test } from "vitest";
import { createRandom } from "../../../tests/support/impairment.ts";
import { listen, received } from "../../../tests/support/voicemail-corpus.ts";
import { Sounds } from "../../../tests/support/voicemail-sounds.ts";
import { VoicemailDetector } from "./voicemail-detector.ts";
import { VOICEMAIL_RULES as RULES } from "./voicemail-rules.ts";

const VOICE = { pitchHz: 120, tract: 1 };

/** What is said in so many milliseconds each, with pauses in between: speech, silence, speech … */
function spoken(...lengthsMs: readonly number[]): Int16Array[] {
  return heard((sounds) => {
    for (const [i, ms] of lengthsMs.entries()) {
      if (i % 2 === 0) sounds.speech(ms, -22, VOICE, 200);
      else sounds.silence(ms);
    }
  });
}

function heard(make: (sounds: Sounds) => void, rateHz: 8_000 | 16_000 = 8_000): Int16Array[] {
  const random = createRandom(7);
  const sounds = new Sounds(rateHz, random);
  sounds.silence(400);
  make(sounds);
  const codec = rateHz === 8_000 ? "PCMU" : "G722";
  return received(sounds.over(-65), { codec, loss: 0 }, random);
}

describe("a verdict by cadence", () => {
  test("something short and a pause is a person, 0.9 s after the last word", () => {
    const { first, firstAtMs, cause } = listen(spoken(700, 3_000));
    expect([first, cause]).toEqual(["human", "short_greeting"]);
    expect(Math.abs(firstAtMs - (400 + 700 + RULES.pauseMs))).toBeLessThanOrEqual(80);
  });

  test("a person is less sure the longer the greeting was", () => {
    const sureness = [500, 1_500, 2_500].map((ms) => {
      const detector = new VoicemailDetector(6_000);
      for (const frame of spoken(ms, 2_000)) detector.step(frame);
      expect(detector.verdict).toBe("human");
      return detector.confidence;
    });
    expect(sureness).toEqual(sureness.toSorted((one, other) => other - one));
    expect(sureness[0]).toBe(0.95);
    expect(sureness[2]).toBeGreaterThanOrEqual(0.6);
  });

  test("a greeting that goes on is a machine while it still talks", () => {
    const { first, firstAtMs, cause } = listen(spoken(1_300, 500, 6_000));
    expect([first, cause]).toEqual(["machine", "long_greeting"]);
    expect(Math.abs(firstAtMs - (400 + RULES.longGreetingMs))).toBeLessThanOrEqual(80);
  });

  test("silence is unknown after 4 s, and what stays undecided at the deadline", () => {
    expect(listen(heard((sounds) => sounds.silence(8_000)))).toMatchObject({
      first: "unknown",
      cause: "no_speech",
      firstAtMs: RULES.noSpeechMs,
    });
    const late = heard((sounds) => {
      sounds.silence(3_000);
      sounds.speech(8_000, -22, VOICE, 200);
    });
    expect(listen(late, 4_500)).toMatchObject({
      first: "unknown",
      cause: "undecided",
      firstAtMs: 4_500,
    });
  });

  test("a deadline that passes without a single frame makes it unknown, once", () => {
    const detector = new VoicemailDetector(6_000);
    expect([detector.expire(), detector.expire()]).toEqual([true, false]);
    expect(detector.verdict).toBe("unknown");
  });

  test("a machine that has been silent for 3 s without a beep is done with its greeting", () => {
    expect(listen(spoken(4_000, 2_800)).isGreetingOver).toBe(false);
    expect(listen(spoken(4_000, 3_300)).isGreetingOver).toBe(true);
  });

  test("nothing is decided twice: after a person was heard a beep changes nothing", () => {
    const frames = heard((sounds) => {
      sounds.speech(600, -22, VOICE, 200);
      sounds.silence(1_500);
      sounds.tones([1_000], 400, -18);
      sounds.silence(1_000);
    });
    expect(listen(frames)).toMatchObject({ first: "human", last: "human", beepEndMs: -1 });
  });
});

/** A machine's greeting, a pause, these tones, and silence. */
function beeping(
  hz: readonly number[],
  ms: number,
  dbfs = -18,
  rateHz: 8_000 | 16_000 = 8_000,
): Int16Array[] {
  return heard((sounds) => {
    sounds.speech(4_000, -22, VOICE, 200);
    sounds.silence(400);
    sounds.tones(hz, ms, dbfs);
    sounds.silence(1_200);
  }, rateHz);
}
const GREETING_MS = 400 + 4_000 + 400;

describe("a beep", () => {
  const frequencies = [350, 520, 850, 1_000, 1_400, 2_000, 2_500];
  test.each(frequencies)("of %i Hz is heard, and its end to within 60 ms", (hz) => {
    for (const ms of [80, 150, 400, 2_000]) {
      const { last, beepEndMs } = listen(beeping([hz], ms));
      expect([ms, last]).toEqual([ms, "machine_beep"]);
      expect(Math.abs(beepEndMs - (GREETING_MS + ms))).toBeLessThanOrEqual(60);
    }
  });

  test.each([-40, -30, -8])("of %i dBFS is heard", (dbfs) => {
    expect(listen(beeping([1_000], 400, dbfs)).last).toBe("machine_beep");
  });

  test("of two tones is heard, and one of a wideband call", () => {
    expect(listen(beeping([700, 1_100], 400)).last).toBe("machine_beep");
    expect(listen(beeping([1_000], 400, -18, 16_000)).last).toBe("machine_beep");
  });

  test("is none when it is shorter or longer than a beep, or out of its band", () => {
    for (const [hz, ms] of [
      [1_000, 30],
      [1_000, 3_000],
      [250, 400],
      [3_000, 400],
    ] as const) {
      expect([hz, ms, listen(beeping([hz], ms)).last]).toEqual([hz, ms, "machine"]);
    }
  });

  test("is none when it is a key, a ring, busy, or a note among others", () => {
    for (const hz of [[697, 1_209], [941, 1_477], [440, 480], [480, 620], [425]]) {
      expect([hz, listen(beeping(hz, 800)).last]).toEqual([hz, "machine"]);
    }
    const melody = heard((sounds) => {
      sounds.speech(4_000, -22, VOICE, 200);
      for (const hz of [660, 880, 990, 1_320]) {
        sounds.silence(100);
        sounds.tones([hz], 300, -18);
      }
      sounds.silence(1_200);
    });
    expect(listen(melody).last).toBe("machine");
  });

  test("is none before something else: it is followed by silence", () => {
    const frames = heard((sounds) => {
      sounds.speech(4_000, -22, VOICE, 200);
      sounds.tones([1_000], 400, -18);
      sounds.speech(3_000, -22, VOICE, 200);
    });
    expect(listen(frames).last).toBe("machine");
  });

  test("may be as late as a minute after the answer", () => {
    const frames = heard((sounds) => {
      sounds.speech(58_000, -22, VOICE, 200);
      sounds.silence(500);
      sounds.tones([1_400], 300, -18);
      sounds.silence(600);
    });
    expect(listen(frames)).toMatchObject({ first: "machine", last: "machine_beep" });
  });
});

test("the special information tone is an announcement of the network, and no beep (ITU-T E.180)", () => {
  const frames = heard((sounds) => {
    for (const hz of [985.2, 1_370.6, 1_776.7]) sounds.tones([hz], 330, -18);
    sounds.silence(500);
    sounds.speech(4_000, -22, VOICE, 200);
  });
  expect(listen(frames)).toMatchObject({
    first: "machine",
    last: "machine",
    cause: "network_announcement",
    beepEndMs: -1,
  });
});

test("audio of extreme values, and frames of another length, decide nothing wrong and throw nothing", () => {
  const detector = new VoicemailDetector(6_000);
  for (let i = 0; i < 400; i += 1) {
    const length = [0, 80, 160, 320, 960][i % 5] ?? 160;
    detector.step(new Int16Array(length).fill(i % 2 === 0 ? 32_767 : -32_768));
  }
  expect(Number.isFinite(detector.confidence)).toBe(true);
  expect(detector.beepEndedAtMs).toBe(-1);
});
