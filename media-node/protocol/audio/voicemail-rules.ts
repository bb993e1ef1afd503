/** What decides who has answered: the parameters of docs/design/voicemail-detection.md, which a test holds to these. */
export const VOICEMAIL_RULES = {
  /** Below this nothing is speech, whatever the line's noise: dB of 32,768. */
  quietDbfs: -46,
  /** Speech is this much above the least of the last second. */
  aboveNoiseDb: 7,
  /** What has less speech than this is a click or a cough. */
  leastSpeechMs: 120,
  /** A greeting is over after so long a pause. */
  pauseMs: 900,
  /** A greeting of this length without such a pause is a machine's. */
  longGreetingMs: 2_800,
  /** The part of a long greeting that must be speech. */
  leastSpeechPart: 0.45,
  /** What lasts so long and varies by less than this from its loudest to its quietest 20 ms is noise. */
  leastSteadyMs: 300,
  steadyDb: 6,
  /** Nobody has said anything by then. */
  noSpeechMs: 4_000,
  /** The silence after a machine's greeting in which no beep came: its end. */
  greetingEndMs: 3_000,
  /** Frequencies of a beep. */
  lowestBeepHz: 340,
  highestBeepHz: 2_560,
  /** Length of a beep, as measured in steps of 10 ms. */
  shortestBeepMs: 60,
  longestBeepMs: 2_100,
  /** Below this a tone is none: dB of 32,768. */
  leastToneDbfs: -45,
  /** The part of the power between 200 and 3,400 Hz that is in one tone, or in two. */
  purity: 0.75,
  /** A beep's frequency stays within this part of itself, its level within so much. */
  steadyHzPart: 0.01,
  steadyHz: 7,
  steadyToneDb: 2,
  /** What is heard beside a beep while it sounds: this part of it, and so many times the noise after it. */
  besideTonePart: 0.06,
  /** Of a tone as short as a vowel. */
  shortSteadyToneDb: 1.2,
  besideShortTonePart: 0.03,
  besideNoise: 3,
  /** Silence after a beep, after one as short as a vowel, and after one that could be a call progress tone. */
  afterBeepMs: 240,
  afterShortMs: 600,
  afterProgressMs: 700,
  /** How much quieter than the beep that silence is. */
  afterBeepDb: 8,
  /** Another tone within this time before it: a melody, or one of the three of an announcement. */
  melodyMs: 1_500,
  /** The same tone within this time before one that could be a ring. */
  ringMs: 6_000,
  /** Two neighbouring harmonics of a voice, up to this pitch, are a vowel when they are shorter than this. */
  highestPitchHz: 450,
  longestVowelMs: 250,
} as const;
