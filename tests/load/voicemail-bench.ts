import { parseArgs } from "node:util";
import { VoicemailDetector } from "../../media-node/protocol/audio/voicemail-detector.ts";
import { createRandom } from "../support/impairment.ts";
import { keepsLimit, received, rightPart, VOICEMAIL_PATHS } from "../support/voicemail-corpus.ts";
import { VOICEMAIL_LIMITS, VOICEMAIL_ROWS } from "../support/voicemail-scenes.ts";
import { Sounds } from "../support/voicemail-sounds.ts";

/** None of those that the rules were made with. */
const FIRST_SEED = 1_001;
const COST_ROUNDS = 5;

/**
 * `npm run bench -- voicemail [--json] [--seeds 25]`: answers made by formula through the detector, the same on every machine, and
 * what a frame costs. Exits 1 when a published limit is broken.
 */
export async function benchVoicemail(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      seeds: { type: "string", default: "25" },
    },
  });
  const seeds = Number(values.seeds);
  if (!Number.isInteger(seeds) || seeds < 1 || seeds > 1_000) {
    process.stderr.write("--seeds takes a whole number from 1 to 1000\n");
    process.exitCode = 2;
    return;
  }
  const rows = [...VOICEMAIL_ROWS, ...VOICEMAIL_LIMITS].map((row) => {
    const parts = VOICEMAIL_PATHS.map((path) => rightPart(row, path, seeds, FIRST_SEED));
    const withinLimits = parts.every((part) => keepsLimit(row, part, seeds));
    if (!withinLimits) process.exitCode = 1;
    return { name: row.name, parts, withinLimits };
  });
  const micros = { speech: costOf("speech"), silence: costOf("silence") };
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ seeds, rows, micros })}\n`);
    return;
  }
  const paths = VOICEMAIL_PATHS.map(({ name }) => name);
  process.stdout.write(`| right, % of ${seeds} | ${paths.join(" | ")} |\n`);
  process.stdout.write(`|---|${paths.map(() => "---").join("|")}|\n`);
  for (const { name, parts, withinLimits } of rows) {
    const cells = parts.map((part) => String(Math.round(part * 1_000) / 10));
    process.stdout.write(`| ${name} | ${cells.join(" | ")} |${withinLimits ? "" : " LIMIT"}\n`);
  }
  process.stdout.write(
    `us of CPU a frame of 20 ms: ${micros.speech.toFixed(1)} of speech, ${micros.silence.toFixed(1)} of silence\n`,
  );
}

/** CPU time of a frame, the least of several rounds over 20 s. */
function costOf(what: "speech" | "silence"): number {
  const random = createRandom(1);
  const sounds = new Sounds(8_000, random);
  if (what === "speech") sounds.speech(20_000, -20, { pitchHz: 120, tract: 1 });
  else sounds.silence(20_000);
  const frames = received(sounds.over(-65), { codec: "PCMU", loss: 0 }, random);
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < COST_ROUNDS; round += 1) {
    const detector = new VoicemailDetector(60_000);
    const { user } = process.cpuUsage();
    for (const frame of frames) detector.step(frame);
    least = Math.min(least, (process.cpuUsage().user - user) / frames.length);
  }
  return least;
}
