import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { readSecretFile } from "../secret-file.ts";
import type { Terminal } from "../terminal.ts";
import { UserError } from "../user-error.ts";
import type { CallOptions } from "./call-options.ts";
import { createLadder } from "./ladder.ts";
import { openPhone } from "./phone.ts";
import { placeCall } from "./place-call.ts";
import { makeProbe, type Probe, SAMPLE_RATE_HZ, segmentsOf } from "./probe.ts";
import { exitStatusOf, failedCall, printReport } from "./report.ts";
import { resolveTarget } from "./target.ts";
import { monoAt, readWav, WavError, writeWav } from "./wav.ts";

/** `trunkline call`: one call, told while it happens; resolves with the exit status. */
export async function runCall(
  targetText: string,
  options: CallOptions,
  terminal: Terminal,
): Promise<number> {
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, interrupt);
  try {
    const probe = chooseProbe(options);
    const { passwordFile } = options;
    const password =
      passwordFile === undefined ? null : await readSecretFile(passwordFile, "the password");
    const target = resolveTarget(targetText, options);
    // Found out before the call: afterwards its report would be lost as well.
    if (options.record !== undefined) writeRecord(options.record, openForWriting);
    const ladder = createLadder(terminal, Date.now);
    await using phone = await openPhone(target, options.bind ?? null, ladder.hear);
    const placed = await placeCall({
      phone,
      target,
      options,
      password,
      probe,
      ladder,
      signal: interrupted.signal,
    });
    if (options.record !== undefined) {
      const wav = writeWav({ sampleRateHz: SAMPLE_RATE_HZ, channels: [placed.heard] });
      writeRecord(options.record, (path) => writeFileSync(path, wav));
    }
    printReport(placed.report, options.json, terminal);
    return exitStatusOf(placed.report, placed.wasAudioWrong);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const report = failedCall(null, error.message, []);
    if (options.json) terminal.data(JSON.stringify(report));
    terminal.say(terminal.paint("red", error.message));
    return exitStatusOf(report, false);
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
  }
}

/** The file to play; else, where an echo is expected, sweeps of this call's own. */
function chooseProbe(options: CallOptions): Probe | null {
  if (options.play === undefined) return options.expect === "echo" ? makeProbe(Math.random) : null;
  try {
    const pcm = monoAt(SAMPLE_RATE_HZ, readWav(readFileSync(options.play)));
    return { pcm, segments: segmentsOf(pcm) };
  } catch (cause) {
    if (cause instanceof WavError) {
      throw new UserError(`${options.play} cannot be played: ${cause.message}.`, { cause });
    }
    throw new UserError(`${options.play} cannot be read.`, { cause });
  }
}

function openForWriting(path: string): void {
  closeSync(openSync(path, "a"));
}

function writeRecord(path: string, write: (path: string) => void): void {
  try {
    write(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`What is heard cannot be written to ${path}: ${reason}.`, { cause });
  }
}
