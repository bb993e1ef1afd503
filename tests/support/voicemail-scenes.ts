import { type Sounds, someVoice } from "./voicemail-sounds.ts";

/** Answers of persons, machines and networks, each as often as there are seeds. */

/** What is played, and what is true of it. */
interface Scene {
  readonly sounds: Sounds;
  /** When its beep is over. */
  readonly beepEndMs?: number;
}

export interface VoicemailRow {
  readonly name: string;
  /** What is right, in words. */
  readonly means: string;
  readonly scene: (sounds: Sounds) => Scene;
  /** What a right answer is; a beep must be found at its place. */
  readonly right: (heard: Heard, scene: Scene) => boolean;
  /** The part that must be right on every path. */
  readonly least: number;
}

/** What the detector said. */
export interface Heard {
  readonly first: string;
  readonly firstAtMs: number;
  readonly last: string;
  readonly cause: string;
  readonly beepEndMs: number;
  readonly isGreetingOver: boolean;
}

/** How far from its place a beep's end may be measured. */
const BEEP_END_MS = 60;

const isPerson = ({ first }: Heard): boolean => first === "human";
const isUnknown = ({ last }: Heard): boolean => last === "unknown";
const isMachine = ({ first, last, beepEndMs }: Heard): boolean =>
  first === "machine" && last === "machine" && beepEndMs < 0;
const hasBeep = ({ last, beepEndMs }: Heard, scene: Scene): boolean =>
  last === "machine_beep" && Math.abs(beepEndMs - (scene.beepEndMs ?? 0)) <= BEEP_END_MS;
/** Whoever it was, no beep was heard. */
const hasNone = ({ beepEndMs }: Heard): boolean => beepEndMs < 0;

const MEANINGS: ReadonlyMap<VoicemailRow["right"], string> = new Map([
  [isPerson, "`human`"],
  [isUnknown, "`unknown`"],
  [isMachineFirst, "`machine` at first"],
  [isMachineAtEnd, "`machine`, and its end is found"],
  [isAnnouncement, "`machine`, `network_announcement`"],
  [hasBeep, "`machine_beep`, its end within 60 ms"],
  [hasNone, "no beep"],
]);

export const VOICEMAIL_ROWS: readonly VoicemailRow[] = [
  row("a person: one word to two seconds", 0.98, isPerson, (sounds) =>
    person(sounds, [250, 2_000]),
  ),
  row("a person: 2 to 2.6 s in one breath", 0.9, isPerson, (sounds) =>
    person(sounds, [2_000, 2_600]),
  ),
  row("a machine: 4 to 10 s, then a beep", 0.95, hasBeep, (sounds) =>
    machine(sounds, [4_000, 10_000], () => beepHz(sounds)),
  ),
  row("a machine: beep of two tones", 0.9, hasBeep, (sounds) =>
    machine(sounds, [4_000, 8_000], () => {
      const hz = sounds.between(660, 1_600);
      return [hz, hz * sounds.between(1.3, 1.5)];
    }),
  ),
  row("a machine: 1 to 2.5 s, then a beep", 0.95, hasBeep, (sounds) =>
    machine(sounds, [1_000, 2_500], () => beepHz(sounds), 600),
  ),
  row("a machine: no beep, the end of its greeting", 0.97, isMachineAtEnd, (sounds) => {
    speak(sounds, [4_000, 9_000]);
    sounds.silence(4_500);
    return { sounds };
  }),
  row("nobody: silence, noise, comfort noise that begins", 0.98, isUnknown, (sounds) => {
    if (sounds.chance(0.5)) sounds.silence(7_000);
    else {
      sounds.silence(sounds.between(100, 1_000));
      sounds.noise(7_000, sounds.between(-55, -38));
    }
    return { sounds };
  }),
  row("ringing and busy tones after the answer", 1, isUnknown, progress),
  row("an announcement of the network", 0.97, isAnnouncement, announcement),
  row("speech for 20 s: no beep", 0.99, hasNone, (sounds) => {
    speak(sounds, [20_000, 20_000]);
    return { sounds };
  }),
  row("music for 10 s: no beep", 0.98, hasNone, (sounds) => {
    sounds.music(10_000, sounds.between(-28, -16));
    return { sounds };
  }),
  row("keys pressed: no beep", 1, hasNone, keys),
];

/** Known limits: published, and not held to any part. */
export const VOICEMAIL_LIMITS: readonly VoicemailRow[] = [
  row("a person: 3 to 4 s in one breath", 0, isPerson, (sounds) => person(sounds, [3_000, 4_000])),
  row("a machine that pauses for 1 to 1.5 s after 1 to 2 s", 0, isMachineFirst, (sounds) => {
    speak(sounds, [1_000, 2_000]);
    sounds.silence(sounds.between(1_000, 1_500));
    return machine(sounds, [3_000, 5_000], () => beepHz(sounds));
  }),
];

/** Hoisted, as what is right is: the tables above are made of them. */
function row(
  name: string,
  least: number,
  right: VoicemailRow["right"],
  scene: VoicemailRow["scene"],
): VoicemailRow {
  return { name, means: MEANINGS.get(right) ?? "", scene, right, least };
}

function isMachineFirst({ first }: Heard): boolean {
  return first === "machine";
}

function isMachineAtEnd(heard: Heard): boolean {
  return isMachine(heard) && heard.isGreetingOver;
}

function isAnnouncement({ cause, beepEndMs }: Heard): boolean {
  return cause === "network_announcement" && beepEndMs < 0;
}

function speak(sounds: Sounds, [shortestMs, longestMs]: readonly [number, number], pauseMs = 350) {
  sounds.silence(sounds.between(100, 1_500));
  const voice = someVoice(sounds);
  sounds.speech(sounds.between(shortestMs, longestMs), sounds.between(-32, -16), voice, pauseMs);
}

function person(sounds: Sounds, lengthMs: readonly [number, number]): Scene {
  speak(sounds, lengthMs, 200);
  sounds.silence(2_000);
  return { sounds };
}

function machine(
  sounds: Sounds,
  greetingMs: readonly [number, number],
  hz: () => readonly number[],
  longestPauseMs = 1_500,
): Scene {
  speak(sounds, greetingMs, 550);
  sounds.silence(sounds.between(150, longestPauseMs));
  sounds.tones(hz(), sounds.between(100, 1_500), sounds.between(-30, -12));
  const beepEndMs = sounds.lengthMs;
  sounds.silence(1_500);
  return { sounds, beepEndMs };
}

/** Of one tone: low ones could be a ring. */
function beepHz(sounds: Sounds): readonly number[] {
  return [520 * (2_400 / 520) ** sounds.between(0, 1)];
}

const RINGS: readonly (readonly [readonly number[], readonly number[]])[] = [
  [[425], [1_000, 4_000]],
  [
    [440, 480],
    [2_000, 4_000],
  ],
  [
    [400, 450],
    [400, 200, 400, 2_000],
  ],
  [[425], [500, 500]],
  [
    [480, 620],
    [500, 500],
  ],
  [
    [480, 620],
    [250, 250],
  ],
  [
    [350, 440],
    [12_000, 0],
  ],
];

function progress(sounds: Sounds): Scene {
  const [hz, cadence] = RINGS[Math.floor(sounds.between(0, RINGS.length))] ?? [[425], [1_000, 1]];
  const level = sounds.between(-28, -14);
  sounds.silence(sounds.between(50, 500));
  while (sounds.lengthMs < 12_000) {
    for (const [i, ms] of cadence.entries()) {
      if (i % 2 === 0) sounds.tones(hz, ms, level);
      else sounds.silence(ms);
    }
  }
  return { sounds };
}

function announcement(sounds: Sounds): Scene {
  const level = sounds.between(-28, -14);
  const isShort = sounds.chance(0.5);
  sounds.silence(sounds.between(100, 1_000));
  for (const [low, high] of [
    [913.8, 985.2],
    [1_370.6, 1_428.5],
    [1_776.7, 1_776.7],
  ] as const) {
    const ms = isShort && sounds.chance(0.5) ? 274 : sounds.between(330, 380);
    sounds.tones([sounds.chance(0.5) ? low : high], ms, level);
  }
  sounds.silence(400);
  speak(sounds, [4_000, 4_000]);
  return { sounds };
}

const ROWS_HZ = [697, 770, 852, 941];
const COLUMNS_HZ = [1_209, 1_336, 1_477, 1_633];

function keys(sounds: Sounds): Scene {
  sounds.silence(300);
  for (let key = 0; key < 12; key++) {
    const pick = (tones: readonly number[]): number => tones[Math.floor(sounds.between(0, 4))] ?? 0;
    const level = sounds.between(-24, -12);
    sounds.tones([pick(ROWS_HZ), pick(COLUMNS_HZ)], sounds.between(60, 400), level);
    sounds.silence(sounds.between(60, 900));
  }
  sounds.silence(1_000);
  return { sounds };
}
